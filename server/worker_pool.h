// Threads that may block on the ledger, so that those which serve the sockets never do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook {

class WorkerPool {
 public:
  // `waiting_max`: jobs that no thread has begun yet. `patient_max`: threads that do patient jobs at the same time; 0: as many as half of the
  // processors, half of the threads at most, and one at least.
  WorkerPool(unsigned threads, size_t waiting_max, unsigned patient_max = 0);
  ~WorkerPool();  // does what waits, then stops

  // False: as many wait as may, and the job is not taken. A job throws nothing.
  bool submit(std::function<void()> job) { return submit_before(waiting_max_, jobs_, std::move(job)); }
  // The same for what can come again, and what there is no end of: it leaves half of the places, and of the processors, to the others. However many
  // of those there are, one thread's every second job is patient.
  bool submit_patient(std::function<void()> job) { return submit_before(waiting_max_ - waiting_max_ / 2, patient_, std::move(job)); }
  // The same for the rest of what was begun, however many wait: whoever begins has a bound of their own.
  void submit_begun(std::function<void()> job) { submit_before(std::numeric_limits<size_t>::max(), jobs_, std::move(job)); }
  size_t waiting() const;

 private:
  using Jobs = std::deque<std::function<void()>>;
  bool submit_before(size_t most, Jobs& queue, std::function<void()> job);
  bool patient_is_next() const;
  bool has_next() const { return !jobs_.empty() || patient_is_next(); }
  void wake_one();
  void run();
  const size_t waiting_max_;
  const unsigned patient_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Jobs jobs_, patient_;
  unsigned patient_running_ = 0;
  bool patient_was_last_ = false;
  unsigned idle_ = 0;
  bool waking_ = false;  // one of them was called and has not come yet: it calls the next
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook
