// The access book of the service: what every answer with something confidential in it is written down in before it is made.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "ledger/access_book.h"
#include "server/metrics.h"

namespace daybook {

// For any number of threads.
class LookBook {
 public:
  // `book` is borrowed. `remembered`: so long a look that could not be written says that the next cannot either.
  explicit LookBook(AccessBook& book, std::chrono::milliseconds remembered = std::chrono::seconds(30)) : book_(book), remembered_(remembered) {}

  // As AccessBook::record: on an error the answer must not be given.
  Result<Position> record(const Look& look);

  // Counts, from now on, what became of each look. Borrowed; before the first.
  void count_in(Metrics& metrics);

  // What is written in it, to be told to those who may be told; its end moves on as looks are written. `names` is its vault. As long as the book.
  const EventLog& log() const { return book_.log(); }
  Vault names() const { return book_.vault(); }

  // Why the newest look could not be written; nullopt: it was, or it was a while ago. Nobody knows then, and a service that is sent no requests until
  // it is well would never find out.
  std::optional<std::string> wrong() const;

 private:
  void count(const Look& look, bool written) const;
  Counter *told_ = nullptr, *refused_ = nullptr, *unwritten_ = nullptr;  // looks; null: nobody counts

  using Moment = std::chrono::steady_clock::time_point;
  AccessBook& book_;
  const std::chrono::milliseconds remembered_;
  mutable std::mutex mutex_;
  std::optional<std::string> wrong_;
  Moment wrong_at_{};
};

}  // namespace daybook
