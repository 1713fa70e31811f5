// Each sentence of sentences.h is tried on every surface on which something is told, and is about words that somebody else may see.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "ledger/facts.h"
#include "projections/explain.h"
#include "projections/glasses.h"
#include "projections/looks.h"
#include "projections/state_lines.h"
#include "projections/statistics.h"
#include "projections/things.h"
#include "tests/projections/house.h"
#include "tests/projections/sentences.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr auto kClient = Role::kClient, kCoach = Role::kCoach, kAdmin = Role::kAdministrator, kLead = Role::kSupervisionLead,
               kAuditor = Role::kAuditor, kOfficer = Role::kComplianceOfficer;

BySurface answers_to(const House& house, const SeeTable& table, const std::string& who, Role role) {
  const auto reader = house.reader(who, role, table);
  return Answers(house, reader).by_surface();
}

// Of every role: what is told to anybody at all.
std::string told_to_anybody(const House& house, const SeeTable& table) {
  std::string all;
  for (const auto& [who, role] : {std::pair{"AD", kAdmin}, std::pair{"CO", kOfficer}, std::pair{"U1", kClient}, std::pair{"U2", kClient},
                                  std::pair{"K1", kCoach}, std::pair{"K2", kCoach}, std::pair{"SL", kLead}}) {
    all += all_of(answers_to(house, table, who, role));
  }
  return all;
}

}  // namespace

TEST_CASE("what the requirements keep from somebody, no surface tells them", "[disclosure][S0-06][S1-37]") {
  const House house;
  const auto table = shipped_see_table();
  REQUIRE(disclosure_sentences().size() >= 60);
  std::map<std::pair<std::string, Role>, BySurface> asked;
  size_t tried = 0;

  for (const auto& sentence : disclosure_sentences()) {
    auto& answers = asked[{sentence.who, sentence.role}];
    if (answers.empty()) answers = answers_to(house, table, sentence.who, sentence.role);
    for (const auto& words : sentence.told) {
      for (const auto& [surface, text] : answers) {
        INFO(sentence.says << ": " << words << " on " << surface);
        CHECK(text.find(with_ids(words, [&](const std::string& name) { return house.id(name); })) == std::string::npos);
        ++tried;
      }
    }
  }
  CHECK(tried > 2000);
}

TEST_CASE("the words that the sentences are about are told to somebody", "[disclosure]") {
  const House house;
  const auto told = told_to_anybody(house, shipped_see_table());

  for (const auto& sentence : disclosure_sentences()) {
    for (const auto& words : sentence.told) {
      INFO(sentence.says << ": " << words);
      CHECK(told.find(with_ids(words, [&](const std::string& name) { return house.id(name); })) != std::string::npos);
    }
  }
}

TEST_CASE("the state as text, which diff and replay --dump write, holds no value of anybody", "[disclosure][diff]") {
  const House house;
  std::string lines;
  for (const auto& [path, line] : lines_of(house.state)) lines += path + " = " + line.value + "\n";

  for (const auto* words : {"Motivation", "FormTongue", "FormVersion", "mail-canary", "GradeCanary", "StaffTongue", "Name of", "Comment", "Reason",
                            "Certificate", "Area", "Minutes", "EarlierProgramme", "WhyRole", "WhyOf"}) {
    INFO(words);
    CHECK(lines.find(words) == std::string::npos);
  }
}

TEST_CASE("whoever is told of a refused row has looked at whom it was about, also where its values are sealed", "[disclosure]") {
  const House house;
  const auto table = shipped_see_table();
  const auto rows = made(refused_rows(house.ledger->log(), house.state.end, std::nullopt, {}));
  size_t told = 0;

  for (const auto& [who, role] : {std::pair{"AD", kAdmin}, std::pair{"CO", kOfficer}, std::pair{"AU", kAuditor}, std::pair{"U1", kClient},
                                  std::pair{"K1", kCoach}, std::pair{"SL", kLead}, std::pair{"DP", Role::kDataProtectionOfficer}}) {
    const auto reader = house.reader(who, role, table);
    for (const auto& row : rows) {
      Desk desk(house.state, *house.vault, &reader);
      Card card{"refused", {}};
      explain_refusals({row}, desk, card);
      INFO(who << " and the row at " << row.at.value);
      CHECK(desk.subjects().contains(row.person) == !card.sections.empty());
      told += !card.sections.empty();
    }
  }
  CHECK(told > 0);
}

