// Sessions: done, missed, withdrawn, and what was said of them.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/case.h"

namespace daybook {
namespace {

using std::chrono::days;

// The days on which a session may have been held, first and last included, and what sets each end.
struct HeldDays {
  Day first, today, last;  // `last`: the day on which the pairing ended, where that is earlier than today
};
HeldDays held_days(const Case& at, const PairingState& pairing) {
  const Day first = *pairing.paired_on - days{1};                               // zones differ
  const Day today = std::chrono::floor<days>(at.now + std::chrono::hours{14});  // anywhere on Earth: UTC+14
  return {first, today, pairing.ended_on ? std::min(*pairing.ended_on, today) : today};
}

std::optional<Refusal> held_outside(const Case& at, const PairingState& pairing, Day held_on) {
  const auto [first, today, last] = held_days(at, pairing);
  const char* rule = held_on < first ? "before-pairing" : held_on > today ? "in-future" : held_on > last ? "after-end" : nullptr;
  if (!rule) return std::nullopt;
  const auto wants =
      first <= last ? fmt::format("a session held from {} to {}", to_text(first), to_text(last)) : std::string("nothing: no day is left");
  const auto because = held_on < first ? pairing.accepted : held_on > today ? std::nullopt : std::optional(pairing.changed);
  return no(rule, "held on " + to_text(held_on), wants, because);
}

const SessionState* find_session(const PairingState* pairing, uint32_t number) {
  if (!pairing) return nullptr;
  const auto it = pairing->sessions.find(number);
  return it == pairing->sessions.end() ? nullptr : &it->second;
}

// What keeps a session from being marked, done or missed.
std::optional<Refusal> unmarkable(const Case& at, const Act& c, const PairingState* pairing) {
  if (!pairing || !pairing->accepted) return wrong_status(at, c.ref, "not-active", "a pairing that was accepted");
  const auto& cycle = cycle_of(at, *pairing);
  if (*c.session == 0 && !cycle.charter->introduction) {
    return no("no-such-session", "session 0", "a session number from 1: the programme has no introduction", cycle.opened);
  }
  if (auto refusal = held_outside(at, *pairing, *c.held_on)) return refusal;
  if (const auto* session = find_session(pairing, *c.session); session && session->done) {
    return no("already-done", "the session was held on " + to_text(session->held_on), "the withdrawal of that session first", session->marked);
  }
  return std::nullopt;
}

Refusal not_done(const PairingState* pairing, const SessionState* session) {
  const std::string wants = "a session that is marked done and not withdrawn";
  if (!pairing) return no("not-done", "no pairing was recorded under that reference", wants);
  if (session && session->withdrawn) return no("not-done", "the session was withdrawn", wants, session->withdrawn);
  return no("not-done", "the session is not marked done", wants);
}

}  // namespace

Decision mark_session_done(const Case& at, const Act& c) {
  const auto* pairing = at.state.pairing(c.ref);
  if (auto refusal = unmarkable(at, c, pairing)) return std::move(*refusal);
  const auto& client = client_of(at, *pairing);
  const bool counted = *c.session > 0;
  const bool covered = client.sponsored < cycle_of(at, *pairing).charter->allowance;
  NewEvent event = about_pairing(at, *pairing);
  event.body = SessionMarkedDone{c.ref, *c.session, *c.held_on, counted && covered, counted && !covered, *c.held_on > *client.window_last, c.minutes};
  return one(std::move(event));
}

Decision mark_session_missed(const Case& at, const Act& c) {
  const auto* pairing = at.state.pairing(c.ref);
  if (auto refusal = unmarkable(at, c, pairing)) return std::move(*refusal);
  const auto* session = find_session(pairing, *c.session);
  const auto reported = [&](const Miss& miss) { return miss.held_on == *c.held_on && miss.reporter != at.facts.actor; };
  const bool same = session && std::any_of(session->misses.begin(), session->misses.end(), reported);
  NewEvent event = about_pairing(at, *pairing);
  event.body = SessionMarkedMissed{c.ref, *c.session, *c.held_on, same, c.minutes};
  return one(std::move(event));
}

Decision withdraw_session(const Case& at, const Act& c) {
  const auto* pairing = at.state.pairing(c.ref);
  const auto* session = find_session(pairing, *c.session);
  if (!session || !session->done) return not_done(pairing, session);
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: a session is withdrawn with one");
  NewEvent event = about_pairing(at, *pairing);
  event.corrects = session->marked.value + 1;
  event.body = SessionWithdrawn{c.ref, *c.session, session->sponsored, c.reason};
  return one(std::move(event));
}

Decision give_feedback(const Case& at, const Act& c) {
  const auto* pairing = at.state.pairing(c.ref);
  const auto* session = find_session(pairing, *c.session);
  if (!session || !session->done) return not_done(pairing, session);
  for (const auto& given : session->feedback) {
    if (given.giver == at.facts.actor) {
      return no("duplicate", "this person gave feedback on the session before", "feedback of another person: each gives it once", given.at);
    }
  }
  NewEvent event = about_pairing(at, *pairing);
  event.body = FeedbackGiven{c.ref, *c.session, c.rating, c.comment};
  return one(std::move(event));
}

}  // namespace daybook
