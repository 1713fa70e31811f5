#include "projections/editions.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

// "Africa / Kenya", or "Africa / Kenya, others" where somewhere in Kenya is a group of its own.
std::string group_text(const Group& group, const GroupCounts& groups) {
  const auto next = groups.upper_bound(group);
  const bool split = next != groups.end() && next->first.size() > group.size() && std::equal(group.begin(), group.end(), next->first.begin());
  const auto text = fmt::format("{}", fmt::join(group, " / "));
  return group.empty() ? "others" : split ? text + ", others" : text;
}

std::vector<EditionState> published(const CycleState& cycle, const std::string& audience) {
  const auto found = cycle.editions.find(audience);
  return found == cycle.editions.end() ? std::vector<EditionState>{} : found->second;
}

}  // namespace

Result<std::optional<Edition>> find_edition(const EventLog& log, const CycleState& cycle, const std::string& audience, uint32_t number) {
  std::optional<Edition> found;
  const auto all = published(cycle, audience);
  const auto state = number == 0 && !all.empty()
                         ? std::prev(all.end())
                         : std::find_if(all.begin(), all.end(), [&](const EditionState& edition) { return edition.number == number; });
  if (state == all.end()) return found;
  DAYBOOK_TRY(read_events(log, state->published, Position{state->published.value + 1}, [&](const Event& event) {
    if (std::holds_alternative<EditionPublished>(event.body)) found = Edition{event, {}};
    return true;
  }));
  if (!found) return Error{Fault::kCorrupt, fmt::format("position {}: found no edition, want one", state->published.value)};
  DAYBOOK_TRY(found->tables, read_tables(found->published().tables));
  return found;
}

Table figures(const Edition& edition) {
  Table table{{"table", "group", number("count"), number("figure_of")}, {}};
  for (const auto& told : edition.tables) {
    const auto figure_of = std::to_string(told.edition);
    for (const auto& [group, count] : told.groups) {
      if (count > 0 && told.groups.size() > 1) table.add({told.name, group_text(group, told.groups), std::to_string(count), figure_of});
    }
    table.add({told.name, "total", std::to_string(told.total()), figure_of});
  }
  return table;
}

Table editions(const CycleState& cycle) {
  Table table{{"audience", number("edition"), "due_on", number("position")}, {}};
  for (const auto& audience : audiences_of(*cycle.charter)) {
    const auto all = published(cycle, audience);
    for (size_t i = 0; i < cycle.rules->editions.size(); ++i) {
      table.add({audience, std::to_string(i + 1), to_text(cycle.rules->editions[i]), i < all.size() ? std::to_string(all[i].published.value) : ""});
    }
  }
  return table;
}

std::optional<Day> next_edition_day(const CycleState& cycle, const std::string& audience) {
  const auto audiences = audiences_of(*cycle.charter);
  const auto done = published(cycle, audience).size();
  if (std::find(audiences.begin(), audiences.end(), audience) == audiences.end() || done >= cycle.rules->editions.size()) return std::nullopt;
  return cycle.rules->editions[done];
}

}  // namespace daybook
