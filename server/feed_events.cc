#include "server/feed_events.h"

#include <fmt/format.h>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/replay.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

std::string members_of(const Event& event) {
  const auto& envelope = event.envelope;
  return fmt::format(R"("position":{},"kind":{},"stream":{},"recorded_at":{})", envelope.position.value, json_string(kind_of(event.body).name),
                     json_string(envelope.stream), json_string(to_text(envelope.recorded_at)));
}

}  // namespace

Result<FeedEvents::Block> FeedEvents::read_log(Position from, Position to) const {
  Block block;
  DAYBOOK_TRY(read_events(log_, from, to, [&](const Event& event) {
    block.push_back(std::make_shared<const FeedEvent>(FeedEvent{event, members_of(event)}));
    return true;
  }));
  return block;
}

// Keeps what comes up to `to`, and as much before it as there is room for. A range that begins past all that is kept begins it anew.
Result<void> FeedEvents::keep(Position from, Position to) {
  if (from.value > first_ + kept_.size()) {
    kept_.clear();
    first_ = from.value;
  }
  const Position end{first_ + kept_.size()};
  if (to <= end) return success();
  DAYBOOK_TRY(const auto more, read_log(end, to));
  kept_.insert(kept_.end(), more.begin(), more.end());
  for (; kept_.size() > kKept; ++first_) kept_.pop_front();
  return success();
}

Result<FeedEvents::Block> FeedEvents::read(Position from, Position to) {
  if (from >= to) return Block();
  {
    const std::lock_guard lock(mutex_);
    if (from.value >= first_) {
      DAYBOOK_TRY(keep(from, to));
      const auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(from.value - first_);
      return Block(begin, begin + static_cast<std::ptrdiff_t>(to.value - from.value));
    }
  }
  return read_log(from, to);  // of who catches up, and is far behind
}

}  // namespace daybook
