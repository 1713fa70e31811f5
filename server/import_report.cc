#include "server/import_report.h"

#include <algorithm>

#include "ledger/csv.h"

namespace daybook {

void ImportReport::add(const ReportRow& row) {
  const std::lock_guard lock(mutex_);
  const auto verdict = verdicts_.try_emplace({row.outcome, row.reason, row.flags}, 0).first;
  ++verdict->second;
  rows_.push_back({row.row, row.ref, &verdict->first});
  bytes_ += sizeof(Row) + row.ref.size();
}

uint64_t ImportReport::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_.size();
}

uint64_t ImportReport::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::string ImportReport::heading() { return csv_line({"row", "ref", "outcome", "reason", "flags"}); }

std::string ImportReport::lines(uint64_t from, uint64_t end, bool for_spreadsheet) const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (uint64_t i = from; i < std::min<uint64_t>(end, rows_.size()); ++i) {
    const auto& [outcome, reason, flags] = *rows_[i].verdict;
    text += csv_line({std::to_string(rows_[i].number), rows_[i].ref, outcome, reason, flags}, for_spreadsheet);
  }
  return text;
}

}  // namespace daybook
