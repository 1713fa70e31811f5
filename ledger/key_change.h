// The root key and the key ring that it seals, and how the root key is changed: no event, value or key of an owner is touched, and a
// crash anywhere leaves a ledger that opens.
#pragma once

#include <string>

#include "ledger/key_ring.h"
#include "ledger/ledger_config.h"

namespace daybook {

struct LedgerKeys {
  Hash root{};
  KeyRing ring;
};

// As `config` names them. kRejected: a file is not there, or others can read it, or it is the key of another ledger.
Result<LedgerKeys> read_keys(const LedgerConfig& config);
// The same with a ring that stands elsewhere; `path` is for what is said of it. Of a backup, whose config may be older than the root key.
Result<LedgerKeys> open_ring(const LedgerConfig& config, const std::string& path, const std::string& ring);

// Seals the ring with a new root key, which takes the place of the former in its file; that one is overwritten. A change that was cut short
// goes on to the key that it had made.
Result<void> change_root_key(const std::string& folder, LedgerConfig& config, LedgerKeys& keys, Randomness& randomness);

}  // namespace daybook
