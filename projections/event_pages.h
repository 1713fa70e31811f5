// A stretch of the record, event by event, in either direction, a page at a time.
#pragma once

#include <functional>
#include <optional>

#include "ledger/event_log.h"
#include "projections/event_filter.h"

namespace daybook {

using EventUse = std::function<bool(const Event&)>;  // the event is borrowed for the call; false: enough

struct Listing {
  EventFilter filter;
  Position from, to;              // the half-open range
  bool newest_first = false;      // else in order of position
  std::optional<Position> after;  // only what comes after that position, in the order of the listing
  uint64_t limit = 0;             // at most so many events; 0: all
};

// Calls `event` for each event that passes. Gives the position to go on after (the last event's) if more pass than were
// asked for; nullopt if these were all, or `event` had enough. Memory does not grow with the record. kCorrupt as read_events.
Result<std::optional<Position>> list_events(const EventLog& log, const State& state, const Listing& listing, const EventUse& event);

// As read_events, from the newest event of [from, to) to the oldest.
Result<void> read_newest_first(const EventLog& log, Position from, Position to, const EventUse& event);

}  // namespace daybook
