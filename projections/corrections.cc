#include "projections/corrections.h"

#include <algorithm>

#include "projections/event_marks.h"

namespace daybook {

Result<Corrections> Corrections::read(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position end,
                                      EventMarks* marks) {
  Corrections all;
  const auto counts = [&](Instant happened_at) { return !filter.happened_by || happened_at <= *filter.happened_by; };
  if (marks && !filter.person) {
    DAYBOOK_TRY(const auto found, marks->corrections(from, end));
    for (const auto& one : found) {
      if (counts(one.happened_at)) all.pairs_.emplace_back(one.corrected, one.correcting);
    }
    return all;
  }
  EventFilter of_whom;  // what corrects an event may meet nothing else that is asked for
  of_whom.person = filter.person;
  DAYBOOK_TRY(read_candidates(log, state, of_whom, from, end, [&](const Event& event) {
    const auto& envelope = event.envelope;
    if (envelope.corrects > from.value && counts(envelope.happened_at)) all.pairs_.emplace_back(Position{envelope.corrects - 1}, envelope.position);
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
