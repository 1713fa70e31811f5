// An issuer's keys, kept for a while, so that a token is checked without asking anybody.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "ledger/clock.h"
#include "server/identity/fetch.h"
#include "server/identity/key_set.h"

namespace daybook {

struct KeyCacheLimits {
  std::chrono::seconds ask_again{60};                     // the least time between two questions, whatever the reason and the answer
  std::chrono::seconds fresh{std::chrono::minutes(10)};   // after which the set is asked for anew: so long a key counts that was taken back
  std::chrono::seconds stale_max{std::chrono::hours(6)};  // up to which an old set is used where no new one can be had
  size_t waiting = 8;                                     // so many wait for an answer that somebody else asked for
};

// Asks for the set at one address, which is of the configuration or the issuer's discovery document, and never of a token. For any
// number of threads: one asks, those who can do without go on with what there is, some of the others wait for it.
class KeyCache {
 public:
  // `clock` must live as long. Its running() counts, so that setting the time neither ages nor renews a key.
  KeyCache(Url url, Fetch fetch, const Clock& clock, KeyCacheLimits limits = {});

  // The key of `kid` in the newest set. kNotFound: it has none, and may not be asked for again yet. kBusy: there is no set that is young
  // enough, or as many as may wait for one. A kid that is new to us is a reason to ask, as keys are changed by adding one; a set that cannot be read
  // changes nothing.
  Result<PublicKey> find(std::string_view kid);

 private:
  using Moment = std::chrono::microseconds;  // of Clock::running
  bool should_ask(std::string_view kid, Moment now) const;
  void ask(std::unique_lock<std::mutex>& lock, Moment now);

  const Url url_;
  const Fetch fetch_;
  const Clock& clock_;
  const KeyCacheLimits limits_;

  std::mutex mutex_;
  std::condition_variable answered_;
  bool asking_ = false;
  size_t waiting_ = 0;              // for the answer
  std::optional<Moment> asked_at_;  // the newest question
  std::optional<Moment> set_from_;  // when the set was asked for
  KeySet set_;
  std::string trouble_;  // why the newest question brought nothing
};

}  // namespace daybook
