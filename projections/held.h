// Everything that is held of one person, for them to have (C3, right of access): each event about them, by them or of a pairing in which they
// are the coach that the reader may be told of, with the values that are theirs; and to whom any of it was shown. What belongs to somebody else stays
// out: others are there by their random ids, and of what the person did in somebody else's case there is that they did it, and their own words.
#pragma once

#include <vector>

#include "ledger/event_log.h"
#include "projections/card.h"
#include "projections/desk.h"
#include "projections/inquiry.h"

namespace daybook {

// In order of position, a card for each event before `end`; what has gone with an erasure is said to be erased. The values are handed
// out by `desk`, which keeps account of them; sentences are `sealed`'s.
Result<std::vector<Card>> held_of(const EventLog& log, const PersonId& person, Desk& desk, Desk& sealed, Position end = Position{UINT64_MAX});

// Who looked at their fields, as role, unit, purpose and time: who that was by name is for a review to say. `looks` is the
// access book, `values` its vault. What is told counts as looked at on the desk.
Result<Card> recipients_of(const EventLog& looks, const Vault& values, const PersonId& person, Desk& desk);

// Both: what there is before `end`, and who looked.
Result<std::vector<Card>> export_of(const Inquiry& view, const PersonId& person, Position end, const EventLog& looks, const Vault& values);

}  // namespace daybook
