// Rights at the position of the append: who may do a thing, in which role, and what wants a second person.
#include <catch2/catch_test_macros.hpp>

#include "ledger/relation.h"
#include "ledger/require.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr const char* kCycle = "iom-coaching/2024";

// Where "root" has begun; clients C1 and C2 are paired with coaches K1 and K2 as P1 and P2.
class RightsLedger : public TestLedger {
 public:
  explicit RightsLedger(DoTable rights = shipped_do_table()) : TestLedger({}, std::move(rights)) {
    for (const char* name : {"C1", "C2"}) seated(name, kCycle);
    for (const char* name : {"K1", "K2"}) accepted_coach(name, "iom-coaching", 3);
    paired("P1", kCycle, "C1", "K1", "2024-02-01T09:00:00Z");
    paired("P2", kCycle, "C2", "K2", "2024-02-01T09:00:00Z");
    channel = Channel::kCli;
    require(begin("root").outcome == Outcome::kRecorded, "whoever comes first can begin");
  }

  Answer begin(const std::string& who, const std::string& recorded_by = "") {
    Command command;
    command.body = BeginRoles{};
    command.actor = who;
    command.recorded_by = recorded_by.empty() ? who : recorded_by;
    return sequencer().execute(std::move(command));
  }
  Answer in_role(const std::string& actor, const std::string& role, CommandBody body) {
    Command command;
    command.body = std::move(body);
    command.actor = actor;
    command.role = role;
    command.recorded_by = "test@host";
    return sequencer().execute(std::move(command));
  }
  Answer as(const std::string& actor, CommandBody body) { return in_role(actor, "", std::move(body)); }
  Answer grant(const std::string& by, const std::string& person, const std::string& role, const std::string& programme = "iom-coaching",
               std::optional<Day> last_day = std::nullopt) {
    return as(by, GrantRole{person, role, programme, "", last_day, "leads the team"});
  }
  Answer close(const std::string& by, const std::string& proposal, const std::string& outcome = "seconded", const std::string& reason = "seen") {
    return as(by, CloseProposal{proposal, outcome, reason});
  }
  // Two who may change roles of all programmes: from then on it takes both.
  void appoint_second() { require(grant("root", "A1", "administrator", "").outcome == Outcome::kRecorded, "the second is appointed alone"); }
  void appoint(const std::string& person, const std::string& role, const std::string& programme = "iom-coaching") {
    require(close("A1", proposal_of(grant("root", person, role, programme))).outcome == Outcome::kRecorded, "two appoint a third");
  }
  static std::string proposal_of(const Answer& answer) { return std::to_string(answer.range.first.value); }

  PersonId id(const std::string& name) { return vault().person(name).value().value(); }
  const std::vector<HeldRole> roles_of(const std::string& name) {
    const auto now = state();
    const auto holder = now.rights.roles.find(id(name));
    return holder == now.rights.roles.end() ? std::vector<HeldRole>{} : holder->second;
  }
};

Act pairing_act(Action action, const std::string& ref) {
  Act act;
  act.action = action;
  act.ref = ref;
  act.reason = "fit";
  act.session = 1;
  act.held_on = parse_day("2024-02-05");
  return act;
}

bool same(const Answer& a, const Answer& b) {
  return a.outcome == b.outcome && a.refusal.rule == b.refusal.rule && a.refusal.saw == b.refusal.saw && a.refusal.wants == b.refusal.wants &&
         a.refusal.because == b.refusal.because;
}

TEST_CASE("whoever begins is administrator and compliance officer of every programme, alone, and nobody begins after them", "[rights][S0-07]") {
  RightsLedger ledger;

  const auto roles = ledger.roles_of("root");
  REQUIRE(roles.size() == 2);
  CHECK(roles[0].role == "administrator");
  CHECK(roles[1].role == "compliance-officer");
  CHECK((roles[0].programme.empty() && !roles[0].last_day));
  const auto events = ledger.events();
  CHECK(std::get<RoleGranted>(events[roles[0].granted.value].body).alone);
  CHECK(said(ledger.begin("other")) == "refused already-begun");
  CHECK(said(ledger.begin("root")) == "refused already-begun");
}

TEST_CASE("nobody begins in the name of another", "[rights]") {
  TestLedger ledger;
  Command command;
  command.body = BeginRoles{};
  command.actor = "somebody";
  command.recorded_by = "test@host";

  CHECK(said(ledger.sequencer().execute(command)) == "refused not-allowed");
  command.actor = "test@host";
  CHECK(said(ledger.sequencer().execute(command)) == "recorded");
}

