// The access book as it is read: who looked at whose fields, why and when.
#pragma once

#include <optional>

#include "ledger/event_log.h"
#include "projections/desk.h"
#include "projections/table.h"

namespace daybook {

// Which looks: those that meet all that is given.
struct LookFilter {
  std::optional<PersonId> about;        // one of the subjects
  std::optional<PersonId> by;           // who looked; finds nothing where the reader may not be told
  std::optional<Instant> since, until;  // the half-open range of when
};

// The looks that the reader may be told of, in order. Where the table says `masked`, without who looked and through whom: a
// person is told in which role, of which unit, why and when. `book` is the access book, and `names` its vault. What is told
// counts as looked at on the desk. The error is the log's or the vault's.
Result<Table> looks(const EventLog& book, const Vault& names, const LookFilter& filter, Desk& desk);

}  // namespace daybook
