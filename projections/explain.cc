#include "projections/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "ledger/civil_time.h"
#include "ledger/rules.h"
#include "projections/statistics.h"
#include "projections/timeline.h"

namespace daybook {
namespace {

// The facts that the decision saw, read back from its own record.
ApplicantFacts seen_facts(const Charter& charter, const std::vector<std::optional<std::string>>& facts) {
  ApplicantFacts seen;
  for (size_t i = 0; i < facts.size() && i < charter.criteria.size(); ++i) {
    if (facts[i]) take_fact(charter.criteria[i], *facts[i], seen);
  }
  return seen;
}

std::vector<Position> positions(const std::string& list) {
  std::vector<Position> all;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ';');) all.push_back(Position{std::stoull(word)});
  return all;
}

constexpr std::string_view kErased = "fact erased, outcome stands";

void explain_criteria(const State& state, const CycleState& cycle, const ApplicationState& a, Desk& desk, Card& card) {
  const auto& charter = *cycle.charter;
  const auto* person = state.person(a.person);
  const bool erased = person && person->erased;
  const Matter of{a.person, a.cycle, ""};
  const bool told = desk.tells(EligibilityDecided{}, "facts", of);
  std::vector<std::optional<std::string>> facts;
  for (size_t i = 0; i < a.criteria.size(); ++i) facts.push_back(desk.value(*a.decided, EligibilityDecided{}, "facts", of, i));
  const auto seen = seen_facts(charter, facts);
  for (size_t i = 0; i < a.criteria.size() && i < charter.criteria.size(); ++i) {
    const auto& criterion = a.criteria[i];
    const auto& rule = charter.criteria[i];
    auto& section = card.section(fmt::format("criterion {}: {}", criterion.name, criterion.outcome));
    section.lines.push_back(
        {"rule", fmt::format("{}, charter {} version {}", rule_name(rule.rule), charter.programme, cycle.charter_version), {cycle.opened}});
    section.lines.push_back({"wants", criterion.limit, {}});
    auto from = positions(criterion.facts_from);
    from.push_back(*a.decided);
    if (erased) from.push_back(*person->erased);
    if (told) section.lines.push_back({"saw", facts[i].value_or(std::string(erased ? kErased : kSealed)), std::move(from)});
    for (const auto& way : what_would_change(rule, facts[i] ? seen : facts_with(rule, criterion.outcome), cycle.rules->facts_as_of)) {
      section.lines.push_back({"would change it", way.words, {}});
    }
  }
}

void explain_offer(const CycleState& cycle, const SeatOffer& offer, Section& section) {
  section.lines.push_back({"offered",
                           fmt::format("a seat, to be answered by {}, the whole day in {}", to_text(offer.answer_by), cycle.rules->time_zone),
                           {offer.offered}});
  if (offer.status == OfferStatus::kOpen) return;
  const auto expired = offer.status == OfferStatus::kExpired ? ": no answer is no refusal, so it leads to the end of the waitlist" : "";
  section.lines.push_back({"the offer is", fmt::format("{}{}", status_name(offer.status), expired), {offer.changed}});
}

// How many wait before them, where the reader may be told that as of the moment.
std::string place(const CycleState& cycle, const ApplicationState& a, bool counts) {
  if (!counts) return "the place is told as of now only";
  const auto ahead = std::find(cycle.waitlist.begin(), cycle.waitlist.end(), a.ref) - cycle.waitlist.begin();
  const auto held = cycle.offers.empty() ? "" : fmt::format(", {} held for open offers", cycle.offers.size());
  return fmt::format("{} ahead; {} of {} seats are taken{}", ahead, cycle.seats_taken, cycle.charter->seats, held);
}

void explain_seat(const CycleState& cycle, const ApplicationState& a, bool counts, Card& card) {
  auto& section = card.section("seat");
  if (a.seat == SeatStatus::kSeated) {
    section.lines.push_back({"seated", fmt::format("seat {} of {}", a.rank, cycle.charter->seats), {*a.seat_event}});
  } else if (a.seat == SeatStatus::kWaitlisted) {
    section.lines.push_back({"waitlisted", place(cycle, a, counts), {*a.seat_event}});
    section.lines.push_back({"would change it",
                             a.has_open_offer() ? "an answer by " + to_text(a.offer->answer_by) + " that takes the seat (`do accept-offer`)"
                                                : "a free seat, given or offered to the head of the waitlist by `do grant-seat` or `do offer-seat`",
                             {}});
  } else if (a.offer && a.offer->status == OfferStatus::kDeclined) {
    section.lines.push_back({"no seat", "an offer was declined, and with it the place on the waitlist", {*a.seat_event}});
  } else {
    section.lines.push_back({"no seat", a.outcome.empty() ? "the application is undecided" : "the application is " + a.outcome, {}});
  }
  if (a.offer) explain_offer(cycle, *a.offer, section);
  section.lines.push_back({"order of seating",
                           cycle.charter->never_engaged_first ? "never engaged with the sponsor first, then submission; ties by reference"
                                                              : "submission; ties by reference",
                           {cycle.opened}});
}

}  // namespace

