// Something that a socket's thread waits for, and another thread gives. Included by the files that know Asio, and by no other.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace daybook {

struct Awaited {
  // `deadline`: until then it is waited for.
  Awaited(const boost::asio::any_io_executor& executor, std::chrono::steady_clock::time_point deadline) : given(executor, deadline) {}
  boost::asio::steady_timer given;  // cancelled when it is there
  std::atomic<bool> awaited{true};  // else nobody reads it: what has not begun need not
};

// Touched on the socket's thread alone.
template <class What>
struct Pending : Awaited {
  using Awaited::Awaited;
  std::optional<What> what;

  void give(What given_now) {
    what.emplace(std::move(given_now));
    given.cancel();
  }
};

// How many have been begun that somebody else will end. Any thread.
class Outstanding {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) none_.notify_all();
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  size_t open_ = 0;
};

}  // namespace daybook