TEST_CASE("whoever is told that something was undone has looked at whom it was about, also where the reason is sealed", "[disclosure]") {
  TestLedger ledger;
  ledger.staff("U1");
  made(ledger.import("applications",
                     "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n"
                     "A1,iom-coaching,2024,U1,2024-01-10T10:00:00Z,v1,yes,both,en,UTC,to grow\n"));
  const auto batch = ledger.state().imports.begin()->first;
  REQUIRE(said(ledger.run(UndoImport{batch, "by mistake", {}})) == "recorded");
  const auto state = ledger.state();
  const auto vault = ledger.vault();
  size_t told = 0;

  for (const auto role : {kAdmin, kAuditor, kOfficer, Role::kDataProtectionOfficer}) {
    const Looker looker(state, vault, role);
    Desk desk(state, vault, looker.reader());
    const auto cards = made(things({state, ledger.log(), std::nullopt, desk}, "A1", false));
    INFO(role_name(role));
    CHECK((cards.empty() || desk.looked()));
    told += cards.size();
  }
  CHECK(told > 0);
}

TEST_CASE("a role that was ended gives nothing as of a moment at which it was held", "[disclosure][rights][S0-07]") {
  const House house;
  const auto table = shipped_see_table();
  const auto reader = house.reader("AF", kAdmin, table);
  const auto& log = house.ledger->log();
  AsOf then;
  fine(read_events(log, Position{}, log.end(), [&](const Event& event) {
    if (std::holds_alternative<RoleEnded>(event.body)) then.position = event.envelope.position;
    return true;
  }));
  const auto held_then = made(replay(log, then)).state;

  Desk desk(held_then, *house.vault, &reader);

  REQUIRE(relation(held_then, reader.actor, kAdmin, {house.id("U1"), kIn, ""}, reader.today()) == Relation::kInScope);
  CHECK(desk.sight("registration.motivation", {house.id("U1"), kIn, ""}) == Sight::kAbsent);
}

TEST_CASE("whoever has left a unit is out of reach of its roles, as of earlier too", "[disclosure][rights]") {
  const House house;
  const auto table = shipped_see_table();
  auto reader = house.reader("UA", kAdmin, table);
  auto staff = staff_of("U1");
  staff.entity = "EntityCanaryU2";
  REQUIRE(said(house.ledger->staff(staff)) == "recorded");
  const auto now = house.ledger->state();
  const auto units = made(DeskTables::build(now, *house.vault));
  const Matter of_u1{house.id("U1"), kIn, ""};

  Desk before(house.state, *house.vault, &reader);
  CHECK(before.sight("registration", of_u1) == Sight::kShown);
  reader.state = &now;
  reader.units = &units;
  Desk after(house.state, *house.vault, &reader);
  CHECK(after.sight("registration", of_u1) == Sight::kAbsent);
}

TEST_CASE("a role of one unit reaches the people of that unit, as they are now, and nothing that is about nobody", "[disclosure][rights][S0-07]") {
  const House house;
  const auto table = shipped_see_table();

  const auto text = all_of(answers_to(house, table, "UA", kAdmin));
  house.ledger->channel = Channel::kCli;
  const auto extend = [&](const std::string& ref) {
    return said(house.ledger->run(Act{Action::kExtendWindow, ref, "", "", "", "", {}, parse_day("2024-12-01"), "", "", "why", ""}, "", "UA"));
  };

  CHECK(text.find("MotivationU1") != std::string::npos);
  CHECK(extend("P-U1") == "recorded");
  CHECK(extend("P-U2") == "refused not-allowed");
  CHECK(said(house.ledger->run(DecideCycle{kIn}, "", "UA")) == "refused not-allowed");
  CHECK(said(house.ledger->run(GrantRole{"U1", "auditor", "iom-coaching", "", {}, "why"}, "", "UA")) == "refused not-allowed");
  CHECK(said(house.ledger->run(GrantRole{"U1", "auditor", "iom-coaching", "EntityCanaryU1", {}, "why"}, "", "UA")) == "recorded");
}

