#include "ledger/charter.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "ledger/civil_time.h"
#include "ledger/require.h"

namespace daybook {
namespace {

// A decision is one event: criteria and words are bounded so that it fits, whatever the charter.
constexpr size_t kCriteriaMax = 24, kWordsMax = 32;
// An edition is one event too, and what it tells is held against all that was told before.
constexpr size_t kTablesMax = 6, kEditionsMax = 24;

constexpr std::array<std::string_view, 6> kRuleNames = {"contract-type",     "months-of-service", "commitment",
                                                        "training-complete", "never-engaged",     "position"};

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  std::string text;  // on one line, however toml++ lays it out
  for (const char c : out.str()) {
    if (c != '\n' && c != ' ') text += c;
    if ((c == '\n' || c == ' ') && !text.empty() && text.back() != ' ') text += ' ';
  }
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

bool is_word(std::string_view text, std::string_view also = "") {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           also.find(c) != std::string_view::npos;
  });
}

// Collects every fault, so that a charter is mended in one go.
class Faults {
 public:
  Faults(std::string_view name, bool strict) : name_(name), strict_(strict) {}
  bool strict() const { return strict_; }  // false: values are taken as they stand
  void add(const toml::source_region& where, std::string_view field, std::string_view found, std::string_view wanted) {
    text_ += fmt::format("{}{}:{}: {}: found {}, want {}", text_.empty() ? "" : "\n", name_, where.begin.line, field, found, wanted);
  }
  const std::string& text() const { return text_; }

 private:
  std::string name_, text_;
  const bool strict_;
};

// One table of the charter: takes its fields by name, and names those that nobody took.
class Table {
 public:
  Table(const toml::table& table, std::string path, Faults& faults) : table_(table), path_(std::move(path)), faults_(faults) {}
  ~Table() {
    for (const auto& [key, node] : table_) {
      if (!taken_.contains(std::string(key.str()))) faults_.add(key.source(), field(key.str()), "a field of that name", "one that CHARTERS.md lists");
    }
  }

