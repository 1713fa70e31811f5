// A book of a backup on its way into an empty log: through the code that appends, so that tiles, directory, index, head and
// idempotency keys come from the entries alone. What was erased stays behind.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/backup_files.h"
#include "ledger/command.h"
#include "ledger/event_log.h"
#include "ledger/key_backup.h"

namespace daybook {

// All but the texts are borrowed.
struct CopyOptions {
  std::string backup;        // the folder
  const Manifest* manifest;  // of the run
  std::string_view book;
  const std::map<std::string, Position>* erasures;  // in the book itself, by owner
  const Erased* since;                              // after it: their records, names and index rows are left out
  const KeyBackup* keys;                            // null where there is none
  std::function<void(uint64_t entries)> progress;
};

struct Copied {
  std::vector<ErasedSince> left_out;  // of whom there was something, by owner. Each is to be recorded, in this order, after one other event: where
                                      // there are keys, theirs stand as destroyed by those events
  std::set<std::string> keyless;      // owners of records that were copied, whose keys are not in `keys`
};

// Copies the book up to the run's end, vault rows and all, a segment durable after the other. kCorrupt if the log does not have
// the run's root then.
Result<Copied> copy_book(const CopyOptions& options, EventLog& log);

// The notes of signed checkpoints that the run has for the book.
Result<void> copy_checkpoints(const CopyOptions& options, EventLog& log);

}  // namespace daybook
