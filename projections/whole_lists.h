// What can be listed of the whole record: imports, roles, proposals, glasses.
#pragma once

#include <string_view>
#include <vector>

#include "projections/inquiry.h"
#include "projections/table.h"

namespace daybook {

std::vector<std::string_view> whole_list_names();
bool is_whole_list(std::string_view name);

// Rows of whom the view's desk reaches; lists.h and glasses.h say which. kNotFound: no such list.
Result<Table> whole_list(std::string_view name, const Inquiry& view);

}  // namespace daybook
