#include "ledger/decide.h"

#include "ledger/case.h"
#include "ledger/require.h"

namespace daybook {

Refusal unknown_person() {
  return no("unknown-person", "no personnel record has that staff number", "a personnel record for that staff number, recorded first");
}
Refusal unknown_cycle() {
  return no("unknown-cycle", "no cycle of that name is open in that programme", "a cycle of that name in the programme's charter");
}

Refusal unknown_application() {
  return no("unknown-application", "no recorded application has that reference", "the reference of a recorded application");
}

NewEvent about_person(const PersonId& person) {
  NewEvent event;
  event.stream = "person/" + person.value;
  event.subject = person;
  return event;
}

namespace {

NewEvent within(const CycleState& cycle, std::string stream, const PersonId& subject) {
  NewEvent event;
  event.stream = std::move(stream);
  event.subject = subject;
  event.cohort = cycle.id;
  event.charter_version = cycle.charter_version;
  return event;
}

Decision tail_dropped(const TornTail& tail) {
  NewEvent event;
  event.stream = "book/" + tail.file.substr(0, tail.file.find('/'));
  event.body = TailDropped{tail.file, tail.offset, tail.bytes};
  return one(std::move(event));
}

Decision decide_act(const Case& at, const Act& act) {
  switch (act.action) {
    case Action::kRequestPairing:
      return request_pairing(at, act);
    case Action::kAcceptPairing:
      return accept_pairing(at, act);
    case Action::kDeclinePairing:
      return decline_pairing(at, act);
    case Action::kEndPairing:
      return end_pairing(at, act);
    case Action::kExtendWindow:
      return extend_window(at, act);
    case Action::kMarkSessionDone:
      return mark_session_done(at, act);
    case Action::kMarkSessionMissed:
      return mark_session_missed(at, act);
    case Action::kWithdrawSession:
      return withdraw_session(at, act);
    case Action::kGiveFeedback:
      return give_feedback(at, act);
  }
  require(false, "every action is decided");
  return {};
}

template <class... Bodies>
bool is_one_of(const CommandBody& body) {
  return (std::holds_alternative<Bodies>(body) || ...);
}

// Of the ledger itself, or asked for elsewhere.
bool asks_for_no_right(const CommandBody& body) {
  return is_one_of<RecordTornTail, RecordRestore, CertifyErasure, RecordKeyChange, CloseProposal>(body);
}

// What mends or ends, and what passes them over by itself.
bool goes_on_under_hold(const CommandBody& body) {
  return is_one_of<PlaceHold, LiftHold, RectifyStaff, RectifyForm, EndRole, GrantSeat, OfferSeat, DecideCycle, ErasePerson>(body);
}

// A change of roles need not wait for a second person where there are not two who could ask each other.
bool nobody_to_ask(const Case& at, const Ask& ask) {
  const bool of_roles = ask.deed == "role-grant" || ask.deed == "role-end";
  return of_roles && who_may(at.state, at.table, ask.deed, ask.matter, ask.today) < 2;
}

void mark_alone(Body& body) {
  if (auto* granted = std::get_if<RoleGranted>(&body)) granted->alone = true;
  if (auto* ended = std::get_if<RoleEnded>(&body)) ended->alone = true;
}

}  // namespace

bool on_hold(const State& state, const PersonId& person) {
  const auto* known = state.person(person);
  return known && known->held;
}

std::optional<Refusal> hold_in_the_way(const State& state, const CommandBody& body, const Matter& matter, const PersonId& coach) {
  if (goes_on_under_hold(body)) return std::nullopt;
  const auto* pairing = state.pairing(matter.pairing);
  const auto* there = state.coach(matter.cycle.programme, coach);
  const bool is_coach = there && there->review == "accepted";  // of anybody else a client is not told whether they are on hold
  for (const auto* person : {&matter.subject, is_coach ? &coach : &matter.subject, pairing ? &pairing->coach : &matter.subject}) {
    if (!on_hold(state, *person)) continue;
    return no("held", "what is held of somebody whom it is about may not be used", "the hold lifted first", state.person(*person)->held);
  }
  return std::nullopt;
}

NewEvent about_application(const std::string& ref, const PersonId& person, const CycleState& cycle) {
  return within(cycle, "application/" + ref, person);
}
NewEvent about_pairing(const std::string& ref, const PersonId& client, const CycleState& cycle) { return within(cycle, "pairing/" + ref, client); }
NewEvent about_pairing(const Case& at, const PairingState& pairing) { return about_pairing(pairing.ref, pairing.client, cycle_of(at, pairing)); }

Zone zone_of(const CycleState& cycle) {
  const auto zone = Zone::find(cycle.rules->time_zone);
  require(zone.has_value(), "the zone of a cycle was known when its charter was adopted");
  return *zone;
}

Decision follow_rules(const Case& at, const CommandBody& body) {
  struct Rules {
    const Case& at;
    Decision operator()(const RecordStaff& c) const { return decide_people(at, c); }
    Decision operator()(const RecordParticipation& c) const { return decide_people(at, c); }
    Decision operator()(const RecordCoach& c) const { return decide_people(at, c); }
    Decision operator()(const SubmitApplication& c) const { return decide_applications(at, c); }
    Decision operator()(const DecideCycle& c) const { return decide_applications(at, c); }
    Decision operator()(const DecideReferral& c) const { return decide_applications(at, c); }
    Decision operator()(const GrantSeat& c) const { return decide_seats(at, c); }
    Decision operator()(const OfferSeat& c) const { return decide_seats(at, c); }
    Decision operator()(const AcceptOffer& c) const { return decide_seats(at, c); }
    Decision operator()(const DeclineOffer& c) const { return decide_seats(at, c); }
    Decision operator()(const Tick& c) const { return decide_clock(at, c); }
    Decision operator()(const AdoptCharter& c) const { return decide_charters(at, c); }
    Decision operator()(const Act& c) const { return decide_act(at, c); }
    Decision operator()(const ErasePerson& c) const { return decide_erasure(at, c); }
    Decision operator()(const CertifyErasure& c) const { return decide_erasure(at, c); }
    Decision operator()(const RecordKeyChange& c) const { return decide_erasure(at, c); }
    Decision operator()(const ExpireCohort& c) const { return decide_erasure(at, c); }
    Decision operator()(const UndoImport& c) const { return decide_undo(at, c); }
    Decision operator()(const BeginRoles& c) const { return decide_roles(at, c); }
    Decision operator()(const GrantRole& c) const { return decide_roles(at, c); }
    Decision operator()(const EndRole& c) const { return decide_roles(at, c); }
    Decision operator()(const PlaceHold& c) const { return decide_rectify(at, c); }
    Decision operator()(const LiftHold& c) const { return decide_rectify(at, c); }
    Decision operator()(const RectifyStaff& c) const { return decide_rectify(at, c); }
    Decision operator()(const RectifyForm& c) const { return decide_rectify(at, c); }
    Decision operator()(const CloseProposal& c) const { return close_proposal(at, c); }
    Decision operator()(const BreakGlass& c) const { return decide_glass(at, c); }
    Decision operator()(const ReviewGlass& c) const { return decide_glass(at, c); }
    Decision operator()(const RecordTornTail& c) const { return tail_dropped(c.tail); }
    Decision operator()(const RecordRestore& c) const { return decide_restore(at, c); }
    Decision operator()(const FinishImport&) const { return std::vector<NewEvent>{}; }  // the sequencer writes it: it knows the batch
  };
  return std::visit(Rules{at}, body);
}

Decision decide(const State& state, const Facts& facts, Instant now, const Command& command, const DoTable& table) {
  const Case at{state, facts, now, command, table};
  if (asks_for_no_right(command.body)) return follow_rules(at, command.body);
  const Ask ask = ask_of(state, facts, command);
  const auto permit = authorize(state, table, ask);
  if (const auto* refusal = std::get_if<Refusal>(&permit)) return *refusal;
  if (auto refusal = hold_in_the_way(state, command.body, ask.matter, facts.coach)) return std::move(*refusal);
  auto decision = follow_rules(at, command.body);
  auto* events = std::get_if<std::vector<NewEvent>>(&decision);
  if (!events || events->empty()) return decision;
  const auto& [verdict, role] = std::get<Permit>(permit);
  const bool alone = verdict == Verdict::kSecond && nobody_to_ask(at, ask);
  if (verdict == Verdict::kSecond && !alone) return propose(at, ask, role);
  for (auto& event : *events) {
    if (command.role.empty() && role != Role::kPublic && ask.deed != "import") event.role = role_name(role);  // a row says its own
    if (alone) mark_alone(event.body);
  }
  return decision;
}

std::string flags_text(bool unsponsored, bool outside_window) {
  if (unsponsored && outside_window) return "unsponsored;outside-window";
  return unsponsored ? "unsponsored" : outside_window ? "outside-window" : "";
}

std::string flags_of(const Body& body) {
  if (const auto* done = std::get_if<SessionMarkedDone>(&body)) return flags_text(done->unsponsored, done->outside_window);
  if (const auto* missed = std::get_if<SessionMarkedMissed>(&body)) return missed->same_miss ? "same-miss" : "";
  return {};
}

}  // namespace daybook
