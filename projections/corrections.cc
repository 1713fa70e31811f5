#include "projections/corrections.h"

#include <algorithm>

#include "ledger/replay.h"

namespace daybook {

Result<Corrections> Corrections::read(const EventLog& log, Position from, Position end, std::optional<Instant> happened_by) {
  Corrections all;
  DAYBOOK_TRY(read_events(log, from, end, [&](const Event& event) {
    const auto& envelope = event.envelope;
    const bool counts = !happened_by || envelope.happened_at <= *happened_by;
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
