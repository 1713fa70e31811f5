// A clock that is never set back: what was over stays over.
#pragma once

#include <algorithm>
#include <atomic>

#include "ledger/clock.h"

namespace daybook {

// The latest that `clock` has said; else as `clock`, which must live as long. For any number of threads.
class ForwardClock final : public Clock {
 public:
  explicit ForwardClock(const Clock& clock) : clock_(clock) {}
  Instant now() const override {
    const auto said = clock_.now().time_since_epoch().count();
    auto latest = latest_.load();
    while (latest < said && !latest_.compare_exchange_weak(latest, said)) {
    }
    return Instant(Instant::duration(std::max(latest, said)));
  }
  std::chrono::microseconds running() const override { return clock_.running(); }

 private:
  const Clock& clock_;
  mutable std::atomic<Instant::rep> latest_{0};
};

}  // namespace daybook
