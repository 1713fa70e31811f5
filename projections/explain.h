// Why things are as they are: each criterion, the fact it saw, the rule and its version, the events behind it, and
// what would change the answer, asked of the same rules that gave it.
#pragma once

#include "ledger/event_log.h"
#include "projections/card.h"
#include "projections/desk.h"

namespace daybook {

Card explain_application(const State& state, const ApplicationState& application, Desk& desk);
Card explain_pairing(const State& state, const PairingState& pairing, Desk& desk);

// Rows that a rule refused, by position in the record, each with what it saw and what would change the answer. No
// section if there are none of the sheet; an empty sheet is any.
void explain_refusals(const State& state, const std::vector<uint64_t>& rows, std::string_view sheet, Desk& desk, Card& card);

// The refused rows that carry this reference.
void explain_refusals(const State& state, const std::string& ref, std::string_view sheet, Desk& desk, Card& card);

// The refused coaches rows of a person in a programme; false if there are none.
bool explain_refused_coach(const State& state, const std::string& programme, const PersonId& person, Desk& desk, Card& card);

}  // namespace daybook