TEST_CASE("a change of roles is done alone until there are two who may, then it wants the other", "[rights][S0-07]") {
  RightsLedger ledger;

  const auto alone = ledger.grant("root", "A1", "administrator", "");
  const auto proposed = ledger.grant("root", "A2", "administrator");

  const auto events = ledger.events();
  CHECK(std::get<RoleGranted>(events[alone.range.first.value].body).alone);
  CHECK(std::get<ProposalMade>(events[proposed.range.first.value].body).action == "role-grant");
  CHECK(ledger.roles_of("A2").empty());
  CHECK(said(ledger.close("A1", ledger.proposal_of(proposed))) == "recorded");
  REQUIRE(ledger.roles_of("A2").size() == 1);
  CHECK_FALSE(std::get<RoleGranted>(ledger.events().back().body).alone);
}

TEST_CASE("what is seconded follows its closing in one batch, done by its proposer, because of the proposal", "[rights]") {
  RightsLedger ledger;
  ledger.appoint_second();
  const auto proposed = ledger.grant("root", "A2", "auditor");

  const auto closed = ledger.close("A1", ledger.proposal_of(proposed));

  REQUIRE(closed.range.end.value - closed.range.first.value == 2);
  const auto events = ledger.events();
  const auto& made = events[proposed.range.first.value].envelope;
  const auto& closing = events[closed.range.first.value];
  const auto& granted = events[closed.range.first.value + 1];
  CHECK(std::get<ProposalClosed>(closing.body).outcome == "seconded");
  CHECK(closing.envelope.provenance.actor == ledger.id("A1"));
  CHECK(std::holds_alternative<RoleGranted>(granted.body));
  CHECK(granted.envelope.provenance.actor == ledger.id("root"));
  CHECK(granted.envelope.provenance.role == "administrator");
  CHECK(closing.envelope.caused_by == made.position.value + 1);
  CHECK(granted.envelope.caused_by == made.position.value + 1);
  CHECK(closing.envelope.correlation == granted.envelope.correlation);
  CHECK(made.subject == ledger.id("A2"));
}

TEST_CASE("nobody seconds their own proposal, nor one about themselves, nor without the right", "[rights]") {
  RightsLedger ledger;
  ledger.appoint_second();
  ledger.appoint("A3", "administrator", "");
  const auto proposal = ledger.proposal_of(ledger.grant("root", "A1", "auditor"));

  CHECK(said(ledger.close("root", proposal)) == "refused needs-second-person");
  CHECK(said(ledger.close("root", proposal, "declined")) == "refused needs-second-person");
  const auto subject = ledger.close("A1", proposal), stranger = ledger.close("K1", proposal), nothing = ledger.close("K1", "999999");
  CHECK(said(subject) == "refused not-allowed");
  CHECK(same(subject, nothing));
  CHECK(same(stranger, nothing));
  CHECK(said(ledger.close("A3", proposal, "withdrawn")) == "refused not-allowed");
  CHECK(ledger.roles_of("A1").size() == 1);
  CHECK(said(ledger.close("A3", proposal)) == "recorded");
  CHECK(ledger.roles_of("A1").size() == 2);
}

TEST_CASE("a proposal is closed once: seconded, declined with a reason, or withdrawn by its proposer", "[rights]") {
  RightsLedger ledger;
  ledger.appoint_second();
  const auto declined = ledger.proposal_of(ledger.grant("root", "B1", "auditor"));
  const auto withdrawn = ledger.proposal_of(ledger.grant("root", "B2", "auditor"));

  CHECK(said(ledger.close("A1", declined, "declined", "")) == "refused no-reason");
  CHECK(said(ledger.close("A1", declined, "declined")) == "recorded");
  CHECK(said(ledger.close("root", withdrawn, "withdrawn")) == "recorded");
  for (const auto& proposal : {declined, withdrawn}) CHECK(said(ledger.close("A1", proposal)) == "refused not-open");
  CHECK(ledger.roles_of("B1").empty());
  CHECK(ledger.roles_of("B2").empty());
  CHECK(ledger.state().rights.proposals.at(declined).outcome == "declined");
}

