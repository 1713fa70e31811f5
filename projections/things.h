// What goes by an id: the cards that `show` and `explain` answer with.
#pragma once

#include "ledger/event_log.h"
#include "projections/card.h"
#include "projections/desk.h"

namespace daybook {

class EventMarks;

// Borrowed for one answer.
struct Asked {
  const State& state;
  const EventLog& log;
  std::optional<Instant> happened;  // what had happened by then
  Desk& desk;
  bool by_name = true;          // people are found by staff number and other names too: not where a question is kept, as an address is
  bool whole = false;           // the state is of the whole record, not of one cycle: then what was refused is found without reading all of it
  EventMarks* marks = nullptr;  // of the log, where they are kept: it is found through them
};

// Everything that goes by this id and that the reader may be told of: an application or pairing by its reference, a cycle, a coach
// (PROGRAMME/STAFF_NUMBER), a person by id or staff number, rows that were refused. Empty both where there is nothing and where it
// is out of reach. `explained`: why, instead of what. To a reader a line names the events behind it that are in reach, nothing is said under
// which there is no line, and whom a card is about counts as looked at.
Result<std::vector<Card>> things(const Asked& asked, const std::string& id, bool explained);

// The answer where there are none: the same words for what is not there and what is out of reach.
Error nothing_goes_by(const std::string& id, const Desk& desk);

}  // namespace daybook
