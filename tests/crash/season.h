// Real events for the crash tests: what a sequencer wrote for one season, and everything that can be listed of it.
#pragma once

#include <string>
#include <vector>

#include "tests/crash/account.h"

namespace daybook::test {

// So many events or a few more, in groups of 1 to 8 batches as a sequencer wrote them, each with an idempotency key. The
// same seed gives the same bytes.
std::vector<std::vector<Batch>> season_workload(uint64_t seed, uint64_t events);

// Every list of every cycle, as text, from the log folded from its start; or why it cannot be folded.
std::string views_of(const EventLog& log);

}  // namespace daybook::test
