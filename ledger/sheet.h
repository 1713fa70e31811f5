// The spreadsheets that Daybook takes (contract section 3): their columns, the form of their cells, and the commands
// that their rows are.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/command.h"
#include "ledger/csv.h"

namespace daybook {

struct SheetInfo {
  std::string_view name;                  // staff
  std::vector<std::string_view> columns;  // all of them are needed
};
const std::vector<SheetInfo>& sheets();
const SheetInfo* find_sheet(std::string_view name);  // null if there is none of that name
// Whether its rows have no reference of their own: a report names each by the staff number of whom it is about.
bool goes_by_staff_number(const SheetInfo& sheet);

// A cell of the wrong form.
struct BadCell {
  uint64_t line = 0;
  std::string column, found, wanted;
  std::string text() const;  // line 12, column rating: found "6", want 1 to 5 or nothing
};

// Reads one sheet: finds the columns by the header, then turns records into commands.
class SheetReader {
 public:
  // `effective`: happened-at of staff and participations rows, whose cells name none.
  SheetReader(const SheetInfo& sheet, std::optional<Instant> effective) : sheet_(sheet), effective_(effective) {}

  // Takes the header row. Every column that is missing or named twice is a bad cell.
  std::vector<BadCell> take_header(const CsvRecord& header);

  struct RowCommand {
    Command command;
    std::string ref;    // as reports show it
    std::string cells;  // the sheet's own cells in the contract's order, unambiguous: what a fingerprint is made of
  };
  // The command that a record is. Faults are added to `bad`; if there are any, the command means nothing.
  RowCommand take_record(const CsvRecord& record, std::vector<BadCell>& bad);

 private:
  class Cells;
  Command staff(Cells& cells) const;
  Command participation(Cells& cells) const;
  Command coach(Cells& cells) const;
  Command application(Cells& cells) const;
  Command activity(Cells& cells);

  const SheetInfo& sheet_;
  std::optional<Instant> effective_;
  size_t width_ = 0;            // cells in the header
  std::vector<size_t> places_;  // of each column of the sheet in a record
  std::optional<Instant> last_at_;
  std::set<std::string> zones_;  // names that were found good
};

// The command of `do ACTION key=value ...`, from the same columns and forms as activity.csv.
Result<Act> read_action(Action action, const std::vector<std::pair<std::string, std::string>>& values);

// Which of the values do not have the form of their column; the sheet's other columns do not matter.
std::vector<BadCell> bad_cells(const SheetInfo& sheet, const std::vector<std::pair<std::string, std::string>>& values);

// [A-Za-z0-9._-]{1,40}
bool is_ref(std::string_view text);

}  // namespace daybook
