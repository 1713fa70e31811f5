#include "projections/event_pages.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "ledger/replay.h"

namespace daybook {
namespace {

constexpr uint64_t kReadAtOnce = kTileWidth;  // newest first: a bundle in memory

// False: enough.
bool use_backwards(const std::vector<Event>& events, const EventUse& use) { return std::all_of(events.rbegin(), events.rend(), use); }

// What `read` reads, a range at a time, the last event first.
using ReadRange = std::function<Result<void>(Position from, Position to, const EventUse& use)>;
Result<void> read_backwards(Position from, Position to, const ReadRange& read, const EventUse& use) {
  std::vector<Event> events;
  while (from < to) {
    const Position first = std::max(from, Position{(to.value - 1) / kReadAtOnce * kReadAtOnce});
    events.clear();
    DAYBOOK_TRY(read(first, to, [&](const Event& event) { return events.push_back(event), true; }));
    if (!use_backwards(events, use)) return success();
    to = first;
  }
  return success();
}

// Where the events of a listing come from; those that pass are used.
Result<void> read_passing(const EventLog& log, const State& state, const Listing& listing, const EventUse& use) {
  const auto& filter = listing.filter;
  const auto use_if_passes = [&](const Event& event) { return !passes(filter, event, state) || use(event); };
  const auto read = [&](Position from, Position to, const EventUse& one) { return read_candidates(log, state, filter, from, to, one); };
  if (!listing.newest_first) return read(listing.from, listing.to, use_if_passes);
  if (!filter.person) return read_backwards(listing.from, std::min(listing.to, log.end()), read, use_if_passes);
  std::vector<Event> events;  // of one person there are few
  DAYBOOK_TRY(read(listing.from, listing.to, [&](const Event& event) { return events.push_back(event), true; }));
  use_backwards(events, use_if_passes);
  return success();
}

// The listing's range without what comes before `after`.
Listing going_on(Listing listing) {
  if (!listing.after) return listing;
  if (listing.newest_first) {
    listing.to = std::min(listing.to, *listing.after);
  } else {
    listing.from = std::max(listing.from, Position{listing.after->value + 1});
  }
  return listing;
}

}  // namespace

Result<void> read_newest_first(const EventLog& log, Position from, Position to, const EventUse& use) {
  const auto read = [&](Position first, Position end, const EventUse& one) { return read_events(log, first, end, one); };
  return read_backwards(from, std::min(to, log.end()), read, use);
}

Result<std::optional<Position>> list_events(const EventLog& log, const State& state, const Listing& listing, const EventUse& use) {
  uint64_t used = 0;
  Position last;
  std::optional<Position> next;
  DAYBOOK_TRY(read_passing(log, state, going_on(listing), [&](const Event& event) {
    if (listing.limit > 0 && used == listing.limit) {
      next = last;
      return false;
    }
    ++used;
    last = event.envelope.position;
    return use(event);
  }));
  return next;
}

}  // namespace daybook
