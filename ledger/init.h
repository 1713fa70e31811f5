// A new ledger.
#pragma once

#include <string>

#include "ledger/clock.h"
#include "ledger/digest.h"
#include "ledger/ledger_config.h"

namespace daybook {

struct InitPlaces {
  std::string folder;
  std::string root_key_file, log_key_file;           // where the keys go: new files, outside the folder
  std::string origin;                                // a URL without its scheme; the access book's is ORIGIN/access
  std::string key_ring_file = folder + ".key-ring";  // where the wrapping keys go, as the other keys
};

// Makes an empty ledger: the two books, their keys (mode 0600), the charters that ship with Daybook; whoever runs
// it is administrator and compliance officer of every programme. All or nothing: it
// grows as FOLDER.unfinished and gets its name last. kRejected if a ledger or a key is there already, the folder holds
// something else, or an earlier one was cut short: the message names what is left of it.
Result<LedgerConfig> init_ledger(const InitPlaces& places, const std::string& operator_name, const Clock& clock, Randomness& randomness);

}  // namespace daybook
