#include "server/worker_pool.h"

#include <algorithm>

namespace daybook {

WorkerPool::WorkerPool(unsigned threads, size_t waiting_max, unsigned patient_max)
    : waiting_max_(waiting_max), patient_max_(patient_max > 0 ? patient_max : std::max(1U, std::thread::hardware_concurrency() / 2)) {
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
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() + patient_.size() >= most) return false;
    queue.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
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
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty() || patient_is_next(); });
    const bool patient = patient_is_next();
    auto& queue = patient ? patient_ : jobs_;
    if (queue.empty()) return;  // what is patient and still waits is done by whoever is at it
    auto job = std::move(queue.front());
    queue.pop_front();
    patient_was_last_ = patient;
    if (patient) ++patient_running_;
    lock.unlock();
    job();
    job = nullptr;  // what it held goes before the next wait
    lock.lock();
    if (patient) --patient_running_;
  }
}

}  // namespace daybook
