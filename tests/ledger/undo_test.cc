// Undo of an import: held against a fold that leaves the undone rows out, and against a ledger that was never told them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <future>

#include "ledger/happened.h"
#include "ledger/undo_plan.h"
#include "projections/refused_rows.h"
#include "projections/show.h"
#include "projections/state_lines.h"
#include "tests/ledger/undo_season.h"
#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const std::string kCycle = "iom-coaching/2024", kPeriod = "2024-01-10T10:00:00Z";

Answer undo(TestLedger& ledger, const std::string& batch) { return ledger.run(UndoImport{batch, "the wrong file", std::nullopt}); }

// What a fold says that leaves out what was undone, and the undoing: the definition. `by`: of what had happened by then.
// The rows are left out by position, which an undo names: nothing of what evolve() does for an undo is used.
State without_undone(const EventLog& log, std::optional<Instant> by = std::nullopt) {
  std::set<Position> undone;
  REQUIRE(read_events(log, {}, log.end(), [&](const Event& event) {
            if (std::holds_alternative<RowUndone>(event.body)) undone.insert(Position{event.envelope.corrects - 1});
            return true;
          }).has_value());
  State state;
  const auto forever = *parse_instant("2100-01-01T00:00:00Z");
  REQUIRE(read_events(log, {}, log.end(), [&](const Event& event) {
            const bool left_out = undone.contains(event.envelope.position) || std::holds_alternative<RowUndone>(event.body);
            if (left_out) {
              state.end.value = event.envelope.position.value + 1;
            } else {
              CHECK(counts_by(state, event, forever) | by.has_value());  // has what it builds on
              by ? evolve_by(state, event, *by) : evolve(state, event);
            }
            return true;
          }).has_value());
  return state;
}

// All lines but those that an undo, being recorded, does change.
StateLines lines_but_versions(const State& state) {
  auto lines = lines_of(state);
  std::erase_if(lines, [](const auto& line) { return line.first.starts_with("stream/"); });
  return lines;
}

// Where two folds differ, in words; empty if nowhere.
std::string difference(const StateLines& found, const StateLines& wanted) {
  std::string text;
  for (const auto& change : changes(wanted, found)) text += change.path + ": found \"" + change.to + "\", want \"" + change.from + "\"\n";
  for (const auto& [path, line] : found) {
    const auto other = wanted.find(path);
    if (other != wanted.end() && other->second.event != line.event) text += path + ": another event\n";
  }
  return text;
}

// The lines and figures of a ledger as any ledger would have them: people by staff number, no positions, no random ids of
// imports; without refusals, of which a ledger that is told less may have others.
std::multiset<std::string> lines_for_anybody(TestLedger& ledger) {
  const State state = ledger.state();
  const auto vault = ledger.vault();
  std::map<std::string, std::string> names;
  for (const auto& [id, person] : state.people) names[id.value] = vault.name(id).value().value_or("?");
  for (const auto& [id, cycle] : state.cycles) {
    for (const auto& [person, client] : cycle.clients) names[person.value] = vault.name(person).value().value_or("?");
  }
  std::multiset<std::string> lines;
  for (const auto& [path, line] : lines_of(state)) {
    if (path.starts_with("stream/") || path.starts_with("import/") || path.ends_with(" refused_applications")) continue;
    auto text = path + " = " + line.value;
    if (path.find(" personnel_record") != std::string::npos) text = path;
    for (const auto* numbered : {" participation/", " missed/"}) {
      if (const auto at = path.find(numbered); at != std::string::npos) text = path.substr(0, at) + numbered + " " + line.value;
    }
    if (path.ends_with(" feedback")) text = path + " " + std::to_string(std::count(line.value.begin(), line.value.end(), ';'));
    for (const auto& [id, name] : names) {
      for (auto at = text.find(id); at != std::string::npos; at = text.find(id)) text.replace(at, id.size(), name);
    }
    lines.insert(std::move(text));
  }
  for (const auto& [id, cycle] : state.cycles) {
    for (const auto& [figure, value] : named_figures(statistics(state, cycle, vault).value())) {
      if (figure != "refused_applications") lines.insert("figure " + id.text() + " " + figure + " = " + value);
    }
  }
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> only_in_one(const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
  std::vector<std::string> lines;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(lines));
  return lines;
}

