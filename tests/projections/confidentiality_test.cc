// What the requirements say of confidentiality, sentence by sentence (S0-06, S0-39, S1-35, S1-37, C1, C5), written from them and not from the table:
// each is tried on every surface on which something is told, and is about words that somebody else may see.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "projections/glasses.h"
#include "projections/looks.h"
#include "projections/state_lines.h"
#include "projections/statistics.h"
#include "tests/projections/house.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr auto kClient = Role::kClient, kCoach = Role::kCoach, kAdmin = Role::kAdministrator, kLead = Role::kSupervisionLead,
               kSponsor = Role::kSponsor, kManager = Role::kLineManager, kAuditor = Role::kAuditor, kOfficer = Role::kComplianceOfficer,
               kProtection = Role::kDataProtectionOfficer, kPublic = Role::kPublic;

using Words = std::vector<std::string>;  // @U1: the random id of U1

// Who, in which role, is never told what, whatever they ask.
struct Never {
  std::string says, who;
  Role role;
  Words told;
};

const std::vector<Never>& sentences() {
  static const std::vector<Never> all = {
      // S0-06, C1: the form is the administrators'; a coach has what it takes to meet
      {"a coach never sees motivation", "K1", kCoach, {"MotivationU1", "MotivationU2", "MotivationU3"}},
      {"a coach never sees which form it was, nor the commitment", "K1", kCoach, {"FormVersionU1", "commitment=yes"}},
      {"a coach never sees what a criterion saw", "K1", kCoach, {"saw=fixed-term"}},
      {"a coach does not learn how the application fared", "K1", kCoach, {"A-U1 is eligible", "outcome=eligible", "A-U1 has seat"}},
      {"a coach never sees grade and entity of a client", "K1", kCoach, {"GradeCanaryU1", "EntityCanaryU1"}},
      {"a coach never sees what a client took part in before", "K1", kCoach, {"EarlierProgrammeU1", "EditionU1"}},
      {"a coach does not learn that a client took part before", "K1", kCoach, {"earlier participation of U1"}},
      {"a coach sees nothing of another coach's client", "K1", kCoach, {"mail-canary-U2", "Name of U2", "A-U2", "P-U2", "@U2"}},
      {"a coach sees nothing of somebody without a coach", "K1", kCoach, {"mail-canary-U3", "Name of U3", "A-U3", "@U3"}},
      {"a coach does not see another coach's address", "K1", kCoach, {"mail-canary-K2", "GradeCanaryK2", "CertificateK2"}},
      {"a coach does not learn that a client's data were on hold", "K2", kCoach, {"may not be used", "may be used again", "HoldReason"}},
      {"a coach takes no copy of a client's record", "K1", kCoach, {"export U1"}},
      {"a coach has no figures", "K1", kCoach, {"stats "}},
      {"a coach whom nobody accepted sees no client", "K3", kCoach, {"@U1", "@U2", "Name of U1", "A-U1", "P-U1", "MotivationU1"}},
      // X-1, C1: feedback is the project team's
      {"a coach does not read what a client said of them", "K1", kCoach, {"CommentU1", "rating=4"}},
      {"a coach does not learn that a client said anything",
       "K1",
       kCoach,
       {"feedback on session 1 | stream=pairing/P-U1 actor=@U1", "feedback from 2", "feedback=2", "give-feedback P-U1 refused"}},
      {"a client does not read what their coach said of a session", "U1", kClient, {"CommentK1", "rating=2"}},
      {"a client does not learn that their coach said anything",
       "U1",
       kClient,
       {"feedback on session 1 | stream=pairing/P-U1 actor=@K1", "feedback=2"}},
      {"a coach does not read why their client withdrew a session", "K2", kCoach, {"WhyOfU2"}},
      {"a client does not read why their coach withdrew a session", "U1", kClient, {"ReasonU1"}},
      {"no administrator sees a rating beside a name", "AD", kAdmin, {"rating=4", "rating=2", "rating=5"}},
      {"no glass opens feedback", "GL", kManager, {"CommentU1", "CommentK1", "rating=4"}},
      // clients
      {"a client sees no form of another client", "U1", kClient, {"MotivationU2", "FormTongueU2", "FormZoneU2", "FormVersionU2"}},
      {"a client does not learn who else is there", "U1", kClient, {"@U2", "Name of U2", "mail-canary-U2", "A-U2", "P-U2", "@U3", "A-U3"}},
      {"a client without a coach sees no sessions of others", "U3", kClient, {"MinutesU1", "P-U1", "ReasonU1"}},
      {"a client does not see a coach's certificate (S1-13)", "U1", kClient, {"CertificateK1", "CertificateK2"}},
      {"a client does not see the personnel record of their coach", "U1", kClient, {"GradeCanaryK1", "EntityCanaryK1"}},
      {"a client does not see what their coach took part in before", "U1", kClient, {"EarlierProgrammeK1", "earlier participation of K1"}},
      {"a client who chooses sees no coach before acceptance (S1-14)", "U3", kClient, {"AreaK3", "Name of K3", "@K3", "CertificateK3"}},
      {"a client does not learn that a coach was refused", "U3", kClient, {"(coaches row 1)", "(coaches row 2)", "capacity 77"}},
      {"the client of a coach does not learn so either", "U1", kClient, {"(coaches row 1)", "(coaches row 2)", "capacity 77"}},
      {"a client has no figures", "U1", kClient, {"stats "}},
      {"a client takes no copy of anybody else's record", "U1", kClient, {"export U2", "export K1"}},
      {"whoever is nobody here is told of nobody", "nobody", kClient, {"@U1", "@K1", "Name of K1", "AreaK1", "A-U1", "stats "}},
      // S0-06, S0-07: only the programme's administrators, while they are
      {"an administrator of another programme sees no form",
       "AX",
       kAdmin,
       {"MotivationU1", "FormVersionU1", "FormTongueU1", "FormZoneU1", "goalType="}},
      {"an administrator of another programme does not learn who is here", "AX", kAdmin, {"@U1", "@K1", "Name of U1", "Name of K1"}},
      {"an administrator of another programme does not learn what happened", "AX", kAdmin, {"A-U1", "P-U1", "(coaches row 1)"}},
      {"an administrator of another programme has no figures of this one", "AX", kAdmin, {"stats "}},
      {"an administrator of another programme does not learn who administers this one", "AX", kAdmin, {"AD is administrator", "@AD"}},
      {"a former administrator sees no form", "AF", kAdmin, {"MotivationU1", "FormTongueU1", "A-U1", "@U1", "stats "}},
      {"an administrator whose right ended yesterday sees no form", "AE", kAdmin, {"MotivationU1", "FormTongueU1", "A-U1", "@U1", "stats "}},
      {"an administrator of one unit sees no form of another", "UA", kAdmin, {"MotivationU2", "FormTongueU2", "A-U2", "P-U2", "Name of U2", "@U3"}},
      {"an administrator of one unit has no figures of all", "UA", kAdmin, {"stats "}},
      {"an administrator of one unit does not learn who administers others", "UA", kAdmin, {"AD is administrator"}},
      {"an administrator who coaches does not read their client's form as one", "K2", kAdmin, {"MotivationU2", "FormVersionU2", "GradeCanaryU2"}},
      {"an administrator who coaches does not read as one what was said of them", "K2", kAdmin, {"CommentU2", "rating=5"}},
      {"a line manager sees nothing of anybody", "LM", kManager, {"@U1", "@K1", "Name of K1", "AreaK1", "A-U1", "P-U1", "MotivationU1", "stats "}},
      // S1-35, S1-37: supervision
      {"supervision has no client names", "SL", kLead, {"Name of U1", "mail-canary-U1", "@U1"}},
      {"supervision has no case", "SL", kLead, {"A-U1", "P-U1", "MotivationU1", "MinutesU1"}},
      {"supervision reads no words", "SL", kLead, {"CommentU1", "CommentK1", "ReasonU1", "capacity 77"}},
      {"supervision sees no certificate and no pledge's day", "SL", kLead, {"CertificateK1", "pledgedOn="}},
      {"supervision does not see a coach's address", "SL", kLead, {"mail-canary-K1", "GradeCanaryK1"}},
      // S0-39, C5: sponsors and the public have editions
      {"a sponsor knows nobody", "SP", kSponsor, {"@U1", "@K1", "Name of U1", "Name of K1", "AreaK1"}},
      {"a sponsor sees no topic, goal or word", "SP", kSponsor, {"goalType=", "CommentU1", "MotivationU1", "MinutesU1"}},
      {"a sponsor has no figures but editions", "SP", kSponsor, {"stats ", "applications=3", "rating_mean"}},
      {"the public knows nobody, by grade or name", "nobody", kPublic, {"@U1", "@K1", "Name of U1", "Name of K1", "GradeCanaryU1", "EntityCanaryU1"}},
      {"the public sees no case and no figure", "nobody", kPublic, {"A-U1", "P-U1", "history ", "stats ", "rating_mean"}},
      // those who watch
      {"an auditor reads no value of anybody",
       "AU",
       kAuditor,
       {"MotivationU1", "FormTongueU1", "mail-canary-U1", "GradeCanaryU1", "Name of U1", "CommentU1", "ReasonU1", "CertificateK1", "AreaK1",
        "MinutesU1"}},
      {"an auditor does not read who looked, and why", "AU", kAuditor, {"PurposeOfLook", "OperatorOfLook", "show-canary", "ReasonOfGlass"}},
      {"an auditor takes no copy of a record", "AU", kAuditor, {"export U1"}},
      {"a compliance officer sees no form", "CO", kOfficer, {"MotivationU1", "FormTongueU1", "FormVersionU1", "goalType=professional"}},
      {"a compliance officer does not follow a case", "CO", kOfficer, {"A-U1", "P-U1", "CommentU1", "CertificateK1", "stats ", "export U1"}},
      {"a data-protection officer reads no form and no words",
       "DP",
       kProtection,
       {"MotivationU1", "FormTongueU1", "goalType=professional", "GradeCanaryU1", "CommentU1", "ReasonU1", "CertificateK1", "MinutesU1"}},
      {"a data-protection officer is not told who looked", "DP", kProtection, {"NameOfLooker", "id-of-looker", "OperatorOfLook"}},
      {"an administrator is not told who looked, nor why", "AD", kAdmin, {"NameOfLooker", "OperatorOfLook", "PurposeOfLook", "show-canary"}},
      {"an administrator does not read why rights were given, taken or limited",
       "AD",
       kAdmin,
       {"WhyRoleOfK2", "ReasonOfGlass", "HoldReason", "LiftReason"}},
      {"an administrator takes no copy of a record", "AD", kAdmin, {"export U1", "export K1"}},
      {"whoever decided on others takes none of it in a copy of their own", "admin", kClient, {"A-U1", "@U1", "@K1"}},
      {"a person is not told who looked at their record", "U1", kClient, {"NameOfLooker", "id-of-looker", "OperatorOfLook"}},
      {"a person does not find out by asking for one who may have looked", "U1", kClient, {"access-log by |"}},
      {"nor does a coach", "K1", kCoach, {"access-log by |"}},
      {"nor does a data-protection officer", "DP", kProtection, {"access-log by |"}},
  };
  return all;
}

std::string with_ids(std::string words, const House& house) {
  for (auto at = words.find('@'); at != std::string::npos; at = words.find('@')) words.replace(at, 3, house.id(words.substr(at + 1, 2)).value);
  return words;
}

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
  REQUIRE(sentences().size() >= 60);
  std::map<std::pair<std::string, Role>, BySurface> asked;
  size_t tried = 0;

  for (const auto& sentence : sentences()) {
    auto& answers = asked[{sentence.who, sentence.role}];
    if (answers.empty()) answers = answers_to(house, table, sentence.who, sentence.role);
    for (const auto& words : sentence.told) {
      for (const auto& [surface, text] : answers) {
        INFO(sentence.says << ": " << words << " on " << surface);
        CHECK(text.find(with_ids(words, house)) == std::string::npos);
        ++tried;
      }
    }
  }
  CHECK(tried > 2000);
}

TEST_CASE("the words that the sentences are about are told to somebody", "[disclosure]") {
  const House house;
  const auto told = told_to_anybody(house, shipped_see_table());

  for (const auto& sentence : sentences()) {
    for (const auto& words : sentence.told) {
      INFO(sentence.says << ": " << words);
      CHECK(told.find(with_ids(words, house)) != std::string::npos);
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
