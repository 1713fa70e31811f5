// Records that are put right, and holds: what is kept of somebody is not used until the hold is lifted (C3).
#include <catch2/catch_test_macros.hpp>

#include "ledger/facts.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr const char *kCycle = "iom-coaching/2024", *kExecutive = "iom-executive-coaching/2024";
constexpr const char* kStaffHeader =
    "staff_number,name,email,organisation,entity,duty_station,country,region,job_network,grade,position,contract_type,gender,languages,time_zone,"
    "entry_on_duty,training_completed_on,supervisor,separated_on\n";
constexpr const char* kFormHeader =
    "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n";

std::string batch_of(TestLedger& ledger) {
  const auto state = ledger.state();
  return state.imports.begin()->first;
}

ApplicantFacts facts_of(TestLedger& ledger, const std::string& ref) {
  const auto state = ledger.state();
  return applicant_facts(state, ledger.vault(), *state.application(ref), Day{}).value();
}

TEST_CASE("a personnel record that is put right keeps what was right, and names the one it corrects", "[rights][C3]") {
  TestLedger ledger;
  ledger.staff("S1");
  const auto before = ledger.state().people.begin()->second.staff;
  ledger.apply("A1", "S1", kCycle, "2024-01-05T12:00:00Z");

  const auto answer = ledger.run(RectifyStaff{"S1", {{"contract_type", "intern"}, {"position", "clerk"}}, "typed wrong"});

  REQUIRE(said(answer) == "recorded");
  const auto event = ledger.events().back();
  CHECK(std::holds_alternative<StaffRecorded>(event.body));
  CHECK(event.envelope.corrects == before->value + 1);
  const auto record = ledger.vault().record(event.envelope.position, FieldClass::kContact).value();
  CHECK(*record->find(field_number(StaffRecorded{}, "name")) == "Name of S1");
  const auto facts = facts_of(ledger, "A1");
  CHECK(facts.contract_type == "intern");
  CHECK(facts.position == "clerk");
  CHECK(facts.grade == "P3");
  CHECK(to_text(*facts.entry_on_duty) == "2015-01-01");
}

TEST_CASE("what is put right must be other than it was, of somebody known, with a reason", "[rights][C3]") {
  TestLedger ledger;
  ledger.staff("S1");
  ledger.apply("A1", "S1", kCycle, "2024-01-05T12:00:00Z");

  CHECK(said(ledger.run(RectifyStaff{"S1", {{"grade", "P3"}}, "r"})) == "refused nothing-new");
  CHECK(said(ledger.run(RectifyStaff{"S2", {{"grade", "P4"}}, "r"})) == "refused unknown-person");
  CHECK(said(ledger.run(RectifyStaff{"S1", {{"grade", "P4"}}, ""})) == "refused no-reason");
  CHECK(said(ledger.run(RectifyForm{"A1", {{"commitment", "yes"}}, "r"})) == "refused nothing-new");
  CHECK(said(ledger.run(RectifyForm{"A2", {{"commitment", "no"}}, "r"})) == "refused unknown-application");
  CHECK(said(ledger.run(RectifyForm{"A1", {{"commitment", "no"}}, ""})) == "refused no-reason");
}

TEST_CASE("a form that is put right is what later decisions see; decisions made stand", "[rights][C3][S1-22]") {
  TestLedger ledger;
  for (const char* number : {"1", "2"}) {
    ledger.staff(std::string("S") + number);
    ledger.apply(std::string("A") + number, std::string("S") + number, kCycle, "2024-01-05T12:00:00Z");
    if (number[0] == '1') ledger.decide(kCycle);
  }

  for (const char* ref : {"A1", "A2"}) {
    CHECK(said(ledger.run(RectifyForm{ref, {{"motivation", "to learn"}}, "left out"})) == "recorded");
    CHECK(said(ledger.run(RectifyForm{ref, {{"commitment", "no"}}, "misread"})) == "recorded");
  }
  ledger.decide(kCycle);

  CHECK(ledger.application("A1").outcome == "eligible");
  CHECK(ledger.application("A2").outcome == "not-eligible");
  CHECK(ledger.failed("A2") == std::vector<std::string>{"commitment"});
  const auto rectified = *ledger.application("A2").rectified;
  const auto newest = ledger.events()[rectified.value];
  CHECK(newest.envelope.corrects == rectified.value);  // the first correction, one event earlier
  const auto form = ledger.vault().record(rectified, FieldClass::kRegistration).value();
  CHECK(*form->find(field_number(FormRectified{}, "motivation")) == "to learn");
  for (const auto& criterion : ledger.application("A2").criteria) {
    if (criterion.name == "commitment") CHECK(criterion.facts_from == std::to_string(rectified.value));
  }
}

