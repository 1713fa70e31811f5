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

}  // namespace

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

Decision decide(const State& state, const Facts& facts, Instant now, const Command& command) {
  const Case at{state, facts, now};
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
    Decision operator()(const RecordTornTail& c) const { return tail_dropped(c.tail); }
    Decision operator()(const RecordRestore& c) const { return decide_restore(at, c); }
    Decision operator()(const FinishImport&) const { return std::vector<NewEvent>{}; }  // the sequencer writes it: it knows the batch
  };
  return std::visit(Rules{at}, command.body);
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