Command row_of(Command like, const StaffRecorded& values, uint64_t number) {
  like.body = RecordStaff{values};
  like.row = Row{number, sha256({as_bytes(values.staff_number)}), true};
  return like;
}

std::vector<std::string> numbered(int count, const std::function<std::string(int)>& row) {
  std::vector<std::string> rows;
  for (int i = 0; i < count; ++i) rows.push_back(row(i));
  return rows;
}

}  // namespace

TEST_CASE("after any undo the state is that of a fold that leaves out what was undone", "[undo][E-38]") {
  constexpr uint32_t kSeasons = 120;
  uint64_t undone = 0, kept = 0;

  for (uint32_t seed = 0; seed < kSeasons; ++seed) {
    UndoSeason season(seed);
    INFO("seed " << seed);
    for (int round = 0; round < 6; ++round) {
      for (int step = 0; step < 8; ++step) season.step();
      const auto answer = season.undo_some_import();

      undone += answer.outcome == Outcome::kRecorded ? answer.range.end.value - answer.range.first.value : 0;
      kept += answer.outcome == Outcome::kRefused;
      const State state = season.ledger.state();
      const auto wanted = lines_but_versions(without_undone(season.ledger.log()));
      REQUIRE(difference(lines_but_versions(state), wanted) == "");
      REQUIRE(difference(lines_of(state), lines_of(fold(season.ledger.log()).value())) == "");
    }
  }

  CHECK(undone > 500);
  CHECK(kept > 50);
}

TEST_CASE("after any undo a ledger that was told only what stands records it all, and says the same", "[undo][E-38]") {
  constexpr uint32_t kSeasons = 60;

  for (uint32_t seed = 1000; seed < 1000 + kSeasons; ++seed) {
    UndoSeason season(seed);
    for (int round = 0; round < 5; ++round) {
      for (int step = 0; step < 8; ++step) season.step();
      season.undo_some_import();
    }

    std::vector<std::string> differing;
    const auto again = season.told_again(differing);

    INFO("seed " << seed);
    REQUIRE(text_of(differing) == "");
    REQUIRE(text_of(only_in_one(lines_for_anybody(season.ledger), lines_for_anybody(*again))) == "");
  }
}

TEST_CASE("what was undone had not happened by any moment, and was known until it was undone", "[undo][clocks][E-38]") {
  constexpr uint32_t kSeasons = 40;
  std::mt19937 random(7);

  for (uint32_t seed = 2000; seed < 2000 + kSeasons; ++seed) {
    UndoSeason season(seed);
    for (int step = 0; step < 30; ++step) season.step();
    const auto before = fold(season.ledger.log()).value();
    const Position end = season.ledger.log().end();
    for (int round = 0; round < 8; ++round) season.undo_some_import();

    AsOf known;
    known.position = end;
    CHECK(difference(lines_of(fold(season.ledger.log(), known).value()), lines_of(before)) == "");
    for (int moment = 0; moment < 5; ++moment) {
      const auto by = *parse_instant("2024-01-01T00:00:00Z") + std::chrono::hours(random() % (24 * 180));
      AsOf happened;
      happened.happened = by;
      const State found = fold(season.ledger.log(), happened).value(), wanted = without_undone(season.ledger.log(), by);
      INFO("seed " << seed << " by " << to_text(by));
      for (const auto& [id, cycle] : wanted.cycles) CHECK(difference(lines_of(found, *found.cycle(id)), lines_of(wanted, cycle)) == "");
    }
  }
}

