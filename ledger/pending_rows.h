// The vault as it will be when what is being decided is written.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>

#include "ledger/event_log.h"
#include "ledger/vault.h"

namespace daybook {

// Rows that are about to be written, over those that are stored. Records are left out: they are most of the rows, and of an event that is
// not in the log yet nobody can ask for a value. `base` is borrowed.
class PendingRows final : public VaultRows {
 public:
  explicit PendingRows(const VaultRows& base) : base_(base) {}
  void put(const VaultRow& row) {
    if (!row.value || !row.key.starts_with(kRecordTable)) rows_.insert_or_assign(row.key, row.value);
  }
  Result<std::optional<std::string>> get(std::string_view key) const override {
    if (const auto it = rows_.find(key); it != rows_.end()) return it->second;
    return base_.get(key);
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return base_.scan(prefix, row);  // whoever decides looks up, and never scans
  }

 private:
  struct KeyHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  static inline const char kRecordTable = Vault::record_key({}, {}).front();
  const VaultRows& base_;
  boost::unordered_flat_map<std::string, std::optional<std::string>, KeyHash, std::equal_to<>> rows_;
};

}  // namespace daybook
