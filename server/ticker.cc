#include "server/ticker.h"

#include <condition_variable>
#include <utility>

namespace daybook {

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
    : sequencer_(sequencer),
      recorded_by_(std::move(recorded_by)),
      log_(log),
      thread_([this, every](const std::stop_token& stop) { keep(every, stop); }) {}

std::optional<std::string> Ticker::wrong() const {
  const std::lock_guard lock(mutex_);
  return wrong_;
}

void Ticker::tick() {
  const auto made = record_deadlines(sequencer_, recorded_by_);
  if (!made) log_.write(Severity::kError, "tick", {{"found", made.error().message}});
  if (made && made.value() > 0) log_.write(Severity::kInfo, "tick", {{"events", static_cast<int64_t>(made.value())}});
  const bool goes_on = made || made.error().fault == Fault::kFull;
  const std::lock_guard lock(mutex_);
  wrong_ = goes_on ? std::nullopt : std::optional(made.error().message);
}

void Ticker::keep(std::chrono::seconds every, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    tick();
    wake.wait_for(lock, stop, every, [] { return false; });
  }
}

}  // namespace daybook