TEST_CASE("to whoever may not, an action on what is there and on what is not has one answer, of every kind of id", "[rights][disclosure][S0-06]") {
  const House house;
  auto& ledger = *house.ledger;
  ledger.channel = Channel::kCli;
  const auto batch = house.state.imports.begin()->first;
  const auto on = [](Action action, const std::string& ref) {
    return Act{action, ref, "iom-coaching", "2024", "U1", "K1", 1, parse_day("2024-12-01"), "", "4", "why", ""};
  };
  std::vector<std::pair<CommandBody, CommandBody>> pairs = {
      {DecideReferral{"A-U1", true, "why"}, DecideReferral{"A-XX", true, "why"}},
      {AcceptOffer{"A-U1"}, AcceptOffer{"A-XX"}},
      {DeclineOffer{"A-U1", "why"}, DeclineOffer{"A-XX", "why"}},
      {RectifyForm{"A-U1", {{"commitment", "no"}}, "why"}, RectifyForm{"A-XX", {{"commitment", "no"}}, "why"}},
      {RectifyStaff{"U1", {{"grade", "P9"}}, "why"}, RectifyStaff{"XX", {{"grade", "P9"}}, "why"}},
      {PlaceHold{"U1", "why"}, PlaceHold{"XX", "why"}},
      {LiftHold{"U2", "why"}, LiftHold{"XX", "why"}},
      {ErasePerson{house.id("U1"), Day{}, "why"}, ErasePerson{PersonId{"nobody"}, Day{}, "why"}},
      {UndoImport{batch, "why", {}}, UndoImport{"no-such-batch", "why", {}}},
      {BreakGlass{"g", "U1", {}, {"contact"}, 5, "why", "CO"}, BreakGlass{"g", "XX", {}, {"contact"}, 5, "why", "CO"}},
      {ReviewGlass{"glass1", "proper", "why"}, ReviewGlass{"no-such-glass", "proper", "why"}},
      {CloseProposal{"5", "seconded", ""}, CloseProposal{"99999", "seconded", ""}},
  };
  for (size_t i = 1; i < std::size(kActionNames); ++i) pairs.emplace_back(on(static_cast<Action>(i), "P-U1"), on(static_cast<Action>(i), "P-XX"));
  size_t compared = 0;

  for (const auto* who : {"AX", "U3", "K3", "SP", "LM", "AF", "AE", "nobody"}) {
    for (const auto& [there, made_up] : pairs) {
      const auto to_there = ledger.run(there, "", who), to_made_up = ledger.run(made_up, "", who);
      INFO(who << " " << there.index());
      CHECK(said(to_there) == "refused not-allowed");
      CHECK(said(to_made_up) == said(to_there));
      CHECK(to_made_up.refusal.saw == to_there.refusal.saw);
      CHECK(to_made_up.refusal.wants == to_there.refusal.wants);
      CHECK(to_made_up.refusal.because == to_there.refusal.because);
      ++compared;
    }
  }
  CHECK(compared == 8 * pairs.size());
}

TEST_CASE("of what a command is about, nothing is read for whoever may not: how long the no takes says nothing", "[rights][disclosure][S0-06]") {
  const House house;
  NameCache cache;
  SeededRandomness randomness;
  const auto gathered = [&](CommandBody body, const std::string& who, Channel channel = Channel::kCli) {
    Command command;
    command.body = std::move(body);
    command.actor = command.recorded_by = who;
    command.channel = channel;
    const auto today = std::chrono::floor<std::chrono::days>(house.ledger->clock.now());
    return made(gather_facts(house.state, *house.vault, *house.log, command, cache, randomness, today, shipped_do_table()));
  };
  const UndoImport undo{house.state.imports.begin()->first, "why", {}};
  const ErasePerson erase{house.id("U1"), Day{}, "why"};
  const RectifyStaff rectify{"U1", {{"grade", "P9"}}, "why"};

  for (const auto* who : {"AX", "U3", "nobody"}) {
    CHECK(gathered(undo, who).facts.rows.empty());
    CHECK_FALSE(gathered(erase, who).erasure);
    CHECK_FALSE(gathered(rectify, who).facts.staff);
  }
  CHECK_FALSE(gathered(undo, "admin", Channel::kImport).facts.rows.empty());  // of a row no right is asked
  CHECK(gathered(erase, "AD").erasure);
  CHECK(gathered(rectify, "AD").facts.staff);
}

