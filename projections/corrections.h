// Which events correct which: a mistake is mended by a further event that names the one it corrects.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "projections/event_filter.h"

namespace daybook {

class Corrections {
 public:
  // Of the events at `from` or later that `filter` may let through, as the record stood at `end` and, if the
  // filter has it, counting only what had happened by `happened_by`. One pass, or none with the log's `marks`; holds 16 bytes for each correction.
  // kCorrupt as read_events.
  static Result<Corrections> read(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position end,
                                  EventMarks* marks = nullptr);

  // The events that correct the one at `corrected`, in order of position.
  std::vector<Position> of(Position corrected) const;

 private:
  std::vector<std::pair<Position, Position>> pairs_;  // corrected, correcting; sorted
};

}  // namespace daybook
