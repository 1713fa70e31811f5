#include "ledger/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "ledger/civil_time.h"
#include "ledger/require.h"

namespace daybook {
namespace {

using std::chrono::days;

Refusal no(std::string rule, std::string saw, std::optional<Position> because = std::nullopt) { return {std::move(rule), std::move(saw), because}; }
Decision one(NewEvent event) {
  std::vector<NewEvent> events;
  events.push_back(std::move(event));
  return events;
}

Zone zone_of(const CycleState& cycle) {
  const auto zone = Zone::find(cycle.rules->time_zone);
  require(zone.has_value(), "the zone of a cycle was known when its charter was adopted");
  return *zone;
}

// One command against one state: gathers what the rules of each action share.
class Decider {
 public:
  Decider(const State& state, const Facts& facts, Instant now) : state_(state), facts_(facts), now_(now) {}

  Decision operator()(const RecordStaff& c) const {
    NewEvent event = about_person(facts_.person);
    event.body = c.values;
    return one(std::move(event));
  }

  Decision operator()(const RecordParticipation& c) const {
    if (!state_.known_person(facts_.person)) return unknown_person();
    NewEvent event = about_person(facts_.person);
    event.body = c.values;
    return one(std::move(event));
  }

  Decision operator()(const RecordCoach& c) const {
    if (!state_.known_person(facts_.person)) return unknown_person();
    const auto* programme = state_.programme(c.values.programme);
    if (!programme) return no("unknown-programme", "no charter for a programme of that name");
    const Charter& charter = *programme->latest().charter;
    const auto charter_at = programme->latest().adopted;
    const bool accepted = c.values.review == "accepted";
    if (accepted && c.values.pledged_on.empty()) {
      return no("not-pledged", "accepted without a day of the confidentiality pledge", charter_at);
    }
    if (accepted && c.values.credential_kind == "icf-training" && hours(c.values.training_hours) < charter.training_hours_min) {
      return no("too-few-hours", fmt::format("training hours \"{}\", want {} or more", c.values.training_hours, charter.training_hours_min),
                charter_at);
    }
    if (c.values.capacity < charter.capacity_min || c.values.capacity > charter.capacity_max) {
      return no("capacity", fmt::format("capacity {}, want {} to {}", c.values.capacity, charter.capacity_min, charter.capacity_max), charter_at);
    }
    if (std::find(charter.credentials.begin(), charter.credentials.end(), c.values.credential_kind) == charter.credentials.end()) {
      return no("credential", fmt::format("credential \"{}\", want {}", c.values.credential_kind, fmt::join(charter.credentials, " or ")),
                charter_at);
    }
    NewEvent event;
    event.stream = "coach/" + c.values.programme + "/" + facts_.person.value;
    event.subject = facts_.person;
    event.charter_version = static_cast<uint32_t>(programme->versions.size());
    event.body = c.values;
    return one(std::move(event));
  }

  Decision operator()(const SubmitApplication& c) const {
    if (!state_.known_person(facts_.person)) return unknown_person();
    const auto* cycle = state_.cycle({c.values.programme, c.values.cycle});
    if (!cycle) return no("unknown-cycle", "no cycle of that name is open in that programme");
    const Day day = zone_of(*cycle).day_of(now_);
    const auto submitted = fmt::format("submitted on {} in {}, ", to_text(day), cycle->rules->time_zone);
    if (day < cycle->rules->opens_on) return no("early", submitted + "the period opens on " + to_text(cycle->rules->opens_on), cycle->opened);
    if (day > cycle->rules->closes_on) return no("late", submitted + "the period closed after " + to_text(cycle->rules->closes_on), cycle->opened);
    if (const auto it = cycle->applicants.find(facts_.person); it != cycle->applicants.end()) {
      return no("duplicate", "the person already has application " + it->second + " in this cycle", state_.application(it->second)->submitted);
    }
    if (const auto* same = state_.application(c.values.application)) {
      return no("duplicate", "the reference stands for another application", same->submitted);
    }
    NewEvent event = about_application(c.values.application, facts_.person, *cycle);
    auto body = c.values;
    body.submitted_on = day;
    event.body = std::move(body);
    return one(std::move(event));
  }

