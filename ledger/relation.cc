#include "ledger/relation.h"

#include <algorithm>

namespace daybook {
namespace {

bool is_client(const State& state, const PersonId& person) {
  return std::any_of(state.cycles.begin(), state.cycles.end(), [&](const auto& cycle) { return cycle.second.applicants.contains(person); });
}

bool is_coach(const State& state, const PersonId& person) {
  return std::any_of(state.programmes.begin(), state.programmes.end(), [&](const auto& programme) {
    const auto* coach = state.coach(programme.first, person);
    return coach && coach->on_record();
  });
}

// The two have, or had, an accepted pairing in which `actor` has that part: in that programme, or in any if it is empty.
bool paired(const State& state, const PersonId& actor, Role part, const PersonId& other, const std::string& programme) {
  const auto& client = part == Role::kClient ? actor : other;
  const auto& coach = part == Role::kClient ? other : actor;
  const auto* known = state.person(client);
  return known && std::any_of(known->accepted.begin(), known->accepted.end(), [&](const AcceptedPairing& accepted) {
           return (programme.empty() || accepted.programme == programme) && state.pairing(accepted.pairing)->coach == coach;
         });
}

// Asked to coach them, in whichever cycle, and nobody has answered yet.
bool is_asked(const State& state, const PersonId& coach, const PersonId& client) {
  return std::any_of(state.cycles.begin(), state.cycles.end(), [&](const auto& cycle) {
    const auto here = cycle.second.clients.find(client);
    const auto* current = here == cycle.second.clients.end() ? nullptr : state.pairing(here->second.current);
    return current && current->status == PairingStatus::kRequested && current->coach == coach;
  });
}

// Of a client or coach, who need no grant.
std::optional<Relation> part_in(const State& state, const PersonId& actor, Role part, const Matter& matter) {
  const auto* pairing = state.pairing(matter.pairing);
  const auto& in_pairing = pairing ? (part == Role::kClient ? pairing->client : pairing->coach) : PersonId{};
  if (matter.subject == actor) return Relation::kOwn;
  if (pairing && in_pairing == actor) return Relation::kParty;
  const bool of_person = matter.pairing.empty() && !matter.subject.empty();  // a pairing that was undone is not the next one's
  if (of_person && paired(state, actor, part, matter.subject, matter.cycle.programme)) return Relation::kParty;
  const bool holds = part == Role::kClient ? is_client(state, actor) : is_coach(state, actor);
  return holds || in_pairing == actor ? std::optional(Relation::kElsewhere) : std::nullopt;
}

bool takes_part(const State& state, const PersonId& person, const std::string& programme) {
  const auto* coach = state.coach(programme, person);
  if (coach && coach->on_record()) return true;
  return std::any_of(state.cycles.begin(), state.cycles.end(), [&](const auto& entry) {
    return entry.first.programme == programme && (entry.second.applicants.contains(person) || entry.second.clients.contains(person));
  });
}

bool covers(const State& state, const HeldRole& held, const Matter& matter) {
  if (!held.unit.empty() && held.unit != matter.unit) return false;
  if (held.programme.empty()) return true;
  if (matter.everywhere) return false;
  if (!matter.cycle.programme.empty()) return held.programme == matter.cycle.programme;
  return !matter.subject.empty() && takes_part(state, matter.subject, held.programme);
}

}  // namespace

std::string_view role_name(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<Role> find_role(std::string_view name) {
  const auto it = std::find(kRoleNames.begin(), kRoleNames.end(), name);
  return it == kRoleNames.end() ? std::nullopt : std::optional(static_cast<Role>(it - kRoleNames.begin()));
}

bool goes_by_unit(const State& state) {
  const auto& roles = state.rights.roles;
  const auto of_unit = [](const HeldRole& held) { return !held.unit.empty(); };
  return std::any_of(roles.begin(), roles.end(),
                     [&](const auto& holder) { return std::any_of(holder.second.begin(), holder.second.end(), of_unit); });
}

bool is_party(const State& state, const PersonId& actor, const Matter& matter) {
  if (actor.empty()) return false;
  if (const auto* pairing = state.pairing(matter.pairing)) return pairing->client == actor || pairing->coach == actor;
  if (matter.subject.empty()) return false;
  return paired(state, actor, Role::kClient, matter.subject, "") || paired(state, actor, Role::kCoach, matter.subject, "") ||
         is_asked(state, actor, matter.subject) || is_asked(state, matter.subject, actor);
}

bool is_in_a_pairing(const State& state, const PersonId& person) {
  return std::any_of(state.pairings.begin(), state.pairings.end(),
                     [&](const auto& pairing) { return pairing.second.client == person || pairing.second.coach == person; });
}

const HeldRole* grant_over(const State& state, const PersonId& actor, Role role, const Matter& matter, Day today) {
  const auto holder = state.rights.roles.find(actor);
  if (holder == state.rights.roles.end()) return nullptr;
  const auto& all = holder->second;
  const auto it = std::find_if(all.begin(), all.end(), [&](const HeldRole& held) {
    return held.role == role_name(role) && held.holds_on(today) && covers(state, held, matter);
  });
  return it == all.end() ? nullptr : &*it;
}

std::optional<Relation> relation(const State& state, const PersonId& actor, Role role, const Matter& matter, Day today) {
  if (role == Role::kPublic) return Relation::kElsewhere;
  if (actor.empty()) return std::nullopt;
  if (!is_granted(role)) return part_in(state, actor, role, matter);
  const auto holder = state.rights.roles.find(actor);
  if (holder == state.rights.roles.end()) return std::nullopt;
  const auto is_held = [&](const HeldRole& held) { return held.role == role_name(role) && held.holds_on(today); };
  if (std::none_of(holder->second.begin(), holder->second.end(), is_held)) return std::nullopt;
  if (matter.subject == actor) return Relation::kOwn;
  return grant_over(state, actor, role, matter, today) ? Relation::kInScope : Relation::kElsewhere;
}

}  // namespace daybook