TEST_CASE("of 1,000 rows with 50 built upon, 950 are undone and 50 named", "[undo][E-38]") {
  const auto record = [](TestLedger& ledger, int from) {
    const auto rows = numbered(1000, [](int i) { return staff_row("S" + std::to_string(i)); });
    const auto applications =
        numbered(50, [](int i) { return application_row("A" + std::to_string(i), "S" + std::to_string(20 * i), kCycle, kPeriod); });
    std::vector<std::string> told;
    for (int i = 0; i < 1000; ++i) {
      if (i >= from || i % 20 == 0) told.push_back(rows[static_cast<size_t>(i)]);
    }
    REQUIRE(ledger.import("staff", sheet_text("staff", told)).value().recorded == told.size());
    const auto batch = newest_import(ledger);
    REQUIRE(ledger.import("applications", sheet_text("applications", applications)).value().recorded == 50);
    return batch;
  };
  TestLedger ledger, never_told;
  const auto batch = record(ledger, 0);
  record(never_told, 1000);
  const Position end = ledger.log().end();

  const auto answer = undo(ledger, batch);

  REQUIRE(said(answer) == "recorded");
  CHECK(answer.range == Appended{end, Position{end.value + 950}});
  CHECK((lines_for_anybody(ledger) == lines_for_anybody(never_told)));
  const State state = ledger.state();
  const auto rows = rows_of_import(state, ledger.log(), batch).value();
  const auto plan = plan_undo(state, rows);
  CHECK(plan.undone.empty());
  REQUIRE(plan.kept.size() == 50);
  for (size_t i = 0; i < 50; ++i) {
    CHECK(plan.kept[i].row->envelope.provenance.row == 20 * i + 1);
    CHECK(plan.kept[i].because == state.application("A" + std::to_string(i))->submitted);
  }
}

