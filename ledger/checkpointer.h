// Signs a book's tree head, but only after the bytes under it were read back and hashed anew, and keeps the newest
// signed checkpoint in a file outside the database: the watermark, below which no open ever goes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ledger/event_log.h"
#include "ledger/note.h"

namespace daybook {

struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string note;
};

// The watermark in `file`, signed by `key`; nullopt if there is no file. kCorrupt if it is no checkpoint of that key.
Result<std::optional<SignedCheckpoint>> read_watermark(const std::string& file, const VerifierKey& key);

// Holds a log against its watermark: it must reach as far, with the same root there; and what lies above it, which
// nothing outside the database has seen, must hash to what the tree has. kCorrupt says what was found and wanted.
Result<void> check_watermark(const EventLog& log, const Checkpoint& watermark);
// That the watermark in `file` is there if the book keeps checkpoints, and not older than they are: one is kept only after it
// became the watermark. Reads the file anew, so a writer that signs meanwhile does no harm.
Result<void> check_kept(const EventLog& log, const std::string& file, const VerifierKey& key);

class Checkpointer {
 public:
  // `log` is borrowed. `newest` is the watermark as it was read from `file`; nullopt for a book without one.
  Checkpointer(EventLog& log, SignerKey key, std::string file, std::optional<SignedCheckpoint> newest)
      : log_(log), key_(std::move(key)), file_(std::move(file)), newest_(std::move(newest)) {}

  // Reads back, signs, replaces the watermark (durable), then hands out the note. Nothing new: the newest one.
  // kCorrupt: what was read back is not what was written, or somebody else replaced the watermark. Nothing is signed;
  // the caller must stop the process.
  Result<SignedCheckpoint> sign();

 private:
  EventLog& log_;
  const SignerKey key_;
  const std::string file_;
  std::optional<SignedCheckpoint> newest_;
};

}  // namespace daybook
