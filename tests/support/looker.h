// Somebody who looks, for tests of answers; and roles that are held before anybody could grant them.
#pragma once

#include <string>
#include <vector>

#include "projections/desk.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {

// Holds the role whatever the record says: everybody's administrator unless told otherwise. By the table that ships.
class Looker {
 public:
  Looker(const State& state, const Vault& vault, Role role = Role::kAdministrator, const std::string& programme = "");
  Looker(const Looker&) = delete;
  const Reader* reader() const { return &reader_; }

 private:
  State state_;
  const SeeTable table_ = shipped_see_table();
  DeskTables tables_;
  Reader reader_;
};

struct Grant {
  std::string name, role, programme;  // programme: empty for all
};
// Appends a RoleGranted for each to a log that nobody else writes. Who has no id yet gets one.
void grant(EventLog& log, const VaultKeys& keys, Instant now, const std::vector<Grant>& grants);

// Appends one event as it is, with the names and ids given.
void append_event(EventLog& log, const VaultKeys& keys, Event event, const std::vector<std::pair<std::string, PersonId>>& names);

}  // namespace daybook::test
