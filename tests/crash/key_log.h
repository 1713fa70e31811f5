// A log that remembers under which key each batch was written: the sequencer's own, which only it can work out.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "tests/ledger/forwarding_log.h"

namespace daybook::test {

class KeyLog final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    auto answers = ForwardingLog::append(group);
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < group.size(); ++i) {
      if (answers[i] && !group[i].idempotency_key.empty()) keys_[answers[i].value().first.value] = group[i].idempotency_key;
    }
    return answers;
  }
  // By the batch's first position.
  std::map<uint64_t, std::string> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }
  std::string key_at(uint64_t first) const {
    const std::lock_guard lock(mutex_);
    const auto it = keys_.find(first);
    return it == keys_.end() ? "" : it->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<uint64_t, std::string> keys_;
};

}  // namespace daybook::test
