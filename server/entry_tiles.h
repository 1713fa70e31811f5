// The entries themselves, as bundles of C2SP tlog-tiles: what an auditor hashes anew. They are told to whoever is told every event of a bundle whole.
#pragma once

#include "server/router.h"
#include "server/view_answer.h"

namespace daybook {

// GET /v1/tile/entries/{index*}: for a role that is told of each event in it with its version, its origin and its commitments, so that the bytes say
// no more than /v1/history does, but for a row's place in its spreadsheet and the keyed digest of an idempotency key. To others, and where the record
// does not reach so far, it is not there.
Response tell_entries(const ViewParts& parts, const Request& request, const Found& found);

}  // namespace daybook
