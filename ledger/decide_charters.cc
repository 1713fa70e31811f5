// Rulebooks: a new one, or a new version, and the cycles that open under it.
#include "ledger/case.h"

namespace daybook {

Decision decide_charters(const Case& at, const AdoptCharter& c) {
  const auto parsed = parse_charter(c.text, "charter");
  if (!parsed) return no("charter", parsed.error().message, "a charter as CHARTERS.md describes it");
  const Charter& charter = parsed.value();
  const auto* programme = at.state.programme(charter.programme);
  if (programme && programme->latest().charter->text == c.text) return std::vector<NewEvent>{};  // it is in force already
  const auto version = static_cast<uint32_t>(programme ? programme->versions.size() + 1 : 1);
  std::vector<NewEvent> events(1);
  events[0].stream = "charter/" + charter.programme;
  events[0].charter_version = version;
  events[0].body = CharterAdopted{charter.programme, version, charter.sponsor, c.text};
  for (const auto& cycle : charter.cycles) {
    if (at.state.cycle({charter.programme, cycle.name})) continue;  // pinned to the version it opened under (E-39)
    NewEvent event;
    event.led_to_by = 0;
    event.stream = "cycle/" + charter.programme + "/" + cycle.name;
    event.charter_version = version;
    event.body = CycleOpened{charter.programme, cycle.name, version, cycle.opens_on, cycle.closes_on, cycle.time_zone, charter.seats};
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace daybook
