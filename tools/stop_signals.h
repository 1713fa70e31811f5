// How a verb that goes on until somebody ends it is ended.
#pragma once

#include <signal.h>

#include <chrono>

namespace daybook {

// How often a verb that follows the ledger looks for what is new.
inline constexpr std::chrono::milliseconds kFollowEvery{250};

// SIGINT and SIGTERM, held back until somebody asks for them, so that a step is never cut short.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);  // threads that are made later inherit it
  }
  // Waits for one, less than a second at most; also asked again, it says that one came.
  bool came(std::chrono::milliseconds at_most) {
    const timespec time{0, std::chrono::nanoseconds(at_most).count()};
    came_ = came_ || ::sigtimedwait(&signals_, nullptr, &time) > 0;
    return came_;
  }

 private:
  sigset_t signals_;
  bool came_ = false;
};

}  // namespace daybook
