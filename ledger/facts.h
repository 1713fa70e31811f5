// Fetches what a command needs to know from vault and log, in the turn in which it is decided.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/decide.h"
#include "ledger/erasure.h"
#include "ledger/vault.h"

namespace daybook {

// Names and their ids, as they were looked up lately. The vault has the truth; this saves asking it for each command.
class NameCache {
 public:
  const PersonId* find(const std::string& name) const {
    const auto it = ids_.find(name);
    return it == ids_.end() ? nullptr : &it->second;
  }
  void put(const std::string& name, const PersonId& person) {
    if (ids_.size() >= kNamesMax) ids_.clear();
    ids_.emplace(name, person);
  }

 private:
  static constexpr size_t kNamesMax = 50'000;
  std::unordered_map<std::string, PersonId> ids_;
};

// A name that nobody went by until now, and the id it gets if the command is recorded.
struct NewName {
  std::string name;
  PersonId person;
};

struct Gathered {
  Facts facts;
  std::vector<NewName> new_names;
  std::optional<Erasure> erasure;  // what goes with the command's events, if it is recorded
};

// What stands in `log` and in the vault of earlier events is read from there: it must be in them by then. For somebody who has not the right it is
// only who acts, and whom the command is about: decide() with the same table then says no by that.
Result<Gathered> gather_facts(const State& state, const Vault& vault, const EventLog& log, const Command& command, NameCache& cache,
                              Randomness& randomness, Day today, const DoTable& rights);

// What an import recorded or refused, in order of position; nothing if there is no such import.
Result<std::vector<Event>> rows_of_import(const State& state, const EventLog& log, const std::string& batch);

// What the criteria of a cycle look at, for one application as things stand.
Result<ApplicantFacts> applicant_facts(const State& state, const Vault& vault, const ApplicationState& application, Day today);

}  // namespace daybook