TEST_CASE("a client who asks for a coach who is not accepted, for somebody else, or for nobody, hears the same", "[rights][S1-14]") {
  TestLedger ledger;
  constexpr const char* kCycle = "un-coaching/2023-pilot";
  ledger.seated("U1", kCycle);
  ledger.staff("S1");
  auto pending = coach_of("un-coaching", 2);
  pending.review = "";
  ledger.staff("K1");
  REQUIRE(said(ledger.run(RecordCoach{"K1", pending})) == "recorded");
  REQUIRE(said(ledger.run(PlaceHold{"S1", "contested"})) == "recorded");
  ledger.channel = Channel::kCli;
  const auto ask = [&](const std::string& coach) {
    return ledger.run(Act{Action::kRequestPairing, "P1", "un-coaching", "2023-pilot", "U1", coach, {}, {}, "", "", "", ""}, "", "U1").refusal;
  };

  const auto not_accepted = ask("K1"), no_coach = ask("S1"), nobody = ask("no such number");

  for (const auto* refusal : {&no_coach, &nobody}) {
    CHECK(refusal->rule == "coach-unknown");
    CHECK(refusal->rule == not_accepted.rule);
    CHECK(refusal->saw == not_accepted.saw);
    CHECK(refusal->wants == not_accepted.wants);
    CHECK(refusal->because == not_accepted.because);
  }
}

TEST_CASE("the mean of ratings is told where the table counts them, and not as of another moment", "[disclosure][C5]") {
  const House house;
  const auto table = shipped_see_table();
  Statistics figures;
  figures.rating_mean = "4.25";
  const auto mean = [&](const std::string& who, Role role, bool earlier, const SeeTable& by) {
    const auto reader = house.reader(who, role, by);
    Desk desk(house.state, *house.vault, &reader);
    return as_told(figures, kIn, earlier, desk).rating_mean.value_or("none");
  };
  const auto row = static_cast<size_t>(std::find(table.rows().begin(), table.rows().end(), "statistic") - table.rows().begin());
  const auto column =
      static_cast<size_t>(std::find(table.columns().begin(), table.columns().end(), "administrator in scope") - table.columns().begin());

  CHECK(mean("AD", kAdmin, false, table) == "4.25");
  CHECK(mean("AD", kAdmin, true, table) == "none");
  CHECK(mean("AD", kAdmin, false, table.with(row, column, Sight::kAbsent)) == "none");
  CHECK(mean("SL", kLead, false, table) == "none");
  CHECK(mean("AU", kAuditor, false, table) == "none");
}

TEST_CASE("whoever is named as the second person of a broken glass is told, until somebody has reviewed it", "[glass][C4]") {
  const House house;
  auto state = house.state;

  const auto lines = glasses_to_tell(state, house.id("CO"));

  REQUIRE(lines.size() == 1);
  CHECK(says(lines[0], "glass1"));
  CHECK_FALSE(says(lines[0], "ReasonOfGlass"));
  CHECK(glasses_to_tell(state, house.id("GL")).empty());
  CHECK(glasses_to_tell(state, PersonId{}).empty());
  state.rights.glasses.at("glass1").finding = "unclear";
  CHECK(glasses_to_tell(state, house.id("CO")).size() == 1);
  state.rights.glasses.at("glass1").finding = "proper";
  CHECK(glasses_to_tell(state, house.id("CO")).empty());
}

}  // namespace daybook::test
