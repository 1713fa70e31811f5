// Who may see what: the table of WHO_MAY_SEE.md as a value. What it does not name is absent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/codec.h"
#include "ledger/relation.h"

namespace daybook {

// From least to most.
enum class Sight { kAbsent, kCounted, kMasked, kShown };
std::string_view sight_name(Sight sight);

class SeeTable {
 public:
  // The table in a page of Markdown. kRejected, with the line, unless there is exactly one, each of its rows and columns is known and
  // there once, every class of fields but `open` and every other thing has a row, and every cell is one of the four words.
  static Result<SeeTable> parse(std::string_view page);

  // How somebody in a role who stands so sees a row: a class, `class.field` (else its class's row), or another thing.
  Sight at(Role role, Relation relation, std::string_view row) const;
  // What a broken glass opens.
  Sight under_glass(std::string_view row) const;

  const std::vector<std::string>& rows() const { return rows_; }
  const std::vector<std::string>& columns() const { return columns_; }  // "coach party", "anyone own", "broken glass"
  Sight cell(size_t row, size_t column) const { return cells_[row][column]; }
  // The same table but for one cell.
  SeeTable with(size_t row, size_t column, Sight sight) const;

 private:
  Sight in_column(std::string_view column, std::string_view row) const;
  std::vector<std::string> rows_, columns_;
  std::vector<std::vector<Sight>> cells_;  // by row
};

// The page that is built in.
std::string_view who_may_see();

// Its table.
SeeTable shipped_see_table();

}  // namespace daybook
