// What a service answers, as the tables, cards and lines that the command line prints of its own ledger. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/decide.h"
#include "projections/card.h"
#include "projections/editions.h"
#include "projections/table.h"

namespace daybook {

// The JSON object that an answer is. kBusy, saying so: it is none.
Result<boost::json::object> read_object(std::string_view body);

// The rows at `member`, in the columns that they have; where there is no row, in `columns`. What is a whole number or null in any row is a column
// of numbers. kBusy here and below: the answer has another form.
Result<Table> rows_in(const boost::json::object& answer, std::string_view member, const std::vector<std::string>& columns);
// The columns of a list, or of people and looks, as somebody who may look is told them; empty for a list that is not known.
std::vector<std::string> columns_of_list(std::string_view list);

Result<std::vector<Card>> cards_in(const boost::json::object& answer, std::string_view member);
Result<Edition> edition_in(const boost::json::object& answer);

// Each member of the object at `member` with its value: numbers as they stand in the record, two decimals where there are any.
struct NamedValue {
  std::string name, value;
};
Result<std::vector<NamedValue>> figures_in(const boost::json::object& answer, std::string_view member);

// What a problem says (RFC 9457), as far as it says so.
struct Problem {
  std::string name;  // the end of its type: "not-found"; empty: it is no problem of ours
  std::string title, detail, trace;
  std::optional<Refusal> refusal;  // of a command: the rule that said no
};
Problem problem_in(std::string_view body);

std::optional<uint64_t> member_number(const boost::json::object& object, std::string_view key);
std::string member_text(const boost::json::object& object, std::string_view key);  // empty where there is none
std::vector<Position> member_positions(const boost::json::object& object, std::string_view key);

// JSON as the command line writes it: a space after each colon and comma.
std::string spaced_json(const boost::json::value& value);

}  // namespace daybook
