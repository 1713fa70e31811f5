// Which events a question is about.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/state.h"
#include "projections/causation.h"

namespace daybook {

class EventMarks;

// Whether an event is about somebody: their own, or of a pairing in which they are the coach. `state` says whose a pairing is.
bool concerns(const Event& event, const PersonId& person, const State& state);

// Filters that combine: an event passes if it meets all that are given.
struct EventFilter {
  std::optional<PersonId> person;  // that concerns them
  std::string ref;                 // an application's or pairing's reference
  std::string stream;
  std::vector<std::string> kinds;  // one of them; none: any
  std::optional<PersonId> actor;
  std::string role;                                       // the acting one
  std::string correlation;                                // 16 bytes: what one command made
  std::optional<Instant> since, until;                    // recorded in the half-open range
  std::optional<Instant> happened_since, happened_until;  // happened in the half-open range
  std::optional<Instant> happened_by;                     // happened by then, the moment itself included
  std::shared_ptr<const Chain> chain;                     // in that chain; null: any
  std::function<bool(const Event&)> reaches;              // the reader may be told of it; null: of any
  EventMarks* marks = nullptr;                            // of the log, by which events are found; null: all are read
};

// `state` says whose a pairing is.
bool passes(const EventFilter& filter, const Event& event, const State& state);

// Reads the events of the half-open range that may pass, in order, until `use` returns false: all of them, those that the marks find or, where the
// question is about a person, those that the directory finds for them, with what corrects them. kCorrupt as read_events.
Result<void> read_candidates(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position to,
                             const std::function<bool(const Event&)>& use);

}  // namespace daybook
