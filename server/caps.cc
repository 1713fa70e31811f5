#include "server/caps.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledger/digest.h"
#include "server/address.h"

namespace daybook {
std::string network_of(std::string_view address) {
  auto text = canonical_address(address).value_or(std::string(address));
  std::array<uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  std::fill(bytes.begin() + 8, bytes.end(), uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> out{};
  return std::string(::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size())) + "/64";
}

std::string client_address(const std::string& peer, std::string_view forwarded, std::span<const std::string> proxies) {
  std::string client = peer;
  while (std::find(proxies.begin(), proxies.end(), client) != proxies.end() && !forwarded.empty()) {
    const auto comma = forwarded.rfind(',');
    auto last = comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1);
    forwarded = forwarded.substr(0, comma == std::string_view::npos ? 0 : comma);
    while (last.starts_with(' ')) last.remove_prefix(1);
    while (last.ends_with(' ')) last.remove_suffix(1);
    auto before = canonical_address(last);
    if (!before) break;
    client = std::move(*before);
  }
  return client;
}

bool ConnectionCaps::enter(const std::string& key) {
  if (each_max_ == 0) return true;
  const std::lock_guard lock(mutex_);
  auto& open = open_[key];
  if (open >= each_max_) return false;
  ++open;
  return true;
}

void ConnectionCaps::leave(const std::string& key) {
  if (each_max_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(key);
  if (it != open_.end() && --it->second == 0) open_.erase(it);
}

void RateCaps::refill(Bucket& bucket, Moment now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.since).count();
  bucket.left = std::min(burst_, bucket.left + std::max(0.0, seconds) * a_second_);
  bucket.since = now;
}

void RateCaps::forget_full(Moment now) {
  looked_ = now;
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    refill(it->second, now);
    it = it->second.left >= burst_ ? buckets_.erase(it) : std::next(it);
  }
}

std::optional<std::chrono::seconds> RateCaps::take(const std::string& key, Moment now) {
  if (a_second_ <= 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  auto it = buckets_.find(key);
  if (it == buckets_.end()) {
    if (buckets_.size() >= kKeysMax && now >= looked_ + std::chrono::seconds(1)) forget_full(now);
    it = buckets_.try_emplace(buckets_.size() < kKeysMax ? key : std::string(), Bucket{burst_, now}).first;
  }
  auto& bucket = it->second;
  refill(bucket, now);
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  return std::chrono::seconds(static_cast<int64_t>(std::ceil((1 - bucket.left) / a_second_)));
}

std::variant<UserCaps::Place, std::chrono::seconds> UserCaps::enter(std::string_view user, RateCaps::Moment now) {
  const auto key = to_hex(sha256({as_bytes(user)}));
  if (!handled_.enter(key)) return std::chrono::seconds(1);
  Place place(this, [key](UserCaps* caps) { caps->handled_.leave(key); });
  if (const auto wait = rates_.take(key, now)) return *wait;
  return place;
}

Result<Turns::Turn> Turns::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (taken_ >= at_once_ && waiting_ >= waiting_max_) return Error{Fault::kBusy, "too many wait for the same slow work"};
  ++waiting_;
  const bool mine = given_back_.wait_until(lock, deadline, [&] { return taken_ < at_once_; });
  --waiting_;
  if (!mine) return Error{Fault::kBusy, "the slow work of others took too long"};
  ++taken_;
  lock.unlock();
  return Turn(nullptr, [this](void*) { give_back(); });
}

void Turns::give_back() {
  const std::lock_guard lock(mutex_);
  --taken_;
  given_back_.notify_one();
}

}  // namespace daybook
