#include "server/identity/pending_sign_ins.h"

#include <algorithm>

#include "server/identity/secret.h"

namespace daybook {

PendingSignIns::PendingSignIns(const Clock& clock, Randomness& randomness, std::chrono::seconds lifetime, size_t in_all)
    : clock_(clock), randomness_(randomness), lifetime_(lifetime), in_all_(in_all) {}

std::string PendingSignIns::begin(StartedSignIn started) {
  if (!is_own_path(started.return_to)) started.return_to = "/";
  const std::lock_guard lock(mutex_);
  const Moment now = clock_.running();
  while (!by_age_.empty() && (started_.size() >= in_all_ || now - by_age_.begin()->first >= lifetime_)) {
    started_.erase(by_age_.begin()->second);
    by_age_.erase(by_age_.begin());
  }
  std::string cookie = make_secret(randomness_);
  const Hash digest = digest_of_secret(cookie).value();
  by_age_.emplace(now, digest);
  started_.emplace(digest, std::pair(now, std::move(started)));
  return cookie;
}

std::optional<StartedSignIn> PendingSignIns::take(std::string_view cookie) {
  const auto digest = digest_of_secret(cookie);
  const std::lock_guard lock(mutex_);
  const auto found = digest ? started_.find(*digest) : started_.end();
  if (found == started_.end()) return std::nullopt;
  auto [begun, started] = std::move(found->second);
  by_age_.erase({begun, found->first});
  started_.erase(found);
  if (clock_.running() - begun >= lifetime_) return std::nullopt;
  return std::move(started);
}

bool is_own_path(std::string_view path) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/?&=-._~").find(c) != std::string_view::npos;
  };
  return path.size() <= 512 && path.starts_with('/') && !path.starts_with("//") && std::all_of(path.begin(), path.end(), plain);
}

}  // namespace daybook