TEST_CASE("a row is kept for the later event that builds on it, which is named", "[undo][E-38]") {
  const std::string held = "2024-03-05", at = "2024-03-06T12:00:00Z", later = "2024-03-20T12:00:00Z";
  TestLedger ledger({changed(shipped("iom-coaching"), "allowance = 4", "allowance = 2")});
  for (const auto* client : {"C1", "C2"}) ledger.seated(client, kCycle);
  for (const auto* coach : {"K1", "K2"}) ledger.accepted_coach(coach, "iom-coaching", 1);
  const auto request = [&](const std::string& ref, const std::string& client, const std::string& coach) {
    return ledger.request(ref, kCycle, client, coach, "2024-03-01T12:00:00Z");
  };
  const auto accept = [&] { return ledger.act("accept-pairing", "P1", "2024-03-01T13:00:00Z"); };
  const auto done = [&](uint32_t session) { return ledger.done("P1", session, held, at); };
  // One row of a file, such as "end-pairing,P1" or with a session and its day "mark-session-done,P1,,,,,1,2024-03-05".
  const auto row = [&](const std::string& act) {
    const auto cells = static_cast<size_t>(std::count(act.begin(), act.end(), ','));
    const auto text = at + ",C1," + act + std::string(9 - cells, ',') + ",fit,";
    std::vector<ReportRow> report;
    REQUIRE(ledger.import("activity", sheet_text("activity", {text}), &report).has_value());
    INFO(text << ": " << report.at(0).reason);
    REQUIRE(report.at(0).outcome == "recorded");
  };
  const auto coach_record = [&] { REQUIRE(ledger.import("coaches", sheet_text("coaches", {coach_row("K1", "iom-coaching", 2)})).has_value()); };
  Answer next;

  SECTION("a request: its acceptance") {
    row("request-pairing,P1,iom-coaching,2024,C1,K1");
    next = accept();
  }
  SECTION("a request: its refusal by the coach") {
    row("request-pairing,P1,iom-coaching,2024,C1,K1");
    next = ledger.act("decline-pairing", "P1", at);
  }
  SECTION("a coach's record: a request to them") {
    coach_record();
    next = request("P1", "C1", "K1");
  }
  SECTION("a coach's record: an acceptance by them") {
    request("P1", "C1", "K1");
    coach_record();
    next = accept();
  }
  SECTION("an acceptance: a session") {
    request("P1", "C1", "K1");
    row("accept-pairing,P1");
    next = ledger.done("P1", 1, "2024-03-06", later);
  }
  SECTION("an acceptance: a session missed") {
    request("P1", "C1", "K1");
    row("accept-pairing,P1");
    next = ledger.missed("P1", 1, "2024-03-06", later);
  }
  SECTION("an acceptance: the end") {
    request("P1", "C1", "K1");
    row("accept-pairing,P1");
    next = ledger.act("end-pairing", "P1", later);
  }
  SECTION("an acceptance: an extension") {
    request("P1", "C1", "K1");
    row("accept-pairing,P1");
    next = ledger.extend("P1", "2024-09-01", later);
  }
  SECTION("a refusal by the coach: the client's next request") {
    request("P1", "C1", "K1");
    row("decline-pairing,P1");
    next = request("P2", "C1", "K2");
  }
  SECTION("what stands on a pairing") {
    request("P1", "C1", "K1");
    accept();
    SECTION("an end: the client's next request") {
      row("end-pairing,P1");
      next = request("P2", "C1", "K2");
    }
    SECTION("an end: another client's request to the coach") {
      row("end-pairing,P1");
      next = request("P2", "C2", "K1");
    }
    SECTION("an extension: a later one") {
      row("extend-window,P1,,,,,,2024-08-01");
      next = ledger.extend("P1", "2024-09-01", later);
    }
    SECTION("an extension: a session") {
      row("extend-window,P1,,,,,,2024-08-01");
      next = done(1);
    }
    SECTION("an extension: the client's next acceptance") {
      row("extend-window,P1,,,,,,2024-08-01");
      ledger.act("end-pairing", "P1", later);
      request("P2", "C1", "K2");
      next = ledger.act("accept-pairing", "P2", later);
    }
    SECTION("a session: its withdrawal") {
      row("mark-session-done,P1,,,,,1," + held);
      next = ledger.withdraw("P1", 1, later);
    }
    SECTION("a session: feedback on it") {
      row("mark-session-done,P1,,,,,1," + held);
      next = ledger.feedback("P1", 1, "4", later);
    }
    SECTION("a session that used the allowance: one that found it used up") {
      row("mark-session-done,P1,,,,,1," + held);
      done(2);
      next = done(3);
      REQUIRE(next.flags == "unsponsored");
    }
    SECTION("a withdrawal: the session marked anew") {
      done(1);
      row("withdraw-session,P1,,,,,1");
      next = done(1);
    }
    SECTION("a withdrawal: the session missed after all") {
      done(1);
      row("withdraw-session,P1,,,,,1");
      next = ledger.missed("P1", 1, held, later);
    }
    SECTION("a withdrawal: a session that may use what it gave back") {
      done(1), done(2);
      row("withdraw-session,P1,,,,,1");
      next = done(3);
      REQUIRE(next.flags.empty());
    }
    SECTION("a withdrawal: a request that needs something left") {
      done(1), done(2);
      ledger.act("end-pairing", "P1", later);
      row("withdraw-session,P1,,,,,1");
      next = request("P2", "C1", "K2");
    }
    SECTION("a miss: a second report of it") {
      row("mark-session-missed,P1,,,,,1," + held);
      next = ledger.missed("P1", 1, held, later, "K1");
      REQUIRE(next.flags == "same-miss");
    }
    SECTION("an acceptance: a decision that found the client engaged") {
      ledger.act("end-pairing", "P1", later);
      request("P2", "C2", "K2");
      row("accept-pairing,P2");
      ledger.apply("X2", "C2", "iom-executive-coaching/2024", "2024-03-10T12:00:00Z");
      next = ledger.decide("iom-executive-coaching/2024");
    }
  }
  SECTION("an application: its decision") {
    ledger.staff("S1");
    REQUIRE(ledger.import("applications", sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)})).has_value());
    next = ledger.decide(kCycle);
  }
  SECTION("a personnel record: a decision that saw it, though there is an older one") {
    ledger.staff("S1");
    ledger.apply("A1", "S1", kCycle, kPeriod);
    REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1", "P5")})).has_value());
    next = ledger.decide(kCycle);
  }
  SECTION("a personnel record: an earlier participation of somebody not known before") {
    REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1", "P5")})).has_value());
    next = ledger.took_part("S1", "iom-coaching", "CDT", "2019");
  }
  SECTION("a personnel record: a coach not known before") {
    REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1", "P5")})).has_value());
    next = ledger.coach("S1", "iom-coaching", 2);
  }
  SECTION("an earlier participation: a decision that found it") {
    ledger.staff("S1");
    ledger.apply("A1", "S1", kCycle, kPeriod);
    REQUIRE(ledger.import("participations", sheet_text("participations", {"S1,iom-coaching,CDT,2019,4"})).has_value());
    next = ledger.decide(kCycle);
  }
  SECTION("an earlier participation: a decision that rested on the row whose place it took being gone") {
    ledger.staff("S1");
    ledger.apply("A1", "S1", kCycle, kPeriod);
    ledger.took_part("S1", "iom-coaching", "CDT", "2019");
    REQUIRE(ledger.import("participations", sheet_text("participations", {"S1,iom-coaching,OHR,2019,4"})).has_value());
    next = ledger.decide(kCycle);
  }
  SECTION("an earlier participation: a decision that seats those never engaged first") {
    ledger.staff("S1");
    ledger.apply("A1", "S1", "iom-executive-coaching/2024", "2024-03-10T12:00:00Z");
    REQUIRE(ledger.import("participations", sheet_text("participations", {"S1,iom-coaching,CDT,2019,4"})).has_value());
    next = ledger.decide("iom-executive-coaching/2024");
  }

  REQUIRE(next.outcome == Outcome::kRecorded);
  std::string batch;
  for (const auto& [id, import] : ledger.state().imports) batch = id;
  const auto answer = undo(ledger, batch);
  CHECK(said(answer) == "refused built-upon");
  CHECK(answer.refusal.because == next.range.first);
}

