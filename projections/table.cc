#include "projections/table.h"

#include <algorithm>

namespace daybook {

bool sort_by(Table& table, std::string_view column, bool descending) {
  const auto named = [&](const Column& c) { return c.name == column; };
  const auto it = std::find_if(table.columns.begin(), table.columns.end(), named);
  if (it == table.columns.end()) return false;
  const auto i = static_cast<size_t>(it - table.columns.begin());
  const auto less = [&](const std::string& a, const std::string& b) {
    return it->cells == Cells::kNumber && a.size() != b.size() ? a.size() < b.size() : a < b;  // whole numbers without leading noughts
  };
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [&](const auto& a, const auto& b) { return descending ? less(b[i], a[i]) : less(a[i], b[i]); });
  return true;
}

}  // namespace daybook
