// The state as bytes, for snapshots. The same events give the same bytes on any machine; no personal value is in them.
#pragma once

#include <string>

#include "ledger/event_log.h"
#include "ledger/state.h"

namespace daybook {

// Raised with every change of what evolve() makes of an event, or of the form of the bytes: a snapshot of another version
// is built anew.
inline constexpr uint32_t kStateVersion = 3;

std::string save_state(const State& state);

// The state that save_state made the bytes of. Charters are read again from `log`, where they were adopted. kCorrupt if
// the bytes are no such state, or the log is another.
Result<State> load_state(Bytes bytes, const EventLog& log);

}  // namespace daybook