TEST_CASE("rows that build on each other go together", "[undo][E-38]") {
  TestLedger ledger;
  ledger.seated("C1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 1);
  const auto before = lines_but_versions(ledger.state());
  const std::vector<std::string> life = {"2024-03-01T10:00:00Z,C1,request-pairing,P1,iom-coaching,2024,C1,K1,,,,,,",
                                         "2024-03-02T10:00:00Z,K1,accept-pairing,P1,,,,,,,,,,",
                                         "2024-03-03T10:00:00Z,K1,mark-session-missed,P1,,,,,1,2024-03-03,,,,",
                                         "2024-03-03T10:00:00Z,C1,mark-session-missed,P1,,,,,1,2024-03-03,,,,",
                                         "2024-03-04T10:00:00Z,K1,mark-session-done,P1,,,,,1,2024-03-04,60,,,",
                                         "2024-03-05T10:00:00Z,C1,give-feedback,P1,,,,,1,,,4,,good",
                                         "2024-03-06T10:00:00Z,K1,withdraw-session,P1,,,,,1,,,,by mistake,",
                                         "2024-03-07T10:00:00Z,K1,mark-session-done,P1,,,,,1,2024-03-07,60,,,",
                                         "2024-03-08T10:00:00Z,K1,extend-window,P1,,,,,,2024-08-01,,,ill,",
                                         "2024-03-09T10:00:00Z,K1,extend-window,P1,,,,,,2024-09-01,,,ill,",
                                         "2024-03-10T10:00:00Z,K1,end-pairing,P1,,,,,,,,,fit,",
                                         "2024-03-11T10:00:00Z,C1,request-pairing,P2,iom-coaching,2024,C1,K1,,,,,,",
                                         "2024-03-12T10:00:00Z,K1,decline-pairing,P2,,,,,,,,,full,"};
  REQUIRE(ledger.import("activity", sheet_text("activity", life)).value().recorded == life.size());
  const auto batch = newest_import(ledger);

  const auto answer = undo(ledger, batch);

  REQUIRE(said(answer) == "recorded");
  CHECK(answer.range.end.value - answer.range.first.value == life.size());
  auto after = lines_but_versions(ledger.state());
  after.erase("import/" + batch + " started");
  CHECK(difference(after, before) == "");
}

TEST_CASE("one undo is one command: linked events in the streams of the rows, newest row first", "[undo]") {
  TestLedger ledger;
  REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1"), staff_row("S2")})).has_value());
  const auto batch = newest_import(ledger);

  const auto answer = undo(ledger, batch);

  std::vector<Event> events;
  REQUIRE(read_events(ledger.log(), Position{answer.range.first.value - 3}, answer.range.end, [&](const Event& event) {
            events.push_back(event);
            return true;
          }).has_value());
  REQUIRE(events.size() == 5);  // two rows, the import's end, two undone
  CHECK(events[3].envelope.corrects == events[1].envelope.position.value + 1);
  CHECK(events[4].envelope.corrects == events[0].envelope.position.value + 1);
  CHECK(events[4].envelope.stream == events[0].envelope.stream);
  CHECK(events[4].envelope.subject == events[0].envelope.subject);
  CHECK(events[4].envelope.happened_at == events[0].envelope.happened_at);
  CHECK(events[4].envelope.correlation == events[3].envelope.correlation);
  const auto& undone = std::get<RowUndone>(events[4].body);
  CHECK(undone.batch == batch);
  CHECK(undone.row == 1);
  CHECK(undone.reason.empty());  // the vault has it
  CHECK(ledger.vault().record(events[4].envelope.position, FieldClass::kReason).value()->values.front().second == "the wrong file");
}

TEST_CASE("an undo sees the rows that were decided just before it, in the same group", "[undo]") {
  TestLedger ledger;
  const auto import = std::make_shared<const ImportInfo>(ImportInfo{"batch1", "staff", "test@host", "00"});
  Command row;
  row.actor = row.recorded_by = "test@host";
  row.import = import;
  std::promise<void> all_wait;
  std::vector<std::string> answers;
  ledger.sequencer().submit(row_of(row, staff_of("S0"), 1), [&](const Answer&) { all_wait.get_future().wait(); });

  for (uint64_t number = 2; number <= 5; ++number) {
    ledger.sequencer().submit(row_of(row, staff_of("S" + std::to_string(number)), number),
                              [&](const Answer& answer) { answers.push_back(said(answer)); });
  }
  Command undo;
  undo.actor = undo.recorded_by = "test@host";
  undo.channel = Channel::kImport;
  undo.body = UndoImport{"batch1", "the wrong file", 5};
  ledger.sequencer().submit(undo, [&](const Answer& answer) { answers.push_back(said(answer)); });
  all_wait.set_value();

  const State state = ledger.state();  // asked after the others, answered after them
  CHECK(answers == std::vector<std::string>(5, "recorded"));
  CHECK(state.undone.size() == 5);
  CHECK(std::none_of(state.people.begin(), state.people.end(), [](const auto& person) { return person.second.staff.has_value(); }));
}

TEST_CASE("what is undone is not undone twice", "[undo]") {
  TestLedger ledger;
  REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1")})).has_value());
  const auto batch = newest_import(ledger);
  REQUIRE(said(undo(ledger, batch)) == "recorded");

  CHECK(said(undo(ledger, batch)) == "unchanged");
}

TEST_CASE("an undo says no to an unknown import, to none of a reason, and where everything is built upon", "[undo]") {
  TestLedger ledger;
  REQUIRE(ledger.import("staff", sheet_text("staff", {staff_row("S1")})).has_value());
  const auto batch = newest_import(ledger);
  ledger.apply("A1", "S1", kCycle, kPeriod);
  const Position end = ledger.log().end();

  CHECK(said(undo(ledger, "nonsense")) == "refused unknown-import");
  CHECK(said(ledger.run(UndoImport{batch, "", std::nullopt})) == "refused no-reason");
  CHECK(said(ledger.run(UndoImport{batch, "why", 1})) == "refused other-rows");
  const auto answer = undo(ledger, batch);
  CHECK(said(answer) == "refused built-upon");
  CHECK(answer.refusal.because == ledger.application("A1").submitted);
  CHECK(ledger.log().end() == end);
}

TEST_CASE("a row that was undone is judged anew when it comes again", "[undo][E-38]") {
  TestLedger ledger;
  ledger.staff("S1");
  const auto sheet = sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)});
  REQUIRE(ledger.import("applications", sheet).value().recorded == 1);
  REQUIRE(said(undo(ledger, newest_import(ledger))) == "recorded");
  CHECK(ledger.state().application("A1") == nullptr);

  const auto again = ledger.import("applications", sheet).value();

  CHECK(again.recorded == 1);
  CHECK(ledger.import("applications", sheet).value().unchanged == 1);
}

