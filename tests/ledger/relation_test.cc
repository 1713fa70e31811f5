// How somebody in a role stands to a thing, against the definition written out slowly, over random little worlds.
#include "ledger/relation.h"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <random>

namespace daybook::test {
namespace {

const std::vector<std::string> kProgrammes = {"p", "q"};
const Day kToday = std::chrono::sys_days(std::chrono::year{2024} / 6 / 1);

class Worlds {
 public:
  explicit Worlds(unsigned seed) : random_(seed) {}

  bool one_in(unsigned n) { return random_() % n == 0; }
  template <class T>
  T one_of(const std::vector<T>& all) {
    return all[random_() % all.size()];
  }
  PersonId somebody() { return one_of<PersonId>({{"a"}, {"b"}, {"c"}, {"d"}}); }
  PersonId perhaps_somebody() { return one_in(5) ? PersonId{} : somebody(); }
  CycleId a_cycle() { return {one_of(kProgrammes), one_of<std::string>({"1", "2"})}; }

  State world() {
    State state;
    for (const auto& programme : kProgrammes) state.programmes[programme];
    for (unsigned i = random_() % 4; i > 0; --i) state.cycles[a_cycle()].applicants[somebody()] = "A";
    for (unsigned i = random_() % 4; i > 0; --i) state.coaches[{one_of(kProgrammes), somebody()}].recorded = Position{random_() % 2};
    for (unsigned i = random_() % 4; i > 0; --i) add_pairing(state, "P" + std::to_string(i));
    for (unsigned i = random_() % 4; i > 0; --i) add_role(state);
    return state;
  }
  Matter matter() {
    Matter matter;
    matter.subject = perhaps_somebody();
    if (!one_in(3)) matter.cycle = a_cycle();
    if (one_in(3)) matter.cycle.cycle.clear();
    if (one_in(2)) matter.pairing = "P" + std::to_string(1 + random_() % 4);
    matter.everywhere = one_in(6);
    return matter;
  }

