#include "server/identity/sessions.h"

#include <algorithm>

#include "ledger/require.h"
#include "server/identity/secret.h"

namespace daybook {

Sessions::Sessions(const Clock& clock, Randomness& randomness, SessionLimits limits) : clock_(clock), randomness_(randomness), limits_(limits) {
  require(limits_.per_user > 0 && limits_.in_all > 0, "there is room for a session");
}

// Looks at each session, which takes less time than the provider took to sign somebody in.
void Sessions::make_room(const Identity& who) {
  const Moment now = clock_.running();
  std::erase_if(held_, [&](const auto& entry) { return over(entry.second, now); });
  auto oldest = held_.end(), idlest = held_.end();
  size_t of_user = 0;
  for (auto at = held_.begin(); at != held_.end(); ++at) {
    const bool theirs = at->second.session.who == who;
    of_user += theirs ? 1 : 0;
    if (theirs && (oldest == held_.end() || at->second.begun < oldest->second.begun)) oldest = at;
    if (idlest == held_.end() || at->second.used < idlest->second.used) idlest = at;
  }
  if (of_user >= limits_.per_user) {
    held_.erase(oldest);
  } else if (held_.size() >= limits_.in_all) {
    held_.erase(idlest);
  }
}

std::string Sessions::begin(BrowserSession session, std::string_view former) {
  end(former);
  const std::lock_guard lock(mutex_);
  make_room(session.who);
  std::string id = make_secret(randomness_);
  const Moment now = clock_.running();
  held_.emplace(digest_of_secret(id).value(), Held{std::move(session), now, now});
  return id;
}

std::optional<BrowserSession> Sessions::find(std::string_view id) {
  const auto digest = digest_of_secret(id);
  const std::lock_guard lock(mutex_);
  const auto at = digest ? held_.find(*digest) : held_.end();
  if (at == held_.end()) return std::nullopt;
  const Moment now = clock_.running();
  if (over(at->second, now)) {
    held_.erase(at);
    return std::nullopt;
  }
  at->second.used = now;
  auto session = at->second.session;
  session.until = clock_.now() + (limits_.absolute - (now - at->second.begun));
  session.idle_until = std::min(*session.until, clock_.now() + limits_.idle);
  return session;
}

std::optional<BrowserSession> Sessions::peek(std::string_view id) const {
  const auto digest = digest_of_secret(id);
  const std::lock_guard lock(mutex_);
  const auto at = digest ? held_.find(*digest) : held_.end();
  if (at == held_.end() || over(at->second, clock_.running())) return std::nullopt;
  return at->second.session;
}

std::optional<BrowserSession> Sessions::end(std::string_view id) {
  const auto digest = digest_of_secret(id);
  const std::lock_guard lock(mutex_);
  auto ended = digest ? held_.extract(*digest) : decltype(held_)::node_type();
  if (ended.empty() || over(ended.mapped(), clock_.running())) return std::nullopt;
  return std::move(ended.mapped().session);
}

size_t Sessions::end_if(const std::function<bool(const BrowserSession&)>& ends) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(held_, [&](const auto& entry) { return ends(entry.second.session); });
}

size_t Sessions::end_at_provider(const Identity& who, std::string_view provider_session) {
  return end_if([&](const BrowserSession& session) {
    const bool of_user = who.subject.empty() || session.who.subject == who.subject;
    const bool unnamed = session.provider_session.empty() && !who.subject.empty();  // it may be that one
    const bool of_session = provider_session.empty() || session.provider_session == provider_session || unnamed;
    return session.who.issuer == who.issuer && of_user && of_session && !(who.subject.empty() && provider_session.empty());
  });
}

size_t Sessions::count() const {
  const std::lock_guard lock(mutex_);
  const Moment now = clock_.running();
  return static_cast<size_t>(std::count_if(held_.begin(), held_.end(), [&](const auto& entry) { return !over(entry.second, now); }));
}

}  // namespace daybook