TEST_CASE("once an application is undone, another by the same person or under the same reference is no duplicate", "[undo][E-38]") {
  TestLedger ledger;
  ledger.staff("S1"), ledger.staff("S2");
  REQUIRE(ledger.import("applications", sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)})).value().recorded == 1);
  const auto batch = newest_import(ledger);
  CHECK(said(ledger.apply("A2", "S1", kCycle, kPeriod)) == "refused duplicate");
  CHECK(said(ledger.apply("A1", "S2", kCycle, kPeriod)) == "refused duplicate");

  REQUIRE(said(undo(ledger, batch)) == "recorded");

  CHECK(said(ledger.apply("A2", "S1", kCycle, kPeriod)) == "recorded");
  CHECK(said(ledger.apply("A1", "S2", kCycle, kPeriod)) == "recorded");
}

TEST_CASE("a refusal that an undone row had replaced stands again, and the row with it", "[undo][S0-33]") {
  TestLedger ledger;
  const auto sheet = sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)});
  const auto refused = [&] { return ledger.stats(kCycle).refused_applications; };
  REQUIRE(ledger.import("applications", sheet).value().refused == 1);
  const auto first = newest_import(ledger);
  ledger.staff("S1");
  ledger.clock.pass(std::chrono::minutes(1));
  REQUIRE(ledger.import("applications", sheet).value().recorded == 1);
  CHECK(refused() == 0);

  REQUIRE(said(undo(ledger, newest_import(ledger))) == "recorded");
  const auto rows = refused_rows(ledger.log(), ledger.log().end(), std::nullopt, {}).value();

  CHECK(refused() == 1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].stands);
  CHECK(ledger.import("applications", sheet).value().recorded == 1);  // judged anew: the person is known by now
  CHECK(refused() == 0);
  REQUIRE(said(undo(ledger, first)) == "recorded");  // the refusal itself
  CHECK(refused() == 0);
}

