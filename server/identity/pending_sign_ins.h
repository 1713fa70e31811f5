// Sign-ins that have begun: what was asked of a provider, until the browser that asked comes back.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ledger/clock.h"
#include "server/identity/code_flow.h"

namespace daybook {

struct StartedSignIn {
  PendingSignIn pending;
  std::string from;       // what the browser's address counts as, as network_of has it
  std::string return_to;  // a path of ours
  Instant asked_at = {};
};

// For any number of threads.
class PendingSignIns {
 public:
  // Both must live as long; nobody else may use `randomness`. One more than `of_each` from one place drops the oldest from there, so that nobody
  // drives out the others by beginning again and again; one more than `in_all` drops the oldest.
  PendingSignIns(const Clock& clock, Randomness& randomness, std::chrono::seconds lifetime = std::chrono::minutes(10), size_t in_all = 10'000,
                 size_t of_each = 1'000);

  // The value of the browser's cookie until it comes back. `return_to` becomes "/" unless it is a path of ours.
  std::string begin(StartedSignIn started);
  // What that browser asked, once. None: unknown, taken before, or over.
  std::optional<StartedSignIn> take(std::string_view cookie);

 private:
  using Moment = std::chrono::microseconds;  // of Clock::running
  StartedSignIn remove(const Hash& digest);
  const Clock& clock_;
  Randomness& randomness_;
  const std::chrono::seconds lifetime_;
  const size_t in_all_, of_each_;
  std::mutex mutex_;
  using ByAge = std::set<std::pair<Moment, Hash>>;
  std::map<Hash, std::pair<Moment, StartedSignIn>> started_;
  ByAge by_age_;
  std::map<std::string, ByAge> from_;  // the same, by where they are from
};

// Whether `path` leads a browser nowhere but to us: it begins with one slash, and nothing in it could be read as another host.
bool is_own_path(std::string_view path);

}  // namespace daybook
