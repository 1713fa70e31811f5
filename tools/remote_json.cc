#include "tools/remote_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sstream>

#include "ledger/civil_time.h"

namespace daybook {
namespace {

namespace json = boost::json;

constexpr size_t kDepthMax = 32;

Error other_form(std::string_view what) { return {Fault::kBusy, fmt::format("the answer has another form than wanted: {}", what)}; }

// What `read` makes of an answer; the words of the library where it does not have the form.
template <class Read>
auto as_wanted(const Read& read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const std::exception& error) {
    return other_form(error.what());
  }
}

std::string text_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (value.is_null()) return {};
  if (const auto* number = value.if_double()) return fmt::format("{:.2f}", *number);
  return json::serialize(value);
}

bool is_number(const json::value& value) { return value.is_null() || value.is_int64() || value.is_uint64(); }

json::string_view key_of(std::string_view key) { return {key.data(), key.size()}; }

template <class Unsigned = uint64_t>
Unsigned whole(const json::value& value) {
  return value.to_number<Unsigned>();
}

Table table_of(const json::array& rows, const std::vector<std::string>& columns) {
  Table table;
  if (rows.empty()) {
    for (const auto& name : columns) table.columns.emplace_back(name, Cells::kText);
    return table;
  }
  for (const auto& member : rows.front().as_object()) table.columns.emplace_back(std::string(member.key()), Cells::kText);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (auto& column : table.columns) {
      const auto& value = row.as_object().at(key_of(column.name));
      if (is_number(value)) column.cells = Cells::kNumber;
      cells.push_back(text_of(value));
    }
    table.add(std::move(cells));
  }
  return table;
}

std::vector<Position> positions_of(const json::array& array) {
  std::vector<Position> all;
  for (const auto& position : array) all.push_back(Position{whole(position)});
  return all;
}

Card card_of(const json::object& object) {
  Card card{std::string(object.at("title").as_string()), {}};
  for (const auto& part : object.at("sections").as_array()) {
    auto& section = card.section(std::string(part.at("heading").as_string()));
    for (const auto& line : part.at("lines").as_array()) {
      section.lines.push_back(
          {std::string(line.at("label").as_string()), std::string(line.at("value").as_string()), positions_of(line.at("events").as_array())});
    }
  }
  return card;
}

ToldTable told_table(const json::object& object) {
  ToldTable table{std::string(object.at("name").as_string()),
                  std::string(object.at("counts").as_string()),
                  std::string(object.at("by").as_string()),
                  whole<uint32_t>(object.at("edition")),
                  {}};
  for (const auto& counted : object.at("groups").as_array()) {
    Group group;
    for (const auto& name : counted.at("group").as_array()) group.emplace_back(name.as_string());
    table.groups[group] = whole(counted.at("count"));
  }
  return table;
}

Edition edition_of(const json::object& object) {
  Edition edition;
  EditionPublished told;
  told.programme = std::string(object.at("programme").as_string());
  told.cycle = std::string(object.at("cycle").as_string());
  told.audience = std::string(object.at("audience").as_string());
  told.edition = whole<uint32_t>(object.at("edition"));
  told.due_on = parse_day(std::string(object.at("due_on").as_string())).value();
  told.counted_to = whole(object.at("counted_to"));
  told.minimum = whole<uint32_t>(object.at("minimum"));
  edition.event.envelope.recorded_at = parse_instant(std::string(object.at("published_at").as_string())).value();
  edition.event.envelope.position = Position{whole(object.at("published"))};
  edition.event.body = std::move(told);
  for (const auto& table : object.at("tables").as_array()) edition.tables.push_back(told_table(table.as_object()));
  return edition;
}

