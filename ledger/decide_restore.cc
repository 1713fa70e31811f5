// A ledger that goes on from an older head says so first, and then whose values were erased in what it lost: they stay
// erased.
#include "ledger/case.h"

namespace daybook {
namespace {

CycleId cohort_in(const std::string& owner) {  // cohort/PROGRAMME/CYCLE
  const auto slash = owner.find('/', 7);
  return slash == std::string::npos ? CycleId{} : CycleId{owner.substr(7, slash - 7), owner.substr(slash + 1)};
}

NewEvent erased_since(const Case& at, const ErasedSince& erased) {
  if (erased.owner.starts_with("person/")) {
    NewEvent event = about_person(PersonId{erased.owner.substr(7)});
    event.body = PersonErased{erased.records, erased.rows, erased.known_until};
    event.led_to_by = 0;
    return event;
  }
  const auto id = cohort_in(erased.owner);
  const auto* cycle = at.state.cycle(id);
  NewEvent event;
  event.stream = "cycle/" + id.text();
  event.cohort = id;
  event.charter_version = cycle ? cycle->charter_version : 0;
  event.body = CohortExpired{id.programme, id.cycle, erased.records};
  event.led_to_by = 0;
  return event;
}

}  // namespace

Decision decide_restore(const Case& at, const RecordRestore& command) {
  std::vector<NewEvent> events(1);
  events.front().stream = "book/programme";
  events.front().body = command.restored;
  for (const auto& erased : command.erased) events.push_back(erased_since(at, erased));
  return events;
}

}  // namespace daybook
