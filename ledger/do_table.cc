#include "ledger/do_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/require.h"

namespace daybook {
namespace {

// What carries itself out, or a sheet's rows: there is nobody who could be asked for a second.
bool takes_no_second(std::string_view deed) {
  constexpr std::string_view kAtOnce[] = {"import", "tick", "role-begin", "rotate-keys", "backup"};
  return std::find(std::begin(kAtOnce), std::end(kAtOnce), deed) != std::end(kAtOnce);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The cells of a line `| a | b |`.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  line.remove_prefix(1);
  for (auto end = line.find('|'); end != std::string_view::npos; end = line.find('|')) {
    cells.push_back(trimmed(line.substr(0, end)));
    line.remove_prefix(end + 1);
  }
  return cells;
}

class PageReader {
 public:
  explicit PageReader(std::string_view name) : name_(name) {}

  void take(size_t line, std::string_view text) {
    line_ = line;
    if (!text.starts_with('|')) return;
    const auto cells = cells_of(text);
    if (cells.size() != standings().size() + 1) return fault(fmt::format("{} cells", cells.size()), fmt::format("{}", standings().size() + 1));
    ++lines_;
    lines_ == 1 ? take_headings(cells) : lines_ == 2 ? take_rule(cells) : take_row(cells);
  }

  Result<DoTable> finish() {
    for (const auto deed : kDeeds) {
      if (!table_.names(deed)) fault("no row " + std::string(deed), "one");
    }
    if (!faults_.empty()) return Error{Fault::kRejected, faults_};
    return std::move(table_);
  }

 private:
  void take_headings(const std::vector<std::string_view>& cells) {
    if (cells[0] != "action") fault(std::string(cells[0]), "action");
    for (size_t i = 0; i < standings().size(); ++i) {
      if (cells[i + 1] != text(standings()[i])) fault("column " + std::string(cells[i + 1]), text(standings()[i]));
    }
  }
  void take_rule(const std::vector<std::string_view>& cells) {
    for (const auto cell : cells) {
      if (cell != "---") return fault(std::string(cell), "--- under each heading");
    }
  }
  void take_row(const std::vector<std::string_view>& cells) {
    const auto deed = cells[0];
    if (std::find(kDeeds.begin(), kDeeds.end(), deed) == kDeeds.end()) return fault("action " + std::string(deed), "one that the program knows");
    if (table_.names(deed)) return fault("action " + std::string(deed) + " twice", "each action once");
    for (size_t i = 0; i < standings().size(); ++i) take_cell(deed, standings()[i], cells[i + 1]);
  }
  void take_cell(std::string_view deed, const Standing& standing, std::string_view cell) {
    const auto verdict = std::find(kVerdictNames.begin(), kVerdictNames.end(), cell);
    const auto found = fmt::format("{} as {}: {}", deed, text(standing), cell);
    if (verdict == kVerdictNames.end()) return fault(found, "may, second or never");
    const auto read = static_cast<Verdict>(verdict - kVerdictNames.begin());
    if (read == Verdict::kSecond && takes_no_second(deed)) return fault(found, "may or never: there is nobody to ask");
    table_.set(deed, standing, read);
  }
  void fault(const std::string& found, const std::string& wanted) {
    faults_ += fmt::format("{}{}:{}: found {}, want {}", faults_.empty() ? "" : "\n", name_, line_, found, wanted);
  }

  const std::string_view name_;
  size_t line_ = 0, lines_ = 0;  // of the page; of the table
  DoTable table_;
  std::string faults_;
};

std::vector<Standing> all_standings() {
  std::vector<Standing> all;
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    const auto role = static_cast<Role>(i);
    const auto middle = is_granted(role) ? Relation::kInScope : Relation::kParty;
    if (role != Role::kPublic) all.insert(all.end(), {{role, Relation::kOwn}, {role, middle}});
    all.push_back({role, Relation::kElsewhere});
  }
  return all;
}

// nullopt where the table has no such column.
std::optional<size_t> column_of(const Standing& standing) {
  const auto [role, relation] = standing;
  const size_t first = 3 * static_cast<size_t>(role);
  if (role == Role::kPublic) return relation == Relation::kElsewhere ? std::optional(first) : std::nullopt;
  if (relation == Relation::kOwn) return first;
  if (relation == Relation::kElsewhere) return first + 2;
  return is_granted(role) == (relation == Relation::kInScope) ? std::optional(first + 1) : std::nullopt;
}

}  // namespace

const std::vector<Standing>& standings() {
  static const std::vector<Standing> all = all_standings();
  return all;
}

std::string text(const Standing& standing) {
  return fmt::format("{} {}", role_name(standing.role), kRelationNames[static_cast<size_t>(standing.relation)]);
}

Verdict DoRow::at(const Standing& standing) const {
  const auto column = column_of(standing);
  return column ? cells_[*column] : Verdict::kNever;
}

bool DoRow::gives(Role role) const {
  const auto relations = {Relation::kOwn, Relation::kParty, Relation::kInScope, Relation::kElsewhere};
  return std::any_of(relations.begin(), relations.end(), [&](Relation relation) { return at({role, relation}) != Verdict::kNever; });
}

const DoRow& DoTable::row(std::string_view deed) const {
  static const DoRow kNothing{};
  const auto row = rows_.find(deed);
  return row == rows_.end() ? kNothing : row->second;
}

void DoTable::set(std::string_view deed, const Standing& standing, Verdict verdict) {
  const auto column = column_of(standing);
  require(column && std::find(kDeeds.begin(), kDeeds.end(), deed) != kDeeds.end(), "a cell of the table has an action and a standing");
  auto row = rows_.find(deed);
  if (row == rows_.end()) row = rows_.emplace(deed, DoRow{}).first;
  row->second.cells_[*column] = verdict;
}

Result<DoTable> parse_do_table(std::string_view page, std::string_view name) {
  PageReader reader(name);
  for (size_t line = 1; !page.empty(); ++line) {
    const auto end = std::min(page.find('\n'), page.size());
    reader.take(line, page.substr(0, end));
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  return reader.finish();
}

DoTable shipped_do_table() {
  auto table = parse_do_table(shipped_do_page(), "WHO_MAY_DO.md");
  require(table.has_value(), "the table of rights that the program was built with can be read");
  return std::move(table).value();
}

}  // namespace daybook
