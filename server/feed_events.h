// The newest events of the programme book, read and decoded once for everybody who follows it.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/event.h"
#include "ledger/event_log.h"

namespace daybook {

struct FeedEvent {
  Event event;       // without confidential values: those the vault has
  std::string told;  // members of a JSON object: position, kind, stream, recorded_at
};

// For any number of threads.
class FeedEvents {
 public:
  static constexpr size_t kKept = 2048;  // events, some 2 MB
  using Block = std::vector<std::shared_ptr<const FeedEvent>>;

  explicit FeedEvents(const EventLog& log) : log_(log) {}  // borrowed

  // Those of the half-open range, which the log has; at most kKept. The error is the log's.
  Result<Block> read(Position from, Position to);

 private:
  Result<Block> read_log(Position from, Position to) const;
  Result<void> keep(Position from, Position to);
  const EventLog& log_;
  std::mutex mutex_;
  uint64_t first_ = 0;  // the position of the first that is kept
  std::deque<std::shared_ptr<const FeedEvent>> kept_;
};

}  // namespace daybook
