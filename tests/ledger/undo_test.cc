// Undo of an import: held against a fold that leaves the undone rows out, and against a ledger that was never told them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "ledger/happened.h"
#include "ledger/undo_plan.h"
#include "projections/refused_rows.h"
#include "projections/show.h"
#include "projections/state_lines.h"
#include "tests/ledger/undo_season.h"

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

// The lines of a ledger as any ledger would have them: people by staff number, no positions, no random ids of imports.
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
  CHECK(events[4].envelope.caused_by == events[3].envelope.position.value + 1);
  CHECK(events[4].envelope.correlation == events[3].envelope.correlation);
  const auto& undone = std::get<RowUndone>(events[4].body);
  CHECK(undone.batch == batch);
  CHECK(undone.row == 1);
  CHECK(undone.reason.empty());  // the vault has it
  CHECK(ledger.vault().record(events[4].envelope.position, FieldClass::kReason).value()->values.front().second == "the wrong file");
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

TEST_CASE("what is left of an undone thing says which event undid it, and why to those who may look", "[undo]") {
  TestLedger ledger;
  ledger.staff("S1");
  REQUIRE(ledger.import("applications", sheet_text("applications", {application_row("A1", "S1", kCycle, kPeriod)})).has_value());
  const auto submitted = ledger.application("A1").submitted;
  const auto answer = undo(ledger, newest_import(ledger));
  const State state = ledger.state();
  const auto vault = ledger.vault();
  const auto tables = DeskTables::build(state, vault).value();

  Desk sealed(state, vault, nullptr), open(state, vault, &tables);
  Card from_afar{"A1", {}}, near_by{"A1", {}}, nothing{"A2", {}};
  CHECK(add_undone(state, "application/A1", sealed, from_afar));
  CHECK(add_undone(state, "application/A1", open, near_by));
  CHECK_FALSE(add_undone(state, "application/A2", open, nothing));

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
