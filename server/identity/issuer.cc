#include "server/identity/issuer.h"

namespace daybook {

Issuer::Issuer(std::string name, Fetch fetch, const Clock& clock, KeyCacheLimits limits)
    : name_(std::move(name)), fetch_(std::move(fetch)), clock_(clock), limits_(limits) {}

// Under the lock, also while it asks: before there is a document nobody can do anything else than wait for it.
Result<void> Issuer::know() {
  const auto now = clock_.running();
  if (provider_) return success();
  if (asked_at_ && now - *asked_at_ < limits_.ask_again) return trouble_;
  asked_at_ = now;
  auto found = discover(fetch_, name_);
  if (found.has_error()) return trouble_ = found.error();
  provider_ = std::move(found).value();
  keys_ = std::make_unique<KeyCache>(provider_->keys, fetch_, clock_, limits_);
  return success();
}

Result<Provider> Issuer::provider() {
  const std::lock_guard lock(mutex_);
  DAYBOOK_TRY(know());
  return *provider_;
}

Result<PublicKey> Issuer::find_key(std::string_view kid) {
  KeyCache* keys = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = know(); known.has_error()) return Error{Fault::kBusy, known.error().message};
    keys = keys_.get();
  }
  return keys->find(kid);
}

}  // namespace daybook
