// What the requirements say of who may do what, as sentences that any table can be held against; and a small world that they
// are about: two programmes, two pairings, somebody in every role.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/authority.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {

class RightsWorld {
 public:
  RightsWorld();

  // Somebody who stands so to something, and that.
  std::pair<PersonId, Matter> example(const Standing& standing) const;

  PersonId person(const std::string& name) const;
  // P1, P2, P3: a pairing; here, there: a cycle; everywhere; and PERSON here or PERSON there: somebody in a cycle; else a person.
  Matter matter(const std::string& name) const;
  State state;

 private:
  mutable TestLedger ledger_;  // asking who goes by a name changes nothing
};

struct Sentence {
  std::string_view says;
  std::vector<std::string_view> deeds;
  std::string who, role;  // role: empty for any they hold
  std::vector<std::string> about;
  Verdict wanted;
};
const std::vector<Sentence>& sentences();

inline constexpr Day kWorldDay = std::chrono::sys_days(std::chrono::year{2024} / 6 / 1);

// What the table says to a deed; kNever for a refusal.
Verdict verdict(const RightsWorld& world, const DoTable& table, std::string_view deed, const PersonId& who, std::string_view role,
                const Matter& about);

// The first sentence that does not hold; empty if all do. `only`: what they say of one deed, where no other differs.
std::string broken_by(const RightsWorld& world, const DoTable& table, std::string_view only = {});

}  // namespace daybook::test
