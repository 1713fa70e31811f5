// How much one address, or one user, may ask of the service at once and in a second.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "ledger/result.h"

namespace daybook {

// What an address counts as: an IPv4 address as itself, an IPv6 address as its /64, which is what one customer gets.
std::string network_of(std::string_view address);

// Who a request comes from: the peer; if that is a trusted proxy, the last address of X-Forwarded-For that is not one. What is no address there
// ends the search, at the proxy that wrote it.
std::string client_address(const std::string& peer, std::string_view x_forwarded_for, std::span<const std::string> proxies);

// How many connections, or requests that are being handled, each key has open. Any thread.
class ConnectionCaps {
 public:
  explicit ConnectionCaps(unsigned each_max) : each_max_(each_max) {}  // 0: as many as they like
  // False: it has as many as it may. True: it has one more until leave().
  bool enter(const std::string& key);
  void leave(const std::string& key);

 private:
  const unsigned each_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, unsigned> open_;
};

// How many requests each key may send: `a_second` in the long run, `burst` at once. Any thread.
class RateCaps {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // Keys beyond so many at a time share one allowance: memory has a bound, whoever comes from how many addresses.
  static constexpr size_t kKeysMax = 65'536;

  RateCaps(double a_second, double burst) : a_second_(a_second), burst_(burst) {}  // a_second 0: as many as they like

  // Nullopt: go on. Else nothing was taken, and so many seconds from now one more would be.
  std::optional<std::chrono::seconds> take(const std::string& key, Moment now);

 private:
  struct Bucket {
    double left;
    Moment since;
  };
  void refill(Bucket& bucket, Moment now) const;
  void forget_full(Moment now);
  const double a_second_, burst_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  Moment looked_{};  // for keys that need not be remembered
};

// What each user may ask for: so many requests handled at once, and as RateCaps. A user is kept as a digest, never by name. Any thread.
class UserCaps {
 public:
  // `handled` or `a_second` 0: as many as they like.
  UserCaps(unsigned handled, double a_second, double burst) : handled_(handled), rates_(a_second, burst) {}

  using Place = std::shared_ptr<void>;  // of a request that is being handled, until nobody holds it; these caps outlive it
  // A place; or after how many seconds there may be one: nothing was taken.
  std::variant<Place, std::chrono::seconds> enter(std::string_view user, RateCaps::Moment now);

 private:
  ConnectionCaps handled_;
  RateCaps rates_;
};

// What so many may do at a time, while a few more wait, so that the slow work of some never holds all threads. Any thread.
class Turns {
 public:
  Turns(int at_once, int waiting) : at_once_(at_once), waiting_max_(waiting) {}

  using Turn = std::shared_ptr<void>;  // until nobody holds it; these turns outlive it
  // kBusy: as many wait as may, or it was nobody's turn until `deadline`.
  Result<Turn> take(std::chrono::steady_clock::time_point deadline);

 private:
  void give_back();
  const int at_once_, waiting_max_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  int taken_ = 0, waiting_ = 0;
};

}  // namespace daybook