Card explain_application(const State& state, const ApplicationState& a, Desk& desk) {
  const auto& cycle = *state.cycle(a.cycle);
  Card card{"application " + a.ref + " in " + a.cycle.text() + ": " + (a.outcome.empty() ? "undecided" : a.outcome), {}};
  auto& main = card.section("");
  const Matter of{a.person, a.cycle, ""};
  main.lines.push_back({"person", desk.person(of), {a.submitted}});
  main.lines.push_back({"submitted at", to_text(a.submitted_at), {a.submitted}});
  if (!a.decided) {
    main.lines.push_back({"decision", "none yet: `daybook decide " + a.cycle.text() + "` decides it", {}});
  } else {
    main.lines.push_back({"facts as of", to_text(cycle.rules->facts_as_of), {cycle.opened}});
    main.lines.push_back(
        {"decided", "not eligible if any criterion failed; else referred if any wants a person's judgement; else eligible", {*a.decided}});
    if (a.referral_decided) {
      const auto reason = desk.value(*a.referral_decided, ReferralDecided{}, "reason", of);
      main.lines.push_back({"a person decided", a.outcome + ", because: " + reason.value_or(std::string(kSealed)), {*a.referral_decided}});
    }
    explain_criteria(state, cycle, a, desk, card);
  }
  explain_seat(cycle, a, may_count(state, a.cycle, desk), card);
  return card;
}

Card explain_pairing(const State& state, const PairingState& p, Desk& desk) {
  const auto& cycle = *state.cycle(p.cycle);
  const auto& client = cycle.clients.at(p.client);
  Card card{fmt::format("pairing {} in {}: {}", p.ref, p.cycle.text(), status_name(p.status)), {}};
  auto& main = card.section("");
  main.lines.push_back(
      {"asked for",
       fmt::format("client {}, coach {}", desk.person({p.client, p.cycle, p.ref}), desk.person({p.coach, p.cycle, p.ref}, Desk::As::kCoach)),
       {p.requested}});
  main.lines.push_back(
      {"could be asked for", "the client has the seat of application " + p.application, {*state.application(p.application)->seat_event}});
  if (p.accepted) {
    main.lines.push_back({"paired on", to_text(*p.paired_on) + ", the day of acceptance in " + cycle.rules->time_zone, {*p.accepted}});
    const auto rule = cycle.rules->window_last_day
                          ? std::string("the cycle's fixed last day")
                          : fmt::format("{} calendar months from the client's first pairing date", *cycle.charter->window_months);
    main.lines.push_back({"window",
                          fmt::format("ends on {}: {}, or a later extension; a re-pairing does not restart it", to_text(*client.window_last), rule),
                          {client.window_set}});
    if (lapsed(cycle, client)) {
      main.lines.push_back(
          {"lapsed", "that day passed with sponsored sessions left; an extension would change it (`do extend-window`)", {*client.elapsed}});
    }
  }
  main.lines.push_back(
      {"allowance",
       fmt::format("{} of {} sponsored sessions used, over all pairings of the client in the cycle", client.sponsored, cycle.charter->allowance),
       {}});
  main.lines.push_back({"rules", fmt::format("charter {} version {}", cycle.charter->programme, cycle.charter_version), {cycle.opened}});
  auto& sessions = card.section("sessions");
  for (const auto& [number, s] : p.sessions) {
    const auto name = number == 0 ? std::string("introduction") : fmt::format("session {}", number);
    if (s.done && s.unsponsored) sessions.lines.push_back({name, "unsponsored: the allowance was used up when it was marked", {s.marked}});
    if (s.done && s.outside_window)
      sessions.lines.push_back({name, "outside-window: held on " + to_text(s.held_on) + ", after the window's last day then", {s.marked}});
    if (s.withdrawn) sessions.lines.push_back({name, s.sponsored ? "withdrawn: the allowance has it back" : "withdrawn", {s.marked, *s.withdrawn}});
  }
  return card;
}

void explain_refusals(const std::vector<RefusedRow>& rows, Desk& desk, Card& card) {
  for (const auto& refused : rows) {
    if (!reaches(refused, desk)) continue;
    if (desk.may_look()) desk.add(refused.person, FieldClass::kIntake);  // what it saw may be sealed: that it was refused is about them too
    const auto of = matter_of(refused);
    const auto& row = refused.row;
    const auto standing = refused.stands ? "" : refused.undone ? " (undone)" : " (a later row took its place)";
    auto& section = card.section(fmt::format("{} refused: {}{}", row.action, row.reason, standing));
    section.lines.push_back({"row", fmt::format("record {} of {}, import {}", row.row, row.sheet, row.batch), {refused.at}});
    if (refused.undone) {
      const auto reason = desk.value(*refused.undone, RowUndone{}, "reason", of);
      section.lines.push_back({"undone", "because: " + reason.value_or(std::string(kSealed)), {*refused.undone}});
    }
    if (refused.charter_version > 0) {
      section.lines.push_back({"rules", fmt::format("charter {} version {}", row.programme, refused.charter_version), {}});
    }
    const auto saw = desk.value(refused.at, row, "saw", of);
    if (desk.tells(row, "saw", of)) section.lines.push_back({"saw", saw.value_or(std::string(kSealed)), {refused.at}});
    if (refused.because && desk.reaches(*refused.because))
      section.lines.push_back({"in the way", sentence(*refused.because, desk), {refused.because->envelope.position}});
    if (!row.wants.empty()) section.lines.push_back({"would change it", row.wants, {refused.at}});
  }
}

}  // namespace daybook
