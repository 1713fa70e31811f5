// Where time comes from. `main` hands in the system's; tests hand in their own.
#pragma once

#include "ledger/types.h"

namespace daybook {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // Time that only runs forward, from an unnamed start: a jump of now() against it is a fault of the clock.
  virtual std::chrono::microseconds running() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }
  std::chrono::microseconds running() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace daybook
