// A ledger in memory that a simulated organisation has lived in, and how it grew: batch by batch, so that it can be grown
// again up to any moment.
#pragma once

#include <vector>

#include "tests/ledger/forwarding_log.h"
#include "tests/support/test_ledger.h"
#include "tools/organisation.h"

namespace daybook::test {

class GrownLedger {
 public:
  explicit GrownLedger(const OrganisationSize& size);

  const EventLog& log() const { return log_; }
  const VaultKeys& keys() const { return keys_; }
  State state();  // the sequencer's
  Position end() const { return log_.end(); }

  // The same ledger while it is still shorter. `cut` was cut from this one before, or is empty; it grows to `end`.
  void grow(EventLog& cut, Position end) const;

 private:
  // Keeps what is appended.
  class KeepingLog final : public ForwardingLog {
   public:
    using EventLog::append;
    using ForwardingLog::ForwardingLog;
    std::vector<Result<Appended>> append(std::span<const Batch> group) override;
    std::vector<Batch> batches;
  };
  std::unique_ptr<EventLog> memory_ = make_memory_log();
  KeepingLog log_{*memory_};
  const VaultKeys keys_ = derive_vault_keys(Hash{});
  SeededRandomness randomness_;
  SimulatedClock clock_{life_begins()};
  std::unique_ptr<Sequencer> sequencer_;
};

// Three years of 400 people: lived once for all tests.
GrownLedger& three_years();

}  // namespace daybook::test
