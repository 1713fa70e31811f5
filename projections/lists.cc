#include "projections/lists.h"

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/decide.h"
#include "ledger/record_owners.h"
#include "ledger/replay.h"
#include "projections/editions.h"
#include "projections/statistics.h"

namespace daybook {
namespace {

// A row about somebody is a look at them, also where their values are sealed.
void account(const PersonId& person, FieldClass looked_at, Desk& desk) {
  if (desk.may_look()) desk.add(person, looked_at);
}
void account(const PairingState& pairing, Desk& desk) {
  account(pairing.client, FieldClass::kSession, desk);
  account(pairing.coach, FieldClass::kSession, desk);
}

// Those of which the reader may be told as `thing`.
std::vector<const ApplicationState*> sorted_applications(const State& state, const CycleState& cycle, std::string_view thing, Desk& desk) {
  std::vector<const ApplicationState*> out;
  for (const auto& ref : cycle.applications) {
    const auto* a = state.application(ref);
    if (desk.reaches(thing, {a->person, cycle.id, ""})) out.push_back(a);
  }
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->ref < b->ref; });
  return out;
}

std::vector<const PairingState*> sorted_pairings(const State& state, const CycleState& cycle, Desk& desk) {
  std::vector<const PairingState*> out;
  for (const auto& ref : cycle.pairings) {
    if (const auto* pairing = state.pairing(ref); desk.reaches(*pairing)) out.push_back(pairing);
  }
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->ref < b->ref; });
  return out;
}

std::string seat_name(SeatStatus seat) { return seat == SeatStatus::kSeated ? "seated" : seat == SeatStatus::kWaitlisted ? "waitlisted" : ""; }
std::string day_text(const std::optional<Day>& day) { return day ? to_text(*day) : std::string(); }

// The criteria that failed, in the charter's order; of an application that does not fail, none.
std::string failed(const ApplicationState& application) {
  std::string text;
  for (const auto& criterion : application.criteria) {
    if (criterion.outcome == "failed") text += (text.empty() ? "" : ";") + criterion.name;
  }
  return text;
}

const ClientState& client_of(const CycleState& cycle, const PairingState& pairing) { return cycle.clients.at(pairing.client); }

Column person(const char* name) { return {name, Cells::kPerson}; }

std::optional<size_t> column_of(const Table& table, std::string_view name) {
  const auto it = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& column) { return column.name == name; });
  return it == table.columns.end() ? std::nullopt : std::optional(static_cast<size_t>(it - table.columns.begin()));
}

// Beside each column of ids, the staff numbers and names that go with them.
void introduce(Table& table, const CycleId& cycle, Desk& desk) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].cells != Cells::kPerson) continue;
    const auto next = static_cast<std::ptrdiff_t>(i + 1);
    const auto name = table.columns[i].name;
    const auto as = name == "coach" ? Desk::As::kCoach : Desk::As::kPerson;
    const auto ref = name == "client" || name == "coach" ? column_of(table, "ref") : std::nullopt;  // of the pairing
    table.columns.insert(table.columns.begin() + next, {{name + "_number", Cells::kText}, {name + "_name", Cells::kText}});
    for (auto& row : table.rows) {
      auto known = desk.known({PersonId{row[i]}, cycle, ref ? row[*ref] : ""}, as);
      row.insert(row.begin() + next, {std::move(known.staff_number), std::move(known.name)});
    }
  }
}

Table decisions(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{"ref", "outcome", "failed", "seat"}, {}};
  for (const auto* a : sorted_applications(state, cycle, "decisions", desk)) {
    account(a->person, FieldClass::kRegistration, desk);
    table.add({a->ref, a->outcome, failed(*a), seat_name(a->seat)});
  }
  return table;
}

Table applications(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{"ref", person("person"), "submitted_at", "outcome", "seat", number("position")}, {}};
  for (const auto* a : sorted_applications(state, cycle, "applications", desk)) {
    account(a->person, FieldClass::kRegistration, desk);
    const bool decided = desk.reaches("decisions", {a->person, cycle.id, ""});
    table.add({a->ref, a->person.value, to_text(a->submitted_at), decided ? a->outcome : "", decided ? seat_name(a->seat) : "",
               std::to_string(a->submitted.value)});
  }
  return table;
}

