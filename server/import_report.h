// What became of each row of an import, kept small, while it runs and afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/import.h"

namespace daybook {

// For any number of threads.
class ImportReport {
 public:
  void add(const ReportRow& row);  // in file order

  uint64_t rows() const;
  uint64_t bytes() const;  // of memory, about

  static std::string heading();
  // The rows [from, end) of those that were added, counted from 0, as CSV without the heading; fewer where there are fewer. `for_spreadsheet`: as
  // csv_line.
  std::string lines(uint64_t from, uint64_t end, bool for_spreadsheet) const;

 private:
  using Verdict = std::array<std::string, 3>;  // outcome, reason, flags: of many rows the same
  struct Row {
    uint64_t number;
    std::string ref;
    const Verdict* verdict;  // a key of verdicts_
  };
  mutable std::mutex mutex_;
  std::vector<Row> rows_;
  std::map<Verdict, uint64_t> verdicts_;  // and how many rows have it
  uint64_t bytes_ = 0;
};

}  // namespace daybook