TEST_CASE("a proposal is judged anew when it is seconded", "[rights]") {
  RightsLedger ledger;
  ledger.appoint_second();
  ledger.appoint("A3", "administrator", "");
  const auto twice = ledger.proposal_of(ledger.grant("root", "B1", "auditor"));
  const auto again = ledger.proposal_of(ledger.grant("root", "B1", "auditor"));
  const auto by_dismissed = ledger.proposal_of(ledger.grant("A3", "B2", "auditor"));
  REQUIRE(said(ledger.close("A1", twice)) == "recorded");
  REQUIRE(said(ledger.close("A1", ledger.proposal_of(ledger.as("root", EndRole{"A3", "administrator", "", "", "left"})))) == "recorded");

  CHECK(said(ledger.close("A1", again)) == "refused already-held");
  CHECK(said(ledger.close("A1", by_dismissed)) == "refused not-allowed");
  CHECK(ledger.roles_of("B2").empty());
  CHECK(ledger.state().rights.proposals.at(again).outcome.empty());
}

TEST_CASE("any action can want a second person: the table alone says which", "[rights]") {
  auto table = shipped_do_table();
  table.set("end-pairing", {Role::kAdministrator, Relation::kInScope}, Verdict::kSecond);
  table.set("decide", {Role::kAdministrator, Relation::kInScope}, Verdict::kSecond);
  RightsLedger ledger(table);
  ledger.appoint_second();
  ledger.channel = Channel::kImport;
  ledger.staff("C3");
  ledger.apply("A-C3", "C3", kCycle, "2024-01-05T12:00:00Z");
  Command end;
  end.body = pairing_act(Action::kEndPairing, "P1");
  end.happened_at = parse_instant("2024-03-01T10:00:00Z");
  end.actor = "root";
  end.recorded_by = "test@host";

  const auto proposed_end = ledger.sequencer().execute(end);
  const auto proposed_decide = ledger.as("root", DecideCycle{TestLedger::cycle_id(kCycle)});

  CHECK(ledger.state().pairing("P1")->status == PairingStatus::kActive);
  CHECK(ledger.application("A-C3").outcome.empty());
  CHECK(said(ledger.close("A1", ledger.proposal_of(proposed_end))) == "recorded");
  CHECK(to_text(*ledger.state().pairing("P1")->ended_on) == "2024-03-01");
  CHECK(said(ledger.close("A1", ledger.proposal_of(proposed_decide))) == "recorded");
  CHECK(ledger.seat("A-C3") == "seated");
  const auto seated = ledger.events().back(), decided = ledger.events()[seated.envelope.position.value - 1];
  CHECK(seated.envelope.caused_by == decided.envelope.position.value + 1);  // as without a proposal
}

TEST_CASE("a role counts from its grant to the end of its last day, whatever time the deed is given", "[rights][S0-07]") {
  RightsLedger ledger;
  const auto end_p1 = [&](const std::string& at) {
    Command command;
    command.body = pairing_act(Action::kEndPairing, "NOTHING");
    command.actor = "B1";
    command.recorded_by = "test@host";
    if (!at.empty()) command.happened_at = parse_instant(at);
    return said(ledger.sequencer().execute(std::move(command)));
  };
  CHECK(end_p1("") == "refused not-allowed");
  REQUIRE(said(ledger.grant("root", "B1", "administrator", "", parse_day("2024-06-03"))) == "recorded");

  CHECK(end_p1("") == "refused not-active");
  ledger.clock.reach(*parse_instant("2024-06-03T23:59:59Z"));
  CHECK(end_p1("") == "refused not-active");
  ledger.clock.reach(*parse_instant("2024-06-04T00:00:00Z"));
  CHECK(end_p1("") == "refused not-allowed");
  CHECK(end_p1("2024-06-02T12:00:00Z") == "refused not-allowed");
}

TEST_CASE("a grant has a role, a programme that there is, a day to come and a reason", "[rights]") {
  RightsLedger ledger;
  const auto grant = [&](const GrantRole& values) { return said(ledger.as("root", values)); };

  CHECK(grant({"B1", "king", "", "", std::nullopt, "r"}) == "refused unknown-role");
  CHECK(grant({"B1", "coach", "", "", std::nullopt, "r"}) == "refused unknown-role");
  CHECK(grant({"B1", "auditor", "nothing", "", std::nullopt, "r"}) == "refused unknown-programme");
  CHECK(grant({"B1", "auditor", "", "", parse_day("2024-05-31"), "r"}) == "refused already-passed");
  CHECK(grant({"B1", "auditor", "", "", std::nullopt, ""}) == "refused no-reason");
  CHECK(grant({"B1", "auditor", "", "DHRM", std::nullopt, "r"}) == "recorded");
  CHECK(grant({"B1", "auditor", "", "DHRM", std::nullopt, "r"}) == "refused already-held");
  CHECK(said(ledger.as("root", EndRole{"B1", "auditor", "", "", "r"})) == "refused not-held");
  CHECK(said(ledger.as("root", EndRole{"B1", "auditor", "", "DHRM", "r"})) == "recorded");
  CHECK(std::get<RoleEnded>(ledger.events().back().body).alone);
  CHECK(said(ledger.as("root", GrantRole{"root", "auditor", "", "", std::nullopt, "r"})) == "refused own-case");
}

