// The vault as it will be when what is being decided is written.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ledger/event_log.h"

namespace daybook {

// Rows that are about to be written, over those that are stored. `base` is borrowed.
class PendingRows final : public VaultRows {
 public:
  explicit PendingRows(const VaultRows& base) : base_(base) {}
  void put(const VaultRow& row) { rows_[row.key] = row.value; }
  Result<std::optional<std::string>> get(std::string_view key) const override {
    if (const auto it = rows_.find(key); it != rows_.end()) return it->second;
    return base_.get(key);
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return base_.scan(prefix, row);  // whoever decides looks up, and never scans
  }

 private:
  const VaultRows& base_;
  std::map<std::string, std::optional<std::string>, std::less<>> rows_;
};

}  // namespace daybook
