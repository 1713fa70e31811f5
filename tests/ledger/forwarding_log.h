// An event log that passes every call on to another: a test overrides the one call it is about.
#pragma once

#include "ledger/event_log.h"

namespace daybook::test {

class ForwardingLog : public EventLog {
 public:
  explicit ForwardingLog(EventLog& log) : log_(log) {}

  using EventLog::append;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override { return log_.append(group); }
  Result<void> room() override { return log_.room(); }
  Result<void> unbroken() override { return log_.unbroken(); }
  Position first() const override { return log_.first(); }
  Position end() const override { return log_.end(); }
  Result<void> drop_before(Position first) override { return log_.drop_before(first); }
  TreeHead head() const override { return log_.head(); }
  Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
    return log_.read(from, to, entry);
  }
  Result<std::optional<Appended>> find(std::string_view idempotency_key) const override { return log_.find(idempotency_key); }
  Position wait(Position seen, std::chrono::milliseconds at_most) const override { return log_.wait(seen, at_most); }
  const VaultRows& vault() const override { return log_.vault(); }
  Result<void> rewrite(std::span<const VaultRow> rows) override { return log_.rewrite(rows); }
  Result<void> purge() override { return log_.purge(); }
  Result<std::vector<Hash>> tile(unsigned level, uint64_t index, uint64_t width) const override { return log_.tile(level, index, width); }
  Result<std::vector<Labels>> directory(uint64_t bundle) const override { return log_.directory(bundle); }
  Result<std::vector<uint64_t>> bundles_with(uint32_t label) const override { return log_.bundles_with(label); }
  Result<std::string> index_row(uint64_t segment, uint8_t first_byte) const override { return log_.index_row(segment, first_byte); }
  Result<TreeHead> read_back() override { return log_.read_back(); }
  Result<void> check_files() const override { return log_.check_files(); }
  Result<void> keep_checkpoint(uint64_t size, const std::string& note) override { return log_.keep_checkpoint(size, note); }
  Result<void> checkpoints(const std::function<bool(uint64_t, std::string_view)>& checkpoint) const override { return log_.checkpoints(checkpoint); }

 protected:
  EventLog& log_;
};

}  // namespace daybook::test
