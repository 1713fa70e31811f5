// What an answer tells beside its rows: a count that moves, a gap, a heading, a reason. None of it tells of what is out of reach.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "projections/held.h"
#include "projections/lists.h"
#include "projections/statistics.h"
#include "projections/things.h"
#include "tests/projections/house.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr const char* kCycle = "iom-coaching/2024";

// Whole: headings without lines and the events behind the lines too.
std::string whole_text(const std::vector<Card>& cards) {
  std::string text;
  for (const auto& card : cards) {
    text += card.title + "\n";
    for (const auto& section : card.sections) {
      text += section.heading + ":\n";
      for (const auto& line : section.lines) {
        text += line.label + "=" + line.value;
        for (const auto at : line.events) text += fmt::format(" [{}]", at.value);
        text += "\n";
      }
    }
  }
  return text;
}

std::string whole_text(const Table& table) {
  std::string text;
  for (const auto& row : table.rows) text += fmt::format("{}\n", fmt::join(row, "|"));
  return text;
}

// Somebody of a ledger in memory, in a role that nobody has to grant; and what they are told of things.
struct Asking {
  explicit Asking(TestLedger& of) : ledger(of), state(of.state()), vault(of.vault()), tables(made(DeskTables::build(state, vault))) {}
  Asking(const Asking&) = delete;

  PersonId id(const std::string& name) const { return made(vault.person(name)).value(); }
  Reader as(const std::string& name, Role role) const {
    return {made(vault.person(name)).value_or(PersonId{}), role, *parse_instant("2024-06-01T12:00:00Z"), &state, &table, &tables};
  }
  std::string shown(const Reader* reader, const std::string& thing) const {
    Desk desk(state, vault, reader);
    return whole_text(made(things({state, ledger.log(), std::nullopt, desk}, thing, false)));
  }

  TestLedger& ledger;
  const State state;
  const Vault vault;
  const SeeTable table = shipped_see_table();
  const DeskTables tables;
};

// As each of those who may ask: what they are told of each thing.
std::map<std::string, std::string> shown_to_all(TestLedger& ledger, const std::vector<std::string>& asked) {
  const Asking now(ledger);
  const Looker administrator(now.state, now.vault, Role::kAdministrator, "un-coaching"), lead(now.state, now.vault, Role::kSupervisionLead);
  const auto client = now.as("U1", Role::kClient), coach = now.as("K2", Role::kCoach), nobody = now.as("nobody", Role::kPublic);
  std::map<std::string, std::string> told;
  for (const auto& thing : asked) {
    told["client " + thing] = now.shown(&client, thing);
    told["coach " + thing] = now.shown(&coach, thing);
    told["administrator of another programme " + thing] = now.shown(administrator.reader(), thing);
    told["supervision lead " + thing] = now.shown(lead.reader(), thing);
    told["public " + thing] = now.shown(&nobody, thing);
  }
  return told;
}

// Everything that a reader is told as of the events before `end`: no list of events, which tells of those in reach alone.
std::string told_at(const House& house, const Reader& now, Position end) {
  AsOf as_of;
  as_of.position = end;
  const auto state = made(replay(house.ledger->log(), as_of)).state;
  const auto tables = made(DeskTables::build(state, *house.vault));
  auto reader = now;
  reader.tables = &tables;
  Desk desk(state, *house.vault, &reader);
  std::string text;
  for (const auto* id :
       {"A-U1", "A-U2", "A-U3", "P-U1", "P-U2", "U1", "U2", "K1", "iom-coaching/K1", "iom-coaching/K2", "iom-coaching/K3", kHouseCycle}) {
    for (const bool explained : {false, true}) text += whole_text(made(things({state, house.ledger->log(), std::nullopt, desk}, id, explained)));
  }
  const auto* cycle = state.cycle(kIn);
  for (const auto& info : lists()) text += whole_text(*list(info.name, state, *cycle, Day(std::chrono::year{2025} / 1 / 1), desk));
  text += whole_text(imports(state, made(import_programmes(house.ledger->log(), state.end)), desk));
  text += whole_text(roles(state, desk)) + whole_text(proposals(state, desk));
  if (desk.reaches("figures", {{}, kIn, ""}) && may_count(state, kIn, desk)) {
    for (const auto& [name, value] : named_figures(as_told(made(statistics(state, *cycle, *house.vault)), kIn, true, desk))) text += name + value;
  }
  return text;
}

}  // namespace

