// Why things are as they are: each criterion, the fact it saw, the rule and its version, the events behind it, and
// what would change the answer, asked of the same rules that gave it.
#pragma once

#include "ledger/event_log.h"
#include "projections/card.h"
#include "projections/desk.h"
#include "projections/refused_rows.h"

namespace daybook {

Card explain_application(const State& state, const ApplicationState& application, Desk& desk);
Card explain_pairing(const State& state, const PairingState& pairing, Desk& desk);

// Adds a section for each row: what its rule saw and what it would take, and the event that stood in the way.
void explain_refusals(const std::vector<RefusedRow>& rows, Desk& desk, Card& card);

}  // namespace daybook
