// Time that passes by itself: deadlines are recorded while the service has the ledger, as `daybook tick` does where nobody has it.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ledger/sequencer.h"
#include "server/service_log.h"

namespace daybook {

// Records the deadlines that have passed and were not recorded yet; how many events that made. The error is the sequencer's.
Result<uint64_t> record_deadlines(Sequencer& sequencer, const std::string& recorded_by);

// Does so every `every`, and once at the beginning, until it is destroyed. What fails is said in the log, and tried again. Both are borrowed.
class Ticker {
 public:
  Ticker(Sequencer& sequencer, std::string recorded_by, std::chrono::seconds every, ServiceLog& log);

  // Why nothing is recorded any more, as the newest look for deadlines was told: a clock that jumped, a write that failed. nullopt: nothing said so.
  // A disk without room is none of it: the next command may find room. From any thread.
  std::optional<std::string> wrong() const;

 private:
  void tick();
  void keep(std::chrono::seconds every, const std::stop_token& stop);
  Sequencer& sequencer_;
  const std::string recorded_by_;
  ServiceLog& log_;
  mutable std::mutex mutex_;
  std::optional<std::string> wrong_;
  std::jthread thread_;  // the last: it stops first
};

}  // namespace daybook