TEST_CASE("a refused row that was undone no longer counts, and comes again as new", "[undo][S0-33]") {
  TestLedger ledger;
  const auto sheet = sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)});
  REQUIRE(ledger.import("applications", sheet).value().refused == 1);
  CHECK(ledger.import("applications", sheet).value().unchanged == 1);

  REQUIRE(said(undo(ledger, newest_import(ledger))) == "recorded");
  const auto rows = refused_rows(ledger.log(), ledger.log().end(), std::nullopt, {}).value();

  CHECK(ledger.stats(kCycle).refused_applications == 0);
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows[0].stands);
  CHECK(rows[0].undone.has_value());
  CHECK(ledger.import("applications", sheet).value().refused == 1);
}

TEST_CASE("a coach falls back to the record before, with its values", "[undo][S1-10]") {
  TestLedger ledger;
  ledger.accepted_coach("K1", "iom-coaching", 3);
  REQUIRE(ledger.import("coaches", sheet_text("coaches", {coach_row("K1", "iom-coaching", 7, "declined")})).value().recorded == 1);
  const auto id = ledger.vault().person("K1").value().value();
  CHECK(ledger.state().coach("iom-coaching", id)->capacity == 7);

  REQUIRE(said(undo(ledger, newest_import(ledger))) == "recorded");

  const State state = ledger.state();
  CHECK(state.coach("iom-coaching", id)->capacity == 3);
  CHECK(state.coach("iom-coaching", id)->review == "accepted");
}

TEST_CASE("a record that was undone does not come back when the one that replaced it is undone too", "[undo][S1-10]") {
  TestLedger ledger;
  const auto import = [&](const std::string& sheet, const std::string& row) {
    ledger.clock.pass(std::chrono::minutes(1));
    REQUIRE(ledger.import(sheet, sheet_text(sheet, {row})).value().recorded == 1);
    return newest_import(ledger);
  };
  ledger.staff("K1");
  const auto older = import("staff", staff_row("S1", "P1")), newer = import("staff", staff_row("S1", "P2"));
  const auto older_coach = import("coaches", coach_row("K1", "iom-coaching", 3)), newer_coach = import("coaches", coach_row("K1", "iom-coaching", 7));
  const auto person = ledger.vault().person("S1").value().value(), coach = ledger.vault().person("K1").value().value();

  for (const auto& batch : {older, older_coach}) REQUIRE(said(undo(ledger, batch)) == "recorded");
  const State once = ledger.state();
  for (const auto& batch : {newer, newer_coach}) REQUIRE(said(undo(ledger, batch)) == "recorded");
  const State twice = ledger.state();

  CHECK(once.known_person(person));
  CHECK(once.coach("iom-coaching", coach)->capacity == 7);
  CHECK_FALSE(twice.known_person(person));
  CHECK(twice.coach("iom-coaching", coach) == nullptr);
}