TEST_CASE("a row that was put right is built upon: its import cannot take it back", "[rights][C3][undo]") {
  TestLedger ledger;
  REQUIRE(ledger
              .import("staff", std::string(kStaffHeader) + "S1,N,,,,,,,,P3,,fixed-term,,,,2015-01-01,2020-01-01,,\n"
                                                           "S2,N,,,,,,,,P3,,fixed-term,,,,2015-01-01,2020-01-01,,\n")
              .has_value());
  const auto staff_batch = batch_of(ledger);
  REQUIRE(said(ledger.run(RectifyStaff{"S1", {{"grade", "P4"}}, "typed wrong"})) == "recorded");

  const auto undone = ledger.run(UndoImport{staff_batch, "wrong file", std::nullopt});

  CHECK(undone.range.end.value - undone.range.first.value == 1);
  const auto state = ledger.state();
  CHECK(state.known_person(ledger.vault().person("S1").value().value()));
  CHECK_FALSE(state.known_person(ledger.vault().person("S2").value().value()));
}

TEST_CASE("an application whose answers were put right is built upon", "[rights][C3][undo]") {
  TestLedger ledger;
  for (const char* number : {"S1", "S2"}) ledger.staff(number);
  REQUIRE(ledger
              .import("applications", std::string(kFormHeader) + "A1,iom-coaching,2024,S1,2024-01-05T12:00:00Z,v1,yes,both,,,\n"
                                                                 "A2,iom-coaching,2024,S2,2024-01-05T12:00:00Z,v1,yes,both,,,\n")
              .has_value());
  const auto batch = batch_of(ledger);
  REQUIRE(said(ledger.run(RectifyForm{"A1", {{"commitment", "no"}}, "misread"})) == "recorded");

  ledger.run(UndoImport{batch, "wrong file", std::nullopt});

  const auto state = ledger.state();
  CHECK(state.application("A1"));
  CHECK_FALSE(state.application("A2"));
}

