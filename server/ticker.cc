#include "server/ticker.h"

#include <condition_variable>
#include <mutex>

namespace daybook {
namespace {

void tick(Sequencer& sequencer, const std::string& recorded_by, ServiceLog& log) {
  const auto made = record_deadlines(sequencer, recorded_by);
  if (!made) log.write(Severity::kError, "tick", {{"found", made.error().message}});
  if (made && made.value() > 0) log.write(Severity::kInfo, "tick", {{"events", static_cast<int64_t>(made.value())}});
}

}  // namespace

Result<uint64_t> record_deadlines(Sequencer& sequencer, const std::string& recorded_by) {
  Command command;
  command.body = Tick{};
  command.recorded_by = recorded_by;
  command.channel = Channel::kClock;
  const auto answer = sequencer.execute(std::move(command));
  if (answer.outcome == Outcome::kFailed) return answer.error;
  return answer.range.end.value - answer.range.first.value;
}

Ticker::Ticker(Sequencer& sequencer, std::string recorded_by, std::chrono::seconds every, ServiceLog& log)
    : thread_([&sequencer, by = std::move(recorded_by), every, &log](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          tick(sequencer, by, log);
          wake.wait_for(lock, stop, every, [] { return false; });
        }
      }) {}

}  // namespace daybook
