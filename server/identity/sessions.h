// Who is signed in with a browser. In memory alone: a restart signs everybody out.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/clock.h"
#include "ledger/digest.h"
#include "server/identity/identity.h"

namespace daybook {

struct SessionLimits {
  std::chrono::seconds idle{std::chrono::minutes(30)};    // without a request
  std::chrono::seconds absolute{std::chrono::hours(12)};  // since sign-in
  size_t per_user = 8;                                    // one more ends the user's oldest
  size_t in_all = 10'000;                                 // one more ends whichever was idle for longest
};

// What a session is of. Nothing of it but `who` is shown to anybody.
struct BrowserSession {
  Identity who;
  std::optional<Instant> signed_in_at;  // when they last showed who they are; none: nobody said
  std::string provider_session;         // the provider's name for its own session ("sid"); may be empty
  std::string person = {};              // Claims::person
  // Of one that was found: when it is over whatever they do, and unless something is asked before.
  std::optional<Instant> until = {}, idle_until = {};
};

// For any number of threads.
class Sessions {
 public:
  // Both must live as long; `randomness` serves one thread at a time, so nobody else may use it. Time is `clock`'s running(): setting the clock
  // neither ends nor prolongs a session.
  Sessions(const Clock& clock, Randomness& randomness, SessionLimits limits = {});

  // A new session under a new id, which only this answer holds: here is its digest. `former` is what the browser sent before, and ends with
  // it, so that nobody goes on with an id that somebody else put there. Empty: none.
  std::string begin(BrowserSession session, std::string_view former);

  // The session of `id`, which counts as a request in it. None: unknown, ended, or over.
  std::optional<BrowserSession> find(std::string_view id);

  // The same without a request: for what goes on by itself, and keeps no session awake.
  std::optional<BrowserSession> peek(std::string_view id) const;

  // Ends it. What it was, so that its user can sign out at the provider too; none if there was none.
  std::optional<BrowserSession> end(std::string_view id);
  // Ends those that the provider ended (back-channel logout): of that session of its, or, where it names none, of that user. With both, also those
  // of the user of which it did not say to which session of its they belong. How many there were.
  size_t end_at_provider(const Identity& who, std::string_view provider_session);

  // Ends those of which `ends` says so, and how many there were. It is asked of each, and calls nothing here.
  size_t end_if(const std::function<bool(const BrowserSession&)>& ends);

  size_t count() const;  // that are not over

 private:
  using Moment = std::chrono::microseconds;  // of Clock::running
  struct Held {
    BrowserSession session;
    Moment begun, used;
  };
  bool over(const Held& held, Moment now) const { return now - held.used >= limits_.idle || now - held.begun >= limits_.absolute; }
  void make_room(const Identity& who);

  const Clock& clock_;
  Randomness& randomness_;
  const SessionLimits limits_;
  mutable std::mutex mutex_;
  std::map<Hash, Held> held_;  // by the digest of the id
};

}  // namespace daybook
