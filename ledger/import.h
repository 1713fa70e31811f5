// Takes a spreadsheet into the ledger: first reads it whole to see that every cell has its form, then records row after
// row. A file with one bad cell changes nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/sequencer.h"
#include "ledger/sheet.h"

namespace daybook {

struct ImportOptions {
  std::optional<Instant> effective;  // happened-at of staff and participations; nullopt: now
  std::string operator_name;         // user@host, or a session's user
  std::string actor = {};            // of rows that name nobody who acted; empty: the operator
  uint64_t rows_max = UINT64_MAX;    // a file with more is refused whole
  // With a number, so many rows go to the sequencer together, and what others sent meanwhile is decided before the next of them. Before each such
  // group `may_go_on` is asked: its error ends the import with the rows that are recorded by then.
  uint64_t group_rows = 0;
  std::function<Result<void>()> may_go_on = {};
};

struct ReportRow {
  uint64_t row = 0;  // from 1
  std::string ref, outcome, reason, flags;
  std::string saw;  // of a refusal: what the rule saw, confidential
  std::optional<Position> because;
};

struct ImportSummary {
  uint64_t recorded = 0, refused = 0, unchanged = 0;
  uint64_t rows() const { return recorded + refused + unchanged; }
};

struct ImportProgress {
  bool checking = false;  // the first reading; nothing is recorded yet
  uint64_t rows = 0, bytes = 0, bytes_total = 0;
  bool checked = false;  // the first reading is over: `rows` is how many there are
};

struct ImportWatcher {
  std::function<void(const ReportRow&)> row;            // in file order
  std::function<void(const ImportProgress&)> progress;  // now and then
  // The file is refused whole: its first bad cells, and how many more there are. A line of 0: it is no CSV, which `found` says.
  std::function<void(const std::vector<BadCell>&, uint64_t more)> refused = {};
  std::function<void(const Appended&)> appended = {};  // by a row, or by the end of the import; events of others may stand in between
};

inline constexpr size_t kBadCellsNamed = 20;

// kRejected: the file is refused whole; the message names each bad cell, 20 at most, and how many more there are.
// kStorage: the file cannot be read, or the ledger cannot be written; rows up to there are recorded, and the same
// import again goes on where it stopped.
Result<ImportSummary> import_file(const std::string& path, const SheetInfo& sheet, Sequencer& sequencer, const VaultKeys& keys,
                                  Randomness& randomness, const ImportOptions& options, const ImportWatcher& watcher);
// The same of a spreadsheet in memory, which is borrowed for the call.
Result<ImportSummary> import_text(std::string_view csv, const SheetInfo& sheet, Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness,
                                  const ImportOptions& options, const ImportWatcher& watcher);

}  // namespace daybook
