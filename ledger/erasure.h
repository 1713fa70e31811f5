// What leaves the vault when a person is erased or a cohort's statistics expire (C3). Everything goes with the event that
// says so, in one write: sealed records, names and what leads to them; of an import's rows keyed fingerprints stay for a
// time, so that the same rows do not bring the person back.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ledger/state.h"
#include "ledger/vault.h"

namespace daybook {

struct Erasure {
  std::string owner;           // whose key is destroyed: person/ID or cohort/PROGRAMME/CYCLE
  std::vector<VaultRow> rows;  // that go, or become something else; without the key's own, which wants the event's position
  uint64_t records = 0;        // sealed records among them
  uint64_t fingerprints = 0;   // rows of imports that become tombstones
};

struct Leaving {
  PersonId person;
  std::vector<std::string> sponsors;  // with whom they were engaged
  std::set<std::string> coached;      // the streams of pairings in which they are the coach
  Day known_until{};
};

// Of a person, as things stand in log and vault. Until `known_until`, inclusive, the rows they came with are refused, and
// the sponsors know their staff number by a keyed digest (S0-31).
Result<Erasure> plan_erasure(const EventLog& log, const Vault& vault, const Leaving& leaving, Randomness& randomness);

// What the repeat rule and the rows of imports still know of somebody who is erased, unless it is said otherwise: until then.
inline constexpr std::chrono::days kKnownAfterErasure{5 * 365};

// Who goes by a name as somebody gives it: a random id, a staff number, an address in any case, or another name. Where there is nobody, an id that is
// nobody's: whether there is somebody, only whoever may erase them is told.
Result<PersonId> person_named(const State& state, const Vault& vault, const std::string& name);

// Of what only the statistics of a cycle use.
Result<Erasure> plan_expiry(const Vault& vault, const CycleId& cycle);

}  // namespace daybook