Table seats(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{number("seat"), "ref", person("person"), number("position")}, {}};
  std::vector<const ApplicationState*> seated;
  for (const auto* a : sorted_applications(state, cycle, "decisions", desk)) {
    if (a->seat == SeatStatus::kSeated) seated.push_back(a);
  }
  std::sort(seated.begin(), seated.end(), [](const auto* a, const auto* b) { return a->rank < b->rank; });
  for (const auto* a : seated) {
    account(a->person, FieldClass::kRegistration, desk);
    table.add({std::to_string(a->rank), a->ref, a->person.value, std::to_string(a->seat_event->value)});
  }
  return table;
}

Table waitlist(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{number("place"), "ref", person("person"), "offer_answer_by", number("position")}, {}};
  const bool counts = may_count(state, cycle.id, desk);
  for (size_t i = 0; i < cycle.waitlist.size(); ++i) {
    const auto& a = *state.application(cycle.waitlist[i]);
    if (!desk.reaches("decisions", {a.person, cycle.id, ""})) continue;
    account(a.person, FieldClass::kRegistration, desk);
    const auto answer_by = a.has_open_offer() ? to_text(a.offer->answer_by) : "";
    table.add({counts ? std::to_string(i + 1) : "", a.ref, a.person.value, answer_by, std::to_string(a.seat_event->value)});
  }
  return table;
}

Table pairings(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{"ref", "status", person("client"), person("coach"), "paired_on", "ended_on", "window_last", "window", number("sessions_done"),
               number("position")},
              {}};
  for (const auto* p : sorted_pairings(state, cycle, desk)) {
    account(*p, desk);
    const auto done = std::count_if(p->sessions.begin(), p->sessions.end(), [](const auto& s) { return s.first > 0 && s.second.done; });
    table.add({p->ref, std::string(status_name(p->status)), p->client.value, p->coach.value, day_text(p->paired_on), day_text(p->ended_on),
               p->accepted ? day_text(client_of(cycle, *p).window_last) : "", p->accepted && lapsed(cycle, client_of(cycle, *p)) ? "lapsed" : "",
               std::to_string(done), std::to_string(p->changed.value)});
  }
  return table;
}

Table sessions(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{"pairing", number("session"), "status", "held_on", "flags", number("misses"), number("feedback"), number("position")}, {}};
  for (const auto* p : sorted_pairings(state, cycle, desk)) {
    if (!p->sessions.empty()) account(*p, desk);
    for (const auto& [session, s] : p->sessions) {
      const bool ever_done = s.done || s.withdrawn;
      const auto status = s.done ? "done" : s.withdrawn ? "withdrawn" : "missed";
      const auto said =
          std::count_if(s.feedback.begin(), s.feedback.end(), [&](const auto& given) { return desk.reaches_feedback(given.giver, *p); });
      const auto counted = std::count_if(s.misses.begin(), s.misses.end(), [](const Miss& miss) { return !miss.same; });
      const auto newest = s.withdrawn ? *s.withdrawn : ever_done ? s.marked : s.misses.back().at;
      table.add({p->ref, std::to_string(session), status, to_text(ever_done ? s.held_on : s.misses.back().held_on),
                 s.done ? flags_text(s.unsponsored, s.outside_window) : "", std::to_string(counted), std::to_string(said),
                 std::to_string(newest.value)});
    }
  }
  return table;
}

Table coaches(const State& state, const CycleState& cycle, Desk& desk) {
  Table table{{person("coach"), "review", number("capacity"), number("active"), number("free"), number("position")}, {}};
  const bool counts = may_count(state, cycle.id, desk);
  for (const auto& [key, coach] : state.coaches) {
    if (key.first != cycle.id.programme || !desk.reaches_coach(key.first, key.second, coach)) continue;
    account(key.second, FieldClass::kProfile, desk);
    const auto active = coach.active.size();
    const size_t free = coach.review == "accepted" && coach.capacity > active ? coach.capacity - active : 0;
    table.add({key.second.value, coach.review.empty() ? "pending" : coach.review, std::to_string(coach.capacity),
               counts ? std::to_string(active) : "", counts ? std::to_string(free) : "", std::to_string(coach.recorded.value)});
  }
  return table;
}

