#include "ledger/state_snapshot.h"

#include <fmt/format.h>

#include "ledger/proof.h"
#include "ledger/state_bytes.h"

namespace daybook {
namespace {

Result<State> read_kept(const Snapshots& snapshots, const EventLog& log) {
  DAYBOOK_TRY(const auto snapshot, snapshots.read(kStateView, kStateVersion, log));
  DAYBOOK_TRY(auto state, load_state(as_bytes(snapshot.bytes), log));
  if (state.end.value != snapshot.head.size) return Error{Fault::kCorrupt, fmt::format("found a state of {} events", state.end.value)};
  return state;
}

}  // namespace

State kept_state(const Snapshots& snapshots, const EventLog& log, const std::function<void(const std::string&)>& say) {
  auto state = read_kept(snapshots, log);
  if (state) return std::move(state).value();
  const bool none = state.error().fault == Fault::kNotFound;
  if (say && !none) say(fmt::format("view {} version {}: {}; it is built anew from the events", kStateView, kStateVersion, state.error().message));
  return {};
}

Result<void> keep_state(const Snapshots& snapshots, const EventLog& log, const State& state) {
  Snapshot snapshot{std::string(kStateView), kStateVersion, {state.end.value, {}}, save_state(state)};
  DAYBOOK_TRY(snapshot.head.root, tree_root(log, state.end.value));
  return snapshots.write(snapshot);
}

}  // namespace daybook