TEST_CASE("nothing is done to somebody on hold but lifting it and putting records right", "[rights][C3]") {
  TestLedger ledger;
  ledger.seated("C1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.accepted_coach("K2", "iom-coaching", 3);
  ledger.paired("P1", kCycle, "C1", "K1", "2024-02-01T09:00:00Z");
  ledger.seated("C2", kCycle);
  ledger.request("P2", kCycle, "C2", "K2", "2024-02-01T09:00:00Z");
  const auto placed = ledger.run(PlaceHold{"C1", "contested"});
  REQUIRE(said(placed) == "recorded");
  ledger.run(PlaceHold{"K2", "contested"});

  const auto refused = ledger.done("P1", 1, "2024-02-05", "2024-02-06T09:00:00Z");
  CHECK(said(refused) == "refused held");
  CHECK(refused.refusal.because == placed.range.first);
  CHECK(said(ledger.act("end-pairing", "P1", "2024-02-06T09:00:00Z")) == "refused held");
  CHECK(said(ledger.act("accept-pairing", "P2", "2024-02-06T09:00:00Z")) == "refused held");
  CHECK(said(ledger.staff("C1")) == "refused held");
  CHECK(said(ledger.run(PlaceHold{"C1", "again"})) == "refused held");
  CHECK(said(ledger.run(RectifyStaff{"C1", {{"grade", "P4"}}, "r"})) == "recorded");
  CHECK(said(ledger.run(RectifyForm{"A-C1", {{"commitment", "no"}}, "r"})) == "recorded");
  CHECK(said(ledger.run(LiftHold{"C1", ""})) == "refused no-reason");
  CHECK(said(ledger.run(LiftHold{"C1", "settled"})) == "recorded");
  CHECK(ledger.events().back().envelope.caused_by == placed.range.first.value + 1);
  CHECK(said(ledger.run(LiftHold{"C1", "settled"})) == "refused not-held");
  CHECK(said(ledger.done("P1", 1, "2024-02-05", "2024-02-06T09:00:00Z")) == "recorded");
  CHECK(said(ledger.run(PlaceHold{"NOBODY", "r"})) == "refused unknown-person");
}

// Seniors whom the executive programme refers to a person, S1 and S2: decided eligible, they wait although seats are free.
void two_wait(TestLedger& ledger) {
  for (const char* number : {"S1", "S2"}) {
    auto senior = staff_of(number);
    senior.post = "adviser";
    senior.grade = "D1";
    ledger.staff(senior);
    ledger.apply(number, number, kExecutive, "2024-03-10T12:00:00Z");
  }
  ledger.decide(kExecutive);
  for (const char* number : {"S1", "S2"}) REQUIRE(said(ledger.refer(number, true)) == "recorded");
}

TEST_CASE("a decision passes over an applicant on hold, and comes to them after it", "[rights][C3]") {
  TestLedger ledger;
  ledger.staff("S1");
  ledger.apply("A1", "S1", kCycle, "2024-01-05T12:00:00Z");
  ledger.run(PlaceHold{"S1", "contested"});

  CHECK(said(ledger.decide(kCycle)) == "unchanged");
  ledger.run(LiftHold{"S1", "settled"});
  CHECK(said(ledger.decide(kCycle)) == "recorded");
  CHECK(ledger.seat("A1") == "seated");
}

TEST_CASE("a seat goes past somebody on hold to the next who waits", "[rights][C3][seating]") {
  TestLedger ledger;
  two_wait(ledger);
  ledger.run(PlaceHold{"S1", "contested"});

  CHECK(said(ledger.offer_seat(kExecutive, "2024-06-15")) == "recorded");
  const auto nobody = ledger.grant_seat(kExecutive);
  CHECK(ledger.application("S2").has_open_offer());
  CHECK(said(nobody) == "refused nobody-waits");
  CHECK(nobody.refusal.saw == "all 2 on the waitlist have an open offer, or are on hold");
  ledger.run(LiftHold{"S1", "settled"});
  CHECK(said(ledger.grant_seat(kExecutive)) == "recorded");
  CHECK(ledger.seat("S1") == "seated");
}

TEST_CASE("an offer to somebody on hold does not run out before the hold is lifted", "[rights][C3][seating]") {
  TestLedger ledger;
  two_wait(ledger);
  ledger.offer_seat(kExecutive, "2024-06-15");
  ledger.run(PlaceHold{"S1", "contested"});
  ledger.clock.reach(*parse_instant("2024-07-01T12:00:00Z"));

  ledger.tick();
  CHECK(ledger.application("S1").has_open_offer());
  ledger.run(LiftHold{"S1", "settled"});
  ledger.tick();
  CHECK(ledger.application("S1").offer->status == OfferStatus::kExpired);
  CHECK(to_text(ledger.events().back().envelope.happened_at).starts_with("2024-06-15"));
}

// What the report of an import says of its rows: outcome and reason.
std::vector<std::string> reported(TestLedger& ledger, const std::string& sheet, const std::string& csv) {
  std::vector<ReportRow> report;
  REQUIRE(ledger.import(sheet, csv, &report).has_value());
  std::vector<std::string> said;
  for (const auto& row : report) said.push_back(row.outcome + (row.reason.empty() ? "" : " " + row.reason));
  return said;
}

TEST_CASE("rows of an import about somebody on hold are refused as held, and come in once the hold is lifted", "[rights][C3][import]") {
  TestLedger ledger;
  ledger.seated("C1", kCycle);
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.paired("P1", kCycle, "C1", "K1", "2024-02-01T09:00:00Z");
  const std::string staff = std::string(kStaffHeader) + "C1,Another Name,,,,,,,,P3,,fixed-term,,,,2015-01-01,2020-01-01,,\n";
  const std::string activity =
      "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n"
      "2024-02-06T09:00:00Z,K1,mark-session-done,P1,,,,,1,2024-02-05,,,,\n";
  using Said = std::vector<std::string>;
  ledger.run(PlaceHold{"C1", "contested"});

  CHECK(reported(ledger, "staff", staff) == Said{"refused held"});
  CHECK(reported(ledger, "activity", activity) == Said{"refused held"});
  CHECK(reported(ledger, "activity", activity) == Said{"unchanged"});
  ledger.run(LiftHold{"C1", "settled"});

  CHECK(reported(ledger, "staff", staff) == Said{"recorded"});
  CHECK(reported(ledger, "activity", activity) == Said{"recorded"});
  CHECK(reported(ledger, "activity", activity) == Said{"unchanged"});
}

}  // namespace
}  // namespace daybook::test
