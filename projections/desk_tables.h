// The desk tables: who is who, joined from the vault for search and look-up. In memory only, never on disk; built when
// a ledger is opened to somebody who may look, and renewed row by row by whoever keeps them. Looks are written down by the Desk that
// hands the values out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/state.h"
#include "ledger/vault.h"

namespace daybook {

// A person's newest personnel record. Values stand in the schema's order.
struct DeskRow {
  PersonId person;
  Position recorded;
  std::vector<std::string> values;
  std::string folded;  // the searched values, without case, a line each
};

class DeskTables {
 public:
  DeskTables() = default;  // empty: of somebody who may not look

  // Of everybody with a personnel record in `state`. The error is the vault's. `known`: of another moment of the same ledger; a row of the same
  // record is had from there, and shared with it. Null: all are read.
  static Result<DeskTables> build(const State& state, const Vault& vault, const DeskTables* known = nullptr);

  // The person's row as their newest record in `state` has it, or none: after an event that may have changed it. On an error, which is the
  // vault's, the row is as it was.
  Result<void> renew(const PersonId& person, const State& state, const Vault& vault);

  // Null if the person has no personnel record here.
  const DeskRow* find(const PersonId& person) const;
  // A field of a row by the schema's name: "name", "dutyStation".
  static const std::string& value(const DeskRow& row, std::string_view field);

  // The people in whose record each word stands somewhere, in any case: number, name, address, employer, entity, place,
  // network, grade, post, languages. In order of staff number. No word: everybody.
  std::vector<const DeskRow*> search(const std::vector<std::string>& words) const;

 private:
  Result<void> take(const PersonId& person, Position recorded, const Vault& vault);

  std::map<PersonId, std::shared_ptr<const DeskRow>> rows_;  // a copy of the tables shares them
};

}  // namespace daybook
