// Threads that may block on the ledger, so that those which serve the sockets never do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook {

class WorkerPool {
 public:
  // `waiting_max`: jobs that no thread has begun yet.
  WorkerPool(unsigned threads, size_t waiting_max);
  ~WorkerPool();  // does what waits, then stops

  // False: as many wait as may, and the job is not taken. A job throws nothing.
  bool submit(std::function<void()> job) { return submit_before(waiting_max_, std::move(job)); }
  // The same for what can come again: it leaves half of the places to the others.
  bool submit_patient(std::function<void()> job) { return submit_before(waiting_max_ - waiting_max_ / 2, std::move(job)); }
  size_t waiting() const;

 private:
  bool submit_before(size_t most, std::function<void()> job);
  void wake_one();
  void run();
  const size_t waiting_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  unsigned idle_ = 0;
  bool waking_ = false;  // one of them was called and has not come yet: it calls the next
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook
