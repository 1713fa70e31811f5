#include "server/worker_pool.h"

#include <algorithm>

namespace daybook {

WorkerPool::WorkerPool(unsigned threads, size_t waiting_max, unsigned patient_max)
    : waiting_max_(waiting_max),
      patient_max_(patient_max > 0 ? patient_max : std::max(1U, std::min(threads, std::thread::hardware_concurrency()) / 2)) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool WorkerPool::submit_before(size_t most, Jobs& queue, std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (jobs_.size() + patient_.size() >= most) return false;
  queue.push_back(std::move(job));
  wake_one();
  return true;
}

// With mutex_ held. To wake a thread costs more than most jobs: one at a time, and who comes wakes the next if there is more to do.
void WorkerPool::wake_one() {
  if (!has_next() || idle_ == 0 || waking_) return;
  waking_ = true;
  wake_.notify_one();
}

size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size() + patient_.size();
}

bool WorkerPool::patient_is_next() const {
  if (patient_.empty() || patient_running_ >= patient_max_) return false;
  return jobs_.empty() || (patient_running_ == 0 && !patient_was_last_);
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!has_next() && !stopping_) {
      ++idle_;
      wake_.wait(lock);
      --idle_;
      waking_ = false;
    }
    const bool patient = patient_is_next();
    auto& queue = patient ? patient_ : jobs_;
    if (queue.empty()) return;  // what is patient and still waits is done by whoever is at it
    auto job = std::move(queue.front());
    queue.pop_front();
    patient_was_last_ = patient;
    if (patient) ++patient_running_;
    wake_one();
    lock.unlock();
    job();
    job = nullptr;  // what it held goes before the next wait
    lock.lock();
    if (patient) --patient_running_;
  }
}

}  // namespace daybook
