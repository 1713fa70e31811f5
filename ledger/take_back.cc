#include "ledger/take_back.h"

#include <algorithm>

#include "ledger/require.h"

namespace daybook {
namespace {

// The record before the newest one, when that goes; else an older one goes from among those that were replaced.
void take_back_staff(PersonState& person, Position row) {
  std::erase(person.earlier_staff, row);
  if (person.staff != row) return;
  person.staff.reset();
  if (person.earlier_staff.empty()) return;
  person.staff = person.earlier_staff.back();
  person.earlier_staff.pop_back();
}

void forget_if_empty(State& state, const std::string& programme, const PersonId& coach) {
  const auto it = state.coaches.find({programme, coach});
  if (!it->second.on_record() && it->second.active.empty()) state.coaches.erase(it);
}

void take_back_of_person(State& state, const PersonId& id, Position row) {
  const auto it = state.people.find(id);
  if (it == state.people.end()) return;
  take_back_staff(it->second, row);
  std::erase(it->second.participations, row);
}

void take_back_of_coach(State& state, const std::string& programme, const PersonId& id, Position row) {
  const auto it = state.coaches.find({programme, id});
  if (it == state.coaches.end()) return;
  auto& coach = it->second;
  std::erase_if(coach.earlier, [&](const CoachRecord& record) { return record.recorded == row; });
  if (coach.recorded != row) return;
  static_cast<CoachRecord&>(coach) = coach.earlier.empty() ? CoachRecord{} : coach.earlier.back();
  if (!coach.earlier.empty()) coach.earlier.pop_back();
  forget_if_empty(state, programme, id);
}

// The newest are undone most often: looked for from the end.
void erase_newest(std::vector<std::string>& refs, const std::string& ref) {
  const auto it = std::find(refs.rbegin(), refs.rend(), ref);
  if (it != refs.rend()) refs.erase(std::next(it).base());
}

void take_back_application(State& state, const std::string& ref, Position row) {
  const auto it = state.applications.find(ref);
  if (it == state.applications.end() || it->second.submitted != row) return;
  auto& cycle = state.cycles.at(it->second.cycle);
  cycle.applicants.erase(it->second.person);
  erase_newest(cycle.applications, ref);
  state.applications.erase(it);
}

void take_back_request(State& state, CycleState& cycle, const PairingState& pairing) {
  const auto client = cycle.clients.find(pairing.client);
  if (client->second.current == pairing.ref) client->second.current.clear();
  if (--client->second.requested == 0) cycle.clients.erase(client);
  erase_newest(cycle.pairings, pairing.ref);
  state.pairings.erase(state.pairings.find(pairing.ref));
}

void take_back_acceptance(State& state, ClientState& client, PairingState& pairing, Position row) {
  pairing.status = PairingStatus::kRequested;
  pairing.changed = pairing.requested;
  pairing.accepted.reset();
  pairing.paired_on.reset();
  pairing.re_pairing = false;
  --client.accepted;
  if (client.window_set == row) {
    client.window_last.reset();
    client.window_set = {};
    client.elapsed.reset();
  }
  state.coaches[{pairing.cycle.programme, pairing.coach}].active.erase(pairing.ref);
  forget_if_empty(state, pairing.cycle.programme, pairing.coach);
  std::erase_if(state.people[pairing.client].accepted, [&](const AcceptedPairing& accepted) { return accepted.pairing == pairing.ref; });
}

// A request that was declined is open again, a pairing that ended is active again.
void take_back_end(State& state, ClientState& client, PairingState& pairing) {
  client.current = pairing.ref;
  pairing.ended_on.reset();
  pairing.status = pairing.accepted ? PairingStatus::kActive : PairingStatus::kRequested;
  pairing.changed = pairing.accepted.value_or(pairing.requested);
  if (pairing.accepted) state.coaches[{pairing.cycle.programme, pairing.coach}].active.emplace(pairing.ref, *pairing.accepted);
}

void take_back_extension(ClientState& client) {
  const bool known = !client.earlier_windows.empty();  // else a fold that leaves out what set the window
  const auto before = known ? client.earlier_windows.back() : Window{};
  client.window_last = known ? std::optional(before.last) : std::nullopt;
  client.window_set = before.set;
  client.elapsed = before.elapsed;
  if (known) client.earlier_windows.pop_back();
}

// The session as it was before its newest marking or withdrawal.
void fall_back(SessionState& session) {
  static_cast<SessionMark&>(session) = session.earlier.empty() ? SessionMark{} : std::move(session.earlier.back());
  if (!session.earlier.empty()) session.earlier.pop_back();
}

void take_back_in_session(ClientState& client, SessionState& session, Position row) {
  const auto given = [&](const GivenFeedback& feedback) { return feedback.at == row; };
  std::erase_if(session.feedback, given);
  for (auto& mark : session.earlier) std::erase_if(mark.feedback, given);
  std::erase_if(session.misses, [&](const Miss& miss) { return miss.at == row; });
  if (session.withdrawn == row) {
    client.sponsored += session.sponsored;
    fall_back(session);
  } else if (session.done && session.marked == row) {
    client.sponsored -= session.sponsored;
    std::erase(client.used, row);
    fall_back(session);
  }
}

void take_back_of_pairing(State& state, const std::string& ref, Position row) {
  const auto found = state.pairings.find(ref);
  if (found == state.pairings.end()) return;
  auto& pairing = found->second;
  auto& cycle = state.cycles.at(pairing.cycle);
  auto& client = cycle.clients.at(pairing.client);
  if (pairing.requested == row) return take_back_request(state, cycle, pairing);
  if (pairing.accepted == row) return take_back_acceptance(state, client, pairing, row);
  if (pairing.changed == row) return take_back_end(state, client, pairing);
  if (client.window_set == row) return take_back_extension(client);
  for (auto it = pairing.sessions.begin(); it != pairing.sessions.end();) {
    auto& session = it->second;
    take_back_in_session(client, session, row);
    const bool heard_of = session.done || session.withdrawn || !session.misses.empty();
    it = heard_of ? std::next(it) : pairing.sessions.erase(it);
  }
}

void take_back_refusal(State& state, Position row) {
  for (auto& [id, cycle] : state.cycles) {
    cycle.refused_applications.erase(row.value);
    cycle.replaced_refusals.erase(row.value);
  }
}

// What the row had taken the place of is the row's outcome again.
void let_stand_again(State& state, uint64_t refused, Position row) {
  for (auto& [id, cycle] : state.cycles) {
    const auto it = cycle.replaced_refusals.find(refused);
    if (it == cycle.replaced_refusals.end() || it->second != row.value) continue;
    cycle.refused_applications.insert(refused);
    cycle.replaced_refusals.erase(it);
  }
}

}  // namespace

void take_back(State& state, const Envelope& at, const RowUndone& undone) {
  require(at.corrects > 0, "an undo names the event that it takes back");
  const Position row{at.corrects - 1};
  const auto slash = at.stream.find('/');
  const auto family = at.stream.substr(0, slash), name = at.stream.substr(slash + 1);
  if (family == "person") take_back_of_person(state, at.subject, row);
  if (family == "coach") take_back_of_coach(state, name.substr(0, name.find('/')), at.subject, row);
  if (family == "application") take_back_application(state, name, row);
  if (family == "pairing") take_back_of_pairing(state, name, row);
  if (family == "import") take_back_refusal(state, row);
  if (undone.stands_again > 0) let_stand_again(state, undone.stands_again - 1, row);
  state.undone[row.value] = {at.position, at.stream, at.subject, undone.stands_again};
  if (const auto import = state.imports.find(undone.batch); import != state.imports.end()) ++import->second.undone;
}

}  // namespace daybook
