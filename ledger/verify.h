// Checks a book from its stored bytes, trusting nothing that was computed before.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ledger/event_log.h"
#include "ledger/note.h"
#include "ledger/vault.h"

namespace daybook {

struct Verified {
  TreeHead head;  // recomputed
  uint64_t events = 0, commitments = 0;
  uint64_t values_checked = 0;  // commitments whose value stands in the vault
  uint64_t values_erased = 0;   // commitments whose value went lawfully: an erasure or expiry in the log says so
  uint64_t checkpoints = 0;     // signed ones that are kept, each with the root of its size
};

// kCorrupt names the first bad position, or the positions that it lies among, and what kind of damage it is: an entry that
// does not have the hash of its tile, that does not decode or stands in the wrong place, a stream with a gap, a time that runs
// backwards, a value that does not fit its commitment, was sealed for another place, or is gone without an erasure, a key
// of somebody who was erased, a root that is not the stored one; a tile's root, a directory row
// or an index row that does not fit the entries; a kept checkpoint that `key` did not sign or that has another root. `progress` gets the number of
// events checked, now and then.
Result<Verified> verify(const EventLog& log, const VerifierKey& key, const VaultKeys& keys,
                        const std::function<void(uint64_t events)>& progress = {});

}  // namespace daybook
