// Rights to look that somebody took: whose, over what, until when, and what was found afterwards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "projections/desk.h"
#include "projections/table.h"

namespace daybook {

// Those that the reader may be told of: who took one, who was told, and whom it is about always may. In order of breaking.
Table glasses(const State& state, Desk& desk);

// What a person is to be told of glasses that were broken and that they are the second person of: a line for each that nobody has reviewed yet,
// without a name or a reason.
std::vector<std::string> glasses_to_tell(const State& state, const PersonId& person);

// kRejected, with those that there are, unless a glass opens each of the classes.
Result<void> check_openable(const SeeTable& table, std::span<const std::string> classes);

// How many wait for a review by somebody else.
size_t glasses_to_review(const State& state);

}  // namespace daybook
