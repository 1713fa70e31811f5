// Time that passes by itself: deadlines are recorded while the service has the ledger, as `daybook tick` does where nobody has it.
#pragma once

#include <chrono>
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

 private:
  std::jthread thread_;
};

}  // namespace daybook