TEST_CASE("for supervision lead and client, no answer at N differs from the one at N+1 unless they may be told of event N", "[disclosure][clocks]") {
  const House house;
  const auto table = shipped_see_table();
  const auto events = house.ledger->events();
  const auto is_form = [](const Event& event) { return std::holds_alternative<ApplicationSubmitted>(event.body); };
  const auto first = std::find_if(events.begin(), events.end(), is_form)->envelope.position;  // cycles are there for everybody
  size_t compared = 0;

  for (const auto& [who, role] : {std::pair{"SL", Role::kSupervisionLead}, std::pair{"U1", Role::kClient}, std::pair{"U3", Role::kClient}}) {
    const auto reader = house.reader(who, role, table);
    Desk desk(house.state, *house.vault, &reader);
    auto before = told_at(house, reader, first);
    for (Position at = first; at < house.state.end; ++at.value) {
      const auto after = told_at(house, reader, Position{at.value + 1});
      const auto& event = events[at.value];
      if (!desk.reaches(event)) {
        INFO(who << " and event " << at.value << ", " << kind_of(event.body).name);
        CHECK(before == after);
        ++compared;
      }
      before = after;
    }
  }
  CHECK(compared > 60);
}

TEST_CASE("whoever may be told of every event of a cycle has its figures as of any moment", "[disclosure][clocks]") {
  const House house;
  const auto table = shipped_see_table();
  const auto state = made(replay(house.ledger->log(), {Position{house.state.end.value - 1}, std::nullopt, std::nullopt})).state;
  const auto may = [&](const std::string& who, Role role, const State& then) {
    const auto reader = house.reader(who, role, table);
    Desk desk(then, *house.vault, &reader);
    return may_count(then, kIn, desk);
  };
  Desk sealed(state, *house.vault, nullptr);

  CHECK(may("AD", Role::kAdministrator, state));
  CHECK(may("AU", Role::kAuditor, state));
  CHECK_FALSE(may("SL", Role::kSupervisionLead, state));
  CHECK_FALSE(may("U1", Role::kClient, state));
  CHECK_FALSE(may("K1", Role::kCoach, state));
  CHECK(may("SL", Role::kSupervisionLead, house.state));
  CHECK(may_count(state, kIn, sealed));
}

TEST_CASE("undoing an import shows nobody anything that they could not see the moment before", "[disclosure][undo]") {
  TestLedger ledger;
  ledger.seated("U1", kCycle);
  ledger.staff("U2");
  ledger.apply("A-other", "U2", "un-coaching/2023-pilot",
               to_text(Instant(ledger.state().cycle({"un-coaching", "2023-pilot"})->rules->opens_on) + std::chrono::hours{12}));
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.accepted_coach("K2", "iom-coaching", 3);
  ledger.staff("K9");
  ledger.paired("P0", kCycle, "U1", "K2", "2024-02-02T12:00:00Z");
  REQUIRE(said(ledger.act("end-pairing", "P0", "2024-02-03T12:00:00Z")) == "recorded");
  made(ledger.import("applications",
                     "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n"
                     "A2,iom-coaching,2024,U2,2024-01-05T05:00:00+01:00,1,yes,both,en,Europe/Berlin,to learn\n"));
  made(ledger.import("coaches",
                     "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,"
                     "reviewed_on,review\niom-coaching,K9,icf-certification,,,,,,3,2023-01-01,,\n"));
  made(ledger.import("activity",
                     "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n"
                     "2024-03-10T12:00:00Z,U1,request-pairing,P1,iom-coaching,2024,U1,K1,,,,,,\n"));
  const auto known = ledger.vault();
  std::vector<std::string> asked = {"A2", "P1", "P0", "A-U1"};
  for (const auto* number : {"U2", "K9"}) asked.push_back(made(known.person(number)).value().value);
  asked.push_back("iom-coaching/" + asked.back());
  const auto batches = ledger.state().imports;
  REQUIRE(batches.size() == 3);
  REQUIRE(ledger.state().application("A2") != nullptr);
  REQUIRE(ledger.state().pairing("P1") != nullptr);
  const auto before = shown_to_all(ledger, asked);

  for (const auto& [batch, import] : batches) REQUIRE(said(ledger.run(UndoImport{batch, "WrongFile", std::nullopt})) == "recorded");

  REQUIRE(ledger.state().undone.size() == 3);
  for (const auto& [question, after] : shown_to_all(ledger, asked)) {
    INFO(question << ": " << after);
    CHECK((after.empty() || !before.at(question).empty()));
    CHECK((question == "client P1" || after.find("WrongFile") == std::string::npos));  // why their own was undone
  }
}

