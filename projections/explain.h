// Why things are as they are: each criterion, the fact it saw, the rule and its version, the events behind it, and
// what would change the answer, asked of the same rules that gave it.
#pragma once

#include "ledger/event_log.h"
#include "projections/card.h"
#include "projections/desk.h"

namespace daybook {

Card explain_application(const State& state, const ApplicationState& application, Desk& desk);
Card explain_pairing(const State& state, const PairingState& pairing, Desk& desk);

// The refused rows that carry this reference; no section if there are none.
void explain_refusals(const State& state, const std::string& ref, std::string_view sheet, Desk& desk, Card& card);

// What has to be different for a refused row to be recorded, by the rule's word.
std::string_view remedy(std::string_view sheet, std::string_view rule);

}  // namespace daybook
