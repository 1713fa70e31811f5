// Events as JSON, with what a reader is told of each: the members that `history --format json` has.
#pragma once

#include <string>
#include <vector>

#include "projections/told_events.h"

namespace daybook {

// In brackets. Of an event there may be no `version`, `recorded_by`, `batch`, `commitments`, `corrected_sentence` and `depth`.
std::string events_json(const std::vector<ToldEvent>& events);

}  // namespace daybook
