// Checks a backup from its bytes alone: no ledger, and no key but the verifier key that stands in it. Whoever trusts that
// key has it from elsewhere.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/backup_files.h"
#include "ledger/ledger_config.h"

namespace daybook {

struct VerifyBackupOptions {
  uint64_t run = 0;                  // the run whose entries are hashed anew; 0: the newest
  std::optional<VerifierKey> trust;  // of the programme book, from elsewhere
  std::vector<Checkpoint> heads;     // signed ones from elsewhere: where the run goes past one, it must have that root
  std::function<void(const std::string& what, uint64_t done, uint64_t of)> progress;
};

// One book of a backup, entry by entry.
struct VerifiedBook {
  TreeHead head;                             // recomputed
  uint64_t checkpoints = 0;                  // signed ones in it, each with the root of its size
  TreeHead covered;                          // of the newest checkpoint beside the run; it may lie past the end
  uint64_t records = 0;                      // sealed, each with its place
  uint64_t erased = 0;                       // that are not there, as the erasure of their owner says
  std::map<std::string, Position> erasures;  // by owner: the event that says so
  std::string restored_origin;               // of the newest LedgerRestored in it; empty for none
};

struct VerifiedBackup {
  Manifest manifest;  // of the run
  LedgerConfig config;
  std::string config_name;
  uint64_t runs = 0, files = 0;        // all of them
  std::vector<std::string> left_over;  // of runs that did not end or are no longer kept
  VerifiedBook programme, access;
};

// kCorrupt names the file and what is wrong with it: bytes that its manifest does not have, a file that is missing or was added, a
// manifest that is not what was signed; an entry that does not decode or stands in the wrong place, a root that is not that of the manifest, an
// earlier manifest, a checkpoint; a sealed record that no entry asks for, or that is missing without an erasure. kRejected: no backup; another key
// than the trusted one.
Result<VerifiedBackup> verify_backup(const std::string& folder, const VerifyBackupOptions& options);

}  // namespace daybook
