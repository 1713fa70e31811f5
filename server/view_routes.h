// What may be asked of the record by those who may see it: programmes, lists, things, reasons, figures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "projections/table.h"
#include "server/view_answer.h"

namespace daybook {

// Of a cycle, by the names that the command line lists them by.
std::vector<std::string_view> list_names();
// One of them, of the moment that is asked about. kNotFound: there is none of that name, or no such cycle.
Result<Table> table_of_list(const std::string& what, const Inquiry& inquiry, const CycleId& id, Instant now);

// GET /v1/programmes; of one /cycles/{cycle}, with /{list} and /stats below it, and /coaches/{person}; /v1/things/{id} and /explain.
// POST /v1/find, {"words": [..]}: names of people stand in a body, never in an address. What `parts` borrows must outlive the router.
void add_view_routes(Router& router, const ViewParts& parts);

}  // namespace daybook
