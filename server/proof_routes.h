// What anybody may check the record by: the newest signed checkpoint, the tiles of the tree under it (C2SP tlog-tiles), and proofs that lead to it.
// No entry is among them: those want the history right.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "ledger/checkpointer.h"
#include "ledger/event_log.h"
#include "server/router.h"

namespace daybook {

// The checkpoints that were signed, as far back as a client may be that asks for a proof to the one it holds. Any thread.
class Published {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using ReadNewest = std::function<Result<std::optional<SignedCheckpoint>>()>;
  static constexpr size_t kKept = 256;
  static constexpr std::chrono::milliseconds kReadEvery{250};

  // `log` is borrowed. `read_newest` gives the watermark; it is asked every kReadEvery at most.
  Published(const EventLog& log, ReadNewest read_newest) : log_(log), read_newest_(std::move(read_newest)) {}

  // The newest; nullopt before the first. An error is the watermark's.
  Result<std::optional<SignedCheckpoint>> newest(Moment now);
  // The newest without waiting or reading: nullopt where it must be read again, or somebody does.
  std::optional<SignedCheckpoint> kept(Moment now);
  // The one of this size, if it is among the kept ones.
  Result<std::optional<SignedCheckpoint>> of_size(uint64_t size, Moment now);
  // For how long the log has had events that no checkpoint covers.
  Result<std::chrono::milliseconds> lag(Moment now);

  const EventLog& log() const { return log_; }

 private:
  bool must_read(Moment now) const { return !looked_ || now >= *looked_ + kReadEvery; }
  Result<void> look(Moment now);
  const EventLog& log_;
  const ReadNewest read_newest_;
  std::mutex mutex_;
  std::optional<Moment> looked_, behind_since_;
  std::deque<SignedCheckpoint> kept_;  // by size, the newest last
};

// /v1/checkpoint, /v1/tile/{level}/{index*}, /v1/proof/inclusion/{size}/{position}, /v1/proof/consistency/{old}/{size}.
// `published` is borrowed and must outlive the router.
void add_proof_routes(Router& router, Published& published);

}  // namespace daybook
