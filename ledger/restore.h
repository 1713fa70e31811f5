// A ledger made anew from a backup, in an empty place. What was erased is left out before anything can read it; and under an
// origin that may have signed more than the backup has, nothing is ever signed again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/backup_verify.h"
#include "ledger/clock.h"
#include "ledger/digest.h"

namespace daybook {

struct RestoreOptions {
  std::string backup, folder;              // from, and to: nothing or an empty folder
  uint64_t run = 0;                        // 0: the newest
  std::string root_key;                    // its file; empty: where the former ledger had it
  std::string log_key;                     // its file; of a ledger that goes on from an older head the new one; empty: FOLDER.log-key-2, -3 ..
  std::string keys;                        // the folder of a key backup; empty for none
  std::string erasures;                    // a list of those who were erased after the backup; empty: the one beside `keys`, if those are given
  std::vector<std::string> watermarks;     // files with the newest signed checkpoints that anybody holds
  bool at_rest = false;                    // somebody vouches that nothing was recorded after the backup
  std::optional<std::string> accept_loss;  // why it is accepted that what was recorded after the backup is lost
  std::string operator_name;               // user@host
  std::string holder;                      // who restores, for the locks
  std::function<void(const std::string& what, uint64_t done, uint64_t of)> progress;
};

struct Restored {
  LedgerConfig config;
  TreeHead programme, access;                      // as in the backup
  bool goes_on_anew = false;                       // under another origin and key than the backup's
  uint64_t lost = 0;                               // events of the programme book that are known to have been signed after it
  uint64_t owners_erased = 0, records_erased = 0;  // left out because they were erased after the backup
  std::string former;                              // where the former ledger still stands; empty if it does not
};

// All or nothing: the ledger grows as FOLDER.unfinished and gets its name last. The backup is verified first, its roots
// again when it is restored. Whoever was erased after it, as the list or the former ledger says, is left out, and every erasure is finished.
// kRejected: the place is not empty; a key is not the ledger's; a key of an owner is missing; the newest signed head lies past the backup's end, or
// nothing says that it does not, and the loss is not accepted; there is no list of erasures beside the keys. kCorrupt: the backup, its keys or
// their list are damaged, or it is of another history than a watermark.
Result<Restored> restore(const RestoreOptions& options, const Clock& clock, Randomness& randomness);

}  // namespace daybook
