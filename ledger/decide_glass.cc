// A right to look that somebody takes in an emergency, and what becomes of it: reason and scope first, a short time, a
// second person who is told, and a review by somebody else.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/case.h"
#include "ledger/codec.h"
#include "ledger/relation.h"

namespace daybook {
namespace {

constexpr uint64_t kMinutesMax = 240;

bool holds_a_role(const Case& at, const PersonId& person) {
  const auto holder = at.state.rights.roles.find(person);
  const auto today = std::chrono::floor<std::chrono::days>(at.now);
  return holder != at.state.rights.roles.end() &&
         std::any_of(holder->second.begin(), holder->second.end(), [&](const HeldRole& held) { return held.holds_on(today); });
}

// Whoever is told can also look into it: by the table, as anybody who reviews it.
bool may_review(const Case& at, const PersonId& told, const PersonId& subject, const CycleId& about) {
  const Ask ask{"review-glass", {subject, about, "", false, at.facts.unit}, told, {}, rights_day(at.facts)};
  return std::holds_alternative<Permit>(authorize(at.state, at.table, ask));
}

bool is_known(const Case& at, const PersonId& person) { return at.state.known_person(person) || at.state.rights.roles.contains(person); }

bool is_confidential_class(const std::string& name) {
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) {
    if (class_name(static_cast<FieldClass>(i)) == name) return true;
  }
  return false;
}

// What is wrong with a scope; nullopt if nothing is.
std::optional<Refusal> wrong_scope(const Case& at, const BreakGlass& c, const PersonId& subject) {
  if (!c.person.empty() && !is_known(at, subject)) return unknown_person();
  if (c.person.empty() && !at.state.programme(c.about.programme)) {
    return no("unknown-cycle", "neither a person nor a programme", "a person, or a programme and cycle that are there");
  }
  if (!c.about.cycle.empty() && !at.state.cycle(c.about)) return unknown_cycle();
  if (c.classes.empty() || !std::all_of(c.classes.begin(), c.classes.end(), is_confidential_class)) {
    return no("no-scope", "no class of fields, or one that there is not", "classes of fields, as ledger/EVENTS.md names them");
  }
  return std::nullopt;
}

}  // namespace

Decision decide_glass(const Case& at, const BreakGlass& c) {
  const auto& holder = at.facts.actor;
  const auto subject = subject_of(at.state, at.facts, c);
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: it stands in the record before anything is shown");
  if (auto wrong = wrong_scope(at, c, subject)) return std::move(*wrong);
  if (c.minutes < 1 || c.minutes > kMinutesMax) {
    return no("too-long", fmt::format("{} minutes", c.minutes), fmt::format("1 to {} minutes", kMinutesMax));
  }
  if (!holds_a_role(at, holder)) return no("no-role", "whoever asks holds no role", "a role that was granted to them");
  if (!is_known(at, at.facts.coach) || at.facts.coach == holder || at.facts.coach == subject) {
    return no("no-second-person", "nobody else is told", "a second person who is known here: not who asks, nor whom it is about");
  }
  if (!may_review(at, at.facts.coach, subject, c.about)) {
    return no("no-second-person", "whoever is told may not review it", "a second person who may: " + who_could(at.table, "review-glass"));
  }
  NewEvent event;
  event.stream = "glass/" + c.glass;
  event.subject = c.person.empty() ? PersonId{} : subject;
  event.body = GlassBroken{c.glass,
                           c.classes,
                           c.about.programme,
                           c.about.cycle,
                           static_cast<uint64_t>((at.now + std::chrono::minutes{c.minutes}).time_since_epoch().count()),
                           at.facts.coach.value,
                           c.reason};
  return one(std::move(event));
}

Decision decide_glass(const Case& at, const ReviewGlass& c) {
  const auto glass = at.state.rights.glasses.find(c.glass);
  if (glass == at.state.rights.glasses.end()) return no("unknown-glass", "no glass has that id", "the id of one: `daybook list glasses` has them");
  if (c.finding != "proper" && c.finding != "improper" && c.finding != "unclear") {
    return no("no-finding", "another finding", "proper, improper or unclear");
  }
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: what was found", glass->second.broken);
  if (!glass->second.wants_review()) return no("already-reviewed", "found " + glass->second.finding, "one without a finding", glass->second.reviewed);
  if (at.facts.actor == glass->second.holder || at.facts.actor == glass->second.subject) {
    return no("own-case", "it is theirs, or about them", "somebody else", glass->second.broken);
  }
  NewEvent event;
  event.stream = "glass/" + c.glass;
  event.subject = glass->second.subject;
  event.body = GlassReviewed{c.glass, c.finding, c.reason};
  return one(std::move(event));
}

}  // namespace daybook
