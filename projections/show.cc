#include "projections/show.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/replay.h"
#include "projections/statistics.h"

namespace daybook {
namespace {

std::vector<Position> at(const std::optional<Position>& position) { return position ? std::vector{*position} : std::vector<Position>{}; }

std::string seat_text(const ApplicationState& a) {
  if (a.seat == SeatStatus::kSeated) return fmt::format("seated (seat {})", a.rank);
  if (a.has_open_offer()) return "waitlisted, a seat is offered until " + to_text(a.offer->answer_by);
  if (a.seat == SeatStatus::kWaitlisted) return "waitlisted";
  return "none";
}

// Of the feedback on a session, what the reader may be told of.
std::vector<GivenFeedback> feedback_told(const SessionState& s, const PairingState& p, Desk& desk) {
  auto told = s.feedback;
  std::erase_if(told, [&](const GivenFeedback& given) { return !desk.reaches_feedback(given.giver, p); });
  return told;
}

std::string session_text(const SessionState& s, size_t feedback) {
  std::string text;
  if (s.done) {
    text = "done, held on " + to_text(s.held_on);
    if (s.sponsored) text += ", sponsored";
    if (s.unsponsored) text += ", unsponsored";
    if (s.outside_window) text += ", outside the window";
    if (feedback > 0) text += fmt::format(", feedback from {}", feedback);
  } else if (s.withdrawn) {
    text = "withdrawn";
  }
  if (!s.misses.empty())
    text +=
        fmt::format("{}missed {}x", text.empty() ? "" : "; ", std::count_if(s.misses.begin(), s.misses.end(), [](const Miss& m) { return !m.same; }));
  return text;
}

std::vector<Position> session_events(const SessionState& s, const std::vector<GivenFeedback>& feedback) {
  std::vector<Position> events;
  for (const auto& miss : s.misses) events.push_back(miss.at);
  if (s.done || s.withdrawn) events.push_back(s.marked);
  if (s.withdrawn) events.push_back(*s.withdrawn);
  for (const auto& given : feedback) events.push_back(given.at);
  std::sort(events.begin(), events.end());
  return events;
}

// The status of a pairing, and whether its client's window passed with sessions left.
std::string standing(const PairingState& p, const CycleState& cycle) {
  const bool also_lapsed = p.accepted && lapsed(cycle, cycle.clients.at(p.client));
  return fmt::format("{}{}", status_name(p.status), also_lapsed ? ", lapsed" : "");
}

// The events behind where an application stands with its seat: the newest of them, and the offer if one is open.
std::vector<Position> seat_events(const ApplicationState& a) {
  auto events = at(a.seat_event);
  if (a.has_open_offer()) events.push_back(a.offer->offered);
  return events;
}

bool has_field(const Body& kind, std::string_view name) {
  const auto& fields = kind_of(kind).fields;
  return std::any_of(fields.begin(), fields.end(), [&](const FieldInfo& field) { return field.name == name; });
}

// All confidential fields of one event that the reader is told of, sealed where they may not look; less those that `later`, if it is given, says
// anew.
void add_fields(Section& section, Position event, const Body& kind, const Matter& of, Desk& desk, const Body* later = nullptr) {
  for (const auto& field : kind_of(kind).fields) {
    if (field.field_class == FieldClass::kOpen || field.list || !desk.tells(kind, field.name, of)) continue;
    if (later && has_field(*later, field.name)) continue;
    auto value = desk.value(event, kind, field.name, of);
    if (value && value->empty()) continue;
    section.lines.push_back({field.name, value.value_or(std::string(kSealed)), {event}});
  }
}

Result<Event> event_at(const EventLog& log, Position at) {
  Event found;
  DAYBOOK_TRY(read_events(log, at, Position{at.value + 1}, [&](const Event& event) { return found = event, true; }));
  return found;
}

// Whether the reader was told of a pairing that is gone by whom it was between. Who has a part in it hears of it in that part alone.
bool was_told(const PairingRequested& pairing, const PersonId& client, Desk& desk) {
  const auto* reader = desk.reader();
  if (!reader) return true;
  const PersonId coach{pairing.coach};
  if (is_granted(reader->role)) return reader->actor != client && reader->actor != coach;
  return reader->actor == (reader->role == Role::kCoach ? coach : client);
}

// The newest acceptance behind a coach's active pairings, if the reader may be told of that pairing.
std::vector<Position> newest_told(const State& state, const CoachState& coach, Desk& desk) {
  for (const auto& [ref, accepted] : coach.active) {
    if (accepted == coach.newest_active() && desk.reaches(*state.pairing(ref))) return {accepted};
  }
  return {};
}

}  // namespace

Card show_application(const State&, const ApplicationState& a, Desk& desk) {
  Card card{"application " + a.ref, {}};
  auto& main = card.section("");
  const Matter of{a.person, a.cycle, ""};
  main.lines = {
      {"person", desk.person(of), {a.submitted}}, {"cycle", a.cycle.text(), {a.submitted}}, {"submitted at", to_text(a.submitted_at), {a.submitted}}};
  if (desk.reaches("decisions", of)) {
    main.lines.push_back({"outcome", a.outcome.empty() ? "undecided" : a.outcome, at(a.referral_decided ? a.referral_decided : a.decided)});
    main.lines.push_back({"seat", seat_text(a), seat_events(a)});
  }
  auto& form = card.section("form");  // the answers as they were put right, if they were (C3)
  const Body put_right = FormRectified{};
  if (a.rectified) add_fields(form, *a.rectified, put_right, of, desk);
  add_fields(form, a.submitted, ApplicationSubmitted{}, of, desk, a.rectified ? &put_right : nullptr);
  return card;
}

Card show_pairing(const State& state, const PairingState& p, Desk& desk) {
  Card card{"pairing " + p.ref, {}};
  const auto& cycle = *state.cycle(p.cycle);
  const auto& client = cycle.clients.at(p.client);
  auto& main = card.section("");
  main.lines = {{"status", standing(p, cycle), {p.changed}},
                {"cycle", p.cycle.text(), {p.requested}},
                {"client", desk.person({p.client, p.cycle, p.ref}), {p.requested}},
                {"coach", desk.person({p.coach, p.cycle, p.ref}, Desk::As::kCoach), {p.requested}},
                {"seat of application", p.application, {p.requested}}};
  if (p.paired_on) main.lines.push_back({"paired on", to_text(*p.paired_on), at(p.accepted)});
  if (p.re_pairing) main.lines.push_back({"re-pairing", "yes: window and allowance carry over", at(p.accepted)});
  if (p.ended_on) main.lines.push_back({"ended on", to_text(*p.ended_on), {p.changed}});
  if (client.window_last && p.accepted) main.lines.push_back({"window ends on", to_text(*client.window_last), {client.window_set}});
  if (p.accepted && lapsed(cycle, client)) main.lines.push_back({"lapsed", "the window passed with sponsored sessions left", at(client.elapsed)});
  main.lines.push_back({"sponsored sessions used",
                        fmt::format("{} of {}, over all pairings in the cycle", client.sponsored, cycle.charter->allowance), at(client.last_used())});
  auto& sessions = card.section("sessions");
  for (const auto& [number, s] : p.sessions) {
    const auto feedback = feedback_told(s, p, desk);
    const auto name = number == 0 ? "introduction" : fmt::format("session {}", number);
    sessions.lines.push_back({name, session_text(s, feedback.size()), session_events(s, feedback)});
  }
  return card;
}

Result<void> add_words(const EventLog& log, const PairingState& p, Desk& desk, Card& card) {
  auto& section = card.section("in their words");
  const auto add_reason = [&](Position at, const Body& kind) -> Result<void> {
    DAYBOOK_TRY(const auto event, event_at(log, at));
    add_fields(section, at, kind, {event.envelope.provenance.actor, p.cycle, p.ref}, desk);
    return success();
  };
  if (p.status == PairingStatus::kDeclined) {
    DAYBOOK_TRY(add_reason(p.changed, PairingDeclined{}));
  }
  if (p.status == PairingStatus::kEnded) {
    DAYBOOK_TRY(add_reason(p.changed, PairingEnded{}));
  }
  for (const auto& [number, s] : p.sessions) {
    if (s.done) add_fields(section, s.marked, SessionMarkedDone{}, {p.client, p.cycle, p.ref}, desk);
    if (s.withdrawn) {
      DAYBOOK_TRY(add_reason(*s.withdrawn, SessionWithdrawn{}));
    }
    for (const auto& feedback : s.feedback) add_fields(section, feedback.at, FeedbackGiven{}, {feedback.giver, p.cycle, p.ref}, desk);
  }
  return success();
}

Card show_person(const State& state, const PersonId& id, Desk& desk) {
  Card card{"person " + id.value, {}};
  const auto* person = state.person(id);
  const Matter all{id, {}, ""};
  if (person && person->staff) add_fields(card.section("personnel record"), *person->staff, StaffRecorded{}, all, desk);
  if (person && !person->participations.empty()) {
    auto& section = card.section("took part before");
    for (const auto event : person->participations) add_fields(section, event, ParticipationRecorded{}, all, desk);
  }
  Section applications{"applications", {}}, pairings{"pairings", {}};
  for (const auto& [cycle_id, cycle] : state.cycles) {
    const Matter there{id, cycle_id, ""};
    if (const auto it = cycle.applicants.find(id); it != cycle.applicants.end() && desk.reaches("applications", there)) {
      const auto& a = *state.application(it->second);
      const auto outcome = a.outcome.empty() ? "undecided" : a.outcome;
      const auto became = desk.reaches("decisions", there) ? fmt::format(": {}, seat: {}", outcome, seat_text(a)) : "";
      applications.lines.push_back({a.ref, cycle_id.text() + became, {a.submitted}});
    }
    for (const auto& ref : cycle.pairings) {
      const auto& p = *state.pairing(ref);
      if ((p.client != id && p.coach != id) || !desk.reaches(p)) continue;
      const auto part = p.client == id ? "client" : "coach";
      pairings.lines.push_back({p.ref, fmt::format("{}: {}, {}", cycle_id.text(), part, standing(p, cycle)), {p.changed}});
    }
  }
  card.sections.push_back(std::move(applications));
  card.sections.push_back(std::move(pairings));
  return card;
}

Card show_coach(const State& state, const std::string& programme, const PersonId& id, const CoachState& coach, Desk& desk) {
  Card card{"coach " + programme + "/" + id.value, {}};
  auto& main = card.section("");
  const Matter of{id, {programme, ""}, ""};
  main.lines = {{"person", desk.person(of, Desk::As::kCoach), {coach.recorded}},
                {"review", coach.review.empty() ? "pending" : coach.review, {coach.recorded}},
                {"capacity", std::to_string(coach.capacity), {coach.recorded}}};
  if (may_count(state, of.cycle, desk)) {
    main.lines.push_back({"active clients", std::to_string(coach.active.size()), newest_told(state, coach, desk)});
  }
  add_fields(card.section("record"), coach.recorded, CoachRecorded{}, of, desk);
  auto& active = card.section("active pairings");
  for (const auto& [ref, accepted] : coach.active) {
    const auto& p = *state.pairing(ref);
    if (desk.reaches(p)) active.lines.push_back({ref, "client " + desk.person({p.client, p.cycle, ref}), {accepted}});
  }
  return card;
}

Result<bool> add_undone(const State& state, const EventLog& log, const std::string& stream, Desk& desk, Card& card) {
  Section section{"undone", {}};
  bool told = true;  // of the pairing whose stream it is, if it is one
  for (const auto& [position, undone] : state.undone) {
    if (undone.stream != stream) continue;
    DAYBOOK_TRY(const auto row, event_at(log, Position{position}));
    DAYBOOK_TRY(const auto by, event_at(log, undone.by));
    if (const auto* pairing = std::get_if<PairingRequested>(&row.body)) told = was_told(*pairing, undone.subject, desk);
    if (!told) desk.withhold(undone.subject);
    if (!told || !desk.reaches(row) || !desk.reaches(by)) continue;
    if (desk.may_look()) desk.add(undone.subject, FieldClass::kReason);  // the reason may be sealed: that it was undone is about them too
    const auto reason = desk.value(undone.by, by.body, "reason", desk.matter_of(by));
    section.lines.push_back({fmt::format("event {}", position),
                             fmt::format("undone by event {}, because: {}", undone.by.value, reason.value_or(std::string(kSealed))),
                             {Position{position}, undone.by}});
  }
  if (section.lines.empty()) return false;
  card.sections.push_back(std::move(section));
  return true;
}

Card show_cycle(const State& state, const CycleState& cycle, Desk& desk) {
  Card card{"cycle " + cycle.id.text(), {}};
  auto& main = card.section("");
  const auto& charter = *cycle.charter;
  main.lines = {{"charter", fmt::format("{} version {}", charter.title, cycle.charter_version), {cycle.opened}},
                {"application period",
                 fmt::format("{} to {}, {}", to_text(cycle.rules->opens_on), to_text(cycle.rules->closes_on), cycle.rules->time_zone),
                 {cycle.opened}}};
  const Matter of{{}, cycle.id, ""};
  const bool counts = may_count(state, cycle.id, desk);
  if (cycle.closed && (counts || desk.reaches("programme", of))) {
    main.lines.push_back({"applications closed", "after " + to_text(cycle.rules->closes_on), at(cycle.closed)});
  }
  if (!counts || !desk.reaches("figures", of)) return card;
  const std::vector<Line> figures = {{"applications", std::to_string(cycle.applications.size()), {}},
                                     {"seats", fmt::format("{} of {} taken", cycle.seats_taken, charter.seats), at(cycle.last_seat)},
                                     {"waiting", std::to_string(cycle.waitlist.size()), {}},
                                     {"pairings asked for", std::to_string(cycle.pairings.size()), {}}};
  main.lines.insert(main.lines.end(), figures.begin(), figures.end());
  if (!cycle.offers.empty()) {
    std::vector<Position> offered;
    for (const auto& ref : cycle.offers) offered.push_back(state.application(ref)->offer->offered);
    main.lines.push_back({"seats held for open offers", std::to_string(cycle.offers.size()), std::move(offered)});
  }
  return card;
}

}  // namespace daybook
