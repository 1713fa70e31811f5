#include "server/identity/pending_sign_ins.h"

#include <algorithm>

#include "server/identity/secret.h"

namespace daybook {

PendingSignIns::PendingSignIns(const Clock& clock, Randomness& randomness, std::chrono::seconds lifetime, size_t in_all, size_t of_each)
    : clock_(clock), randomness_(randomness), lifetime_(lifetime), in_all_(in_all), of_each_(of_each) {}

// It is there.
StartedSignIn PendingSignIns::remove(const Hash& digest) {
  auto node = started_.extract(digest);
  auto& [begun, started] = node.mapped();
  by_age_.erase({begun, digest});
  const auto same = from_.find(started.from);
  same->second.erase({begun, digest});
  if (same->second.empty()) from_.erase(same);
  return std::move(started);
}

std::string PendingSignIns::begin(StartedSignIn started) {
  if (!is_own_path(started.return_to)) started.return_to = "/";
  const std::lock_guard lock(mutex_);
  const Moment now = clock_.running();
  while (!by_age_.empty() && now - by_age_.begin()->first >= lifetime_) remove(Hash(by_age_.begin()->second));
  const auto same = from_.find(started.from);
  if (same != from_.end() && same->second.size() >= of_each_) {
    remove(Hash(same->second.begin()->second));
  } else if (started_.size() >= in_all_) {
    remove(Hash(by_age_.begin()->second));
  }
  std::string cookie = make_secret(randomness_);
  const Hash digest = digest_of_secret(cookie).value();
  by_age_.emplace(now, digest);
  from_[started.from].emplace(now, digest);
  started_.emplace(digest, std::pair(now, std::move(started)));
  return cookie;
}

std::optional<StartedSignIn> PendingSignIns::take(std::string_view cookie) {
  const auto digest = digest_of_secret(cookie);
  const std::lock_guard lock(mutex_);
  const auto found = digest ? started_.find(*digest) : started_.end();
  if (found == started_.end()) return std::nullopt;
  const Moment begun = found->second.first;
  auto started = remove(*digest);
  if (clock_.running() - begun >= lifetime_) return std::nullopt;
  return started;
}

bool is_own_path(std::string_view path) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/?&=-._~").find(c) != std::string_view::npos;
  };
  return path.size() <= 512 && path.starts_with('/') && !path.starts_with("//") && std::all_of(path.begin(), path.end(), plain);
}

}  // namespace daybook
