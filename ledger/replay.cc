#include "ledger/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/codec.h"
#include "ledger/happened.h"

namespace daybook {

Result<void> read_events(const EventLog& log, Position from, Position to, const std::function<bool(const Event&)>& use) {
  std::optional<Error> broken;
  const auto take = [&](Position at, Bytes entry) {
    auto event = decode(entry);
    if (event && event.value().envelope.position != at) {
      event = Error{Fault::kCorrupt, fmt::format("found the entry of position {}", event.value().envelope.position.value)};
    }
    if (!event) {
      broken = Error{Fault::kCorrupt, fmt::format("position {}: {}", at.value, event.error().message)};
      return false;
    }
    return use(event.value());
  };
  DAYBOOK_TRY(log.read(from, to, take));
  if (broken) return std::move(*broken);
  return success();
}

Result<Replayed> replay(const EventLog& log, const AsOf& as_of) {
  Replayed replayed;
  MerkleTree tree;
  const Position end = as_of.position ? std::min(*as_of.position, log.end()) : log.end();
  std::optional<Error> broken;
  const auto take = [&](Position at, Bytes entry) {
    auto event = decode(entry);
    if (!event) {
      broken = Error{Fault::kCorrupt, fmt::format("position {}: {}", at.value, event.error().message)};
      return false;
    }
    const auto& envelope = event.value().envelope;
    if (envelope.position != at) {
      broken = Error{Fault::kCorrupt, fmt::format("position {}: found the entry of position {}", at.value, envelope.position.value)};
      return false;
    }
    if (as_of.recorded && envelope.recorded_at > *as_of.recorded) return false;
    tree.append(leaf_hash(entry));
    as_of.happened ? evolve_by(replayed.state, event.value(), *as_of.happened) : evolve(replayed.state, event.value());
    return true;
  };
  DAYBOOK_TRY(log.read(Position{}, end, take));
  if (broken) return std::move(*broken);
  replayed.head = tree.head();
  return replayed;
}

}  // namespace daybook
