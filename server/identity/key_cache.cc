#include "server/identity/key_cache.h"

#include <fmt/format.h>

namespace daybook {

KeyCache::KeyCache(Url url, Fetch fetch, const Clock& clock, KeyCacheLimits limits)
    : url_(std::move(url)), fetch_(std::move(fetch)), clock_(clock), limits_(limits) {}

bool KeyCache::should_ask(std::string_view kid, Moment now) const {
  if (asked_at_ && now - *asked_at_ < limits_.ask_again) return false;
  return !set_from_ || now - *set_from_ >= limits_.fresh || !set_.keys.contains(kid);
}

// Asks without the lock, so that others can use the set meanwhile. The set is as old as the question, not as the answer.
void KeyCache::ask(std::unique_lock<std::mutex>& lock, Moment now) {
  asking_ = true;
  asked_at_ = now;
  lock.unlock();
  const auto text = fetch_json(fetch_, url_);
  auto set = text.has_value() ? read_key_set(text.value()) : Result<KeySet>(text.error());
  lock.lock();
  asking_ = false;
  if (set.has_value()) {
    set_ = std::move(set).value();
    set_from_ = now;
  }
  trouble_ = set.has_value() ? "" : set.error().message;
  answered_.notify_all();
}

Result<PublicKey> KeyCache::find(std::string_view kid) {
  std::unique_lock lock(mutex_);
  const auto usable = [&](Moment now) { return set_from_ && now - *set_from_ < limits_.stale_max; };
  if (asking_ && !(usable(clock_.running()) && set_.keys.contains(kid))) {
    if (waiting_ >= limits_.waiting) return Error{Fault::kBusy, fmt::format("keys of {}: as many wait for them as may", url_.text())};
    ++waiting_;
    answered_.wait(lock, [&] { return !asking_; });
    --waiting_;
  }
  if (!asking_ && should_ask(kid, clock_.running())) ask(lock, clock_.running());
  if (!usable(clock_.running())) return Error{Fault::kBusy, fmt::format("keys of {}: {}", url_.text(), trouble_.empty() ? "too old" : trouble_)};
  const auto found = set_.keys.find(kid);
  if (found == set_.keys.end()) return Error{Fault::kNotFound, "no key of that kid"};
  return found->second;
}

}  // namespace daybook
