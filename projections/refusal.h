// What a refusal says to whoever was refused.
#pragma once

#include "ledger/decide.h"
#include "ledger/event_log.h"
#include "projections/desk.h"

namespace daybook {

// As `reader` may have it: without the event that stands in the way, and what of it the rule saw, unless they may be told of that event in some
// role of theirs; `reader.role` does not count. The error is the log's.
Result<Refusal> refusal_as_told(Refusal refusal, Reader reader, const EventLog& log, const Vault& vault);

}  // namespace daybook
