// Events as JSON, with what a reader is told of each: the members that `history --format json` has.
#pragma once

#include <string>
#include <vector>

#include "projections/told_events.h"

namespace daybook {

// An object, without a line end. There may be no `version`, `recorded_by`, `batch`, `commitments`, `corrected_sentence` and `depth`.
std::string event_json(const ToldEvent& told);
// In brackets.
std::string events_json(const std::vector<ToldEvent>& events);

}  // namespace daybook
