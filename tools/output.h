// How answers leave: as a table or lines for people, CSV or JSON for programs. Text from the ledger never reaches a
// terminal with control characters in it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/printable.h"
#include "ledger/result.h"
#include "projections/card.h"
#include "projections/table.h"

namespace daybook {

enum class Format { kText, kTable, kCsv, kJson };

std::string json_looks(const std::vector<Position>& looks);  // `, "looks": [3, 4]`; nothing for none
std::string json_text(std::string_view text);                // quoted and escaped

// Sorted as --sort COLUMN, or -COLUMN for the greatest first, says; without it the table stays as it is. kRejected: no such column.
Result<void> sort_as_asked(Table& table, const std::string& sort);

void print_table(const Table& table, Format format, bool for_spreadsheet = false);

// A table that is printed a part at a time, as kTable or kCsv: the columns' names once, and no column ever gets narrower.
class TableWriter {
 public:
  TableWriter(Format format, bool for_spreadsheet) : format_(format), for_spreadsheet_(for_spreadsheet) {}
  void write(const Table& part);

 private:
  void write_line(const std::vector<std::string>& cells) const;
  const Format format_;
  const bool for_spreadsheet_;
  bool begun_ = false;
  std::vector<size_t> widths_;
};
// `looks`: the looks that the cards rest on; in JSON each card has them.
void print_cards(const std::vector<Card>& cards, Format format, bool for_spreadsheet = false, const std::vector<Position>& looks = {});

// Pairs of name and text as an object. A text that is a JSON number, true, false or null stays one if `raw` says so.
struct Field {
  std::string name, value;
  bool raw = false;
};
std::string json_object(const std::vector<Field>& fields);
void print_fields(const std::vector<Field>& fields, Format format);

// A line on standard error that is written over, only where there is a terminal, and only after a second.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  void show(std::string_view how_far);

 private:
  std::string what_;
  bool terminal_, shown_ = false;
  int64_t began_us_, last_us_ = 0;
};

}  // namespace daybook
