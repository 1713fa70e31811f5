// Which events a question is about.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event.h"
#include "ledger/state.h"
#include "projections/causation.h"

namespace daybook {

// Filters that combine: an event passes if it meets all that are given.
struct EventFilter {
  std::optional<PersonId> person;  // about them, done by them, or of a pairing that is theirs
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
};

// `state` says whose a pairing is.
bool passes(const EventFilter& filter, const Event& event, const State& state);

}  // namespace daybook
