// Deadlines that pass by themselves: application periods, windows, offers, days on which figures go out. Each happened at its last instant, and is
// recorded once: what the state remembers as recorded is not recorded again.
#include <algorithm>

#include "ledger/case.h"
#include "ledger/edition_facts.h"

namespace daybook {
namespace {

// The deadlines of one cycle that have passed by now, as events still to be put in order.
class Deadlines {
 public:
  Deadlines(const Case& at, const CycleState& cycle, std::vector<NewEvent>& events)
      : at_(at), cycle_(cycle), zone_(zone_of(cycle)), events_(events) {}

  void application_period() {
    const Day last = cycle_.rules->closes_on;
    if (cycle_.closed) return;
    NewEvent event;
    event.stream = "cycle/" + cycle_.id.text();
    event.charter_version = cycle_.charter_version;
    event.body = CycleClosed{cycle_.id.programme, cycle_.id.cycle, last, at_.facts.zone_data};
    add_if_passed(last, cycle_.opened, std::move(event));
  }

  void windows() {
    for (const auto* pairing : newest_accepted(at_.state, cycle_)) {
      if (on_hold(at_.state, pairing->client)) continue;  // once the hold is lifted, as happened at its deadline
      const auto& client = cycle_.clients.at(pairing->client);
      const auto allowance = cycle_.charter->allowance;
      if (client.elapsed || client.sponsored >= allowance) continue;
      NewEvent event = about_pairing(at_, *pairing);
      event.body = WindowElapsed{pairing->ref, *client.window_last, allowance - client.sponsored, at_.facts.zone_data};
      add_if_passed(*client.window_last, client.window_set, std::move(event));
    }
  }

  // Who did not answer goes to the end of the waitlist, not off it: silence is no answer, and nobody's turn should end for
  // good without a person's act. Places are given in the order in which the offers ended, then of the offering.
  void offers() {
    std::vector<const ApplicationState*> open;
    for (const auto& ref : cycle_.offers) {
      const auto* application = at_.state.application(ref);
      if (!on_hold(at_.state, application->person)) open.push_back(application);
    }
    std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) { return a->offer->answer_by < b->offer->answer_by; });
    uint32_t joined = cycle_.waitlist_joined;
    for (const auto* application : open) {
      NewEvent event = about_application(application->ref, application->person, cycle_);
      const Day last = application->offer->answer_by;
      event.body = OfferExpired{application->ref, cycle_.id.programme, cycle_.id.cycle, last, ++joined, at_.facts.zone_data};
      add_if_passed(last, application->offer->offered, std::move(event));
    }
  }

  // Figures for sponsors and the public. Late ones tell what is known now; of several that are late, the later ones tell the
  // same again.
  void editions() {
    const auto facts = at_.facts.editions.find(cycle_.id);
    if (facts == at_.facts.editions.end()) return;
    auto told = facts->second.told;
    auto number = editions_published(cycle_);
    for (const Day due : editions_due(cycle_, at_.now)) {
      const auto tables = next_edition(*cycle_.charter, facts->second.participants, told, ++number);
      for (const auto& audience : audiences_of(*cycle_.charter)) add_if_passed(due, cycle_.opened, edition_for(audience, number, due, tables));
      told.insert(told.end(), tables.begin(), tables.end());
    }
  }

 private:
  NewEvent edition_for(const std::string& audience, uint32_t number, Day due, const std::vector<ToldTable>& tables) const {
    NewEvent event;
    event.stream = "edition/" + cycle_.id.text();
    event.cohort = cycle_.id;
    event.charter_version = cycle_.charter_version;
    const auto minimum = cycle_.charter->published_minimum;
    event.body = EditionPublished{cycle_.id.programme,
                                  cycle_.id.cycle,
                                  audience,
                                  number,
                                  due,
                                  at_.state.end.value,
                                  minimum,
                                  tables_text(told_to(audience, *cycle_.charter, tables))};
    return event;
  }

  void add_if_passed(Day last, Position set_by, NewEvent event) {
    const Instant deadline = zone_.last_instant(last);
    if (at_.now <= deadline) return;
    event.happened_at = deadline;
    event.caused_by = set_by.value + 1;
    events_.push_back(std::move(event));
  }

  const Case& at_;
  const CycleState& cycle_;
  const Zone zone_;
  std::vector<NewEvent>& events_;
};

}  // namespace

Decision decide_clock(const Case& at, const Tick&) {
  std::vector<NewEvent> events;
  for (const auto& [id, cycle] : at.state.cycles) {
    Deadlines deadlines(at, cycle, events);
    deadlines.application_period();
    deadlines.windows();
    deadlines.offers();
    deadlines.editions();
  }
  std::stable_sort(events.begin(), events.end(), [](const NewEvent& a, const NewEvent& b) { return a.happened_at < b.happened_at; });
  return events;
}

}  // namespace daybook
