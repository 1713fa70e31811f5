// The second clock: what was true by a moment, as far as the ledger knows. Rulebooks and cycles count from the start:
// they are what happenings are read by. An undo happened when its row did: what was undone had not happened by any moment,
// for a mistake was never so.
#pragma once

#include "ledger/event.h"
#include "ledger/state.h"

namespace daybook {

// Whether an event counts in a fold of what had happened by then: it had happened, and what it builds on counted too.
// `state` is folded so far, in order of position.
bool counts_by(const State& state, const Event& event, Instant happened_by);

// The state after one more event if it counts; else the same state, one position further.
void evolve_by(State& state, const Event& event, Instant happened_by);

}  // namespace daybook
