// What somebody sees through a broken glass and as a party, and what the look says of it: in which role, where, for how long, of which unit.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "projections/lists.h"
#include "projections/things.h"
#include "tests/projections/house.h"
#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr auto kAdmin = Role::kAdministrator, kOfficer = Role::kComplianceOfficer, kCoach = Role::kCoach, kClient = Role::kClient;
constexpr const char* kForm = "registration.motivation";
const CycleId kOther{"un-coaching", "2023-pilot"};

// K1 coaches U1 as P1 and is administrator; U2 has no coach. CO is compliance officer and line manager of the programme, C2 of all; AX is
// administrator of another.
struct Watch {
  Watch() {
    {
      const TestLedger with_charters(*log, {});
    }
    grant(*log, derive_vault_keys(Hash{}), FakeClock().now(),
          {{"K1", "administrator", "iom-coaching"},
           {"CO", "compliance-officer", "iom-coaching"},
           {"CO", "line-manager", "iom-coaching"},
           {"C2", "compliance-officer", ""},
           {"AX", "administrator", "un-coaching"}});
    ledger.emplace(*log, std::vector<std::string>{});
    ledger->randomness = SeededRandomness(99);
    for (const auto* client : {"U1", "U2"}) ledger->seated(client, kHouseCycle);
    ledger->accepted_coach("K1", "iom-coaching", 3);
    ledger->paired("P1", kHouseCycle, "U1", "K1", "2024-02-01T09:00:00Z");
  }

  PersonId id(const std::string& name) { return made(ledger->vault().person(name)).value(); }
  std::string in_role(const std::string& actor, const std::string& role, CommandBody body) {
    Command command;
    command.body = std::move(body);
    command.actor = actor;
    command.role = role;
    command.recorded_by = "test@host";
    return said(ledger->sequencer().execute(std::move(command)));
  }
  // U1 applies to the other programme too.
  void apply_elsewhere() {
    const auto opens_on = ledger->state().cycle(kOther)->rules->opens_on;
    REQUIRE(said(ledger->apply("B-U1", "U1", kOther.text(), to_text(Instant(opens_on) + std::chrono::hours{12}))) == "recorded");
  }

  std::unique_ptr<EventLog> log = make_memory_log();
  std::optional<TestLedger> ledger;
};

// Somebody before a desk, as everything is now.
class AtDesk {
 public:
  AtDesk(Watch& watch, const std::string& who, Role role)
      : state(watch.ledger->state()),
        vault_(watch.ledger->vault()),
        tables_(made(DeskTables::build(state, vault_))),
        reader_{watch.id(who), role, watch.ledger->clock.now(), &state, &table_, &tables_},
        desk(state, vault_, &reader_) {}
  AtDesk(const AtDesk&) = delete;

  const State state;

 private:
  const Vault vault_;
  const SeeTable table_ = shipped_see_table();
  const DeskTables tables_;
  const Reader reader_;

 public:
  Desk desk;
};

Sight sees(Watch& watch, const std::string& who, Role role, std::string_view row, const Matter& matter) {
  return AtDesk(watch, who, role).desk.sight(row, matter);
}

BreakGlass over_the_cycle() { return {"g1", "", kIn, {"registration"}, 30, "an accident", "C2"}; }

// ---- everything that a glass may open ----
using Question = std::pair<std::string, std::function<std::string(Desk&)>>;

