// A ledger on disk for `daybook bench`, with pairings to write sessions for, and how fast it takes them.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "ledger/sequencer.h"

namespace daybook {

// How long `work` takes.
double seconds(const std::function<void()>& work);

class BenchLedger {
 public:
  explicit BenchLedger(const std::string& folder, uint64_t pairings = 512);

  // Events per second of the next `count` commands. Each of `callers` threads waits for its answer before it sends the next. `keyed`: each with an
  // idempotency key of its own, as over the wire.
  double blocking_rate(unsigned callers, uint64_t count, bool keyed = false);
  // Two threads keep 64 commands in flight between them.
  double in_flight_rate(uint64_t count);

  // Years of other programmes' work, until the log has so many events. Once.
  void grow(uint64_t size);

  EventLog& log() { return *log_; }
  const VaultKeys& keys() const { return keys_; }
  // Opens the log at `folder` for commands, from the snapshot in `kept` if there is one, and gives the milliseconds.
  static double open_to_write(const std::string& folder, const std::string& kept);

  // No more commands; then no more log, so that it is flushed.
  void stop() { sequencer_.reset(); }
  void close() { log_.reset(); }

 private:
  Command command(uint64_t n) const;
  Command dressed(CommandBody body, Instant at) const;
  void must(CommandBody body, Instant at);

  SystemClock clock_;
  SystemRandomness randomness_;
  const uint64_t pairings_;
  VaultKeys keys_ = derive_vault_keys(Hash{});
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Sequencer> sequencer_;
  std::atomic<uint64_t> next_{0};  // of `command`
};

}  // namespace daybook