// Whose window has passed with sponsored sessions left, by their newest pairing, where it is active or the ledger's clock
// has recorded so (E-01).
Table overdue(const State& state, const CycleState& cycle, Day today, Desk& desk) {
  Table table{{"ref", "status", person("client"), person("coach"), "window_last", number("days_over"), number("sessions_left"), number("lapsed")},
              {}};
  auto newest = newest_accepted(state, cycle);
  std::sort(newest.begin(), newest.end(), [](const auto* a, const auto* b) { return a->ref < b->ref; });
  for (const auto* p : newest) {
    if (!desk.reaches(*p)) continue;
    const auto& client = client_of(cycle, *p);
    if (p->status != PairingStatus::kActive && !client.elapsed) continue;
    if (today <= *client.window_last || client.sponsored >= cycle.charter->allowance) continue;
    account(*p, desk);
    table.add({p->ref, std::string(status_name(p->status)), p->client.value, p->coach.value, to_text(*client.window_last),
               std::to_string((today - *client.window_last).count()), std::to_string(cycle.charter->allowance - client.sponsored),
               client.elapsed ? std::to_string(client.elapsed->value) : ""});
  }
  return table;
}

// The events that published them, where events of the programme are told of.
Table told_editions(const CycleState& cycle, Desk& desk) {
  auto table = editions(cycle);
  if (desk.reaches("programme", {{}, cycle.id, ""})) return table;
  for (auto& row : table.rows) row.back().clear();
  return table;
}

}  // namespace

const std::vector<ListInfo>& lists() {
  static const std::vector<ListInfo> all = {
      {"decisions", "each application's outcome, failed criteria and seat"},
      {"applications", "who applied, when"},
      {"seats", "who has a seat, in the order they were given"},
      {"waitlist", "who waits, head first, and until when a seat is offered to them"},
      {"pairings", "requests and pairings, with their windows"},
      {"sessions", "sessions done, withdrawn or missed"},
      {"coaches", "coaches of the programme: review, capacity, free places"},
      {"overdue", "clients past their window with sessions left, and the event that recorded it"},
      {"editions", "the days on which figures go out to sponsors and the public, and the events that published them"},
  };
  return all;
}

std::optional<Table> list(std::string_view name, const State& state, const CycleState& cycle, Day today, Desk& desk) {
  const auto rows = [&]() -> std::optional<Table> {
    if (name == "decisions") return decisions(state, cycle, desk);
    if (name == "applications") return applications(state, cycle, desk);
    if (name == "seats") return seats(state, cycle, desk);
    if (name == "waitlist") return waitlist(state, cycle, desk);
    if (name == "pairings") return pairings(state, cycle, desk);
    if (name == "sessions") return sessions(state, cycle, desk);
    if (name == "coaches") return coaches(state, cycle, desk);
    if (name == "overdue") return overdue(state, cycle, today, desk);
    if (name == "editions") return told_editions(cycle, desk);
    return std::nullopt;
  };
  auto table = rows();
  if (table && desk.may_look()) introduce(*table, cycle.id, desk);
  return table;
}

Table refused(const std::vector<RefusedRow>& rows, Desk& desk) {
  Table table{{number("position"), "sheet", number("row"), "action", "ref", "reason", "wants", "stands"}, {}};
  for (const auto& refused : rows) {
    if (!reaches(refused, desk)) continue;
    account(refused.person, FieldClass::kIntake, desk);
    const auto& row = refused.row;
    table.add({std::to_string(refused.at.value), row.sheet, std::to_string(row.row), row.action, row.ref, row.reason, row.wants,
               refused.stands ? "yes" : "no"});
  }
  return table;
}

Day day_of(const Inquiry& view, const CycleState& cycle, Instant now) {
  const bool told = !view.as_of.position || may_count(view.state(), cycle.id, *view.desk);
  const auto moment = told ? moment_of(view, now) : std::min(view.as_of.happened.value_or(now), now);
  return Zone::find(cycle.rules->time_zone).value_or(Zone::utc()).day_of(moment);
}