std::vector<Question> questions(const House& house) {
  std::vector<Question> all;
  for (const auto& info : lists()) {
    all.emplace_back(fmt::format("list {}", info.name), [&house, name = std::string(info.name)](Desk& desk) {
      std::string text;
      const auto table = list(name, house.state, *house.state.cycle(kIn), Day(std::chrono::year{2025} / 1 / 1), desk);
      for (const auto& row : table->rows) text += fmt::format("{}\n", fmt::join(row, "|"));
      return text;
    });
  }
  for (const auto& id : {std::string("A-U1"), std::string("P-U1"), "iom-coaching/" + house.id("K1").value, house.id("U1").value}) {
    for (const bool explained : {false, true}) {
      all.emplace_back(fmt::format("{} {}", explained ? "explain" : "show", id), [&house, id, explained](Desk& desk) {
        std::string text;
        for (const auto& card : made(things({house.state, house.ledger->log(), std::nullopt, desk}, id, explained))) text += text_of("", card);
        return text;
      });
    }
  }
  for (const auto& event : house.ledger->events()) {
    all.emplace_back(fmt::format("history --position {}", event.envelope.position.value),
                     [event](Desk& desk) { return std::string(desk.reaches(event) ? "there" : "nothing"); });
  }
  return all;
}

}  // namespace

TEST_CASE("a coach who breaks a glass over their programme does not see their own client's form, as administrator or as coach", "[glass][C4][E-37]") {
  Watch watch;
  REQUIRE(watch.in_role("K1", "administrator", over_the_cycle()) == "recorded");
  auto another = over_the_cycle();
  another.glass = "g2";
  REQUIRE(watch.in_role("CO", "compliance-officer", another) == "recorded");
  const Matter client{watch.id("U1"), kIn, ""};

  CHECK(sees(watch, "K1", kAdmin, kForm, client) == Sight::kAbsent);
  CHECK(sees(watch, "K1", kCoach, kForm, client) == Sight::kAbsent);
  CHECK(sees(watch, "CO", kOfficer, kForm, client) == Sight::kShown);
}

TEST_CASE("after its holder's role ends, or its review says improper, an open glass shows nothing", "[glass][C4][S0-07]") {
  Watch watch;
  REQUIRE(watch.in_role("CO", "compliance-officer", over_the_cycle()) == "recorded");
  const Matter client{watch.id("U1"), kIn, ""};
  REQUIRE(sees(watch, "CO", kOfficer, kForm, client) == Sight::kShown);

  SECTION("in the role in which it was broken, and in no other") {
    for (const auto role : {Role::kPublic, kClient, kAdmin}) CHECK(sees(watch, "CO", role, kForm, client) == Sight::kAbsent);
  }
  SECTION("the role ends") {
    REQUIRE(said(watch.ledger->run(EndRole{"CO", "compliance-officer", "iom-coaching", "", "left"})) == "recorded");
    for (const auto role : {kOfficer, Role::kPublic}) CHECK(sees(watch, "CO", role, kForm, client) == Sight::kAbsent);
  }
  SECTION("the review says improper") {
    REQUIRE(watch.in_role("C2", "compliance-officer", ReviewGlass{"g1", "improper", "out of curiosity"}) == "recorded");
    for (const auto role : {kOfficer, Role::kPublic}) CHECK(sees(watch, "CO", role, kForm, client) == Sight::kAbsent);
  }
}

TEST_CASE("a glass adds to the role in which it was broken, and to no other that its holder has there", "[glass][C4][S0-06]") {
  Watch watch;
  REQUIRE(watch.in_role("CO", "compliance-officer", over_the_cycle()) == "recorded");
  const Matter form{watch.id("U2"), kIn, ""};

  CHECK(sees(watch, "CO", kOfficer, kForm, form) == Sight::kShown);
  CHECK(sees(watch, "CO", Role::kLineManager, kForm, form) == Sight::kAbsent);
}

TEST_CASE("each answer that differs with a glass from the one without has a look that names the glass", "[glass][disclosure][C4]") {
  const House house;
  const auto table = shipped_see_table();
  const auto reader = house.reader("GL", Role::kLineManager, table);
  State no_glass = house.state;
  no_glass.rights.glasses.clear();
  auto blind = reader;
  blind.state = &no_glass;
  std::map<std::string, size_t> differ;  // by verb

  for (const auto& [question, ask] : questions(house)) {
    Desk through(house.state, *house.vault, &reader), without(house.state, *house.vault, &blind);
    if (ask(through) == ask(without)) continue;
    INFO(question);
    CHECK(through.glass() == house.state.rights.glasses.at("glass1").broken);
    CHECK(through.looked());
    CHECK_FALSE(through.subjects().empty());
    CHECK_FALSE(without.glass().has_value());
    ++differ[question.substr(0, question.find(' '))];
  }

  CHECK(differ["list"] >= 5);
  CHECK(differ["show"] + differ["explain"] >= 4);
  CHECK(differ["history"] >= 10);
}