  std::string text(std::string_view key) {
    const auto* node = take(key, "text");
    if (!node) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty() || value->size() > 200) return wrong(*node, key, "text of 1 to 200 bytes"), std::string{};
    return *value;
  }
  std::string word(std::string_view key) {
    const auto* node = take(key, "a word");
    if (!node) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || !is_word(*value)) return wrong(*node, key, "1 to 40 letters, digits, - . _"), std::string{};
    return *value;
  }
  std::string one_of(std::string_view key, std::span<const std::string_view> choices) {
    const auto* node = take(key, choice_text(choices));
    if (!node) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || std::find(choices.begin(), choices.end(), *value) == choices.end()) return wrong(*node, key, choice_text(choices)), std::string{};
    return *value;
  }
  int64_t number(std::string_view key, int64_t least, int64_t most) {
    const auto wanted = fmt::format("a whole number from {} to {}", least, most);
    const auto* node = take(key, wanted);
    if (!node) return least;
    const auto value = node->value_exact<int64_t>();
    if (!value || *value < least || *value > most) return wrong(*node, key, wanted), least;
    return *value;
  }
  bool flag(std::string_view key) {
    const auto* node = take(key, "true or false");
    if (!node) return false;
    const auto value = node->value_exact<bool>();
    if (!value) wrong(*node, key, "true or false");
    return value.value_or(false);
  }
  Day day(std::string_view key) {
    const auto* node = take(key, "a date");
    if (!node) return {};
    const auto value = node->value_exact<toml::date>();
    if (!value) return wrong(*node, key, "a date, YYYY-MM-DD without quotes"), Day{};
    if (value->year > 2037) wrong(*node, key, "a date before 2038: clock changes are known up to there");
    return day_of(*value);
  }
  std::vector<Day> days(std::string_view key) {
    const auto wanted = fmt::format("a list of 1 to {} dates before 2038, in order, none twice", kEditionsMax);
    const auto* node = take(key, wanted);
    if (!node) return {};
    std::vector<Day> out;
    const auto* list = node->as_array();
    bool good = list && !list->empty() && list->size() <= kEditionsMax;
    for (size_t i = 0; good && i < list->size(); ++i) {
      const auto value = (*list)[i].value_exact<toml::date>();
      good = value && value->year <= 2037 && (out.empty() || out.back() < day_of(*value));
      if (good) out.push_back(day_of(*value));
    }
    if (!good) wrong(*node, key, wanted);
    return out;
  }
  std::string zone(std::string_view key) {
    const auto* node = take(key, "an IANA time zone");
    if (!node) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || (faults_.strict() && !Zone::find(*value))) return wrong(*node, key, "an IANA time zone, such as Europe/Zurich"), std::string{};
    return *value;
  }
  std::vector<std::string> words(std::string_view key, std::span<const std::string_view> choices = {}) {
    const auto wanted = choices.empty() ? fmt::format("a list of 1 to {} words, none twice", kWordsMax) : "a list of " + choice_text(choices);
    const auto* node = take(key, wanted);
    if (!node) return {};
    std::vector<std::string> out;
    const auto* list = node->as_array();
    bool good = list && !list->empty() && list->size() <= kWordsMax;
    for (size_t i = 0; good && i < list->size(); ++i) {
      const auto value = (*list)[i].value_exact<std::string>();
      good = value && is_word(*value) && std::find(out.begin(), out.end(), *value) == out.end() &&
             (!faults_.strict() || choices.empty() || std::find(choices.begin(), choices.end(), *value) != choices.end());
      if (good) out.push_back(*value);
    }
    if (!good) wrong(*node, key, wanted);
    return out;
  }
  // A table of that name. Where it is missing, `table` is null and, if it must be there, the fault is noted.
  const toml::table* table(std::string_view key, bool must = true) {
    const auto* node = must ? take(key, "a table") : take_if(key);
    if (node && !node->is_table()) wrong(*node, key, "a table");
    return node ? node->as_table() : nullptr;
  }
  std::vector<const toml::table*> tables(std::string_view key, bool must = true) {
    const auto* node = must ? take(key, "one or more tables [[" + std::string(key) + "]]") : take_if(key);
    std::vector<const toml::table*> out;
    if (!node) return out;
    if (!node->is_array_of_tables()) return wrong(*node, key, "one or more tables [[" + std::string(key) + "]]"), out;
    for (const auto& item : *node->as_array()) out.push_back(item.as_table());
    return out;
  }
  bool has(std::string_view key) const { return table_.contains(key); }
  void fault(std::string_view key, std::string_view found, std::string_view wanted) {
    const auto* node = table_.get(key);
    faults_.add(node ? node->source() : table_.source(), field(key), found, wanted);
  }

 private:
  static Day day_of(const toml::date& date) { return std::chrono::year{date.year} / date.month / date.day; }
  static std::string choice_text(std::span<const std::string_view> choices) { return fmt::format("{}", fmt::join(choices, " or ")); }
  std::string field(std::string_view key) const { return path_.empty() ? std::string(key) : path_ + "." + std::string(key); }
  void wrong(const toml::node& node, std::string_view key, std::string_view wanted) { faults_.add(node.source(), field(key), shown(node), wanted); }
  const toml::node* take_if(std::string_view key) {
    taken_.emplace(key);
    return table_.get(key);
  }
  const toml::node* take(std::string_view key, std::string_view wanted) {
    const auto* node = take_if(key);
    if (!node) faults_.add(table_.source(), field(key), "nothing", wanted);
    return node;
  }

  const toml::table& table_;
  std::string path_;
  Faults& faults_;
  std::set<std::string> taken_;
};