TEST_CASE("a coach accepts what they are asked, and nobody else does it for them", "[rights][S1-20]") {
  RightsLedger ledger;
  ledger.channel = Channel::kImport;
  ledger.seated("C3", kCycle);
  ledger.request("P3", kCycle, "C3", "K1", "2024-02-02T09:00:00Z");
  const auto accept = pairing_act(Action::kAcceptPairing, "P3");

  CHECK(said(ledger.as("K2", accept)) == "refused not-allowed");
  CHECK(said(ledger.as("C3", accept)) == "refused not-allowed");
  CHECK(said(ledger.as("root", accept)) == "refused not-allowed");
  CHECK(said(ledger.as("K1", accept)) == "recorded");
  CHECK(ledger.events().back().envelope.provenance.role == "coach");
}

TEST_CASE("who asks for a pairing is as the charter has it", "[rights][S0-16]") {
  RightsLedger ledger;
  Act act = pairing_act(Action::kRequestPairing, "P9");
  act.programme = "iom-coaching", act.cycle = "2024", act.client = "C1", act.coach = "K1";

  CHECK(said(ledger.as("C1", act)) == "refused not-allowed");
  CHECK(said(ledger.as("root", act)) == "refused client-busy");
  act.programme = "un-coaching", act.cycle = "2023-pilot";
  CHECK(said(ledger.as("C1", act)) == "refused no-seat");
  CHECK(said(ledger.as("C2", act)) == "refused not-allowed");
  CHECK(said(ledger.as("root", act)) == "refused not-allowed");
}

TEST_CASE("what is out of reach and what does not exist are refused alike", "[rights]") {
  RightsLedger ledger;
  ledger.appoint_second();
  ledger.appoint("A9", "administrator", "un-coaching");

  for (const char* who : {"K1", "C1", "A9", "nobody"}) {
    for (const char* role : {"", "client", "coach", "administrator"}) {
      for (const auto action : {Action::kAcceptPairing, Action::kEndPairing, Action::kMarkSessionDone, Action::kGiveFeedback}) {
        const auto there = ledger.in_role(who, role, pairing_act(action, "P2")), nowhere = ledger.in_role(who, role, pairing_act(action, "P999"));
        CHECK(said(there) == "refused not-allowed");
        CHECK(same(there, nowhere));
      }
      const auto there = ledger.in_role(who, role, DecideReferral{"A-C2", true, "r"}),
                 nowhere = ledger.in_role(who, role, DecideReferral{"A-0", true, "r"});
      CHECK(said(there) == "refused not-allowed");
      CHECK(same(there, nowhere));
      CHECK(same(ledger.in_role(who, role, PlaceHold{"C2", "r"}), ledger.in_role(who, role, PlaceHold{"0", "r"})));
    }
  }
}

TEST_CASE("an administrator does not decide while an application of theirs is undecided, nor of somebody they coached", "[rights][E-37]") {
  RightsLedger ledger;
  ledger.appoint_second();
  ledger.appoint("C3", "administrator");
  ledger.appoint("K1", "administrator");
  ledger.channel = Channel::kImport;
  ledger.staff("C3");
  ledger.apply("A-C3", "C3", kCycle, "2024-01-05T12:00:00Z");
  const DecideCycle decide{TestLedger::cycle_id(kCycle)};

  CHECK(said(ledger.as("C3", decide)) == "refused own-case");
  CHECK(said(ledger.as("C3", DecideReferral{"A-C3", true, "I lead"})) == "refused own-case");
  CHECK(said(ledger.as("K1", decide)) == "recorded");
  CHECK(said(ledger.as("K1", DecideReferral{"A-C1", true, "my client"})) == "refused own-case");
  CHECK(said(ledger.in_role("K1", "administrator", pairing_act(Action::kEndPairing, "P1"))) == "refused own-case");
  CHECK(said(ledger.in_role("K1", "", pairing_act(Action::kEndPairing, "P1"))) == "recorded");
  CHECK(ledger.events().back().envelope.provenance.role == "coach");
}

