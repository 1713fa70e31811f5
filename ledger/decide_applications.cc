// Applications, their eligibility, and who of the eligible has a seat or waits.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ledger/case.h"
#include "ledger/require.h"

namespace daybook {
namespace {

struct Candidate {  // sorts in the order of seating
  bool last;
  const ApplicationState* application;
  size_t judged;  // the place of its decision among the command's events
  bool operator<(const Candidate& other) const {
    return std::tie(last, application->submitted_at, application->ref) <
           std::tie(other.last, other.application->submitted_at, other.application->ref);
  }
};

NewEvent judged(const Case& at, const CycleState& cycle, const ApplicationState& application, const ApplicantFacts& facts) {
  const auto judgement = judge(*cycle.charter, facts, cycle.rules->facts_as_of);
  EligibilityDecided decided;
  decided.application = application.ref;
  decided.programme = cycle.id.programme;
  decided.cycle = cycle.id.cycle;
  decided.outcome = judgement.outcome;
  decided.as_of = cycle.rules->facts_as_of;
  decided.zone_data = at.facts.zone_data;
  for (const auto& finding : judgement.findings) {
    decided.criteria.push_back(finding.criterion);
    decided.facts.push_back(finding.fact);
  }
  NewEvent event = about_application(application.ref, application.person, cycle);
  event.body = std::move(decided);
  return event;
}

// Free seats to the first of the eligible, the waitlist for the rest.
void seat(std::vector<Candidate> eligible, const CycleState& cycle, std::vector<NewEvent>& events) {
  std::sort(eligible.begin(), eligible.end());
  uint32_t taken = cycle.seats_taken, waiting = cycle.waitlist_joined;
  const size_t offered = cycle.offers.size();
  for (const auto& candidate : eligible) {
    const auto& ref = candidate.application->ref;
    NewEvent event = about_application(ref, candidate.application->person, cycle);
    event.led_to_by = candidate.judged;
    if (taken + offered < cycle.charter->seats) {
      event.body = SeatGranted{ref, cycle.id.programme, cycle.id.cycle, ++taken, false};
    } else {
      event.body = WaitlistJoined{ref, cycle.id.programme, cycle.id.cycle, ++waiting};
    }
    events.push_back(std::move(event));
  }
}

}  // namespace

Decision decide_applications(const Case& at, const SubmitApplication& c) {
  if (!at.state.known_person(at.facts.person)) return unknown_person();
  const auto* cycle = at.state.cycle({c.values.programme, c.values.cycle});
  if (!cycle) return unknown_cycle();
  const Day day = zone_of(*cycle).day_of(at.now);
  const Day opens = cycle->rules->opens_on, closes = cycle->rules->closes_on;
  if (day < opens || day > closes) {
    return no(day < opens ? "early" : "late", fmt::format("submitted on {} in {}", to_text(day), cycle->rules->time_zone),
              fmt::format("an application from {} to {}, days in {}", to_text(opens), to_text(closes), cycle->rules->time_zone), cycle->opened);
  }
  if (const auto it = cycle->applicants.find(at.facts.person); it != cycle->applicants.end()) {
    return no("duplicate", "the person already has application " + it->second + " in this cycle", "nothing: one application a person and cycle",
              at.state.application(it->second)->submitted);
  }
  if (const auto* same = at.state.application(c.values.application)) {
    return no("duplicate", "the reference stands for another application", "a reference of its own", same->submitted);
  }
  NewEvent event = about_application(c.values.application, at.facts.person, *cycle);
  auto body = c.values;
  body.submitted_on = day;
  event.body = std::move(body);
  return one(std::move(event));
}

Decision decide_applications(const Case& at, const DecideCycle& c) {
  const auto* cycle = at.state.cycle(c.cycle);
  if (!cycle) return unknown_cycle();
  std::vector<NewEvent> events;
  std::vector<Candidate> eligible;
  for (const auto& ref : cycle->applications) {
    const auto& application = *at.state.application(ref);
    if (!application.outcome.empty() || on_hold(at.state, application.person)) continue;
    const auto it = at.facts.applicants.find(ref);
    require(it != at.facts.applicants.end(), "the facts of every undecided application are fetched");
    events.push_back(judged(at, *cycle, application, it->second));
    const bool engaged = !it->second.engagements.empty();
    if (std::get<EligibilityDecided>(events.back().body).outcome == "eligible") {
      eligible.push_back({engaged && cycle->charter->never_engaged_first, &application, events.size() - 1});
    }
  }
  seat(std::move(eligible), *cycle, events);
  return events;
}

Decision decide_applications(const Case& at, const DecideReferral& c) {
  const auto* application = at.state.application(c.application);
  if (!application) return unknown_application();
  if (application->outcome != "referred") {
    return no("not-referred", "the application is " + (application->outcome.empty() ? std::string("undecided") : application->outcome),
              "an application that waits for a person's judgement",
              application->referral_decided ? application->referral_decided : application->decided);
  }
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: a referral is decided with one");
  const auto& cycle = *at.state.cycle(application->cycle);
  std::vector<NewEvent> events;
  events.push_back(about_application(c.application, application->person, cycle));
  events.back().body = ReferralDecided{c.application, cycle.id.programme, cycle.id.cycle, c.eligible ? "eligible" : "not-eligible", c.reason};
  if (c.eligible) {
    events.push_back(about_application(c.application, application->person, cycle));
    events.back().led_to_by = 0;
    events.back().body = WaitlistJoined{c.application, cycle.id.programme, cycle.id.cycle, cycle.waitlist_joined + 1};
  }
  return events;
}

}  // namespace daybook