Result<ImportProgrammes> import_programmes(const EventLog& log, Position end) {
  ImportProgrammes programmes;
  RunningCohorts cohorts;
  DAYBOOK_TRY(read_events(log, Position{}, end, [&](const Event& event) {
    const auto& batch = event.envelope.provenance.batch;
    const auto cohort = cohorts.next(event);
    if (!batch.empty() && !cohort.programme.empty()) programmes[batch].insert(cohort.programme);
    return true;
  }));
  return programmes;
}

Table imports(const State& state, const ImportProgrammes& programmes, Desk& desk) {
  Table table{{"batch", "sheet", "started_at", number("recorded"), number("refused"), number("unchanged"), number("undone"), number("position")}, {}};
  std::map<Position, std::string> in_order;
  for (const auto& [batch, import] : state.imports) in_order[import.started] = batch;
  const auto reaches = [&](const std::string& batch) {
    if (desk.reaches("programme", {})) return true;
    const auto of = programmes.find(batch);
    return of != programmes.end() && std::any_of(of->second.begin(), of->second.end(), [&](const std::string& programme) {
             const CycleId all{programme, ""};
             return desk.reaches("programme", {{}, all, ""}) && may_count(state, all, desk);
           });
  };
  const bool counts = may_count(state, {}, desk);
  for (const auto& [started, batch] : in_order) {
    if (!reaches(batch)) continue;
    const auto& import = state.imports.at(batch);
    std::vector<std::string> rows(3);  // of one that broke off they are not known
    if (import.finished) rows = {std::to_string(import.recorded), std::to_string(import.refused), std::to_string(import.unchanged)};
    table.add({batch, import.sheet, to_text(import.started_at), rows[0], rows[1], rows[2], counts ? std::to_string(import.undone) : "",
               std::to_string(started.value)});
  }
  return table;
}

Table roles(const State& state, Desk& desk) {
  Table table{{number("position"), person("person"), "role", "programme", "unit", "until"}, {}};
  std::map<std::pair<Position, std::string>, std::vector<std::string>> in_order;
  for (const auto& [holder, roles] : state.rights.roles) {
    for (const auto& held : roles) {
      if (!desk.reaches("rights", {holder, {held.programme, ""}, ""})) continue;
      account(holder, FieldClass::kReview, desk);
      in_order[{held.granted, held.role}] = {
          std::to_string(held.granted.value), holder.value, held.role, held.programme, held.unit, day_text(held.last_day)};
    }
  }
  for (auto& [granted, row] : in_order) table.add(std::move(row));
  introduce(table, {}, desk);
  return table;
}

Table proposals(const State& state, Desk& desk) {
  Table table{{"proposal", "action", "programme", "cycle", person("subject"), person("proposer"), "role", "outcome", number("closed")}, {}};
  std::map<Position, std::string> in_order;
  for (const auto& [id, proposal] : state.rights.proposals) in_order[proposal.made] = id;
  for (const auto& [made, id] : in_order) {
    const auto& proposal = state.rights.proposals.at(id);
    if (!desk.reaches("rights", {proposal.subject, proposal.about, ""})) continue;
    account(proposal.subject, FieldClass::kReview, desk);
    table.add({id, proposal.action, proposal.about.programme, proposal.about.cycle, proposal.subject.value, proposal.proposer.value, proposal.role,
               proposal.outcome, proposal.closed ? std::to_string(proposal.closed->value) : ""});
  }
  introduce(table, {}, desk);
  return table;
}

Table people(const std::vector<std::string>& words, Desk& desk) {
  Table table{{Column("person")}, {}};
  static constexpr std::pair<const char*, const char*> kShown[] = {
      {"staff_number", "staffNumber"},  {"name", "name"},     {"email", "email"},
      {"organisation", "organisation"}, {"entity", "entity"}, {"duty_station", "dutyStation"},
      {"country", "country"},           {"grade", "grade"},   {"position", "post"}};
  for (const auto& [column, field] : kShown) table.columns.emplace_back(column);
  for (const auto* row : desk.search(words)) {
    std::vector<std::string> cells = {row->person.value};
    for (const auto& [column, field] : kShown) cells.push_back(DeskTables::value(*row, field));
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace daybook
