// Pairings: asked for, accepted or declined, ended; the client's window.
#include <fmt/format.h>

#include "ledger/case.h"

namespace daybook {

Refusal wrong_status(const Case& at, const std::string& ref, std::string rule, std::string wants) {
  const auto* pairing = at.state.pairing(ref);
  if (!pairing) return no(std::move(rule), "no pairing was recorded under that reference", std::move(wants));
  return no(std::move(rule), fmt::format("the pairing is {}", status_name(pairing->status)), std::move(wants), pairing->changed);
}

namespace {

const PairingState* in_status(const Case& at, const Act& c, PairingStatus status) {
  const auto* pairing = at.state.pairing(c.ref);
  return pairing && pairing->status == status ? pairing : nullptr;
}
Refusal no_request(const Case& at, const Act& c) { return wrong_status(at, c.ref, "no-request", "an open request under that reference"); }
Refusal not_active(const Case& at, const Act& c) { return wrong_status(at, c.ref, "not-active", "a pairing that is active"); }

std::optional<Refusal> coach_full(const CoachState& coach) {
  if (coach.active.size() < coach.capacity) return std::nullopt;
  return no("coach-full", fmt::format("the coach has {} active of {} places", coach.active.size(), coach.capacity),
            fmt::format("fewer than {} active pairings with the coach, or a greater capacity", coach.capacity), coach.newest_active());
}

// What keeps a client from asking for a pairing, the coach aside.
std::optional<Refusal> without_seat(const ApplicationState* application) {
  const std::string wants = "a seat for the client in the cycle";
  if (!application) return no("no-seat", "the client has no recorded application in this cycle", wants);
  if (application->seat == SeatStatus::kSeated) return std::nullopt;
  return no("no-seat", "application " + application->ref + " has no seat", wants,
            application->seat_event ? application->seat_event : application->decided);
}

std::optional<Refusal> client_busy(const Case& at, const ClientState* client) {
  if (!client || client->current.empty()) return std::nullopt;
  const auto& current = *at.state.pairing(client->current);
  return no("client-busy", fmt::format("pairing {} is {}", current.ref, status_name(current.status)),
            fmt::format("pairing {} {} first", current.ref, current.status == PairingStatus::kActive ? "ended" : "declined"), current.changed);
}

// To a client who chooses, a coach who is not accepted is as one who is not there (S1-14).
std::optional<Refusal> no_such_coach(const Case& at, const CoachState* coach) {
  if (coach && coach->review == "accepted") return std::nullopt;
  const bool told = coach && at.facts.actor != at.facts.person;
  return no("coach-unknown", told ? "the coach is not accepted" : "the programme has no such coach", "a coach whom the programme accepted",
            told ? std::optional(coach->recorded) : std::nullopt);
}

std::optional<Refusal> nothing_left(const ClientState* client, const CycleState& cycle) {
  const auto allowance = cycle.charter->allowance;
  if (!client || client->sponsored < allowance) return std::nullopt;
  return no("nothing-left", fmt::format("{} of {} sponsored sessions are used", client->sponsored, allowance),
            fmt::format("fewer than {} sponsored sessions used: one given back by a withdrawal", allowance), client->last_used());
}

}  // namespace

Decision request_pairing(const Case& at, const Act& c) {
  if (const auto* same = at.state.pairing(c.ref)) {
    return no("duplicate", "the reference stands for another request", "a reference of its own", same->requested);
  }
  const auto* cycle = at.state.cycle({c.programme, c.cycle});
  if (!cycle) return unknown_cycle();
  const auto applied = cycle->applicants.find(at.facts.person);
  const auto* application = applied == cycle->applicants.end() ? nullptr : at.state.application(applied->second);
  if (auto refusal = without_seat(application)) return std::move(*refusal);
  const auto known = cycle->clients.find(at.facts.person);
  const auto* client = known == cycle->clients.end() ? nullptr : &known->second;
  if (auto refusal = client_busy(at, client)) return std::move(*refusal);
  if (at.facts.coach == at.facts.person) return no("self-pairing", "client and coach are the same person", "another coach");
  const auto* coach = at.state.coach(c.programme, at.facts.coach);
  if (auto refusal = no_such_coach(at, coach)) return std::move(*refusal);
  if (auto refusal = coach_full(*coach)) return std::move(*refusal);
  if (auto refusal = nothing_left(client, *cycle)) return std::move(*refusal);
  NewEvent event = about_pairing(c.ref, at.facts.person, *cycle);
  event.body = PairingRequested{c.ref, c.programme, c.cycle, at.facts.coach.value, application->ref};
  return one(std::move(event));
}

Decision accept_pairing(const Case& at, const Act& c) {
  const auto* pairing = in_status(at, c, PairingStatus::kRequested);
  if (!pairing) return no_request(at, c);
  if (auto refusal = coach_full(*at.state.coach(pairing->cycle.programme, pairing->coach))) return std::move(*refusal);
  const auto& cycle = cycle_of(at, *pairing);
  const Day paired_on = zone_of(cycle).day_of(at.now);
  const auto& window = client_of(at, *pairing).window_last;
  const Day last = window                         ? *window
                   : cycle.rules->window_last_day ? *cycle.rules->window_last_day
                                                  : add_months(paired_on, *cycle.charter->window_months);
  NewEvent event = about_pairing(at, *pairing);
  event.body = PairingAccepted{c.ref, paired_on, last, !window};
  return one(std::move(event));
}

Decision decline_pairing(const Case& at, const Act& c) {
  const auto* pairing = in_status(at, c, PairingStatus::kRequested);
  if (!pairing) return no_request(at, c);
  NewEvent event = about_pairing(at, *pairing);
  event.body = PairingDeclined{c.ref, c.reason};
  return one(std::move(event));
}

Decision end_pairing(const Case& at, const Act& c) {
  const auto* pairing = in_status(at, c, PairingStatus::kActive);
  if (!pairing) return not_active(at, c);
  NewEvent event = about_pairing(at, *pairing);
  event.body = PairingEnded{c.ref, zone_of(cycle_of(at, *pairing)).day_of(at.now), c.reason};
  return one(std::move(event));
}

Decision extend_window(const Case& at, const Act& c) {
  const auto* pairing = in_status(at, c, PairingStatus::kActive);
  if (!pairing) return not_active(at, c);
  const auto& client = client_of(at, *pairing);
  if (*c.held_on <= *client.window_last) {
    return no("not-later", fmt::format("new last day {}", to_text(*c.held_on)), fmt::format("a last day after {}", to_text(*client.window_last)),
              client.window_set);
  }
  NewEvent event = about_pairing(at, *pairing);
  event.body = WindowExtended{c.ref, *client.window_last, *c.held_on, c.reason};
  return one(std::move(event));
}

}  // namespace daybook
