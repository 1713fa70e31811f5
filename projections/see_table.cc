#include "projections/see_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "ledger/require.h"

namespace daybook {
namespace {

constexpr std::array<std::string_view, 4> kSights = {"absent", "counted", "masked", "shown"};
constexpr std::string_view kGlass = "broken glass", kAnyone = "anyone";

// What is not a field.
constexpr std::array<std::string_view, 12> kThings = {"names",   "coach-names", "people",    "applications", "decisions",   "pairings",
                                                      "coaches", "rights",      "programme", "figures",      "access-book", "export"};

std::vector<std::string> classes() {
  std::vector<std::string> all;
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) all.emplace_back(class_name(static_cast<FieldClass>(i)));
  return all;
}

// CLASS.FIELD of a field that there is.
bool is_field(std::string_view row) {
  for (const auto& kind : kinds()) {
    for (const auto& field : kind.fields) {
      if (row == fmt::format("{}.{}", class_name(field.field_class), field.name)) return field.field_class != FieldClass::kOpen;
    }
  }
  return false;
}

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_row(std::string_view row) { return contains(classes(), row) || contains(kThings, row) || is_field(row); }

std::string column_name(std::string_view role, Relation relation) {
  return fmt::format("{} {}", role, kRelationNames[static_cast<size_t>(relation)]);
}

bool is_column(std::string_view column) {
  if (column == kGlass) return true;
  for (size_t i = 0; i < kRelationNames.size(); ++i) {
    const auto relation = static_cast<Relation>(i);
    if (column == column_name(kAnyone, relation)) return true;
    if (std::any_of(kRoleNames.begin(), kRoleNames.end(), [&](auto role) { return column == column_name(role, relation); })) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The cells of a line | A | B |.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  line.remove_prefix(1);
  for (auto bar = line.find('|'); bar != std::string_view::npos; bar = line.find('|')) {
    cells.emplace_back(trimmed(line.substr(0, bar)));
    line.remove_prefix(bar + 1);
  }
  return cells;
}

struct NumberedLine {
  size_t number;
  std::vector<std::string> cells;
};

std::vector<NumberedLine> table_lines(std::string_view page) {
  std::vector<NumberedLine> lines;
  for (size_t number = 1; !page.empty(); ++number) {
    const auto end = page.find('\n');
    const auto line = page.substr(0, end);
    if (line.starts_with('|')) lines.push_back({number, cells_of(line)});
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
  }
  return lines;
}

Error wrong(const NumberedLine& line, std::string_view found, std::string_view want) {
  return {Fault::kRejected, fmt::format("who may see what, line {}: found \"{}\", want {}", line.number, found, want)};
}

Result<std::vector<std::string>> read_columns(const NumberedLine& head) {
  if (head.cells.size() < 3 || head.cells[0] != "what" || head.cells[1] != "that is")
    return wrong(head, "", "the columns `what` and `that is` first");
  std::vector<std::string> columns;
  for (size_t i = 2; i < head.cells.size(); ++i) {
    const auto& column = head.cells[i];
    if (!is_column(column) || contains(columns, column)) return wrong(head, column, "a role and a relation, once");
    columns.push_back(column);
  }
  return columns;
}

Result<std::vector<Sight>> read_cells(const NumberedLine& line, size_t columns) {
  if (line.cells.size() != columns + 2) {
    return wrong(line, fmt::format("{} cells", line.cells.size()), fmt::format("{}", columns + 2));
  }
  std::vector<Sight> cells;
  for (size_t i = 2; i < line.cells.size(); ++i) {
    const auto it = std::find(kSights.begin(), kSights.end(), line.cells[i]);
    if (it == kSights.end()) return wrong(line, line.cells[i], "shown, masked, counted or absent");
    cells.push_back(static_cast<Sight>(it - kSights.begin()));
  }
  return cells;
}

}  // namespace

std::string_view sight_name(Sight sight) { return kSights[static_cast<size_t>(sight)]; }

Result<SeeTable> SeeTable::parse(std::string_view page) {
  const auto lines = table_lines(page);
  if (lines.size() < 3) return Error{Fault::kRejected, "who may see what: found no table"};
  const auto is_rule = [](const std::string& cell) { return !cell.empty() && cell.find_first_not_of('-') == std::string::npos; };
  SeeTable table;
  DAYBOOK_TRY(table.columns_, read_columns(lines[0]));
  if (lines[1].number != lines[0].number + 1 || !std::all_of(lines[1].cells.begin(), lines[1].cells.end(), is_rule)) {
    return wrong(lines[1], "", "a line of dashes below the columns");
  }
  for (size_t i = 2; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (line.number != lines[i - 1].number + 1) return wrong(line, "", "one table");
    const auto row = line.cells.empty() ? std::string() : line.cells[0];
    if (!is_row(row) || contains(table.rows_, row)) return wrong(line, row, "a class, CLASS.FIELD or another thing that is there, once");
    DAYBOOK_TRY(auto cells, read_cells(line, table.columns_.size()));
    table.rows_.push_back(row);
    table.cells_.push_back(std::move(cells));
  }
  auto wanted = classes();
  wanted.insert(wanted.end(), kThings.begin(), kThings.end());
  for (const auto& row : wanted) {
    if (!contains(table.rows_, row)) return Error{Fault::kRejected, fmt::format("who may see what: found no row for {}, want one", row)};
  }
  return table;
}

Sight SeeTable::in_column(std::string_view column, std::string_view row) const {
  const auto at_column = std::find(columns_.begin(), columns_.end(), column);
  auto at_row = std::find(rows_.begin(), rows_.end(), row);
  if (at_row == rows_.end()) at_row = std::find(rows_.begin(), rows_.end(), row.substr(0, row.find('.')));
  if (at_column == columns_.end() || at_row == rows_.end()) return Sight::kAbsent;
  return cells_[static_cast<size_t>(at_row - rows_.begin())][static_cast<size_t>(at_column - columns_.begin())];
}

Sight SeeTable::at(Role role, Relation relation, std::string_view row) const {
  const auto own_column = column_name(role_name(role), relation);
  return in_column(contains(columns_, own_column) ? own_column : column_name(kAnyone, relation), row);
}

Sight SeeTable::under_glass(std::string_view row) const { return in_column(kGlass, row); }

SeeTable SeeTable::with(size_t row, size_t column, Sight sight) const {
  SeeTable other = *this;
  other.cells_[row][column] = sight;
  return other;
}

SeeTable shipped_see_table() {
  auto table = SeeTable::parse(who_may_see());
  require(table.has_value(), "the table of who may see what that is built in can be read");
  return std::move(table).value();
}

}  // namespace daybook
