// A copy of a ledger that can be checked and restored without it: entries, sealed records and the other rows of the vault, in
// files of their own. Made from one read-only view of each book, also beside a process that writes.
#pragma once

#include <functional>
#include <string>

#include "ledger/backup_files.h"
#include "ledger/clock.h"
#include "ledger/ledger_folder.h"

namespace daybook {

// The tables of the vault that are backed up whole, by the first byte of a key, beside the sealed records `r`. `w`, the wrapped
// keys of owners, never is: key_backup.h. A table that is in neither place stops the backup, so that none is left out.
inline constexpr std::string_view kBackedUpTables = "finqspa";
inline constexpr char kSealedTable = 'r', kWrappedKeys = 'w';

struct BackupOptions {
  std::string folder;                                  // where to; empty or not there, or with earlier runs in it
  uint64_t keep = 7;                                   // runs; what no kept run needs is removed
  std::string holder;                                  // who makes it, for the lock
  std::function<void(const std::string& name)> wrote;  // called when a file is durable; the manifest is the last of a run
};

struct BackedUp {
  Manifest manifest;
  uint64_t files = 0, bytes = 0;                         // written now
  uint64_t unsigned_programme = 0, unsigned_access = 0;  // newest events that no signed checkpoint covers yet
};

// Adds a run. What earlier runs wrote and still holds is not written again. A run that copies an erasure, or that looks
// expired, since the oldest run there, is the only one kept: those before it hold what went. After a crash at any moment the earlier runs are whole.
// `ledger` was opened to read only. kRejected: the folder holds something else, lies in the ledger, or another ledger's
// backup; kCorrupt: the ledger does not go on where the newest run ended; kBusy: another process makes one there.
Result<BackedUp> back_up(Ledger& ledger, const BackupOptions& options, const Clock& clock);

}  // namespace daybook
