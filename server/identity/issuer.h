// An issuer that is configured: its document and its keys, asked for when they are first needed.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/identity/key_cache.h"
#include "server/identity/provider.h"

namespace daybook {

// The document is asked for until there is one that can be used, at most once in `limits.ask_again`, and then never again: an issuer that moves
// wants a restart. So the service starts, and serves who is signed in, while the issuer is away. For any number of threads: one asks, and
// `limits.waiting` wait for the answer.
class Issuer {
 public:
  // `clock` must live as long.
  Issuer(std::string name, Fetch fetch, const Clock& clock, KeyCacheLimits limits = {});

  const std::string& name() const { return name_; }
  // kBusy: it does not answer, or as many as may wait for it. kRejected: its document is not one that sign-in can use; that is for the log and the
  // operator.
  Result<Provider> provider();
  // As KeyCache::find; kBusy too while there is no document.
  Result<PublicKey> find_key(std::string_view kid);

 private:
  Result<void> know(std::unique_lock<std::mutex>& lock);

  const std::string name_;
  const Fetch fetch_;
  const Clock& clock_;
  const KeyCacheLimits limits_;
  std::mutex mutex_;
  std::condition_variable answered_;
  bool asking_ = false;
  size_t waiting_ = 0;                                 // for the answer
  std::optional<std::chrono::microseconds> asked_at_;  // of Clock::running
  Error trouble_{Fault::kBusy, {}};
  std::optional<Provider> provider_;
  std::unique_ptr<KeyCache> keys_;  // as soon as there is a provider, and from then on the same
};

}  // namespace daybook