TEST_CASE("a glass of an administrator of one programme opens nothing of another", "[glass][C4][S0-06]") {
  Watch watch;
  watch.apply_elsewhere();
  REQUIRE(watch.in_role("AX", "administrator", BreakGlass{"g1", "U1", {}, {"registration", "staff"}, 30, "an accident", "C2"}) == "recorded");

  CHECK(sees(watch, "AX", kAdmin, kForm, {watch.id("U1"), kIn, ""}) == Sight::kAbsent);
  CHECK(sees(watch, "AX", kAdmin, "applications", {watch.id("U1"), kIn, ""}) == Sight::kAbsent);
  CHECK(sees(watch, "AX", kAdmin, kForm, {watch.id("U1"), kOther, ""}) == Sight::kShown);
}

TEST_CASE("the unit of a look is that of the grant that allowed it", "[disclosure][S0-06]") {
  Watch watch;
  for (const auto* number : {"U1", "U2"}) {
    auto staff = staff_of(number);
    staff.entity = std::string("Unit of ") + number;
    REQUIRE(said(watch.ledger->staff(staff)) == "recorded");
    REQUIRE(said(watch.ledger->run(GrantRole{"UA", "administrator", "iom-coaching", staff.entity, std::nullopt, "why"})) == "recorded");
  }
  AtDesk one(watch, "UA", kAdmin), both(watch, "UA", kAdmin), of_all(watch, "AX", kAdmin), none(watch, "UA", kAdmin);

  CHECK(one.desk.sight(kForm, {watch.id("U2"), kIn, ""}) == Sight::kShown);
  for (const auto* number : {"U1", "U2"}) both.desk.reaches("applications", {watch.id(number), kIn, ""});
  of_all.desk.reaches("figures", {{}, kOther, ""});
  none.desk.reaches("applications", {watch.id("K1"), kIn, ""});

  CHECK(one.desk.units() == std::set<std::string>{"Unit of U2"});
  CHECK(both.desk.units() == std::set<std::string>{"Unit of U1", "Unit of U2"});
  CHECK(of_all.desk.units() == std::set<std::string>{""});
  CHECK(none.desk.units().empty());
}

TEST_CASE("a later coach of a client is not told of their pairing with another that was undone", "[disclosure][undo][S0-06]") {
  Watch watch;
  auto& ledger = *watch.ledger;
  ledger.accepted_coach("K2", "iom-coaching", 3);
  const std::string head = "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n";
  const std::string rows =
      "2024-02-02T09:00:00Z,U2,request-pairing,P9,iom-coaching,2024,U2,K1,,,,,,\n2024-02-02T10:00:00Z,K1,accept-pairing,P9,,,,,,,,,,\n";
  REQUIRE(ledger.import("activity", head + rows).has_value());
  REQUIRE(ledger.state().pairing("P9")->accepted);
  REQUIRE(said(ledger.run(UndoImport{ledger.state().imports.begin()->first, "the wrong file", std::nullopt})) == "recorded");
  ledger.paired("P2", kHouseCycle, "U2", "K2", "2024-02-03T09:00:00Z");
  AtDesk coach(watch, "K2", kCoach);
  size_t of_undone = 0, of_theirs = 0;

  for (const auto& event : ledger.events()) {
    const bool of_p9 = event.envelope.stream == "pairing/P9", of_p2 = event.envelope.stream == "pairing/P2";
    if (of_p9 || of_p2) CHECK(coach.desk.reaches(event) == of_p2);
    of_undone += of_p9;
    of_theirs += of_p2;
  }
  CHECK(of_undone == 4);  // asked for, accepted, and each undone
  CHECK(of_theirs == 2);
  CHECK(made(things({coach.state, ledger.log(), std::nullopt, coach.desk}, "P9", false)).empty());
  CHECK(made(things({coach.state, ledger.log(), std::nullopt, coach.desk}, "P2", false)).size() == 1);
}

