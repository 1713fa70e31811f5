// What sealing costs, for `daybook bench`.
#pragma once

#include "ledger/event_log.h"

namespace daybook {

// How long it takes to seal once more, one after the other and nothing else, all that the vault of a log holds sealed: values
// of events, names, keys of owners; each as many bytes as it has.
double sealing_seconds(const EventLog& log);

}  // namespace daybook
