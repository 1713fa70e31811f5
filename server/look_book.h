// The access book of the service: what every answer with something confidential in it is written down in before it is made.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "ledger/access_book.h"

namespace daybook {

// For any number of threads.
class LookBook {
 public:
  // `book` is borrowed.
  explicit LookBook(AccessBook& book) : book_(book) {}

  // As AccessBook::record: on an error the answer must not be given.
  Result<Position> record(const Look& look);

  // What is written in it, to be told to those who may be told; its end moves on as looks are written. `names` is its vault. As long as the book.
  const EventLog& log() const { return book_.log(); }
  Vault names() const { return book_.vault(); }

  // Why the newest look could not be written; nullopt: it was.
  std::optional<std::string> wrong() const;

 private:
  AccessBook& book_;
  mutable std::mutex mutex_;
  std::optional<std::string> wrong_;
};

}  // namespace daybook
