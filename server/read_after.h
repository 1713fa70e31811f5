// Daybook-After: whoever was told a position once is answered at it or later, or told to come again.
#pragma once

#include <optional>

#include "ledger/event_log.h"
#include "server/http.h"

namespace daybook {

// The answer to a request that names a position which `log` does not reach (503), or none in a proper form (400); nullopt: go on. Asked before
// anything is read or recorded, by whatever answers from the record or writes to it.
std::optional<Response> want_position(const EventLog& log, const Request& request);

}  // namespace daybook
