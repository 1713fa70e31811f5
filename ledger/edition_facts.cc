#include "ledger/edition_facts.h"

#include <algorithm>

#include "ledger/case.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

// The fields that tables group by, by their numbers in the schema; places from wide to narrow.
struct GroupingFields {
  uint16_t place[3] = {field_number(StaffRecorded{}, "region"), field_number(StaffRecorded{}, "country"),
                       field_number(StaffRecorded{}, "dutyStation")};
  uint16_t goal = field_number(ApplicationSubmitted{}, "goalType");
};

// The personnel record that stood when somebody applied: who moves later still counts where they applied from.
std::optional<Position> record_when(const PersonState& person, Position applied) {
  auto found = person.staff;
  for (auto earlier = person.earlier_staff.rbegin(); earlier != person.earlier_staff.rend() && *found > applied; ++earlier) found = *earlier;
  return found;
}

Result<Participant> participant(const State& state, const CycleState& cycle, const Vault& vault, const ApplicationState& application) {
  static const GroupingFields fields;
  Participant one;
  const auto* person = state.person(application.person);
  if (const auto at = person ? record_when(*person, application.submitted) : std::nullopt) {
    DAYBOOK_TRY(const auto staff, vault.record(*at, FieldClass::kStaff));
    for (const auto field : fields.place) {
      const auto* name = staff ? staff->find(field) : nullptr;
      if (!name || name->empty()) break;
      one.place.push_back(*name);
    }
  }
  DAYBOOK_TRY(const auto values, vault.record(application.submitted, FieldClass::kStatistic));
  if (const auto* goal = values ? values->find(fields.goal) : nullptr; goal && !goal->empty()) one.goal = {*goal};
  one.eligible = application.outcome == "eligible";
  one.seated = application.seat == SeatStatus::kSeated;
  const auto client = cycle.clients.find(application.person);
  one.paired = client != cycle.clients.end() && client->second.accepted > 0;
  one.completed = one.paired && client->second.sponsored == cycle.charter->allowance;
  return one;
}

// Every table of every edition of the cycle, each once, in order of publication.
Result<std::vector<ToldTable>> told_of(const CycleState& cycle, const EventLog& log) {
  std::vector<Position> published;
  for (const auto& [audience, editions] : cycle.editions) {
    for (const auto& edition : editions) published.push_back(edition.published);
  }
  std::sort(published.begin(), published.end());
  std::vector<ToldTable> told;
  for (const auto at : published) {
    std::string text;
    DAYBOOK_TRY(read_events(log, at, Position{at.value + 1}, [&](const Event& event) {
      if (const auto* edition = std::get_if<EditionPublished>(&event.body)) text = edition->tables;
      return true;
    }));
    DAYBOOK_TRY(auto tables, read_tables(text));
    for (auto& table : tables) {
      if (std::find(told.begin(), told.end(), table) == told.end()) told.push_back(std::move(table));
    }
  }
  return told;
}

}  // namespace

uint32_t editions_published(const CycleState& cycle) {
  size_t most = 0;
  for (const auto& [audience, editions] : cycle.editions) most = std::max(most, editions.size());
  return static_cast<uint32_t>(most);
}

std::vector<Day> editions_due(const CycleState& cycle, Instant now) {
  std::vector<Day> due;
  if (audiences_of(*cycle.charter).empty()) return due;
  const auto& days = cycle.rules->editions;
  for (size_t i = editions_published(cycle); i < days.size() && now > zone_of(cycle).last_instant(days[i]); ++i) due.push_back(days[i]);
  return due;
}

Result<std::map<CycleId, EditionFacts>> edition_facts(const State& state, const Vault& vault, const EventLog& log, Instant now) {
  std::map<CycleId, EditionFacts> all;
  for (const auto& [id, cycle] : state.cycles) {
    if (editions_due(cycle, now).empty()) continue;
    auto& facts = all[id];
    DAYBOOK_TRY(facts.told, told_of(cycle, log));
    for (const auto& ref : cycle.applications) {
      DAYBOOK_TRY(auto one, participant(state, cycle, vault, *state.application(ref)));
      facts.participants.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace daybook