  Decision operator()(const Act& c) const {
    switch (c.action) {
      case Action::kRequestPairing:
        return request(c);
      case Action::kAcceptPairing:
        return accept(c);
      case Action::kDeclinePairing:
        return decline(c);
      case Action::kEndPairing:
        return end(c);
      case Action::kExtendWindow:
        return extend(c);
      case Action::kMarkSessionDone:
        return mark_done(c);
      case Action::kMarkSessionMissed:
        return mark_missed(c);
      case Action::kWithdrawSession:
        return withdraw(c);
      case Action::kGiveFeedback:
        return feedback(c);
    }
    require(false, "every action is decided");
    return no("", "");
  }

  Decision operator()(const DecideCycle& c) const {
    const auto* cycle = state_.cycle(c.cycle);
    if (!cycle) return no("unknown-cycle", "no cycle of that name is open in that programme");
    std::vector<NewEvent> events;
    std::vector<Candidate> eligible;
    for (const auto& ref : cycle->applications) {
      const auto& application = *state_.application(ref);
      if (!application.outcome.empty()) continue;
      const auto it = facts_.applicants.find(ref);
      require(it != facts_.applicants.end(), "the facts of every undecided application are fetched");
      events.push_back(judged(*cycle, application, it->second));
      const auto& decided = std::get<EligibilityDecided>(events.back().body);
      const bool engaged = !it->second.engagements.empty();
      if (decided.outcome == "eligible") eligible.push_back({engaged && cycle->charter->never_engaged_first, &application});
    }
    std::sort(eligible.begin(), eligible.end());
    uint32_t taken = cycle->seats_taken, waiting = cycle->waitlist_joined;
    for (const auto& candidate : eligible) {
      NewEvent event = about_application(candidate.application->ref, candidate.application->person, *cycle);
      if (taken < cycle->charter->seats) {
        event.body = SeatGranted{candidate.application->ref, cycle->id.programme, cycle->id.cycle, ++taken, false};
      } else {
        event.body = WaitlistJoined{candidate.application->ref, cycle->id.programme, cycle->id.cycle, ++waiting};
      }
      events.push_back(std::move(event));
    }
    return events;
  }

  Decision operator()(const DecideReferral& c) const {
    const auto* application = state_.application(c.application);
    if (!application) return no("unknown-application", "no recorded application has that reference");
    if (application->outcome != "referred") {
      return no("not-referred", "the application is " + (application->outcome.empty() ? std::string("undecided") : application->outcome),
                application->referral_decided ? application->referral_decided : application->decided);
    }
    if (c.reason.empty()) return no("no-reason", "a referral is decided with a reason");
    const auto& cycle = *state_.cycle(application->cycle);
    std::vector<NewEvent> events;
    events.push_back(about_application(c.application, application->person, cycle));
    events.back().body = ReferralDecided{c.application, cycle.id.programme, cycle.id.cycle, c.eligible ? "eligible" : "not-eligible", c.reason};
    if (c.eligible) {
      events.push_back(about_application(c.application, application->person, cycle));
      events.back().body = WaitlistJoined{c.application, cycle.id.programme, cycle.id.cycle, cycle.waitlist_joined + 1};
    }
    return events;
  }

  Decision operator()(const GrantSeat& c) const {
    const auto* cycle = state_.cycle(c.cycle);
    if (!cycle) return no("unknown-cycle", "no cycle of that name is open in that programme");
    if (cycle->seats_taken >= cycle->charter->seats) {
      return no("no-free-seat", fmt::format("{} of {} seats are taken", cycle->seats_taken, cycle->charter->seats), cycle->last_seat);
    }
    if (cycle->waitlist.empty()) return no("nobody-waits", "the waitlist is empty", cycle->last_seat);
    const auto& application = *state_.application(cycle->waitlist.front());
    NewEvent event = about_application(application.ref, application.person, *cycle);
    event.body = SeatGranted{application.ref, cycle->id.programme, cycle->id.cycle, cycle->seats_taken + 1, true};
    return one(std::move(event));
  }

  Decision operator()(const AdoptCharter& c) const {
    const auto parsed = parse_charter(c.text, "charter");
    if (!parsed) return no("charter", parsed.error().message);
    const Charter& charter = parsed.value();
    const auto* programme = state_.programme(charter.programme);
    if (programme && programme->latest().charter->text == c.text) {
      return std::vector<NewEvent>{};  // it is in force already
    }
    const auto version = static_cast<uint32_t>(programme ? programme->versions.size() + 1 : 1);
    std::vector<NewEvent> events(1);
    events[0].stream = "charter/" + charter.programme;
    events[0].charter_version = version;
    events[0].body = CharterAdopted{charter.programme, version, charter.sponsor, c.text};
    for (const auto& cycle : charter.cycles) {
      if (state_.cycle({charter.programme, cycle.name})) continue;  // pinned to the version it opened under (E-39)
      NewEvent event;
      event.stream = "cycle/" + charter.programme + "/" + cycle.name;
      event.charter_version = version;
      event.body = CycleOpened{charter.programme, cycle.name, version, cycle.opens_on, cycle.closes_on, cycle.time_zone, charter.seats};
      events.push_back(std::move(event));
    }
    return events;
  }

