#include "tools/remote_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "ledger/csv.h"
#include "tools/remote_json.h"

namespace daybook {
namespace {

// Empty: nobody.
Result<std::string> find_by_staff_number(Remote& remote, const std::string& text) {
  const boost::json::object body{{"words", boost::json::array{boost::json::value(text)}}};
  DAYBOOK_TRY(const auto answer, remote.want_object({.path = "/v1/find", .body = boost::json::serialize(body), .method = "POST"}));
  DAYBOOK_TRY(const auto people, rows_in(answer, "rows", columns_of_list("people")));
  for (const auto& row : people.rows) {
    if (row.size() > 1 && row[1] == text) return row[0];
  }
  return std::string();
}

// The same of whoever may be shown a person and may not search: a data-protection officer. Empty: nobody.
Result<std::string> find_by_card(Remote& remote, const std::string& text) {
  const boost::json::object body{{"id", text}};
  const auto answer = remote.want_object({.path = "/v1/show", .body = boost::json::serialize(body), .method = "POST"});
  if (!answer && answer.error().fault == Fault::kNotFound) return std::string();
  if (!answer) return answer.error();
  DAYBOOK_TRY(const auto cards, cards_in(answer.value(), "things"));
  constexpr std::string_view kPerson = "person ";
  if (cards.size() != 1 || !cards[0].title.starts_with(kPerson)) return std::string();
  auto id = cards[0].title.substr(kPerson.size());
  return is_person_id(id) ? id : std::string();
}

// Of a text that is borrowed.
CsvReader records_of(std::string_view text) {
  return CsvReader([text](char* buffer, size_t size) mutable {
    const auto bytes = text.copy(buffer, size);
    text.remove_prefix(bytes);
    return bytes;
  });
}

}  // namespace

bool is_person_id(std::string_view text) {
  return text.size() == 26 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Result<std::string> person_named(Remote& remote, const std::string& text) {
  if (text.empty() || is_person_id(text)) return text;
  DAYBOOK_TRY(auto person, find_by_staff_number(remote, text));
  if (!person.empty()) return person;
  DAYBOOK_TRY(person, find_by_card(remote, text));
  if (!person.empty()) return person;
  return not_there(
      fmt::format("nobody goes by the staff number {} of whom it may be told; over the wire others are named by their ids, which "
                  "`list` and `access-log` have",
                  printable(text)));
}

Question question_about(const std::string& path, const NamedTexts& people, const NamedTexts& others) {
  boost::json::object names;
  NamedTexts all = others;
  bool by_ids = true;
  for (const auto& [name, text] : people) {
    if (text.empty()) continue;
    names[name] = text;
    all.emplace_back(name, text);
    by_ids = by_ids && is_person_id(text);
  }
  if (by_ids) return {.path = path + query_of(all)};
  return {.path = path + query_of(others), .body = boost::json::serialize(names), .method = "POST"};
}

Result<std::string> with_staff_numbers(const std::string& report, const std::string& sheet, bool for_spreadsheet) {
  auto told = records_of(report), rows = records_of(sheet);
  DAYBOOK_TRY(const auto heading, told.next());
  DAYBOOK_TRY(const auto columns, rows.next());
  if (!heading || !columns) return report;
  const auto it = std::find(columns->cells.begin(), columns->cells.end(), "staff_number");
  const auto column = static_cast<size_t>(it - columns->cells.begin());
  auto text = csv_line(heading->cells);
  uint64_t at = 0, number = 0;
  for (std::optional<CsvRecord> row;;) {
    DAYBOOK_TRY(auto line, told.next());
    if (!line) return text;
    const auto& first = line->cells[0];
    std::from_chars(first.data(), first.data() + first.size(), number);
    for (; at < number; ++at) {
      DAYBOOK_TRY(row, rows.next());
      if (!row) break;
    }
    if (row && at == number && line->cells.size() > 1 && column < row->cells.size()) line->cells[1] = row->cells[column];
    text += csv_line(line->cells, for_spreadsheet);
  }
}

}  // namespace daybook
