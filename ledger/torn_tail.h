// What a crash left half written at the end of a write-ahead log. RocksDB drops it in silence when it opens the book;
// nobody was ever told that it was written. It is looked for before that, so that the record can say it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"

namespace daybook {

struct TornTail {
  std::string file;     // the write-ahead log, such as programme/000012.log
  uint64_t offset = 0;  // where its last whole write ends
  uint64_t bytes = 0;   // how many stand after that
  bool operator==(const TornTail&) const = default;
};

// The write-ahead logs of a ledger's book that end within a write. Only a log's form is read; damage inside of it is
// found by the open.
Result<std::vector<TornTail>> torn_tails(const std::string& folder, std::string_view book);

// Before a book is opened for writing: writes down what the open will drop, in FOLDER/BOOK.dropped, durably, until it is
// recorded. What was found before and not recorded yet stays.
Result<void> note_torn_tails(const std::string& folder, std::string_view book);
Result<std::vector<TornTail>> noted_torn_tails(const std::string& folder, std::string_view book);
// They are recorded.
Result<void> forget_torn_tails(const std::string& folder, std::string_view book);

}  // namespace daybook
