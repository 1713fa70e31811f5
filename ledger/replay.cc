#include "ledger/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/codec.h"
#include "ledger/happened.h"

namespace daybook {
namespace {

using Use = std::function<bool(const Event&, Bytes entry)>;
using Wanted = std::function<bool(Position, Bytes entry)>;

// Decodes into one event, again and again; what is not wanted is not decoded. Null: all are.
Result<void> read_entries(const EventLog& log, Position from, Position to, const Use& use, const Wanted& wanted = {}) {
  std::optional<Error> broken;
  Event event;
  const auto take = [&](Position at, Bytes entry) {
    if (wanted && !wanted(at, entry)) return true;
    auto read = decode_into(event, entry);
    if (read && event.envelope.position != at) {
      read = Error{Fault::kCorrupt, fmt::format("found the entry of position {}", event.envelope.position.value)};
    }
    if (!read) {
      broken = Error{Fault::kCorrupt, fmt::format("position {}: {}", at.value, read.error().message)};
      return false;
    }
    return use(event, entry);
  };
  DAYBOOK_TRY(log.read(from, to, take));
  if (broken) return std::move(*broken);
  return success();
}

// The positions at the beginning that stand in one bundle.
std::span<const Position> first_bundle(std::span<const Position> positions) {
  const auto bundle_of = [](Position at) { return at.value / kTileWidth; };
  const auto other = std::find_if(positions.begin(), positions.end(), [&](Position at) { return bundle_of(at) != bundle_of(positions.front()); });
  return positions.first(static_cast<size_t>(other - positions.begin()));
}

Position end_of(const EventLog& log, const AsOf& as_of) { return as_of.position ? std::min(*as_of.position, log.end()) : log.end(); }

Result<void> read_as_of(const EventLog& log, const AsOf& as_of, Position from, const Use& use) {
  return read_entries(log, from, end_of(log, as_of), [&](const Event& event, Bytes entry) {
    return (!as_of.recorded || event.envelope.recorded_at <= *as_of.recorded) && use(event, entry);
  });
}

void take(State& state, const Event& event, const AsOf& as_of) { as_of.happened ? evolve_by(state, event, *as_of.happened) : evolve(state, event); }

}  // namespace

Result<void> read_events(const EventLog& log, Position from, Position to, const std::function<bool(const Event&)>& use) {
  return read_entries(log, from, to, [&](const Event& event, Bytes) { return use(event); });
}

Result<void> read_events_at(const EventLog& log, std::span<const Position> positions, const std::function<bool(const Event&)>& use) {
  bool more = true;
  while (more && !positions.empty()) {
    const auto bundle = first_bundle(positions);
    auto next = bundle.begin();
    const auto is_next = [&](Position at, Bytes) { return at == *next && (++next, true); };
    const auto take = [&](const Event& event, Bytes) { return more = use(event); };
    DAYBOOK_TRY(read_entries(log, bundle.front(), Position{bundle.back().value + 1}, take, is_next));
    positions = positions.subspan(bundle.size());
  }
  return success();
}

Result<void> read_events_with(const EventLog& log, Position from, Position to, std::span<const std::string> texts,
                              const std::function<bool(const Event&)>& use) {
  const auto has_all = [&](Position, Bytes entry) {
    return std::all_of(texts.begin(), texts.end(), [&](const auto& text) { return as_text(entry).find(text) != std::string_view::npos; });
  };
  return read_entries(log, from, to, [&](const Event& event, Bytes) { return use(event); }, has_all);
}

Result<State> fold(const EventLog& log, const AsOf& as_of, State known) {
  const bool before = !as_of.happened && known.end <= end_of(log, as_of) && (!as_of.recorded || known.last_recorded_at <= *as_of.recorded);
  State state = before ? std::move(known) : State{};
  DAYBOOK_TRY(read_as_of(log, as_of, state.end, [&](const Event& event, Bytes) { return take(state, event, as_of), true; }));
  return state;
}

Result<Replayed> replay(const EventLog& log, const AsOf& as_of) {
  Replayed replayed;
  MerkleTree tree;
  DAYBOOK_TRY(read_as_of(log, as_of, Position{}, [&](const Event& event, Bytes entry) {
    tree.append(leaf_hash(entry));
    take(replayed.state, event, as_of);
    return true;
  }));
  replayed.head = tree.head();
  return replayed;
}

}  // namespace daybook
