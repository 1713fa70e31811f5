#include "server/worker_pool.h"

namespace daybook {

WorkerPool::WorkerPool(unsigned threads, size_t waiting_max) : waiting_max_(waiting_max) {
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

bool WorkerPool::submit_before(size_t most, std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (jobs_.size() >= most) return false;
  jobs_.push_back(std::move(job));
  wake_one();
  return true;
}

// With mutex_ held. To wake a thread costs more than most jobs: one at a time, and who comes wakes the next if there is more to do.
void WorkerPool::wake_one() {
  if (jobs_.empty() || idle_ == 0 || waking_) return;
  waking_ = true;
  wake_.notify_one();
}

size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (jobs_.empty() && !stopping_) {
      ++idle_;
      wake_.wait(lock);
      --idle_;
      waking_ = false;
    }
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    wake_one();
    lock.unlock();
    job();
    job = nullptr;  // what it held goes before the next wait
    lock.lock();
  }
}

}  // namespace daybook
