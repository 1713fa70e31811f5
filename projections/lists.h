// What can be listed of a cycle: one table each.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "projections/desk.h"
#include "projections/event_marks.h"
#include "projections/inquiry.h"
#include "projections/refused_rows.h"
#include "projections/table.h"

namespace daybook {

struct ListInfo {
  std::string_view name, what;
};
const std::vector<ListInfo>& lists();

// The columns of a list as a reader has them, people with staff number and name beside their ids: of those above, of `refused`, `imports`, `roles`,
// `proposals`, `glasses` and `people`. Empty for any other name.
std::vector<Column> list_columns(std::string_view name);

// The list of that name, or nullopt if there is none. `today` is the day in the cycle's zone that "overdue" is held
// against. Rows are of those whom the desk reaches. People stand by their ids, with staff number and name beside them where the
// desk hands those out; whom a row is about counts as looked at. Rows are in the order of their reference's bytes, waitlists by rank. What counts
// events (places, active and free) is empty where the reader may not have it as of that moment (may_count).
std::optional<Table> list(std::string_view name, const State& state, const CycleState& cycle, Day today, Desk& desk);

// The day that "overdue" is held against. At a position it is its newest event's, which tells when that was recorded: it is for whoever may be
// told of every event there.
Day day_of(const Inquiry& view, const CycleState& cycle, Instant now);

// Rows that a rule refused, and what each would take.
Table refused(const std::vector<RefusedRow>& rows, Desk& desk);

Result<ImportProgrammes> import_programmes(const EventLog& log, Position end);

// Every import with rows of a programme that the reader is told of: its id, what it was of, what became of all its rows. In the order in which
// they began. As of another moment the list tells when the first of those rows came: it is for whoever may count there.
Table imports(const State& state, const ImportProgrammes& programmes, Desk& desk);

// Who holds which role, in order of granting. The unit is empty where it is all, `until` where there is no end.
Table roles(const State& state, Desk& desk);

// What waits for a second person, or did, in order of proposing: the outcome is empty while it is open.
Table proposals(const State& state, Desk& desk);

// Whom the desk's search finds, in order of staff number.
Table people(const std::vector<std::string>& words, Desk& desk);

}  // namespace daybook