 private:
  void add_pairing(State& state, const std::string& ref) {
    PairingState pairing;
    pairing.ref = ref;
    pairing.cycle = a_cycle();
    pairing.client = somebody();
    pairing.coach = somebody();
    state.cycles[pairing.cycle].clients[pairing.client];
    if (one_in(2)) state.people[pairing.client].accepted.push_back({pairing.cycle.programme, ref});
    state.pairings[ref] = pairing;
  }
  void add_role(State& state) {
    HeldRole held;
    held.role = one_of<std::string>({"administrator", "auditor"});
    if (!one_in(4)) held.programme = one_of(kProgrammes);
    if (one_in(3)) held.last_day = kToday + std::chrono::days{static_cast<int>(random_() % 3) - 1};
    state.rights.roles[somebody()].push_back(held);
  }
  std::mt19937 random_;
};

// ---- the definition, one sentence after the other ----
// In that programme, or in any if it is empty.
bool accepted_between(const State& state, const PersonId& client, const PersonId& coach, const std::string& programme = "") {
  for (const auto& [id, person] : state.people) {
    for (const auto& accepted : person.accepted) {
      const bool there = programme.empty() || accepted.programme == programme;
      if (id == client && there && state.pairings.at(accepted.pairing).coach == coach) return true;
    }
  }
  return false;
}

bool is_here(const State& state, const PersonId& person, const std::string& programme) {
  for (const auto& [id, cycle] : state.cycles) {
    if (id.programme != programme) continue;
    for (const auto& [applicant, ref] : cycle.applicants) {
      if (applicant == person) return true;
    }
    for (const auto& [client, unused] : cycle.clients) {
      if (client == person) return true;
    }
  }
  for (const auto& [key, coach] : state.coaches) {
    if (key == std::pair(programme, person) && coach.recorded.value > 0) return true;
  }
  return false;
}

bool in_scope(const State& state, const HeldRole& held, const Matter& matter) {
  if (held.programme.empty()) return true;
  if (matter.everywhere) return false;
  if (!matter.cycle.programme.empty()) return matter.cycle.programme == held.programme;
  return !matter.subject.empty() && is_here(state, matter.subject, held.programme);
}

std::optional<Relation> slow_part(const State& state, const PersonId& actor, Role role, const Matter& matter) {
  if (matter.subject == actor) return Relation::kOwn;
  const bool client = role == Role::kClient;
  const auto pairing = state.pairings.find(matter.pairing);
  const bool named = pairing != state.pairings.end() && (client ? pairing->second.client : pairing->second.coach) == actor;
  if (named) return Relation::kParty;
  const auto& where = matter.cycle.programme;
  const bool paired = client ? accepted_between(state, actor, matter.subject, where) : accepted_between(state, matter.subject, actor, where);
  if (matter.pairing.empty() && !matter.subject.empty() && paired) return Relation::kParty;
  for (const auto& [id, cycle] : state.cycles) {
    if (client && cycle.applicants.contains(actor)) return Relation::kElsewhere;
  }
  for (const auto& [key, coach] : state.coaches) {
    if (!client && key.second == actor && coach.recorded.value > 0) return Relation::kElsewhere;
  }
  return std::nullopt;
}

std::optional<Relation> slow_relation(const State& state, const PersonId& actor, Role role, const Matter& matter) {
  if (role == Role::kPublic) return Relation::kElsewhere;
  if (actor.empty()) return std::nullopt;
  if (role == Role::kClient || role == Role::kCoach) return slow_part(state, actor, role, matter);
  bool holds = false, here = false;
  for (const auto& [holder, roles] : state.rights.roles) {
    for (const auto& held : roles) {
      const bool theirs = holder == actor && held.role == role_name(role) && !(held.last_day && *held.last_day < kToday);
      holds = holds || theirs;
      here = here || (theirs && in_scope(state, held, matter));
    }
  }
  if (!holds) return std::nullopt;
  if (matter.subject == actor) return Relation::kOwn;
  return here ? Relation::kInScope : Relation::kElsewhere;
}

TEST_CASE("how somebody stands to a thing is what the definition says", "[rights][S0-06][S0-07]") {
  Worlds worlds(7);
  std::map<std::string, int> seen;
  std::string differs;

  for (int i = 0; i < 20'000 && differs.empty(); ++i) {
    const auto state = worlds.world();
    const auto actor = worlds.perhaps_somebody();
    const auto role = static_cast<Role>(i % kRoleNames.size());
    const auto matter = worlds.matter();
    const auto found = relation(state, actor, role, matter, kToday), wanted = slow_relation(state, actor, role, matter);
    const auto name = [](const auto& r) { return r ? std::string(kRelationNames[static_cast<size_t>(*r)]) : "not held"; };
    ++seen[name(found)];
    if (found != wanted) differs = fmt::format("world {}: found {}, want {}", i, name(found), name(wanted));
  }

  CHECK(differs.empty());
  CHECK(seen.size() == 5);
  for (const auto& [what, times] : seen) CHECK(times > 100);
}

TEST_CASE("somebody is a party to their pairing, and to whom they were ever paired with", "[rights][E-37]") {
  Worlds worlds(8);
  int parties = 0;
  std::string differs;

  for (int i = 0; i < 20'000 && differs.empty(); ++i) {
    const auto state = worlds.world();
    const auto actor = worlds.perhaps_somebody();
    const auto matter = worlds.matter();
    const auto pairing = state.pairings.find(matter.pairing);
    const bool of_pairing = pairing != state.pairings.end();
    const bool wanted =
        !actor.empty() &&
        (of_pairing ? pairing->second.client == actor || pairing->second.coach == actor
                    : !matter.subject.empty() && (accepted_between(state, actor, matter.subject) || accepted_between(state, matter.subject, actor)));
    parties += wanted;
    if (is_party(state, actor, matter) != wanted) differs = "world " + std::to_string(i);
  }

  CHECK(differs.empty());
  CHECK(parties > 100);
}

}  // namespace
}  // namespace daybook::test