  Decision operator()(const RecordTornTail& c) const {
    NewEvent event;
    event.stream = "book/" + c.tail.file.substr(0, c.tail.file.find('/'));
    event.body = TailDropped{c.tail.file, c.tail.offset, c.tail.bytes};
    return one(std::move(event));
  }

  Decision operator()(const FinishImport&) const { return std::vector<NewEvent>{}; }  // the sequencer writes it: it knows the batch

 private:
  struct Candidate {  // sorts in the order of seating
    bool last;
    const ApplicationState* application;
    bool operator<(const Candidate& other) const {
      return std::tie(last, application->submitted_at, application->ref) <
             std::tie(other.last, other.application->submitted_at, other.application->ref);
    }
  };

  Refusal unknown_person() const { return no("unknown-person", "no personnel record has that staff number"); }

  // "60" or "37.5"; whatever is no number is no hours.
  static double hours(const std::string& text) {
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return 0;
    char* rest = nullptr;
    const double value = std::strtod(text.c_str(), &rest);
    return *rest == '\0' ? value : 0;
  }

  NewEvent about_person(const PersonId& person) const {
    NewEvent event;
    event.stream = "person/" + person.value;
    event.subject = person;
    return event;
  }
  NewEvent about_application(const std::string& ref, const PersonId& person, const CycleState& cycle) const {
    NewEvent event;
    event.stream = "application/" + ref;
    event.subject = person;
    event.cohort = cycle.id;
    event.charter_version = cycle.charter_version;
    return event;
  }
  NewEvent about_pairing(const std::string& ref, const PersonId& client, const CycleState& cycle) const {
    NewEvent event;
    event.stream = "pairing/" + ref;
    event.subject = client;
    event.cohort = cycle.id;
    event.charter_version = cycle.charter_version;
    return event;
  }
  NewEvent about_pairing(const PairingState& pairing) const { return about_pairing(pairing.ref, pairing.client, cycle_of(pairing)); }

  const CycleState& cycle_of(const PairingState& pairing) const { return *state_.cycle(pairing.cycle); }
  const ClientState& client_of(const PairingState& pairing) const { return cycle_of(pairing).clients.at(pairing.client); }
  Day today(const PairingState& pairing) const { return zone_of(cycle_of(pairing)).day_of(now_); }

  NewEvent judged(const CycleState& cycle, const ApplicationState& application, const ApplicantFacts& facts) const {
    const auto judgement = judge(*cycle.charter, facts, cycle.rules->facts_as_of);
    EligibilityDecided decided;
    decided.application = application.ref;
    decided.programme = cycle.id.programme;
    decided.cycle = cycle.id.cycle;
    decided.outcome = judgement.outcome;
    decided.as_of = cycle.rules->facts_as_of;
    decided.zone_data = facts_.zone_data;
    for (const auto& finding : judgement.findings) {
      decided.criteria.push_back(finding.criterion);
      decided.facts.push_back(finding.fact);
    }
    NewEvent event = about_application(application.ref, application.person, cycle);
    event.body = std::move(decided);
    return event;
  }

  // ---- pairings ----

