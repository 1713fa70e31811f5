#include "projections/corrections.h"

#include <algorithm>

namespace daybook {

Result<Corrections> Corrections::read(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position end) {
  Corrections all;
  DAYBOOK_TRY(read_candidates(log, state, filter, from, end, [&](const Event& event) {
    const auto& envelope = event.envelope;
    const bool counts = !filter.happened_by || envelope.happened_at <= *filter.happened_by;
    if (envelope.corrects > from.value && counts) all.pairs_.emplace_back(Position{envelope.corrects - 1}, envelope.position);
    return true;
  }));
  std::sort(all.pairs_.begin(), all.pairs_.end());
  return all;
}

std::vector<Position> Corrections::of(Position corrected) const {
  std::vector<Position> correcting;
  for (auto pair = std::lower_bound(pairs_.begin(), pairs_.end(), std::pair{corrected, Position{}}); pair != pairs_.end() && pair->first == corrected;
       ++pair) {
    correcting.push_back(pair->second);
  }
  return correcting;
}

}  // namespace daybook