TEST_CASE("feedback that was undone does not come back with the session that it was given on", "[undo][S1-28]") {
  TestLedger ledger;
  ledger.seated("C1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 1);
  ledger.paired("P1", kCycle, "C1", "K1", "2024-03-01T12:00:00Z");
  ledger.done("P1", 1, "2024-03-05", "2024-03-06T12:00:00Z");
  const auto import = [&](const std::string& row) {
    ledger.clock.pass(std::chrono::minutes(1));
    REQUIRE(ledger.import("activity", sheet_text("activity", {row})).value().recorded == 1);
    return newest_import(ledger);
  };
  const auto feedback = import("2024-03-07T10:00:00Z,C1,give-feedback,P1,,,,,1,,,4,,good");
  ledger.feedback("P1", 1, "5", "2024-03-07T11:00:00Z", "K1");
  const auto withdrawal = import("2024-03-08T10:00:00Z,K1,withdraw-session,P1,,,,,1,,,,by mistake,");

  REQUIRE(said(undo(ledger, feedback)) == "recorded");
  REQUIRE(said(undo(ledger, withdrawal)) == "recorded");

  const State state = ledger.state();
  const auto& session = state.pairing("P1")->sessions.at(1);
  CHECK(session.done);
  CHECK(session.feedback.size() == 1);
}

TEST_CASE("once its acceptance is undone, a pairing is no re-pairing", "[undo][S1-23]") {
  TestLedger ledger;
  ledger.seated("C1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 1);
  ledger.paired("P1", kCycle, "C1", "K1", "2024-03-01T12:00:00Z");
  ledger.act("end-pairing", "P1", "2024-03-02T12:00:00Z");
  ledger.request("P2", kCycle, "C1", "K1", "2024-03-03T12:00:00Z");
  REQUIRE(ledger.import("activity", sheet_text("activity", {"2024-03-04T10:00:00Z,K1,accept-pairing,P2,,,,,,,,,,"})).value().recorded == 1);
  CHECK(ledger.stats(kCycle).re_pairings == 1);

  REQUIRE(said(undo(ledger, newest_import(ledger))) == "recorded");

  CHECK(ledger.stats(kCycle).re_pairings == 0);
  CHECK(ledger.stats(kCycle).pairings == 1);
}

TEST_CASE("what is left of an undone thing says which event undid it, and why to those who may look", "[undo]") {
  TestLedger ledger;
  ledger.staff("S1");
  REQUIRE(ledger.import("applications", sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)})).has_value());
  const auto submitted = ledger.application("A1").submitted;
  const auto answer = undo(ledger, newest_import(ledger));
  const State state = ledger.state();
  const auto vault = ledger.vault();
  const Looker admin(state, vault);

  Desk sealed(state, vault, nullptr), open(state, vault, admin.reader());
  Card from_afar{"A1", {}}, near_by{"A1", {}}, nothing{"A2", {}};
  CHECK(made(add_undone(state, ledger.log(), "application/A1", sealed, from_afar)));
  CHECK(made(add_undone(state, ledger.log(), "application/A1", open, near_by)));
  CHECK_FALSE(made(add_undone(state, ledger.log(), "application/A2", open, nothing)));

  REQUIRE(near_by.sections.size() == 1);
  CHECK(near_by.sections[0].lines[0].events == std::vector{submitted, answer.range.first});
  CHECK(near_by.sections[0].lines[0].value.find("the wrong file") != std::string::npos);
  CHECK(from_afar.sections[0].lines[0].value.find("the wrong file") == std::string::npos);
}

TEST_CASE("a change that an undo made is the undo's, not that of the event it fell back to", "[undo][clocks]") {
  TestLedger ledger;
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.staff("S1");
  REQUIRE(ledger.import("applications", sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)})).has_value());
  const auto applications = newest_import(ledger);
  ledger.clock.pass(std::chrono::minutes(1));
  REQUIRE(ledger.import("coaches", sheet_text("coaches", {coach_row("K1", "iom-coaching", 7)})).has_value());
  const auto coaches = newest_import(ledger);
  const auto cycle = TestLedger::cycle_id(kCycle);
  const State before = ledger.state();
  const auto first = undo(ledger, applications), second = undo(ledger, coaches);
  const State after = ledger.state();

  const auto made = changes(lines_of(before, *before.cycle(cycle)), lines_of(after, *after.cycle(cycle)), after.undone);

  REQUIRE(made.size() == 4);  // person, cycle and submission of the application; the coach's capacity
  for (size_t i = 0; i < 3; ++i) {
    CHECK(made[i].event == first.range.first);
    CHECK(made[i].to.empty());
  }
  CHECK(made[3].event == second.range.first);
  CHECK(made[3].to == "3");
}

}  // namespace daybook::test
