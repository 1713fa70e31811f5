// Things asked for by names that may not stand in an address, which browsers and proxies keep: staff numbers among them.
#pragma once

#include "server/router.h"
#include "server/view_answer.h"

namespace daybook {

// POST /v1/show and /v1/explain: {"id": TEXT, "at": TEXT, "happened-by": TEXT}, the last two if wanted. The answer is that of GET /v1/things/{id}.
// `parts` is copied; what it borrows must outlive the router.
void add_named_routes(Router& router, const ViewParts& parts);

}  // namespace daybook