CriterionRule read_criterion(const toml::table& node, Faults& faults) {
  Table table(node, "criteria", faults);
  CriterionRule criterion;
  criterion.name = table.word("name");
  const auto rule = table.one_of("rule", kRuleNames);
  criterion.rule = static_cast<Rule>(std::find(kRuleNames.begin(), kRuleNames.end(), rule) - kRuleNames.begin());
  if (rule.empty()) criterion.rule = Rule::kCommitment;
  if (criterion.rule == Rule::kContractType) criterion.accepted = table.words("accepted", contract_types());
  if (criterion.rule == Rule::kPosition) criterion.accepted = table.words("accepted");
  if (criterion.rule == Rule::kPosition && table.has("referred_grades")) criterion.referred_grades = table.words("referred_grades");
  if (criterion.rule == Rule::kMonthsOfService) criterion.months = static_cast<int>(table.number("months", 1, 600));
  return criterion;
}

CycleRules read_cycle(const toml::table& node, bool window_by_months, Faults& faults) {
  Table table(node, "cycles", faults);
  CycleRules cycle;
  cycle.name = table.word("name");
  cycle.opens_on = table.day("opens_on");
  cycle.closes_on = table.day("closes_on");
  cycle.facts_as_of = table.day("facts_as_of");
  cycle.time_zone = table.zone("time_zone");
  if (cycle.closes_on < cycle.opens_on) table.fault("closes_on", to_text(cycle.closes_on), "opens_on or a later day");
  if (table.has("window_last_day")) {
    cycle.window_last_day = table.day("window_last_day");
    if (window_by_months) table.fault("window_last_day", "a day beside window.months", "one of the two");
  } else if (!window_by_months) {
    table.fault("window_last_day", "nothing", "a date, or window.months for the programme");
  }
  if (table.has("editions")) cycle.editions = table.days("editions");
  if (!cycle.editions.empty() && cycle.editions.front() < cycle.opens_on)
    table.fault("editions", to_text(cycle.editions.front()), "opens_on or a later day");
  return cycle;
}

FigureTable read_figure_table(const toml::table& node, Faults& faults) {
  Table table(node, "tables", faults);
  FigureTable figures;
  figures.name = table.word("name");
  figures.counts = table.one_of("counts", kPopulations);
  if (table.has("by")) figures.by = table.one_of("by", kGroupings);
  figures.audiences = table.words("audiences", kAudiences);
  return figures;
}

// Who is told how small a number, and what is published at all.
void read_figures(Table& top, Charter& charter, Faults& faults) {
  static constexpr int64_t kMinimumMost = 1000;
  if (const auto* node = top.table("figures", false)) {
    Table table(*node, "figures", faults);
    if (table.has("team_minimum")) charter.team_minimum = static_cast<uint32_t>(table.number("team_minimum", kMinimumFloor, kMinimumMost));
    if (table.has("published_minimum"))
      charter.published_minimum = static_cast<uint32_t>(table.number("published_minimum", kMinimumFloor, kMinimumMost));
  }
  for (const auto* node : top.tables("tables", false)) charter.tables.push_back(read_figure_table(*node, faults));
  if (charter.tables.size() > kTablesMax)
    top.fault("tables", fmt::format("{} of them", charter.tables.size()), fmt::format("{} at most", kTablesMax));
}

template <class Items>
void check_names(const Items& items, std::string_view path, Faults& faults, const toml::table& root) {
  std::set<std::string> names;
  for (const auto& item : items) {
    if (!names.insert(item.name).second) faults.add(root.get(path)->source(), path, "the name " + item.name + " twice", "each name once");
  }
}

