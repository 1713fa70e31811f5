// One person, application, pairing, coach or cycle as the state has it, with the events behind each line.
#pragma once

#include <optional>

#include "projections/card.h"
#include "projections/desk.h"

namespace daybook {

Card show_application(const State& state, const ApplicationState& application, Desk& desk);
Card show_pairing(const State& state, const PairingState& pairing, Desk& desk);
// Adds what was said of a pairing and its sessions beyond that they took place: why it ended, how long sessions were, what each giver of
// feedback wrote of them. Words and ratings are theirs who wrote or gave them: the log says who. kCorrupt as read_events.
Result<void> add_words(const EventLog& log, const PairingState& pairing, Desk& desk, Card& card);
Card show_person(const State& state, const PersonId& id, Desk& desk);
// How many clients a coach has, and the numbers of a cycle to those who may see figures: to a reader who may have them as of that moment (may_count).
Card show_coach(const State& state, const std::string& programme, const PersonId& id, const CoachState& coach, Desk& desk);
Card show_cycle(const State& state, const CycleState& cycle, Desk& desk);

// What was undone of the stream of a thing: which event, by which, and why. Adds nothing if nothing was; false then.
// To a reader: what they were told of before it was undone, and may be told was undone; the log says what it was. kCorrupt as read_events.
Result<bool> add_undone(const State& state, const EventLog& log, const std::string& stream, Desk& desk, Card& card);

}  // namespace daybook
