// The folded state as text, a line for each value: `pairing/P00017 status = active`, with the event that made it so. What
// `diff` compares and `replay --dump` writes: no personal value, no order of a hash table, the same on any machine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/state.h"

namespace daybook {

struct StateLine {
  std::string value;
  std::optional<Position> event;  // none: worked out from other lines
};
using StateLines = std::map<std::string, StateLine>;  // by path, in order of its bytes

// What belongs to one cycle: its applications, clients, pairings, sessions, and the coaches of its programme. Every line has its event. A value once
// there stays, be it empty: lines are added and changed, and dropped only by an undo.
StateLines lines_of(const State& state, const CycleState& cycle);

// Everything that decisions rest on.
StateLines lines_of(const State& state);

// One value that is not what it was.
struct Change {
  std::string path, from, to;     // `from` is empty for a line that was not there
  std::optional<Position> event;  // that made it so
};
// In order of event, then path. Holds also where `to` is the earlier of the two: then lines go, and `to` is empty.
// `undone`: of the state that `to` is of; where a value fell back or went since what made it was undone, the undo did it.
std::vector<Change> changes(const StateLines& from, const StateLines& to, const std::map<uint64_t, Undone>& undone = {});

}  // namespace daybook