  Decision request(const Act& c) const {
    if (const auto* same = state_.pairing(c.ref)) return no("duplicate", "the reference stands for another request", same->requested);
    const auto* cycle = state_.cycle({c.programme, c.cycle});
    if (!cycle) return no("unknown-cycle", "no cycle of that name is open in that programme");
    const auto applied = cycle->applicants.find(facts_.person);
    const auto* application = applied == cycle->applicants.end() ? nullptr : state_.application(applied->second);
    if (!application) return no("no-seat", "the client has no recorded application in this cycle");
    if (application->seat != SeatStatus::kSeated) {
      return no("no-seat", "application " + application->ref + " has no seat",
                application->seat_event ? application->seat_event : application->decided);
    }
    const auto client = cycle->clients.find(facts_.person);
    if (client != cycle->clients.end() && !client->second.current.empty()) {
      const auto& current = *state_.pairing(client->second.current);
      return no("client-busy", fmt::format("pairing {} is {}", current.ref, status_name(current.status)), current.changed);
    }
    if (facts_.coach == facts_.person) return no("self-pairing", "client and coach are the same person");
    const auto* coach = state_.coach(c.programme, facts_.coach);
    if (!coach || coach->review != "accepted") {
      return no("coach-unknown", coach ? "the coach is not accepted" : "the programme has no such coach",
                coach ? std::optional(coach->recorded) : std::nullopt);
    }
    if (auto full = coach_full(*coach)) return std::move(*full);
    if (client != cycle->clients.end() && client->second.sponsored >= cycle->charter->allowance) {
      return no("nothing-left", fmt::format("{} of {} sponsored sessions are used", client->second.sponsored, cycle->charter->allowance),
                client->second.last_used);
    }
    NewEvent event = about_pairing(c.ref, facts_.person, *cycle);
    event.body = PairingRequested{c.ref, c.programme, c.cycle, facts_.coach.value, application->ref};
    return one(std::move(event));
  }

  static std::optional<Refusal> coach_full(const CoachState& coach) {
    if (coach.active.size() < coach.capacity) return std::nullopt;
    return no("coach-full", fmt::format("the coach has {} active of {} places", coach.active.size(), coach.capacity), coach.newest_active());
  }

  const PairingState* in_status(const Act& c, PairingStatus status) const {
    const auto* pairing = state_.pairing(c.ref);
    return pairing && pairing->status == status ? pairing : nullptr;
  }
  Refusal wrong_status(const Act& c, std::string rule) const {
    const auto* pairing = state_.pairing(c.ref);
    if (!pairing) return no(std::move(rule), "no pairing was recorded under that reference");
    return no(std::move(rule), fmt::format("the pairing is {}", status_name(pairing->status)), pairing->changed);
  }

  Decision accept(const Act& c) const {
    const auto* pairing = in_status(c, PairingStatus::kRequested);
    if (!pairing) return wrong_status(c, "no-request");
    if (auto full = coach_full(*state_.coach(pairing->cycle.programme, pairing->coach))) return std::move(*full);
    const auto& cycle = cycle_of(*pairing);
    const Day paired_on = today(*pairing);
    const auto& window = client_of(*pairing).window_last;
    const Day last = window                         ? *window
                     : cycle.rules->window_last_day ? *cycle.rules->window_last_day
                                                    : add_months(paired_on, *cycle.charter->window_months);
    NewEvent event = about_pairing(*pairing);
    event.body = PairingAccepted{c.ref, paired_on, last, !window};
    return one(std::move(event));
  }

  Decision decline(const Act& c) const {
    const auto* pairing = in_status(c, PairingStatus::kRequested);
    if (!pairing) return wrong_status(c, "no-request");
    NewEvent event = about_pairing(*pairing);
    event.body = PairingDeclined{c.ref, c.reason};
    return one(std::move(event));
  }

  Decision end(const Act& c) const {
    const auto* pairing = in_status(c, PairingStatus::kActive);
    if (!pairing) return wrong_status(c, "not-active");
    NewEvent event = about_pairing(*pairing);
    event.body = PairingEnded{c.ref, today(*pairing), c.reason};
    return one(std::move(event));
  }

  Decision extend(const Act& c) const {
    const auto* pairing = in_status(c, PairingStatus::kActive);
    if (!pairing) return wrong_status(c, "not-active");
    const auto& client = client_of(*pairing);
    if (*c.held_on <= *client.window_last) {
      return no("not-later", fmt::format("new last day {}, the window already ends on {}", to_text(*c.held_on), to_text(*client.window_last)),
                client.window_set);
    }
    NewEvent event = about_pairing(*pairing);
    event.body = WindowExtended{c.ref, *client.window_last, *c.held_on, c.reason};
    return one(std::move(event));
  }

  // ---- sessions ----

