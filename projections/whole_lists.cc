#include "projections/whole_lists.h"

#include <algorithm>
#include <iterator>

#include "projections/glasses.h"
#include "projections/lists.h"

namespace daybook {
namespace {

struct WholeList {
  std::string_view name;
  Result<Table> (*table)(const Inquiry& view);
};

Result<Table> list_imports(const Inquiry& view) {
  const auto end = view.state().end;
  DAYBOOK_TRY(const auto programmes, view.marks ? view.marks->import_programmes(end) : import_programmes(view.ledger.programme(), end));
  return imports(view.state(), programmes, *view.desk);
}
template <Table (*table)(const State&, Desk&)>
Result<Table> of_state(const Inquiry& view) {
  return table(view.state(), *view.desk);
}
constexpr WholeList kWholeLists[] = {
    {"imports", list_imports}, {"roles", of_state<roles>}, {"proposals", of_state<proposals>}, {"glasses", of_state<glasses>}};

const WholeList* find_whole_list(std::string_view name) {
  const auto it = std::find_if(std::begin(kWholeLists), std::end(kWholeLists), [&](const auto& list) { return list.name == name; });
  return it == std::end(kWholeLists) ? nullptr : it;
}

}  // namespace

std::vector<std::string_view> whole_list_names() {
  std::vector<std::string_view> names;
  for (const auto& list : kWholeLists) names.push_back(list.name);
  return names;
}

bool is_whole_list(std::string_view name) { return find_whole_list(name) != nullptr; }

Result<Table> whole_list(std::string_view name, const Inquiry& view) {
  const auto* list = find_whole_list(name);
  if (!list) return Error{Fault::kNotFound, "no such list"};
  return list->table(view);
}

}  // namespace daybook
