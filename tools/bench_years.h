// Years of work for `daybook bench`: many programmes run a cycle each at a time, and what they record comes mixed, so that
// the events of one cycle, or of one person, lie far apart.
#pragma once

#include <cstdint>
#include <string>

#include "ledger/sequencer.h"

namespace daybook {

inline constexpr unsigned kBenchProgrammes = 24;     // at a time
inline constexpr uint64_t kBenchYear = 24 * 10'000;  // events, of one cycle of each programme

// The rulebook of a programme with cycles "1", "2" and so on.
std::string bench_charter(const std::string& programme, unsigned cycles);
CycleId bench_cycle(unsigned programme, unsigned year);  // from 0

// Records until the log has so many events. Once for a log.
void record_years(Sequencer& sequencer, const EventLog& log, uint64_t until);

// Somebody who took part in that cycle: their staff number.
std::string bench_client(unsigned programme, unsigned year, uint64_t number);

}  // namespace daybook