TEST_CASE("an administrator who is asked to coach somebody does not decide on them until they have answered", "[rights][E-37]") {
  RightsLedger ledger;
  ledger.appoint_second();
  ledger.appoint("K1", "administrator");
  ledger.channel = Channel::kImport;
  ledger.seated("C3", kCycle);
  const auto judge = [&] { return said(ledger.as("K1", DecideReferral{"A-C3", true, "asked me"})); };
  const auto before = judge();
  ledger.request("P3", kCycle, "C3", "K1", "2024-02-02T09:00:00Z");

  CHECK(judge() == "refused own-case");
  REQUIRE(said(ledger.act("decline-pairing", "P3", "2024-02-03T09:00:00Z", "K1")) == "recorded");
  CHECK(judge() == before);
  CHECK(before != "refused own-case");
}

TEST_CASE("a coach and their client are party to each other in the programme in which they were paired, and to nothing that was undone", "[rights]") {
  RightsLedger ledger;
  const auto state = ledger.state();
  const auto k1 = ledger.id("K1"), c1 = ledger.id("C1");
  const auto today = *parse_day("2024-06-01");
  const auto stands = [&](const Matter& matter) { return relation(state, k1, Role::kCoach, matter, today); };

  CHECK(stands({c1, {}, ""}) == Relation::kParty);
  CHECK(stands({c1, {"iom-coaching", "2024"}, ""}) == Relation::kParty);
  CHECK(stands({c1, {"un-coaching", "2023-pilot"}, ""}) == Relation::kElsewhere);
  CHECK(stands({c1, {"iom-coaching", "2024"}, "P1"}) == Relation::kParty);
  CHECK(stands({c1, {"iom-coaching", "2024"}, "was-undone"}) == Relation::kElsewhere);
  CHECK(is_party(state, k1, {c1, {"un-coaching", "2023-pilot"}, ""}));  // nobody administers the case of their own client, wherever it is
}

TEST_CASE("an administrator gives no seat to themselves when they are first in line", "[rights][E-37]") {
  TestLedger one_seat({changed(shipped("iom-coaching"), "seats = 350", "seats = 1")});
  one_seat.seated("C1", kCycle);
  one_seat.staff("A1");
  one_seat.apply("A-A1", "A1", kCycle, "2024-01-05T12:00:00Z");
  one_seat.decide(kCycle);
  Command command;
  command.body = BeginRoles{};
  command.actor = command.recorded_by = "A1";
  REQUIRE(said(one_seat.sequencer().execute(command)) == "recorded");
  one_seat.channel = Channel::kCli;

  CHECK(said(one_seat.run(GrantSeat{TestLedger::cycle_id(kCycle)}, "", "A1")) == "refused own-case");
  CHECK(said(one_seat.run(OfferSeat{TestLedger::cycle_id(kCycle), *parse_day("2030-01-01")}, "", "A1")) == "refused own-case");
}

TEST_CASE("a role that is named is the one that counts, and must be one", "[rights]") {
  RightsLedger ledger;

  CHECK(said(ledger.in_role("root", "king", pairing_act(Action::kEndPairing, "P1"))) == "refused unknown-role");
  CHECK(said(ledger.in_role("root", "auditor", pairing_act(Action::kEndPairing, "P1"))) == "refused not-allowed");
  CHECK(said(ledger.in_role("root", "compliance-officer", pairing_act(Action::kEndPairing, "P1"))) == "refused not-allowed");
  CHECK(said(ledger.in_role("root", "administrator", pairing_act(Action::kEndPairing, "P1"))) == "recorded");
}

TEST_CASE("a refusal says what was asked in which role, what the table says, and who could", "[rights]") {
  RightsLedger ledger;

  const auto named = ledger.in_role("K1", "coach", pairing_act(Action::kExtendWindow, "P1"));
  const auto unnamed = ledger.as("K1", GrantRole{"B1", "auditor", "", "", std::nullopt, "r"});

  CHECK(named.refusal.saw == "extend-window as coach: never");
  CHECK(named.refusal.wants == "extend-window as administrator in scope");
  CHECK(unnamed.refusal.saw == "role-grant: in no role that whoever acts holds there");
  CHECK(unnamed.refusal.wants == "role-grant as administrator in scope with a second person, or as compliance-officer in scope with a second person");
}

}  // namespace
}  // namespace daybook::test
