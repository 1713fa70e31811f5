#include "server/identity/issuer.h"

namespace daybook {

Issuer::Issuer(std::string name, Fetch fetch, const Clock& clock, KeyCacheLimits limits)
    : name_(std::move(name)), fetch_(std::move(fetch)), clock_(clock), limits_(limits) {}

// Asks without the lock, so that those who may not wait are told so at once.
Result<void> Issuer::know(std::unique_lock<std::mutex>& lock) {
  if (asking_) {
    if (waiting_ >= limits_.waiting) return Error{Fault::kBusy, name_ + ": as many wait for its document as may"};
    ++waiting_;
    answered_.wait(lock, [&] { return !asking_; });
    --waiting_;
  }
  if (provider_) return success();
  const auto now = clock_.running();
  if (asked_at_ && now - *asked_at_ < limits_.ask_again) return trouble_;
  asked_at_ = now;
  asking_ = true;
  lock.unlock();
  auto found = discover(fetch_, name_);
  lock.lock();
  asking_ = false;
  answered_.notify_all();
  if (found.has_error()) return trouble_ = found.error();
  provider_ = std::move(found).value();
  keys_ = std::make_unique<KeyCache>(provider_->keys, fetch_, clock_, limits_);
  return success();
}

Result<Provider> Issuer::provider() {
  std::unique_lock lock(mutex_);
  DAYBOOK_TRY(know(lock));
  return *provider_;
}

Result<PublicKey> Issuer::find_key(std::string_view kid) {
  KeyCache* keys = nullptr;
  {
    std::unique_lock lock(mutex_);
    if (const auto known = know(lock); known.has_error()) return Error{Fault::kBusy, known.error().message};
    keys = keys_.get();
  }
  return keys->find(kid);
}

}  // namespace daybook
