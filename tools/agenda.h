// Simulated time: a clock that is set, and an agenda of what is to be done when. Nobody waits: the clock is put forward to
// whatever comes next.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "ledger/sequencer.h"

namespace daybook {

// Both times of it stand still until it is set. Set it only while no sequencer has a command: it is not guarded.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Instant start) : start_(start), now_(start) {}
  Instant now() const override { return now_; }
  std::chrono::microseconds running() const override { return now_ - start_; }
  void set(Instant now) { now_ = now; }

 private:
  const Instant start_;
  Instant now_;
};

class Agenda {
 public:
  using Work = std::function<void()>;
  using Then = std::function<void(const Answer&)>;

  // Time goes in steps: what falls into one is done at its end, in the order of the agenda. Longer steps put more commands
  // into one write. Sequencer and clock are borrowed.
  Agenda(Sequencer& sequencer, SimulatedClock& clock, std::chrono::minutes step) : sequencer_(sequencer), clock_(clock), step_(step) {}

  Instant now() const { return clock_.now(); }
  // What is asked for a time that is past is done in the next step.
  void at(Instant when, Work work);
  // Gives the command to the sequencer, which has it before any that is sent later. `then` runs when the step's commands
  // are answered, in the order in which they were sent: so nothing depends on how they were grouped.
  void send(Command command, Then then = {});
  // Waits for the answers to what was sent, and to what their `then` send.
  void settle();

  // Does what there is to do before `end`. The error is that of the first command that failed.
  Result<void> run(Instant end);
  // The first failure ends the run.
  void fail(Error error);

 private:
  struct Sent {
    Answer answer;
    Then then;
  };
  Sequencer& sequencer_;
  SimulatedClock& clock_;
  const std::chrono::minutes step_;
  std::multimap<Instant, Work> work_;
  std::deque<Sent> sent_;  // of this step
  std::mutex mutex_;
  std::condition_variable answered_;
  size_t out_ = 0;  // sent and not answered
  std::optional<Error> failed_;
};

}  // namespace daybook
