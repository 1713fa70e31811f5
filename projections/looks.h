// The access book as it is read: who looked at whose fields, why and when.
#pragma once

#include <optional>
#include <string>

#include "ledger/event_log.h"
#include "projections/desk.h"
#include "projections/inquiry.h"
#include "projections/table.h"

namespace daybook {

// Which looks: those that meet all that is given.
struct LookFilter {
  std::optional<PersonId> about;                  // one of the subjects
  std::optional<PersonId> by;                     // who looked; finds nothing where the reader may not be told
  std::optional<Instant> since, until;            // the half-open range of when
  Position from = {}, to = Position{UINT64_MAX};  // the half-open range of places in the book
  uint64_t limit = 0;                             // at most so many; 0: all
};

// What is asked of the book, as text.
struct LookQuestion {
  std::string about, by, since, until;
  bool by_name = true;        // people by staff number or other name too; else by id alone
  std::string prefix = "--";  // before an option's name in what an error says. Empty: it is said to a stranger, and what was found is not repeated
};

// Who holds no role that is granted asks about themselves, unless they say about whom. `names` is the book's vault. kRejected: no such form.
Result<LookFilter> read_question(const LookQuestion& question, const Vault& names, const Inquiry& view);

// The looks that the reader may be told of, in order. Where the table says `masked`, without who looked and through whom: a
// person is told in which role, of which unit, why and when. `book` is the access book, and `names` its vault. What is told
// counts as looked at on the desk. The error is the log's or the vault's.
Result<Table> looks(const EventLog& book, const Vault& names, const LookFilter& filter, Desk& desk);

// The same, and the place to go on after, if more pass than were asked for.
struct LookPage {
  Table table;
  std::optional<Position> next;
};
Result<LookPage> look_page(const EventLog& book, const Vault& names, const LookFilter& filter, Desk& desk);

}  // namespace daybook