TEST_CASE("a client sees no unaccepted coach in a programme where they are not paired with them", "[disclosure][S1-14]") {
  Watch watch;
  auto pending = coach_of("un-coaching", 2);
  pending.review = "";
  REQUIRE(said(watch.ledger->run(RecordCoach{"K1", pending})) == "recorded");
  AtDesk client(watch, "U1", kClient);
  const auto k1 = watch.id("K1");

  CHECK_FALSE(client.desk.reaches_coach("un-coaching", k1, *client.state.coach("un-coaching", k1)));
  CHECK(client.desk.reaches_coach("iom-coaching", k1, *client.state.coach("iom-coaching", k1)));
  for (const auto& event : watch.ledger->events()) {
    const auto* record = std::get_if<CoachRecorded>(&event.body);
    if (record) CHECK(client.desk.reaches(event) == (record->programme == "iom-coaching"));
  }
}

TEST_CASE("a client is not told of a coach of theirs whose acceptance was taken back", "[disclosure][S1-14]") {
  Watch watch;
  auto declined = coach_of("iom-coaching", 2);
  declined.review = "declined";
  REQUIRE(said(watch.ledger->run(RecordCoach{"K1", declined})) == "recorded");
  AtDesk client(watch, "U1", kClient);
  const auto k1 = watch.id("K1");

  CHECK_FALSE(client.desk.reaches_coach("iom-coaching", k1, *client.state.coach("iom-coaching", k1)));
  CHECK(client.desk.sight("coach-names", {k1, kIn, "P1"}) == Sight::kShown);  // whom they are paired with they still know
  CHECK(client.desk.reaches(*client.state.pairing("P1")));
}

TEST_CASE("a coach sees no application to another programme", "[disclosure][S0-06][C1]") {
  Watch watch;
  watch.apply_elsewhere();
  const auto u1 = watch.id("U1");

  for (const auto* row : {"applications", "registration.timeZone", "registration.languages", "statistic.goalType"}) {
    INFO(row);
    CHECK(sees(watch, "K1", kCoach, row, {u1, kOther, ""}) == Sight::kAbsent);
    CHECK(sees(watch, "K1", kCoach, row, {u1, kIn, ""}) == Sight::kShown);
  }
  for (const auto* row : {"names", "contact", "people", "staff.languages"}) {
    INFO(row);
    CHECK(sees(watch, "K1", kCoach, row, {u1, {}, ""}) == Sight::kShown);
    CHECK(sees(watch, "K1", kCoach, row, {u1, kIn, "P1"}) == Sight::kShown);
  }
}

TEST_CASE("whoever is asked as coach does not read the asker's form as administrator", "[disclosure][E-37]") {
  Watch watch;
  const Matter asker{watch.id("U2"), kIn, ""};
  REQUIRE(sees(watch, "K1", kAdmin, kForm, asker) == Sight::kShown);

  REQUIRE(said(watch.ledger->request("P2", kHouseCycle, "U2", "K1", "2024-02-02T09:00:00Z")) == "recorded");
  CHECK(sees(watch, "K1", kAdmin, kForm, asker) == Sight::kAbsent);
  REQUIRE(said(watch.ledger->act("decline-pairing", "P2", "2024-02-03T09:00:00Z", "K1")) == "recorded");
  CHECK(sees(watch, "K1", kAdmin, kForm, asker) == Sight::kShown);
}

}  // namespace daybook::test