constexpr std::pair<std::string_view, std::string_view> kColumns[] = {
    {"decisions", "ref outcome failed seat"},
    {"applications", "ref person person_number person_name submitted_at outcome seat position"},
    {"seats", "seat ref person person_number person_name position"},
    {"waitlist", "place ref person person_number person_name offer_answer_by position"},
    {"pairings",
     "ref status client client_number client_name coach coach_number coach_name paired_on ended_on window_last window sessions_done position"},
    {"sessions", "pairing session status held_on flags misses feedback position"},
    {"coaches", "coach coach_number coach_name review capacity active free position"},
    {"overdue", "ref status client client_number client_name coach coach_number coach_name window_last days_over sessions_left lapsed"},
    {"editions", "audience edition due_on position"},
    {"refused", "position sheet row action ref reason wants stands"},
    {"imports", "batch sheet started_at recorded refused unchanged undone position"},
    {"roles", "position person person_number person_name role programme unit until"},
    {"proposals", "proposal action programme cycle subject subject_number subject_name proposer proposer_number proposer_name role outcome closed"},
    {"glasses", "glass holder about programme cycle classes ends_at told reason finding position"},
    {"people", "person staff_number name email organisation entity duty_station country grade position"},
    {"access-log", "position at actor actor_name role unit purpose asked_for answer through subjects classes programme cycle glass"},
};

}  // namespace

Result<json::object> read_object(std::string_view body) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  auto value = json::parse(key_of(body), error, {}, options);
  if (error) return other_form(error.message());
  auto* object = value.if_object();
  if (!object) return other_form("no JSON object");
  return std::move(*object);
}

Result<Table> rows_in(const json::object& answer, std::string_view member, const std::vector<std::string>& columns) {
  return as_wanted([&] { return table_of(answer.at(key_of(member)).as_array(), columns); });
}

std::vector<std::string> columns_of_list(std::string_view list) {
  const auto it = std::find_if(std::begin(kColumns), std::end(kColumns), [&](const auto& of) { return of.first == list; });
  std::vector<std::string> columns;
  if (it == std::end(kColumns)) return columns;
  std::istringstream words{std::string(it->second)};
  for (std::string word; words >> word;) columns.push_back(word);
  return columns;
}

Result<std::vector<Card>> cards_in(const json::object& answer, std::string_view member) {
  return as_wanted([&] {
    std::vector<Card> cards;
    for (const auto& card : answer.at(key_of(member)).as_array()) cards.push_back(card_of(card.as_object()));
    return cards;
  });
}

Result<Edition> edition_in(const json::object& answer) {
  return as_wanted([&] { return edition_of(answer.at("edition").as_object()); });
}

Result<std::vector<NamedValue>> figures_in(const json::object& answer, std::string_view member) {
  return as_wanted([&] {
    std::vector<NamedValue> figures;
    for (const auto& figure : answer.at(key_of(member)).as_object()) {
      figures.push_back({std::string(figure.key()), figure.value().is_null() ? "null" : text_of(figure.value())});
    }
    return figures;
  });
}

Problem problem_in(std::string_view body) {
  const auto read = read_object(body);
  if (!read) return {};
  const auto& object = read.value();
  const auto type = member_text(object, "type");
  constexpr std::string_view kPages = "/problems/";
  const auto at = type.rfind(kPages);
  if (at == std::string::npos) return {};
  Problem problem{type.substr(at + kPages.size()), member_text(object, "title"), member_text(object, "detail"), member_text(object, "trace"),
                  std::nullopt};
  if (!object.contains("rule")) return problem;
  problem.refusal = Refusal{member_text(object, "rule"), member_text(object, "saw"), member_text(object, "wants"), std::nullopt};
  if (const auto because = member_number(object, "because")) problem.refusal->because = Position{*because};
  return problem;
}

std::optional<uint64_t> member_number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key_of(key));
  if (!value) return std::nullopt;
  if (const auto* number = value->if_int64(); number && *number >= 0) return static_cast<uint64_t>(*number);
  if (const auto* number = value->if_uint64()) return *number;
  return std::nullopt;
}

std::string member_text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key_of(key));
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::vector<Position> member_positions(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key_of(key));
  const auto* array = value ? value->if_array() : nullptr;
  if (!array) return {};
  const auto read = as_wanted([&] { return positions_of(*array); });
  return read ? read.value() : std::vector<Position>{};
}

std::string spaced_json(const json::value& value) {
  std::string text;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", json::serialize(json::value(member.key())), spaced_json(member.value()));
    }
    return "{" + text + "}";
  }
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) text += (text.empty() ? "" : ", ") + spaced_json(item);
    return "[" + text + "]";
  }
  return json::serialize(value);
}

}  // namespace daybook
