// A book as it was known at a moment: its log folded up to there.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ledger/event_log.h"
#include "ledger/state.h"

namespace daybook {

// The moment an answer is about. Nothing given: now.
struct AsOf {
  std::optional<Position> position;  // only the events before it
  std::optional<Instant> recorded;   // only what was recorded by then
  std::optional<Instant> happened;   // of that, only what had happened by then (happened.h)
};

// What was known at a moment. kCorrupt, with the position, if an entry does not decode or stands in the wrong place. If
// `known`, a fold of the beginning of the log, lies before the moment, only the rest is read.
Result<State> fold(const EventLog& log, const AsOf& as_of = {}, State known = {});

struct Replayed {
  State state;
  TreeHead head;  // over the events that were folded
};

// The same, with the tree over the very bytes that were folded: whoever signs for a figure wants to know.
Result<Replayed> replay(const EventLog& log, const AsOf& as_of = {});

// Calls `event` for each event of the half-open range, decoded, until it returns false. The event is borrowed for the
// call. kCorrupt as above.
Result<void> read_events(const EventLog& log, Position from, Position to, const std::function<bool(const Event&)>& event);

// The same for the events at these positions, which ascend and are there: what lies between them is not decoded.
Result<void> read_events_at(const EventLog& log, std::span<const Position> positions, const std::function<bool(const Event&)>& event);

// As read_events, but only those whose entries have each of these texts in their bytes: every event of which one is an open value, and now and then
// another. The others are not decoded.
Result<void> read_events_with(const EventLog& log, Position from, Position to, std::span<const std::string> texts,
                              const std::function<bool(const Event&)>& event);

}  // namespace daybook
