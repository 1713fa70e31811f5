// The book as a folder of static files in the layout of C2SP tlog-tiles: what others keep, serve and check.
#pragma once

#include <string>

#include "ledger/checkpointer.h"
#include "ledger/event_log.h"

namespace daybook {

// Writes tiles and entry bundles up to the checkpoint, full and partial, each durable; then `checkpoint` itself, last, so that
// no reader of the folder meets one whose tiles are not there. A file that is there already is left alone: tiles never change. Gives how many files
// were written.
Result<uint64_t> write_tiles(const EventLog& log, const SignedCheckpoint& checkpoint, const std::string& folder);

}  // namespace daybook
