#include "projections/glasses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/printable.h"
#include "projections/lists.h"

namespace daybook {
namespace {

bool may_be_told(const GlassState& glass, Desk& desk) {
  const auto* reader = desk.reader();
  if (reader && !reader->actor.empty() && (reader->actor == glass.holder || reader->actor == glass.told)) return true;
  return desk.reaches("rights", {glass.subject, glass.about, ""});
}

std::string name_of(const PersonId& person, const CycleId& about, Desk& desk) { return desk.person({person, about, ""}); }

// The classes that a glass opens.
std::vector<std::string> openable(const SeeTable& table) {
  std::vector<std::string> classes;
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) {
    const auto name = class_name(static_cast<FieldClass>(i));
    if (table.under_glass(name) == Sight::kShown) classes.emplace_back(name);
  }
  return classes;
}

}  // namespace

Table glasses(const State& state, Desk& desk) {
  Table table{list_columns("glasses"), {}};
  std::vector<std::pair<Position, std::string>> in_order;
  for (const auto& [id, glass] : state.rights.glasses) in_order.emplace_back(glass.broken, id);
  std::sort(in_order.begin(), in_order.end());
  for (const auto& [broken, id] : in_order) {
    const auto& glass = state.rights.glasses.at(id);
    if (!may_be_told(glass, desk)) continue;
    if (desk.may_look()) desk.add(glass.subject.empty() ? glass.holder : glass.subject, FieldClass::kReview);
    const auto reason = desk.value(broken, GlassBroken{}, "reason", {glass.holder, glass.about, ""});
    table.add({id, name_of(glass.holder, glass.about, desk), name_of(glass.subject, glass.about, desk), glass.about.programme, glass.about.cycle,
               fmt::format("{}", fmt::join(glass.classes, ";")), to_text(glass.ends_at), name_of(glass.told, glass.about, desk),
               reason.value_or(std::string(kSealed)), glass.finding.empty() ? "wants a review" : glass.finding, std::to_string(broken.value)});
  }
  return table;
}

std::vector<std::string> glasses_to_tell(const State& state, const PersonId& person) {
  std::vector<std::string> lines;
  for (const auto& [id, glass] : state.rights.glasses) {
    if (person.empty() || glass.told != person || !glass.wants_review()) continue;
    lines.push_back(fmt::format("you are told that {} broke the glass {} [event {}], for {} until {}; it wants a review: `daybook list glasses`",
                                glass.holder.value, id, glass.broken.value, fmt::join(glass.classes, ", "), to_text(glass.ends_at)));
  }
  return lines;
}

size_t glasses_to_review(const State& state) {
  const auto& all = state.rights.glasses;
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const auto& glass) { return glass.second.wants_review(); }));
}

Result<void> check_openable(const SeeTable& table, std::span<const std::string> classes) {
  const auto known = openable(table);
  for (const auto& name : classes) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Error{Fault::kRejected, fmt::format("classes: found \"{}\", want some of {}", printable(name), fmt::join(known, ", "))};
  }
  return success();
}

}  // namespace daybook
