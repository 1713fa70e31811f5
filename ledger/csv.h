// Comma-separated values as RFC 4180 has them, read as a stream in bounded memory, and written.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"

namespace daybook {

struct CsvRecord {
  uint64_t line = 0;               // where the record starts, from 1
  std::vector<std::string> cells;  // as given: not trimmed
};

// Reads records from a source of bytes. Line ends are CRLF or LF; a byte-order mark at the start and blank lines are
// passed over; a quoted cell may hold commas, line ends and doubled quotes.
class CsvReader {
 public:
  static constexpr size_t kCellBytesMax = 65'535, kCellsMax = 1'000, kRecordBytesMax = 1 << 20;

  // `source` fills a buffer and returns how many bytes, 0 at the end.
  explicit CsvReader(std::function<size_t(char* buffer, size_t size)> source);

  // The next record, or nullopt at the end. kRejected where the text is no CSV: `line N: found .., want ..`. The reader
  // is of no use after that.
  Result<std::optional<CsvRecord>> next();

  // From now on a complaint about a cell names its column: `line N, column X: found .., want ..`.
  void name_columns(std::vector<std::string> names) { columns_ = std::move(names); }

 private:
  int get();  // the next byte, or -1
  int peek();
  Error broken(uint64_t line, std::string_view found, std::string_view wanted) const;
  Error broken_cell(uint64_t line, std::string_view found, std::string_view wanted) const;
  Result<void> quoted_cell(std::string& cell, uint64_t start);
  Result<bool> cell(CsvRecord& record, size_t& bytes);  // true: the record goes on

  std::function<size_t(char*, size_t)> source_;
  std::string buffer_;
  size_t used_ = 0, filled_ = 0;
  uint64_t line_ = 1;
  size_t cell_ = 0;  // which of the record is being read, from 0
  std::vector<std::string> columns_;
};

// One record with its line end, quoted where it has to be. `for_spreadsheet` puts a ' before a leading = + - @ tab or
// carriage return, so that no program runs a cell as a formula.
std::string csv_line(const std::vector<std::string>& cells, bool for_spreadsheet = false);

// Where `text` stops being UTF-8 without control characters other than tab and line ends; npos if it does not.
size_t find_bad_text(std::string_view text);

}  // namespace daybook