  // What a session must meet to be marked, done or missed.
  std::optional<Refusal> unmarkable(const Act& c, const PairingState* pairing) const {
    if (!pairing || !pairing->accepted) return wrong_status(c, "not-active");
    if (*c.session == 0 && !cycle_of(*pairing).charter->introduction) {
      return no("no-such-session", "the programme has no introduction, its sessions count from 1", cycle_of(*pairing).opened);
    }
    const auto held = "held on " + to_text(*c.held_on) + ", ";
    if (*c.held_on < *pairing->paired_on - days{1}) {
      return no("before-pairing", held + "the pairing began on " + to_text(*pairing->paired_on), pairing->accepted);
    }
    const Day furthest_today = std::chrono::floor<days>(now_ + std::chrono::hours{14});
    if (*c.held_on > furthest_today) return no("in-future", held + "it was " + to_text(furthest_today) + " at most, anywhere on Earth");
    if (pairing->ended_on && *c.held_on > *pairing->ended_on) {
      return no("after-end", held + "the pairing ended on " + to_text(*pairing->ended_on), pairing->changed);
    }
    const auto session = pairing->sessions.find(*c.session);
    if (session != pairing->sessions.end() && session->second.done) {
      return no("already-done", "the session was held on " + to_text(session->second.held_on), session->second.marked);
    }
    return std::nullopt;
  }

  Decision mark_done(const Act& c) const {
    const auto* pairing = state_.pairing(c.ref);
    if (auto refusal = unmarkable(c, pairing)) return std::move(*refusal);
    const auto& client = client_of(*pairing);
    const bool counted = *c.session > 0;
    const bool covered = client.sponsored < cycle_of(*pairing).charter->allowance;
    NewEvent event = about_pairing(*pairing);
    event.body =
        SessionMarkedDone{c.ref, *c.session, *c.held_on, counted && covered, counted && !covered, *c.held_on > *client.window_last, c.minutes};
    return one(std::move(event));
  }

  Decision mark_missed(const Act& c) const {
    const auto* pairing = state_.pairing(c.ref);
    if (auto refusal = unmarkable(c, pairing)) return std::move(*refusal);
    bool same = false;
    if (const auto session = pairing->sessions.find(*c.session); session != pairing->sessions.end()) {
      same = std::any_of(session->second.misses.begin(), session->second.misses.end(),
                         [&](const Miss& miss) { return miss.held_on == *c.held_on && miss.reporter != facts_.actor; });
    }
    NewEvent event = about_pairing(*pairing);
    event.body = SessionMarkedMissed{c.ref, *c.session, *c.held_on, same, c.minutes};
    return one(std::move(event));
  }

  const SessionState* done_session(const Act& c, const PairingState* pairing) const {
    if (!pairing) return nullptr;
    const auto it = pairing->sessions.find(*c.session);
    return it != pairing->sessions.end() && it->second.done ? &it->second : nullptr;
  }
  Refusal not_done(const Act& c, const PairingState* pairing) const {
    if (!pairing) return no("not-done", "no pairing was recorded under that reference");
    const auto it = pairing->sessions.find(*c.session);
    if (it != pairing->sessions.end() && it->second.withdrawn) return no("not-done", "the session was withdrawn", it->second.withdrawn);
    return no("not-done", "the session is not marked done");
  }

  Decision withdraw(const Act& c) const {
    const auto* pairing = state_.pairing(c.ref);
    const auto* session = done_session(c, pairing);
    if (!session) return not_done(c, pairing);
    if (c.reason.empty()) return no("no-reason", "a session is withdrawn with a reason");
    NewEvent event = about_pairing(*pairing);
    event.corrects = session->marked.value + 1;
    event.body = SessionWithdrawn{c.ref, *c.session, session->sponsored, c.reason};
    return one(std::move(event));
  }

  Decision feedback(const Act& c) const {
    const auto* pairing = state_.pairing(c.ref);
    const auto* session = done_session(c, pairing);
    if (!session) return not_done(c, pairing);
    for (const auto& given : session->feedback) {
      if (given.giver == facts_.actor) return no("duplicate", "this person gave feedback on the session before", given.at);
    }
    NewEvent event = about_pairing(*pairing);
    event.body = FeedbackGiven{c.ref, *c.session, c.rating, c.comment};
    return one(std::move(event));
  }

  const State& state_;
  const Facts& facts_;
  Instant now_;
};

}  // namespace

Decision decide(const State& state, const Facts& facts, Instant now, const Command& command) {
  return std::visit(Decider(state, facts, now), command.body);
}

std::string flags_of(const Body& body) {
  if (const auto* done = std::get_if<SessionMarkedDone>(&body)) {
    if (done->unsponsored && done->outside_window) return "unsponsored;outside-window";
    return done->unsponsored ? "unsponsored" : done->outside_window ? "outside-window" : "";
  }
  if (const auto* missed = std::get_if<SessionMarkedMissed>(&body)) return missed->same_miss ? "same-miss" : "";
  return {};
}

}  // namespace daybook
