// Wrong bits in the files of a book: each must be refused, named, or harmless. Never fewer events with everything OK.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/checkpointer.h"
#include "ledger/event_log.h"

namespace daybook::test {

// A small book of real events with its watermark, and what is in it.
struct FlipStore {
  std::string folder;
  SignerKey key;
  Checkpoint watermark;
  std::vector<std::string> entries;
  std::map<std::string, std::string> vault;
  std::map<uint64_t, std::string> keys;  // idempotency keys, by the first position of their batch
  std::vector<std::string> files;        // paths below `folder`, without RocksDB's log texts
  uint64_t bits = 0;                     // of all of them
};

// Makes one in FOLDER: closed, so that all is in tables; or killed, so that all is in the write-ahead log.
FlipStore make_flip_store(const std::string& folder, bool killed, int events = 24);

// Everything a user is held against before anything is served, then everything compared. A refusal is an Error; a
// difference that nothing named is text; the empty text is harmless.
Result<std::string> look_at(const FlipStore& store, const std::string& folder);

// Copies the store to `copy`, flips one bit of `file` there, and looks.
Result<std::string> flipped(const FlipStore& store, const std::string& file, uint64_t bit, const std::string& copy);

}  // namespace daybook::test
