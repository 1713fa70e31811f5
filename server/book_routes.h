// What may be asked of the books as a whole: their lists, a charter's text, the events, who looked, and everything that is held of one person.
#pragma once

#include "server/view_answer.h"

namespace daybook {

// GET /v1/imports, /v1/roles, /v1/proposals, /v1/glasses; /v1/programmes/{programme}/charters/{version}, a number or `newest`; /v1/history;
// /v1/access-log; /v1/people/{person}/export, which wants a fresh sign-in. People go by their random ids alone: by staff numbers too in the body of
// POST /v1/history, {"subject": TEXT, "actor": TEXT}, and /v1/access-log, {"about": TEXT, "by": TEXT}; what else is asked stands in the address as
// for GET, by which Link leads to further pages. What `parts` borrows must outlive the router.
void add_book_routes(Router& router, const ViewParts& parts);

}  // namespace daybook
