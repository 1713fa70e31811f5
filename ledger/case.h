// One command against one state: what the rules of all actions share. Only decide*.cc include this, and what gathers their facts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/authority.h"
#include "ledger/civil_time.h"
#include "ledger/decide.h"

namespace daybook {

// Borrowed for one decision.
struct Case {
  const State& state;
  const Facts& facts;
  Instant now;
  const Command& command;
  const DoTable& table;
};
// The day that rights are held against.
inline Day rights_day(const Facts& facts) { return std::chrono::floor<std::chrono::days>(facts.recorded_at); }

// A refusal names its limit in `wants` with the very values it compared, so that what it asks for is what it would take.
inline Refusal no(std::string rule, std::string saw, std::string wants, std::optional<Position> because = std::nullopt) {
  return {std::move(rule), std::move(saw), std::move(wants), because};
}
Refusal unknown_person();
Refusal unknown_cycle();
Refusal unknown_application();

inline Decision one(NewEvent event) {
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  return events;
}

// An event of a person's, application's or pairing's stream, its body still to come.
NewEvent about_person(const PersonId& person);
NewEvent about_application(const std::string& ref, const PersonId& person, const CycleState& cycle);
NewEvent about_pairing(const std::string& ref, const PersonId& client, const CycleState& cycle);
NewEvent about_pairing(const Case& at, const PairingState& pairing);

Zone zone_of(const CycleState& cycle);
inline const CycleState& cycle_of(const Case& at, const PairingState& pairing) { return *at.state.cycle(pairing.cycle); }
inline const ClientState& client_of(const Case& at, const PairingState& pairing) { return cycle_of(at, pairing).clients.at(pairing.client); }

// Nothing may be done with what is held of them (C3).
bool on_hold(const State& state, const PersonId& person);
// What keeps a permitted thing from being done to somebody: the subject, the coach it names or whose pairing it is.
std::optional<Refusal> hold_in_the_way(const State& state, const CommandBody& body, const Matter& matter, const PersonId& coach);

// Whom the next free seat goes to: the first on the waitlist for whom none is held already. Null if nobody waits so.
const ApplicationState* next_in_line(const State& state, const CycleState& cycle);

// What the rules of a command say, rights aside.
Decision follow_rules(const Case& at, const CommandBody& body);

// The rules, one family a file.
Decision decide_people(const Case& at, const RecordStaff& command);
Decision decide_people(const Case& at, const RecordParticipation& command);
Decision decide_people(const Case& at, const RecordCoach& command);
Decision decide_applications(const Case& at, const SubmitApplication& command);
Decision decide_applications(const Case& at, const DecideCycle& command);
Decision decide_applications(const Case& at, const DecideReferral& command);
Decision decide_seats(const Case& at, const GrantSeat& command);
Decision decide_seats(const Case& at, const OfferSeat& command);
Decision decide_seats(const Case& at, const AcceptOffer& command);
Decision decide_seats(const Case& at, const DeclineOffer& command);
Decision decide_clock(const Case& at, const Tick& command);
Decision decide_charters(const Case& at, const AdoptCharter& command);
Decision decide_erasure(const Case& at, const ErasePerson& command);
Decision decide_erasure(const Case& at, const CertifyErasure& command);
Decision decide_erasure(const Case& at, const RecordKeyChange& command);
Decision decide_erasure(const Case& at, const ExpireCohort& command);
Decision decide_undo(const Case& at, const UndoImport& command);
Decision decide_restore(const Case& at, const RecordRestore& command);
Decision decide_roles(const Case& at, const BeginRoles& command);
Decision decide_roles(const Case& at, const GrantRole& command);
Decision decide_roles(const Case& at, const EndRole& command);
Decision decide_rectify(const Case& at, const PlaceHold& command);
Decision decide_rectify(const Case& at, const LiftHold& command);
Decision decide_rectify(const Case& at, const RectifyStaff& command);
Decision decide_rectify(const Case& at, const RectifyForm& command);
Decision close_proposal(const Case& at, const CloseProposal& command);
// The command as a proposal, made in that role.
Decision propose(const Case& at, const Ask& ask, Role role);
Decision decide_glass(const Case& at, const BreakGlass& command);
Decision decide_glass(const Case& at, const ReviewGlass& command);
Decision request_pairing(const Case& at, const Act& act);
Decision accept_pairing(const Case& at, const Act& act);
Decision decline_pairing(const Case& at, const Act& act);
Decision end_pairing(const Case& at, const Act& act);
Decision extend_window(const Case& at, const Act& act);
Decision mark_session_done(const Case& at, const Act& act);
Decision mark_session_missed(const Case& at, const Act& act);
Decision withdraw_session(const Case& at, const Act& act);
Decision give_feedback(const Case& at, const Act& act);

// The refusal of an action that needs its pairing in another state, or recorded at all.
Refusal wrong_status(const Case& at, const std::string& ref, std::string rule, std::string wants);

}  // namespace daybook
