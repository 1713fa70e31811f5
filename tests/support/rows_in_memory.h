// Rows of the vault that a test can change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "tests/support/made.h"

namespace daybook::test {

class RowsInMemory final : public VaultRows {
 public:
  RowsInMemory() = default;
  explicit RowsInMemory(const VaultRows& rows) {
    fine(rows.scan("", [&](std::string_view key, std::string_view value) { return all.emplace(key, value), true; }));
  }
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto it = all.find(std::string(key));
    return it == all.end() ? std::nullopt : std::optional(it->second);
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    for (const auto& [key, value] : all) {
      if (key.starts_with(prefix) && !row(key, value)) break;
    }
    return success();
  }
  void put(const std::vector<VaultRow>& rows) {
    for (const auto& row : rows) row.value ? (void)(all[row.key] = *row.value) : (void)all.erase(row.key);
  }

  std::map<std::string, std::string> all;
};

}  // namespace daybook::test