Charter read_charter(const toml::table& root, Faults& faults) {
  Charter charter;
  Table top(root, "", faults);
  charter.programme = top.word("programme");
  charter.title = top.text("title");
  charter.sponsor = top.word("sponsor");
  if (const auto* node = top.table("seating")) {
    static constexpr std::array<std::string_view, 2> kOrders = {"never-engaged-first", "submission"};
    Table table(*node, "seating", faults);
    charter.seats = static_cast<uint32_t>(table.number("seats", 0, 1'000'000));
    const auto order = table.words("order", kOrders);
    charter.never_engaged_first = order.size() == 2;
    if (!order.empty() && order.back() != "submission") table.fault("order", "no submission at its end", "a list that ends with submission");
  }
  if (const auto* node = top.table("matching")) {
    static constexpr std::array<std::string_view, 2> kBy = {"administrators", "clients"};
    Table table(*node, "matching", faults);
    charter.matching_by_clients = table.one_of("by", kBy) == "clients";
  }
  if (const auto* node = top.table("sessions")) {
    Table table(*node, "sessions", faults);
    charter.allowance = static_cast<uint32_t>(table.number("allowance", 0, 1000));
    charter.minutes = static_cast<uint32_t>(table.number("minutes", 1, 24 * 60));
    charter.introduction = table.flag("introduction");
  }
  if (const auto* node = top.table("window", false)) {
    Table table(*node, "window", faults);
    charter.window_months = static_cast<int>(table.number("months", 1, 120));
  }
  if (const auto* node = top.table("coaches")) {
    Table table(*node, "coaches", faults);
    charter.capacity_min = static_cast<uint32_t>(table.number("capacity_min", 0, 1000));
    charter.capacity_max = static_cast<uint32_t>(table.number("capacity_max", 0, 1000));
    static constexpr std::array<std::string_view, 2> kCredentials = {"icf-certification", "icf-training"};
    charter.credentials = table.words("credentials", kCredentials);
    charter.training_hours_min = static_cast<double>(table.number("training_hours_min", 0, 100'000));
    if (charter.capacity_max < charter.capacity_min) table.fault("capacity_max", std::to_string(charter.capacity_max), "capacity_min or more");
  }
  for (const auto* node : top.tables("criteria")) charter.criteria.push_back(read_criterion(*node, faults));
  for (const auto* node : top.tables("cycles")) charter.cycles.push_back(read_cycle(*node, charter.window_months.has_value(), faults));
  if (charter.criteria.size() > kCriteriaMax)
    top.fault("criteria", fmt::format("{} of them", charter.criteria.size()), fmt::format("{} at most", kCriteriaMax));
  read_figures(top, charter, faults);
  check_names(charter.criteria, "criteria", faults, root);
  check_names(charter.tables, "tables", faults, root);
  check_names(charter.cycles, "cycles", faults, root);
  return charter;
}

}  // namespace

std::span<const std::string_view> contract_types() {
  static constexpr std::array<std::string_view, 14> kTypes = {"regular",
                                                              "fixed-term",
                                                              "special-fixed-term",
                                                              "special-short-term-graded",
                                                              "special-short-term-ungraded",
                                                              "temporary",
                                                              "continuing",
                                                              "permanent",
                                                              "consultant",
                                                              "individual-contractor",
                                                              "unv",
                                                              "intern",
                                                              "military",
                                                              "none"};
  return kTypes;
}

std::string_view rule_name(Rule rule) { return kRuleNames[static_cast<size_t>(rule)]; }

const CycleRules* Charter::find_cycle(std::string_view name) const {
  for (const auto& cycle : cycles) {
    if (cycle.name == name) return &cycle;
  }
  return nullptr;
}

Charter read_adopted_charter(std::string_view toml) {
  try {
    Faults faults("charter", false);
    Charter charter = read_charter(toml::parse(toml), faults);
    charter.text = toml;
    return charter;
  } catch (const toml::parse_error&) {
    require(false, "a charter in the log is TOML");
    return {};
  }
}

Result<Charter> parse_charter(std::string_view toml, std::string_view name) {
  if (toml.size() > kCharterBytesMax) {
    return Error{Fault::kRejected, fmt::format("{}: found {} bytes, want {} at most: a charter is one event", name, toml.size(), kCharterBytesMax)};
  }
  try {
    const toml::table root = toml::parse(toml, name);
    Faults faults(name, true);
    Charter charter = read_charter(root, faults);
    if (!faults.text().empty()) return Error{Fault::kRejected, faults.text()};
    charter.text = toml;
    return charter;
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kRejected, fmt::format("{}:{}: {}", name, broken.source().begin.line, broken.description())};
  }
}

}  // namespace daybook
