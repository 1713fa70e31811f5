#include "ledger/state.h"

#include <algorithm>

#include "ledger/require.h"

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
ClientState& client_of(State& state, const PairingState& pairing) { return cycle_of(state, pairing.cycle).clients[pairing.client]; }

// A row that was refused before and comes to another outcome: the earlier refusal no longer stands.
void lift_refusal(State& state, const Envelope& envelope) {
  if (envelope.corrects == 0) return;
  for (auto& [id, cycle] : state.cycles) cycle.refused_applications.erase(envelope.corrects - 1);
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

void apply(State& state, const Envelope& at, const ImportStarted& e) { state.imports.emplace(e.batch, at.position); }
void apply(State&, const Envelope&, const ImportFinished&) {}

// Who wants to know of other refused rows reads them in the log: they change nothing, and there is no end to them.
void apply(State& state, const Envelope& at, const RowRefused& e) {
  if (e.sheet != "applications") return;
  if (const auto it = state.cycles.find({e.programme, e.cycle}); it != state.cycles.end()) it->second.refused_applications.insert(at.position.value);
}

void apply(State& state, const Envelope& at, const StaffRecorded&) { state.people[at.subject].staff = at.position; }

void apply(State& state, const Envelope& at, const ParticipationRecorded&) { state.people[at.subject].participations.push_back(at.position); }

void apply(State& state, const Envelope& at, const CoachRecorded& e) {
  auto& coach = state.coaches[{e.programme, at.subject}];
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

void apply(State& state, const Envelope& at, const SeatGranted& e) {
  auto& application = application_of(state, e.application);
  auto& cycle = cycle_of(state, application.cycle);
  std::erase(cycle.waitlist, e.application);
  ++cycle.seats_taken;
  cycle.last_seat = at.position;
  application.seat = SeatStatus::kSeated;
  application.rank = e.seat;
  application.seat_event = at.position;
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
  cycle.clients[at.subject].current = e.pairing;
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
  client.window_last = e.new_last;
  client.window_set = at.position;
}

void apply(State& state, const Envelope& at, const SessionMarkedDone& e) {
  auto& pairing = pairing_of(state, e.pairing);
  auto& session = session_of(pairing, e.session);
  session.done = true;
  session.sponsored = e.sponsored;
  session.unsponsored = e.unsponsored;
  session.outside_window = e.outside_window;
  session.held_on = e.held_on;
  session.marked = at.position;
  session.withdrawn.reset();
  session.feedback.clear();
  if (e.sponsored) {
    auto& client = client_of(state, pairing);
    ++client.sponsored;
    client.last_used = at.position;
  }
}

void apply(State& state, const Envelope& at, const SessionMarkedMissed& e) {
  session_of(pairing_of(state, e.pairing), e.session).misses.push_back({e.held_on, at.provenance.actor, e.same_miss, at.position});
}

void apply(State& state, const Envelope& at, const SessionWithdrawn& e) {
  auto& pairing = pairing_of(state, e.pairing);
  auto& session = session_of(pairing, e.session);
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
  lift_refusal(state, event.envelope);
  std::visit([&](const auto& body) { apply(state, event.envelope, body); }, event.body);
  state.stream_versions[event.envelope.stream] = event.envelope.version + 1;
  state.end.value = event.envelope.position.value + 1;
  state.last_recorded_at = event.envelope.recorded_at;
}

}  // namespace daybook
