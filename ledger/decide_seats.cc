// Seats that are free after a cycle was decided: granted or offered to whoever waits first, each by an explicit step.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/case.h"

namespace daybook {
namespace {

// What keeps a seat from going to the head of the waitlist.
std::optional<Refusal> nothing_to_give(const Case& at, const CycleState& cycle) {
  const auto seats = cycle.charter->seats;
  const auto newest_offer = cycle.offers.empty() ? std::nullopt : std::optional(at.state.application(cycle.offers.back())->offer->offered);
  const auto held = cycle.offers.empty() ? std::string() : fmt::format(", {} held for open offers", cycle.offers.size());
  if (cycle.seats_held() >= seats) {
    return no("no-free-seat", fmt::format("{} of {} seats are taken{}", cycle.seats_taken, seats, held), "a free seat",
              std::max(cycle.last_seat, newest_offer));
  }
  if (next_in_line(at.state, cycle)) return std::nullopt;
  if (cycle.waitlist.empty()) return no("nobody-waits", "the waitlist is empty", "somebody on the waitlist", cycle.last_seat);
  const bool all_offered = cycle.offers.size() == cycle.waitlist.size();
  return no("nobody-waits", fmt::format("all {} on the waitlist have an open offer{}", cycle.waitlist.size(), all_offered ? "" : ", or are on hold"),
            "somebody on the waitlist without an open offer", newest_offer);
}

NewEvent seat_granted(const CycleState& cycle, const ApplicationState& application) {
  NewEvent event = about_application(application.ref, application.person, cycle);
  event.body = SeatGranted{application.ref, cycle.id.programme, cycle.id.cycle, cycle.seats_taken + 1, true};
  return event;
}

// What an answer to an offer needs.
std::optional<Refusal> no_offer(const Case& at, const ApplicationState& application) {
  if (application.has_open_offer()) {
    const auto& offer = *application.offer;
    if (at.now >= offer.offered_at) return std::nullopt;
    return no("before-offer", "answered at " + to_text(at.now), "an answer after the offer of " + to_text(offer.offered_at), offer.offered);
  }
  const auto saw = application.offer ? fmt::format("the offer is {}", status_name(application.offer->status)) : "no seat was offered";
  return no("no-offer", saw, "an open offer of a seat", application.offer ? std::optional(application.offer->changed) : application.seat_event);
}

}  // namespace

const ApplicationState* next_in_line(const State& state, const CycleState& cycle) {
  for (const auto& ref : cycle.waitlist) {
    const auto* application = state.application(ref);
    if (!application->has_open_offer() && !on_hold(state, application->person)) return application;
  }
  return nullptr;
}

Decision decide_seats(const Case& at, const GrantSeat& c) {
  const auto* cycle = at.state.cycle(c.cycle);
  if (!cycle) return unknown_cycle();
  if (auto refusal = nothing_to_give(at, *cycle)) return std::move(*refusal);
  return one(seat_granted(*cycle, *next_in_line(at.state, *cycle)));
}

Decision decide_seats(const Case& at, const OfferSeat& c) {
  const auto* cycle = at.state.cycle(c.cycle);
  if (!cycle) return unknown_cycle();
  if (auto refusal = nothing_to_give(at, *cycle)) return std::move(*refusal);
  if (const auto zone = zone_of(*cycle); at.now > zone.last_instant(c.answer_by)) {
    return no("already-passed", "answer by " + to_text(c.answer_by),
              fmt::format("a last day for the answer from {} on, in {}", to_text(zone.day_of(at.now)), zone.name()));
  }
  const auto& application = *next_in_line(at.state, *cycle);
  NewEvent event = about_application(application.ref, application.person, *cycle);
  event.body = SeatOffered{application.ref, cycle->id.programme, cycle->id.cycle, c.answer_by};
  return one(std::move(event));
}

Decision decide_seats(const Case& at, const AcceptOffer& c) {
  const auto* application = at.state.application(c.application);
  if (!application) return unknown_application();
  if (auto refusal = no_offer(at, *application)) return std::move(*refusal);
  const auto& cycle = *at.state.cycle(application->cycle);
  const auto& offer = *application->offer;
  if (const auto zone = zone_of(cycle); at.now > zone.last_instant(offer.answer_by)) {
    return no("late", fmt::format("answered on {} in {}", to_text(zone.day_of(at.now)), zone.name()),
              fmt::format("an answer by {}, the whole day in {}", to_text(offer.answer_by), zone.name()), offer.offered);
  }
  NewEvent event = seat_granted(cycle, *application);
  event.caused_by = offer.offered.value + 1;
  return one(std::move(event));
}

// A no is taken as long as the offer stands, also after its last day: whoever says it should not go on waiting.
Decision decide_seats(const Case& at, const DeclineOffer& c) {
  const auto* application = at.state.application(c.application);
  if (!application) return unknown_application();
  if (auto refusal = no_offer(at, *application)) return std::move(*refusal);
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: an offer is declined with one");
  NewEvent event = about_application(application->ref, application->person, *at.state.cycle(application->cycle));
  event.caused_by = application->offer->offered.value + 1;
  event.body = OfferDeclined{application->ref, application->cycle.programme, application->cycle.cycle, c.reason};
  return one(std::move(event));
}

}  // namespace daybook
