// What is told whole, as a file: the record as lines of JSON, a list of a cycle for a spreadsheet. Both want a fresh sign-in.
#pragma once

#include "server/router.h"
#include "server/view_answer.h"

namespace daybook {

// GET /v1/export/history and /v1/export/programmes/{programme}/cycles/{cycle}/{list}. What `parts` borrows must outlive the router, and every answer.
void add_export_routes(Router& router, const ViewParts& parts);

}  // namespace daybook
