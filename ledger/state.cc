#include "ledger/state.h"

#include <algorithm>

#include "ledger/require.h"
#include "ledger/take_back.h"

namespace daybook {
namespace {

PairingState& pairing_of(State& state, const std::string& ref) {
  const auto it = state.pairings.find(ref);
  require(it != state.pairings.end(), "an event of a pairing follows its request");
  return it->second;
}
CycleState& cycle_of(State& state, const CycleId& id) {
  const auto it = state.cycles.find(id);
  require(it != state.cycles.end(), "an event of a cycle follows its opening");
  return it->second;
}
ApplicationState& application_of(State& state, const std::string& ref) {
  const auto it = state.applications.find(ref);
  require(it != state.applications.end(), "an event of an application follows its submission");
  return it->second;
}
// The newest session of a pairing is the one that most events are about.
SessionState& session_of(PairingState& pairing, uint32_t number) {
  auto& sessions = pairing.sessions;
  if (!sessions.empty() && std::prev(sessions.end())->first == number) return std::prev(sessions.end())->second;
  return sessions[number];
}
void keep_version(SessionState& session) {
  if (session.done || session.withdrawn) session.earlier.push_back(session);
}
ClientState& client_of(State& state, const PairingState& pairing) { return cycle_of(state, pairing.cycle).clients[pairing.client]; }

// A row that was refused before and comes to another outcome: the earlier refusal no longer stands.
void lift_refusal(State& state, const Envelope& envelope) {
  if (envelope.corrects == 0) return;
  const uint64_t refused = envelope.corrects - 1;
  for (auto& [id, cycle] : state.cycles) {
    if (cycle.refused_applications.erase(refused) > 0) cycle.replaced_refusals.emplace(refused, envelope.position.value);
  }
}

void apply(State& state, const Envelope& at, const CharterAdopted& e) {
  state.programmes[e.programme].versions.push_back({std::make_shared<const Charter>(read_adopted_charter(e.text)), at.position});
}

void apply(State& state, const Envelope& at, const CycleOpened& e) {
  const CycleId id{e.programme, e.cycle};
  auto& cycle = state.cycles[id];
  cycle.id = id;
  cycle.charter_version = e.charter_version;
  cycle.charter = state.programmes[e.programme].versions.at(e.charter_version - 1).charter;
  cycle.rules = cycle.charter->find_cycle(e.cycle);
  cycle.opened = at.position;
}

void apply(State& state, const Envelope& at, const ImportStarted& e) {
  auto& import = state.imports[e.batch];
  import.sheet = e.sheet;
  import.started = at.position;
  import.started_at = at.recorded_at;
}

void apply(State& state, const Envelope& at, const ImportFinished& e) {
  auto& import = state.imports[e.batch];
  import.finished = at.position;
  import.recorded = e.recorded, import.refused = e.refused, import.unchanged = e.unchanged;
}

// Who wants to know of other refused rows reads them in the log: they change nothing, and there is no end to them.
void apply(State& state, const Envelope& at, const RowRefused& e) {
  if (e.sheet != "applications") return;
  if (const auto it = state.cycles.find({e.programme, e.cycle}); it != state.cycles.end()) it->second.refused_applications.insert(at.position.value);
}

void apply(State& state, const Envelope& at, const StaffRecorded&) {
  auto& person = state.people[at.subject];
  if (person.staff) person.earlier_staff.push_back(*person.staff);
  if (person.staff && at.corrects == person.staff->value + 1) person.put_right.push_back({*person.staff, at.position});
  person.staff = at.position;
}

void apply(State& state, const Envelope& at, const ParticipationRecorded&) { state.people[at.subject].participations.push_back(at.position); }

void apply(State& state, const Envelope& at, const CoachRecorded& e) {
  auto& coach = state.coaches[{e.programme, at.subject}];
  if (coach.on_record()) coach.earlier.push_back(coach);
  coach.review = e.review;
  coach.capacity = e.capacity;
  coach.recorded = at.position;
}

void apply(State& state, const Envelope& at, const ApplicationSubmitted& e) {
  const CycleId id{e.programme, e.cycle};
  auto& cycle = cycle_of(state, id);
  cycle.applications.push_back(e.application);
  cycle.applicants[at.subject] = e.application;
  ApplicationState application;
  application.ref = e.application;
  application.person = at.subject;
  application.cycle = id;
  application.submitted_at = at.happened_at;
  application.submitted = at.position;
  state.applications.emplace(e.application, std::move(application));
}

void apply(State& state, const Envelope& at, const EligibilityDecided& e) {
  auto& application = application_of(state, e.application);
  application.outcome = e.outcome;
  application.criteria = e.criteria;
  application.decided = at.position;
}

void apply(State& state, const Envelope& at, const ReferralDecided& e) {
  auto& application = application_of(state, e.application);
  application.outcome = e.outcome;
  application.referral_decided = at.position;
}

// An offer that is open comes to an end, and with it the hold on a seat.
void close_offer(CycleState& cycle, ApplicationState& application, OfferStatus status, Position at) {
  if (!application.has_open_offer()) return;
  application.offer->status = status;
  application.offer->changed = at;
  std::erase(cycle.offers, application.ref);
}

void apply(State& state, const Envelope& at, const SeatGranted& e) {
  auto& application = application_of(state, e.application);
  auto& cycle = cycle_of(state, application.cycle);
  std::erase(cycle.waitlist, e.application);
  ++cycle.seats_taken;
  cycle.last_seat = at.position;
  application.seat = SeatStatus::kSeated;
  application.rank = e.seat;
  application.seat_event = at.position;
  close_offer(cycle, application, OfferStatus::kAccepted, at.position);
}

void apply(State& state, const Envelope& at, const WaitlistJoined& e) {
  auto& application = application_of(state, e.application);
  auto& cycle = cycle_of(state, application.cycle);
  cycle.waitlist.push_back(e.application);
  cycle.waitlist_joined = e.rank;
  application.seat = SeatStatus::kWaitlisted;
  application.rank = e.rank;
  application.seat_event = at.position;
}

void apply(State& state, const Envelope& at, const PairingRequested& e) {
  PairingState pairing;
  pairing.ref = e.pairing;
  pairing.application = e.application;
  pairing.cycle = {e.programme, e.cycle};
  pairing.client = at.subject;
  pairing.coach = PersonId{e.coach};
  pairing.requested = pairing.changed = at.position;
  auto& cycle = cycle_of(state, pairing.cycle);
  cycle.pairings.push_back(e.pairing);
  auto& client = cycle.clients[at.subject];
  ++client.requested;
  client.current = e.pairing;
  state.pairings.emplace(e.pairing, std::move(pairing));
}

void apply(State& state, const Envelope& at, const PairingAccepted& e) {
  auto& pairing = pairing_of(state, e.pairing);
  pairing.status = PairingStatus::kActive;
  pairing.accepted = pairing.changed = at.position;
  pairing.paired_on = e.paired_on;
  auto& client = client_of(state, pairing);
  pairing.re_pairing = client.accepted++ > 0;
  if (e.sets_window) {
    client.window_last = e.window_last;
    client.window_set = at.position;
  }
  state.coaches[{pairing.cycle.programme, pairing.coach}].active.emplace(e.pairing, at.position);
  state.people[pairing.client].accepted.push_back({pairing.cycle.programme, e.pairing});
}

void apply(State& state, const Envelope& at, const PairingDeclined& e) {
  auto& pairing = pairing_of(state, e.pairing);
  pairing.status = PairingStatus::kDeclined;
  pairing.changed = at.position;
  client_of(state, pairing).current.clear();
}

void apply(State& state, const Envelope& at, const PairingEnded& e) {
  auto& pairing = pairing_of(state, e.pairing);
  pairing.status = PairingStatus::kEnded;
  pairing.changed = at.position;
  pairing.ended_on = e.ended_on;
  client_of(state, pairing).current.clear();
  state.coaches[{pairing.cycle.programme, pairing.coach}].active.erase(e.pairing);
}

void apply(State& state, const Envelope& at, const WindowExtended& e) {
  auto& client = client_of(state, pairing_of(state, e.pairing));
  if (client.window_last) client.earlier_windows.push_back({*client.window_last, client.window_set, client.elapsed});
  client.window_last = e.new_last;
  client.window_set = at.position;
  client.elapsed.reset();
}

void apply(State& state, const Envelope& at, const SessionMarkedDone& e) {
  auto& pairing = pairing_of(state, e.pairing);
  auto& session = session_of(pairing, e.session);
  keep_version(session);
  static_cast<SessionMark&>(session) = {true, e.sponsored, e.unsponsored, e.outside_window, e.held_on, at.position, std::nullopt, {}};
  if (e.sponsored) {
    auto& client = client_of(state, pairing);
    ++client.sponsored;
    client.used.push_back(at.position);
  }
}

void apply(State& state, const Envelope& at, const SessionMarkedMissed& e) {
  session_of(pairing_of(state, e.pairing), e.session).misses.push_back({e.held_on, at.provenance.actor, e.same_miss, at.position});
}

void apply(State& state, const Envelope& at, const SessionWithdrawn& e) {
  auto& pairing = pairing_of(state, e.pairing);
  auto& session = session_of(pairing, e.session);
  keep_version(session);
  session.done = false;
  session.withdrawn = at.position;
  session.feedback.clear();
  if (e.gives_back) --client_of(state, pairing).sponsored;
}

void apply(State& state, const Envelope& at, const FeedbackGiven& e) {
  session_of(pairing_of(state, e.pairing), e.session).feedback.push_back({at.provenance.actor, at.position});
}

void apply(State&, const Envelope&, const RecordViewed&) {}
void apply(State&, const Envelope&, const TailDropped&) {}
void apply(State&, const Envelope&, const LedgerRestored&) {}
void apply(State&, const Envelope&, const LooksExpired&) {}
void apply(State& state, const Envelope& at, const EditionPublished& e) {
  cycle_of(state, {e.programme, e.cycle}).editions[e.audience].push_back({e.edition, e.due_on, at.position});
}
void apply(State& state, const Envelope& at, const CohortExpired& e) { cycle_of(state, {e.programme, e.cycle}).expired = at.position; }
void apply(State& state, const Envelope& at, const FormRectified& e) { application_of(state, e.application).rectified = at.position; }
void apply(State& state, const Envelope& at, const PersonErased&) {
  state.people[at.subject].erased = at.position;
  state.uncertified[at.subject] = at.position;
}
void apply(State& state, const Envelope& at, const ErasureCertified&) { state.uncertified.erase(at.subject); }
void apply(State& state, const Envelope& at, const WrappingKeyChanged&) { state.key_changed_at = at.recorded_at; }
void apply(State& state, const Envelope& at, const HoldPlaced&) { state.people[at.subject].held = at.position; }
void apply(State& state, const Envelope& at, const HoldLifted&) { state.people[at.subject].held.reset(); }
template <class Body>
  requires requires(RightsState& rights, const Envelope& at, const Body& e) { daybook::apply(rights, at, e); }
void apply(State& state, const Envelope& at, const Body& e) {
  daybook::apply(state.rights, at, e);
}
void apply(State& state, const Envelope& at, const RowUndone& e) { take_back(state, at, e); }

void apply(State& state, const Envelope& at, const WindowElapsed& e) { client_of(state, pairing_of(state, e.pairing)).elapsed = at.position; }

void apply(State& state, const Envelope& at, const CycleClosed& e) { cycle_of(state, {e.programme, e.cycle}).closed = at.position; }

void apply(State& state, const Envelope& at, const SeatOffered& e) {
  auto& application = application_of(state, e.application);
  application.offer = SeatOffer{OfferStatus::kOpen, e.answer_by, at.happened_at, at.position, at.position};
  cycle_of(state, application.cycle).offers.push_back(e.application);
}

void apply(State& state, const Envelope& at, const OfferDeclined& e) {
  auto& application = application_of(state, e.application);
  auto& cycle = cycle_of(state, application.cycle);
  close_offer(cycle, application, OfferStatus::kDeclined, at.position);
  std::erase(cycle.waitlist, e.application);
  application.seat = SeatStatus::kNone;
  application.rank = 0;
  application.seat_event = at.position;
}

void apply(State& state, const Envelope& at, const OfferExpired& e) {
  auto& application = application_of(state, e.application);
  auto& cycle = cycle_of(state, application.cycle);
  close_offer(cycle, application, OfferStatus::kExpired, at.position);
  std::erase(cycle.waitlist, e.application);
  cycle.waitlist.push_back(e.application);
  cycle.waitlist_joined = application.rank = e.rank;
  application.seat_event = at.position;
}

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

std::string_view status_name(PairingStatus status) {
  switch (status) {
    case PairingStatus::kRequested:
      return "requested";
    case PairingStatus::kDeclined:
      return "declined";
    case PairingStatus::kActive:
      return "active";
    case PairingStatus::kEnded:
      return "ended";
  }
  return "";
}

std::string_view status_name(OfferStatus status) {
  switch (status) {
    case OfferStatus::kOpen:
      return "open";
    case OfferStatus::kAccepted:
      return "accepted";
    case OfferStatus::kDeclined:
      return "declined";
    case OfferStatus::kExpired:
      return "expired";
  }
  return "";
}

bool lapsed(const CycleState& cycle, const ClientState& client) { return client.elapsed && client.sponsored < cycle.charter->allowance; }

std::vector<const PairingState*> newest_accepted(const State& state, const CycleState& cycle) {
  ByWord<PersonId, const PairingState*> newest;
  for (const auto& ref : cycle.pairings) {
    const auto* pairing = state.pairing(ref);
    if (!pairing->accepted) continue;
    auto& of_client = newest[pairing->client];
    if (!of_client || of_client->accepted < pairing->accepted) of_client = pairing;
  }
  std::vector<const PairingState*> in_order;
  for (const auto& ref : cycle.pairings) {
    const auto* pairing = state.pairing(ref);
    if (pairing->accepted && newest[pairing->client] == pairing) in_order.push_back(pairing);
  }
  return in_order;
}

std::optional<Position> CoachState::newest_active() const {
  std::optional<Position> newest;
  for (const auto& [pairing, at] : active) newest = newest ? std::max(*newest, at) : at;
  return newest;
}

const CycleState* State::cycle(const CycleId& id) const { return find_in(cycles, id); }
const ProgrammeState* State::programme(const std::string& name) const { return find_in(programmes, name); }
const PersonState* State::person(const PersonId& id) const { return find_in(people, id); }
const ApplicationState* State::application(const std::string& ref) const { return find_in(applications, ref); }
const PairingState* State::pairing(const std::string& ref) const { return find_in(pairings, ref); }
const CoachState* State::coach(const std::string& programme, const PersonId& id) const { return find_in(coaches, std::pair{programme, id}); }
bool State::known_person(const PersonId& id) const {
  const auto* found = person(id);
  return found && found->staff;
}

void evolve(State& state, const Event& event) {
  require(event.envelope.position == state.end, "events are folded in order, without a gap");
  if (!std::holds_alternative<RowUndone>(event.body)) lift_refusal(state, event.envelope);
  std::visit([&](const auto& body) { apply(state, event.envelope, body); }, event.body);
  state.stream_versions[event.envelope.stream] = event.envelope.version + 1;
  state.end.value = event.envelope.position.value + 1;
  state.last_recorded_at = event.envelope.recorded_at;
}

}  // namespace daybook
