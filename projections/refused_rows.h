// Rows that a rule refused, read from the record when somebody asks: they change no state, and there is no end to them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/replay.h"
#include "projections/desk.h"

namespace daybook {

class EventMarks;

struct RefusedRow {
  RowRefused row;
  PersonId person, actor;        // whom the row was about, and who acted by it
  uint32_t charter_version = 0;  // the rules it was held against; 0 where no charter speaks
  Position at;
  bool stands = true;              // false: a later row took its place, or it was undone
  std::optional<Position> undone;  // by this event
  std::optional<Event> because;    // the event that stood in the way
};

// Which rows: those that meet all that is given.
struct RefusedFilter {
  std::string sheet, ref, programme;
  std::optional<CycleId> cycle;
  std::optional<PersonId> person;
};

// In order of position, among the events before `end` that had happened by `happened`, if that is given. kCorrupt as
// `replay`. With the log's `marks` what is read grows with the rows that are found, and not with the record.
Result<std::vector<RefusedRow>> refused_rows(const EventLog& log, Position end, std::optional<Instant> happened, const RefusedFilter& filter,
                                             EventMarks* marks = nullptr);

// The same of a state that is whole, of the record up to its end and of whatever time things happened, found through the imports that it knows: what
// is read grows with their refusals and not with the record. `filter` has a reference, or a person and their programme. Of rows that are not `wanted`
// nothing more is read, so that those out of reach take no longer than none.
Result<std::vector<RefusedRow>> refused_rows_known(const EventLog& log, const State& state, const RefusedFilter& filter,
                                                   const std::function<bool(const RefusedRow&)>& wanted);

// Whose row it is, and whether the reader of the desk may be told of it.
Matter matter_of(const RefusedRow& refused);
bool reaches(const RefusedRow& refused, Desk& desk);

}  // namespace daybook
