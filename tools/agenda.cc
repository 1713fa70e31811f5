#include "tools/agenda.h"

#include <algorithm>
#include <utility>

namespace daybook {

void Agenda::at(Instant when, Work work) {
  const auto steps = std::chrono::ceil<std::chrono::minutes>(std::max(when, now()).time_since_epoch()) / step_;
  auto due = Instant(steps * step_);
  while (due < when || due <= now()) due += step_;
  work_.emplace(due, std::move(work));
}

void Agenda::send(Command command, Then then) {
  auto& sent = sent_.emplace_back(Sent{{}, std::move(then)});  // a deque: it stays where it is
  {
    const std::lock_guard lock(mutex_);
    ++out_;
  }
  sequencer_.submit(std::move(command), [this, &sent](Answer answer) {
    sent.answer = std::move(answer);
    const std::lock_guard lock(mutex_);
    --out_;
    answered_.notify_one();
  });
}

void Agenda::settle() {
  while (!sent_.empty()) {
    {
      std::unique_lock lock(mutex_);
      answered_.wait(lock, [&] { return out_ == 0; });
    }
    for (auto& sent : std::exchange(sent_, {})) {
      if (sent.answer.outcome == Outcome::kFailed) {
        fail(sent.answer.error);
      } else if (sent.then) {
        sent.then(sent.answer);
      }
    }
  }
}

void Agenda::fail(Error error) {
  if (!failed_) failed_ = std::move(error);
}

Result<void> Agenda::run(Instant end) {
  while (!failed_ && !work_.empty() && work_.begin()->first < end) {
    const auto due = work_.begin()->first;
    clock_.set(due);
    while (!work_.empty() && work_.begin()->first == due) work_.extract(work_.begin()).mapped()();
    settle();
  }
  if (failed_) return *failed_;
  return success();
}

}  // namespace daybook
