// The cycles that a simulated organisation runs year after year: those of the shipped charters, then the same with later
// dates.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/charter.h"

namespace daybook {

struct YearlyCharter {
  Charter charter;
  CycleRules rules;      // of the cycle that it opens
  bool shipped = false;  // as it is in every new ledger; else to be adopted
  CycleId id() const { return {charter.programme, rules.name}; }
};

// For each programme that ships a charter for each year whose application period begins in [from, to), in order of opening.
// Those of later years have the shipped text with that year's dates, and as many seats as leave some of `people` waiting.
std::vector<YearlyCharter> yearly_charters(Day from, Day to, uint64_t people);

}  // namespace daybook
