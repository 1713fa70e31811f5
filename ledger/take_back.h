// The state without a row that was undone: as a fold that never met the row would have it, stream versions and the end
// aside. Part of evolve().
#pragma once

#include "ledger/state.h"

namespace daybook {

// Nothing still standing builds on the row (undo_plan.h sees to that). A row that the state does not hold, because the
// fold left it out, changes nothing.
void take_back(State& state, const Envelope& at, const RowUndone& undone);

}  // namespace daybook