TEST_CASE("of what was undone its administrator is told, and why", "[show][undo]") {
  TestLedger ledger;
  ledger.staff("U2");
  made(ledger.import("applications",
                     "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n"
                     "A2,iom-coaching,2024,U2,2024-01-05T05:00:00+01:00,1,yes,both,en,Europe/Berlin,to learn\n"));
  REQUIRE(said(ledger.run(UndoImport{ledger.state().imports.begin()->first, "WrongFile", std::nullopt})) == "recorded");
  const Asking now(ledger);
  const Looker administrator(now.state, now.vault, Role::kAdministrator, "iom-coaching");

  const auto text = now.shown(administrator.reader(), "A2");

  CHECK(says(text, "what was recorded is undone"));
  CHECK(says(text, "WrongFile"));
}

TEST_CASE("`show CLIENT --json` as coach is the same whether or not the client took part before", "[show][disclosure]") {
  TestLedger ledger;
  ledger.seated("U1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.paired("P1", kCycle, "U1", "K1", "2024-02-02T12:00:00Z");
  const auto shown = [&] {
    const Asking now(ledger);
    const auto coach = now.as("K1", Role::kCoach);
    return now.shown(&coach, now.id("U1").value);
  };
  const auto before = shown();
  REQUIRE(says(before, "P1"));

  REQUIRE(said(ledger.took_part("U1", "elsewhere", "CDT", "2019")) == "recorded");

  CHECK(shown() == before);
}

TEST_CASE("a card names the events behind it that the reader may be told of, and no others", "[show][disclosure]") {
  const House house;
  const auto table = shipped_see_table();
  const auto events = house.ledger->events();
  size_t named = 0;

  for (const auto& [who, role] : {std::pair{"K1", Role::kCoach}, std::pair{"U1", Role::kClient}, std::pair{"SL", Role::kSupervisionLead}}) {
    const auto reader = house.reader(who, role, table);
    Desk desk(house.state, *house.vault, &reader);
    for (const auto* id : {"A-U1", "P-U1", "U1", "iom-coaching/K1", kHouseCycle}) {
      for (const bool explained : {false, true}) {
        for (const auto& card : made(things({house.state, house.ledger->log(), std::nullopt, desk}, id, explained))) {
          for (const auto& section : card.sections) {
            for (const auto& line : section.lines) {
              INFO(who << ": " << card.title << ", " << line.label);
              for (const auto at : line.events) CHECK(desk.reaches(events[at.value]));
              named += line.events.size();
            }
          }
        }
      }
    }
  }
  CHECK(named > 10);
}

TEST_CASE("a coach's export has what others did in their pairings", "[rights][C3]") {
  const House house;
  const auto table = shipped_see_table();
  const auto reader = house.reader("K1", Role::kCoach, table);
  Desk desk(house.state, *house.vault, &reader), sealed(house.state, *house.vault, nullptr);

  std::string text;
  for (const auto& card : made(held_of(house.ledger->log(), house.id("K1"), desk, sealed))) text += text_of("export", card);

  CHECK(says(text, "pairing P-U1: session 1 done"));
  CHECK_FALSE(says(text, "P-U2"));
  CHECK_FALSE(says(text, "CommentU1"));
  CHECK_FALSE(says(text, "MinutesU1"));
}

TEST_CASE("whoever is told of somebody has looked at them, also where every value is sealed", "[looks][disclosure]") {
  const House house;
  const auto table = shipped_see_table();
  const auto auditor = house.reader("AU", Role::kAuditor, table);
  const auto& cycle = *house.state.cycle(kIn);
  const auto looked_at = [&](const std::string& name) {
    Desk desk(house.state, *house.vault, &auditor);
    REQUIRE_FALSE(list(name, house.state, cycle, Day(std::chrono::year{2025} / 1 / 1), desk)->rows.empty());
    CHECK(desk.looked());
    return desk.subjects();
  };
  const std::set<PersonId> clients = {house.id("U1"), house.id("U2"), house.id("U3")};
  const std::set<PersonId> pairs = {house.id("U1"), house.id("U2"), house.id("K1"), house.id("K2")};

  CHECK(looked_at("decisions") == clients);
  CHECK(looked_at("applications") == clients);
  CHECK(looked_at("seats") == clients);
  CHECK(looked_at("pairings") == pairs);
  CHECK(looked_at("sessions") == pairs);
  CHECK(looked_at("coaches") == std::set<PersonId>{house.id("K1"), house.id("K2"), house.id("K3")});
  Desk card(house.state, *house.vault, &auditor);
  REQUIRE_FALSE(made(things({house.state, house.ledger->log(), std::nullopt, card}, "A-U1", false)).empty());
  CHECK(card.subjects() == std::set<PersonId>{house.id("U1")});
  Desk sealed(house.state, *house.vault, nullptr);
  CHECK(list("decisions", house.state, cycle, Day{}, sealed)->rows.size() == 3);
  CHECK_FALSE(sealed.looked());
}

}  // namespace daybook::test
