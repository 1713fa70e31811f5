// Fetches what a command needs to know from the vault, in the turn in which it is decided.
#pragma once

#include <string>
#include <vector>

#include "ledger/decide.h"
#include "ledger/vault.h"

namespace daybook {

// A name that nobody went by until now, and the id it gets if the command is recorded.
struct NewName {
  std::string name;
  PersonId person;
};

struct Gathered {
  Facts facts;
  std::vector<NewName> new_names;
};

Result<Gathered> gather_facts(const State& state, const Vault& vault, const Command& command, Randomness& randomness);

// What the criteria of a cycle look at, for one application as things stand.
Result<ApplicantFacts> applicant_facts(const State& state, const Vault& vault, const ApplicationState& application);

}  // namespace daybook
