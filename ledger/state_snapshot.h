// The snapshot of the state: what an open starts from.
#pragma once

#include <functional>
#include <string>

#include "ledger/snapshot.h"
#include "ledger/state.h"

namespace daybook {

inline constexpr std::string_view kStateView = "state";

// The state as it was kept; the state of no events if there is none, or none that holds: then `say` is
// called with the reason.
State kept_state(const Snapshots& snapshots, const EventLog& log, const std::function<void(const std::string&)>& say);

// Keeps the state, a fold of the beginning of the log. Fails as Snapshots::write.
Result<void> keep_state(const Snapshots& snapshots, const EventLog& log, const State& state);

// Whether so much was folded since the newest snapshot that a new one is worth its writing: an open then folds at most
// 4,096 events, or a fiftieth of the log.
inline bool worth_keeping(uint64_t kept, uint64_t end) { return end - kept >= std::max<uint64_t>(4096, kept / 50); }

}  // namespace daybook
