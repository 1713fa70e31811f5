// What led to an event, what its command wrote beside it, and what followed.
#pragma once

#include <map>

#include "ledger/event_log.h"

namespace daybook {

class EventMarks;

// Positions, each with its depth: 0 where nothing in the chain led to the event, else one more than what led to it.
using Chain = std::map<Position, unsigned>;

// The chain of the event at `at`, which lies before `end`, as the record stood there: all events of its command (those
// of one correlation), whatever led to these, up to the first, and whatever these led to. Reads on to `end`, unless the log's `marks` are there to
// find it by; memory grows with the chain. kCorrupt as read_events.
Result<Chain> chain_of(const EventLog& log, Position at, Position end, EventMarks* marks = nullptr);

}  // namespace daybook
