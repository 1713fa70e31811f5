// Who holds which role, what waits for a second person, and which glass is broken: the part of the state that says what
// somebody may do and see. Folded like the rest, so a right counts from the position of the event that gave it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event.h"

namespace daybook {

// A role that somebody holds (S0-06, S0-07).
struct HeldRole {
  std::string role, programme, unit;  // programme and unit: empty for all
  std::optional<Day> last_day;        // inclusive, UTC; nullopt: no end
  Position granted;
  bool holds_on(Day day) const { return !last_day || day <= *last_day; }
};

// An action that wants a second person.
struct ProposalState {
  std::string action;
  CycleId about;  // empty where it is about none
  PersonId subject, proposer;
  std::string role;  // in which it was proposed
  Position made;
  std::string outcome;  // seconded, declined or withdrawn; empty while it is open
  std::optional<Position> closed;
};

// A right to look that somebody took (C4).
struct GlassState {
  PersonId holder, subject;  // `subject`: whose fields; empty: of everybody in `about`
  CycleId about;
  std::string role;  // in which it was broken: the holder looks through it in that role alone, and only while they hold it where they look
  std::vector<std::string> classes;
  Instant ends_at{};
  PersonId told;
  Position broken;
  std::string finding;  // the newest; empty while nobody has looked into it
  std::optional<Position> reviewed;
  bool open_at(Instant moment) const { return !reviewed && moment < ends_at; }  // a review ends it, whatever it finds
  bool wants_review() const { return finding.empty() || finding == "unclear"; }
};

struct RightsState {
  std::map<PersonId, std::vector<HeldRole>> roles;  // in order of granting
  std::map<std::string, ProposalState> proposals;   // by id
  std::map<std::string, GlassState> glasses;        // by id
};

void apply(RightsState& rights, const Envelope& at, const RoleGranted& event);
void apply(RightsState& rights, const Envelope& at, const RoleEnded& event);
void apply(RightsState& rights, const Envelope& at, const ProposalMade& event);
void apply(RightsState& rights, const Envelope& at, const ProposalClosed& event);
void apply(RightsState& rights, const Envelope& at, const GlassBroken& event);
void apply(RightsState& rights, const Envelope& at, const GlassReviewed& event);

}  // namespace daybook
