// The access book of the service: what every answer with something confidential in it is written down in before it is made.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "ledger/access_book.h"
#include "server/metrics.h"

namespace daybook {

struct LookBookLimits {
  std::chrono::milliseconds remembered = std::chrono::seconds(30);  // so long a look that could not be written says that the next cannot either
  std::chrono::milliseconds stuck = std::chrono::seconds(10);       // so long looks may wait without any of them being written
};

// For any number of threads.
class LookBook {
 public:
  // `book` is borrowed.
  explicit LookBook(AccessBook& book, const LookBookLimits& limits = {}) : book_(book), limits_(limits) {}

  // As AccessBook::record: on an error the answer must not be given.
  Result<Position> record(const Look& look);

  // Counts, from now on, what became of each look. Borrowed; before the first.
  void count_in(Metrics& metrics);

  // What is written in it, to be told to those who may be told; its end moves on as looks are written. `names` is its vault. As long as the book.
  const EventLog& log() const { return book_.log(); }
  Vault names() const { return book_.vault(); }

  // Why the next look could not be written: as the book itself knows, as looks that wait show, or as the newest one was told. nullopt: nothing says
  // so. What the newest was told is forgotten after a while, as a service that is sent no requests until it is well would never find out.
  std::optional<std::string> wrong() const;

 private:
  void count(const Look& look, bool written) const;
  Counter *told_ = nullptr, *refused_ = nullptr, *unwritten_ = nullptr;  // looks; null: nobody counts

  using Moment = std::chrono::steady_clock::time_point;
  AccessBook& book_;
  const LookBookLimits limits_;
  mutable std::mutex mutex_;
  std::optional<std::string> wrong_;
  Moment wrong_at_{};
  int waiting_ = 0;    // looks
  Moment moved_at_{};  // when the newest of them was answered, or the first began to wait
};

}  // namespace daybook
