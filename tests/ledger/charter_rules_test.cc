// The rules of the charters that ship, each held against the contract on both sides of its boundary: whoever changes a
// value in the TOML meets the test that names the rule.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using Names = std::vector<std::string>;

const std::string kCoaching = "iom-coaching/2024", kExecutive = "iom-executive-coaching/2024", kUn = "un-coaching/2023-pilot";
const Names kContractTypes = {"regular",
                              "fixed-term",
                              "special-fixed-term",
                              "special-short-term-graded",
                              "special-short-term-ungraded",
                              "temporary",
                              "continuing",
                              "permanent",
                              "consultant",
                              "individual-contractor",
                              "unv",
                              "intern",
                              "military",
                              "none"};

std::string programme_of(const std::string& cycle) { return TestLedger::cycle_id(cycle).programme; }

// Noon of a day within the cycle's application period.
std::string in_period(const std::string& cycle) {
  return cycle == kUn ? "2023-02-01T12:00:00Z" : cycle == kCoaching ? "2024-01-10T12:00:00Z" : "2024-03-10T12:00:00Z";
}

std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ";") + name;
  return text;
}

void applied(TestLedger& ledger, const std::string& number, const std::string& cycle, const std::string& at, const std::string& commitment = "yes") {
  const auto answer = ledger.apply("A-" + number, number, cycle, at, commitment);
  REQUIRE(said(answer) == "recorded");
}

// What `decide` says of an applicant: eligible, referred, or the criteria that they fail.
std::string verdict(TestLedger& ledger, const std::string& cycle, const StaffRecorded& person, const std::string& commitment = "yes") {
  REQUIRE(said(ledger.staff(person)) == "recorded");
  applied(ledger, person.staff_number, cycle, in_period(cycle), commitment);
  REQUIRE(said(ledger.decide(cycle)) == "recorded");
  const auto application = ledger.application("A-" + person.staff_number);
  return application.outcome == "not-eligible" ? joined(ledger.failed("A-" + person.staff_number)) : application.outcome;
}

std::string verdict(const std::string& cycle, const StaffRecorded& person, const std::string& commitment = "yes") {
  TestLedger ledger;
  return verdict(ledger, cycle, person, commitment);
}

// The contract types with which an applicant who has all else in order is eligible.
Names accepted_types(const std::string& cycle) {
  TestLedger ledger;
  Names accepted;
  for (const auto& type : kContractTypes) {
    auto person = staff_of(type);
    person.contract_type = type;
    if (verdict(ledger, cycle, person) == "eligible") accepted.push_back(type);
  }
  return accepted;
}

StaffRecorded with_entry(const std::string& day) {
  auto person = staff_of("100");
  person.entry_on_duty = day;
  return person;
}

StaffRecorded with_training(const std::string& day) {
  auto person = staff_of("100");
  person.training_completed_on = day;
  return person;
}

StaffRecorded with_post(const std::string& post, const std::string& grade) {
  auto person = staff_of("100");
  person.post = post;
  person.grade = grade;
  return person;
}

// The client C with one pairing P, accepted at `at`.
void paired_client(TestLedger& ledger, const std::string& cycle, const std::string& at) {
  ledger.seated("C", cycle);
  ledger.accepted_coach("K", programme_of(cycle));
  ledger.paired("P", cycle, "C", "K", at);
}

Charter charter(const std::string& programme) { return parse_charter(shipped(programme), programme + ".toml").value(); }

}  // namespace

// ---- Who is eligible

TEST_CASE("coaching is for regular, fixed-term and the three special contracts, and no other", "[charter][S0-19]") {
  CHECK(accepted_types(kCoaching) ==
        Names{"regular", "fixed-term", "special-fixed-term", "special-short-term-graded", "special-short-term-ungraded"});
}

TEST_CASE("the UN programme is for temporary, fixed-term, continuing and permanent contracts, and no other", "[charter][S1-38][S1-39]") {
  CHECK(accepted_types(kUn) == Names{"fixed-term", "temporary", "continuing", "permanent"});
}

TEST_CASE("executive coaching asks for no contract type", "[charter][S0-23]") { CHECK(accepted_types(kExecutive) == kContractTypes); }

TEST_CASE("coaching asks for 12 months of service by the last day of the period, 29 January 2024", "[charter][S0-20][E-10]") {
  const auto [entry, expected] = GENERATE(table<std::string, std::string>({
      {"2023-01-28", "eligible"},
      {"2023-01-29", "eligible"},
      {"2023-01-30", "service"},
      {"2024-01-29", "service"},
      {"", "service"},
  }));
  CAPTURE(entry);

  CHECK(verdict(kCoaching, with_entry(entry)) == expected);
}

TEST_CASE("12 months of service that began on 29 February are complete on 28 February", "[charter][S0-20][E-04]") {
  const auto [as_of, expected] = GENERATE(table<std::string, std::string>({{"2025-02-27", "service"}, {"2025-02-28", "eligible"}}));
  CAPTURE(as_of);
  TestLedger ledger({changed(shipped("iom-coaching"), "facts_as_of = 2024-01-29", "facts_as_of = " + as_of)});

  CHECK(verdict(ledger, kCoaching, with_entry("2024-02-29")) == expected);
}

TEST_CASE("the UN and executive programmes ask for no length of service and no training", "[charter][S0-23][S1-38]") {
  const auto cycle = GENERATE(values({kExecutive, kUn}));
  auto person = staff_of("100");
  person.entry_on_duty = "2030-01-01";
  person.training_completed_on = "";

  CHECK(verdict(cycle, person) == "eligible");
}

TEST_CASE("every programme asks for the commitment to complete it", "[charter][S0-21][S1-31]") {
  const auto cycle = GENERATE(values({kCoaching, kExecutive, kUn}));
  CAPTURE(cycle);
  TestLedger ledger;

  CHECK(verdict(ledger, cycle, staff_of("100"), "yes") == "eligible");
  CHECK(verdict(ledger, cycle, staff_of("200"), "no") == "commitment");
}

TEST_CASE("coaching asks for mandatory training that is complete by 29 January 2024", "[charter][S0-22][E-11]") {
  const auto [completed, expected] = GENERATE(table<std::string, std::string>({
      {"2024-01-28", "eligible"},
      {"2024-01-29", "eligible"},
      {"2024-01-30", "training"},
      {"", "training"},
  }));
  CAPTURE(completed);

  CHECK(verdict(kCoaching, with_training(completed)) == expected);
}

TEST_CASE("executive coaching is for chiefs of mission, their deputies and heads of office of any grade", "[charter][S0-23]") {
  const auto post = GENERATE(values<std::string>({"chief-of-mission", "deputy-chief-of-mission", "head-of-office"}));
  const auto grade = GENERATE(values<std::string>({"D2", "P3", ""}));
  CAPTURE(post, grade);

  CHECK(verdict(kExecutive, with_post(post, grade)) == "eligible");
}

TEST_CASE("executive coaching refers other posts of grade D2, D1 or P5 to a person and fails the rest", "[charter][S0-24]") {
  const auto [grade, expected] = GENERATE(table<std::string, std::string>({
      {"D2", "referred"},
      {"D1", "referred"},
      {"P5", "referred"},
      {"P4", "position"},
      {"P3", "position"},
      {"NOC", "position"},
      {"USG", "position"},
      {"", "position"},
  }));
  const auto post = GENERATE(values<std::string>({"programme-manager", ""}));
  CAPTURE(post, grade);

  CHECK(verdict(kExecutive, with_post(post, grade)) == expected);
}

TEST_CASE("a referral is no failure, and a failure goes before a referral", "[charter][S0-24]") {
  TestLedger ledger;
  auto senior = with_post("adviser", "D1");
  CHECK(verdict(ledger, kExecutive, senior) == "referred");
  senior.staff_number = "200";
  CHECK(verdict(ledger, kExecutive, senior, "no") == "commitment");

  CHECK(ledger.decisions(kExecutive).rows == std::vector<Names>{{"A-100", "referred", "", ""}, {"A-200", "not-eligible", "commitment", ""}});
}

TEST_CASE("criteria that fail are named in the charter's order", "[charter][S0-19][S0-23][S1-38]") {
  const auto [cycle, all] = GENERATE(table<std::string, std::string>({
      {kCoaching, "contract;service;commitment;training;repeat"},
      {kExecutive, "position;commitment"},
      {kUn, "contract;commitment"},
  }));
  CAPTURE(cycle);
  TestLedger ledger;
  auto person = with_post("none", "G4");
  person.contract_type = "intern";
  person.entry_on_duty = person.training_completed_on = "";
  ledger.staff(person);
  for (const auto* sponsor : {"CDT", "UN-HR"}) ledger.took_part("100", "earlier, by " + std::string(sponsor), sponsor, "2019");

  CHECK(verdict(ledger, cycle, person, "no") == all);
  CHECK(ledger.decisions(cycle).rows == std::vector<Names>{{"A-100", "not-eligible", all, ""}});
}

// ---- Who took part before

TEST_CASE("coaching is not repeated by whoever took part in any programme of CDT", "[charter][S0-31]") {
  const auto [programme, sponsor, expected] = GENERATE(table<std::string, std::string, std::string>({
      {"iom-coaching", "CDT", "repeat"},
      {"iom-executive-coaching", "CDT", "repeat"},
      {"a programme of the past", "CDT", "repeat"},
      {"un-coaching", "UN-HR", "eligible"},
      {"a programme of the past", "cdt", "eligible"},
      {"iom-coaching", "another sponsor", "eligible"},  // the row's own sponsor counts
      {"un-coaching", "CDT", "repeat"},
  }));
  const auto sessions = GENERATE(values<std::string>({"0", "4"}));
  CAPTURE(programme, sponsor, sessions);
  TestLedger ledger;
  ledger.staff("100");
  REQUIRE(said(ledger.run(RecordParticipation{"100", {programme, sponsor, "2019", sessions}})) == "recorded");

  CHECK(verdict(ledger, kCoaching, staff_of("100")) == expected);
}

TEST_CASE("coaching is not repeated by whoever ever had an accepted pairing in a programme of CDT", "[charter][S0-31][E-08]") {
  const auto [cycle, last_act, expected] = GENERATE(table<std::string, std::string, std::string>({
      {kExecutive, "request-pairing", "eligible"},
      {kExecutive, "decline-pairing", "eligible"},
      {kExecutive, "accept-pairing", "repeat"},
      {kExecutive, "end-pairing", "repeat"},
      {kUn, "accept-pairing", "eligible"},
  }));
  CAPTURE(cycle, last_act);
  const std::string at = "2024-04-10T12:00:00Z";
  TestLedger ledger;
  ledger.seated("100", cycle);
  ledger.accepted_coach("K", programme_of(cycle));
  ledger.request("P", cycle, "100", "K", at);
  if (last_act == "end-pairing") ledger.act("accept-pairing", "P", at);
  if (last_act != "request-pairing") REQUIRE(said(ledger.act(last_act, "P", at)) == "recorded");
  REQUIRE(said(ledger.apply("again", "100", kCoaching, in_period(kCoaching))) == "recorded");

  ledger.decide(kCoaching);

  CHECK(joined(ledger.failed("again")) == (expected == "repeat" ? "repeat" : ""));
  CHECK(ledger.application("again").outcome == (expected == "repeat" ? "not-eligible" : "eligible"));
}

TEST_CASE("the UN programme's sponsor is UN-HR: its pairings count as having taken part with UN-HR", "[charter][S0-31]") {
  TestLedger ledger({changed(shipped("iom-coaching"), "sponsor = \"CDT\"", "sponsor = \"UN-HR\"")});
  ledger.seated("100", kUn);
  ledger.accepted_coach("K", "un-coaching");
  ledger.paired("P", kUn, "100", "K", "2023-03-10T12:00:00Z");
  REQUIRE(said(ledger.apply("again", "100", kCoaching, in_period(kCoaching))) == "recorded");

  ledger.decide(kCoaching);

  CHECK(joined(ledger.failed("again")) == "repeat");
}

TEST_CASE("the UN and executive programmes may be repeated", "[charter][S0-32]") {
  const auto cycle = GENERATE(values({kExecutive, kUn}));
  TestLedger ledger;
  ledger.staff("100");
  for (const auto* sponsor : {"CDT", "UN-HR"}) ledger.took_part("100", "earlier, by " + std::string(sponsor), sponsor, "2019");

  CHECK(verdict(ledger, cycle, staff_of("100")) == "eligible");
}

// ---- When to apply

TEST_CASE("the application period is its first and last day whole, in the cycle's zone", "[charter][S0-33][S0-34][E-05]") {
  const auto [cycle, at, answer] = GENERATE(table<std::string, std::string, std::string>({
      // 1 December 2023 to 29 January 2024 in Zurich
      {kCoaching, "2023-11-30T22:59:59.999999Z", "refused early"},
      {kCoaching, "2023-11-30T23:00:00Z", "recorded"},
      {kCoaching, "2024-01-29T22:59:59.999999Z", "recorded"},
      {kCoaching, "2024-01-29T23:00:00Z", "refused late"},
      // 1 to 31 March 2024 in Zurich, where summer time began on the 31st
      {kExecutive, "2024-02-29T22:59:59.999999Z", "refused early"},
      {kExecutive, "2024-02-29T23:00:00Z", "recorded"},
      {kExecutive, "2024-03-31T21:59:59.999999Z", "recorded"},
      {kExecutive, "2024-03-31T22:00:00Z", "refused late"},
      // 9 January to 28 February 2023 in New York
      {kUn, "2023-01-09T04:59:59.999999Z", "refused early"},
      {kUn, "2023-01-09T05:00:00Z", "recorded"},
      {kUn, "2023-03-01T04:59:59.999999Z", "recorded"},
      {kUn, "2023-03-01T05:00:00Z", "refused late"},
  }));
  CAPTURE(cycle, at);
  TestLedger ledger;
  ledger.staff("100");

  CHECK(said(ledger.apply("A1", "100", cycle, at)) == answer);
}

TEST_CASE("zone, as-of day, title, matching and minutes are the contract's", "[charter][S0-27][S0-28][S1-30]") {
  const auto [name, title, zone, as_of, by_clients, minutes] = GENERATE(table<std::string, std::string, std::string, std::string, bool, uint32_t>({
      {"iom-coaching", "IOM Coaching Programme", "Europe/Zurich", "2024-01-29", false, 60},
      {"iom-executive-coaching", "IOM Executive Coaching Programme", "Europe/Zurich", "2024-03-31", false, 45},
      {"un-coaching", "UN Secretariat Coaching Programme", "America/New_York", "2023-02-28", true, 45},
  }));
  CAPTURE(name);

  const auto found = charter(name);

  CHECK(found.programme == name);
  CHECK(found.title == title);
  CHECK(found.matching_by_clients == by_clients);
  CHECK(found.minutes == minutes);
  REQUIRE(found.cycles.size() == 1);
  CHECK(found.cycles[0].time_zone == zone);
  CHECK(to_text(found.cycles[0].facts_as_of) == as_of);
}

TEST_CASE("the accepted words and the order of seating are the contract's, with none besides", "[charter][S0-19][S0-23][S1-38]") {
  CHECK(charter("iom-coaching").criteria.at(0).accepted ==
        Names{"regular", "fixed-term", "special-fixed-term", "special-short-term-graded", "special-short-term-ungraded"});
  CHECK(charter("iom-executive-coaching").criteria.at(0).accepted == Names{"chief-of-mission", "deputy-chief-of-mission", "head-of-office"});
  CHECK(charter("un-coaching").criteria.at(0).accepted == Names{"temporary", "fixed-term", "continuing", "permanent"});
  CHECK_FALSE(charter("iom-coaching").never_engaged_first);
  CHECK(charter("iom-executive-coaching").never_engaged_first);
  CHECK_FALSE(charter("un-coaching").never_engaged_first);
}

// ---- Pairings and sessions

TEST_CASE("four sessions of coaching are sponsored, six of executive coaching and five of the UN programme", "[charter][S0-27][S0-28][E-23]") {
  const auto [cycle, at, held_on, allowance] = GENERATE(table<std::string, std::string, std::string, uint32_t>({
      {kCoaching, "2024-02-10T12:00:00Z", "2024-02-12", 4},
      {kExecutive, "2024-04-10T12:00:00Z", "2024-04-12", 6},
      {kUn, "2023-03-10T12:00:00Z", "2023-03-12", 5},
  }));
  CAPTURE(cycle);
  TestLedger ledger;
  paired_client(ledger, cycle, at);

  for (uint32_t session = 1; session <= allowance; ++session) CHECK(said(ledger.done("P", session, held_on, held_on + "T20:00:00Z")) == "recorded");

  CHECK(said(ledger.done("P", allowance + 1, held_on, held_on + "T20:00:00Z")) == "recorded unsponsored");
  CHECK(ledger.stats(cycle).sponsored_sessions == allowance);
  CHECK(ledger.stats(cycle).sessions_ceiling == ledger.stats(cycle).seats * allowance);
}

TEST_CASE("only the UN programme has an introduction, and it is not counted", "[charter][S1-29][E-22]") {
  const auto [cycle, at, held_on, answer] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {kCoaching, "2024-02-10T12:00:00Z", "2024-02-12", "refused no-such-session"},
      {kExecutive, "2024-04-10T12:00:00Z", "2024-04-12", "refused no-such-session"},
      {kUn, "2023-03-10T12:00:00Z", "2023-03-12", "recorded"},
  }));
  CAPTURE(cycle);
  TestLedger ledger;
  paired_client(ledger, cycle, at);

  CHECK(said(ledger.done("P", 0, held_on, held_on + "T20:00:00Z")) == answer);
  CHECK(ledger.stats(cycle).sponsored_sessions == 0);
}

TEST_CASE("the window is 4 months of coaching, 3 of executive coaching, and to 31 July 2023 in the UN programme", "[charter][S0-36][S0-37][S1-02]") {
  const auto [cycle, paired_at, last_day, day_after] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {kCoaching, "2024-02-10T12:00:00Z", "2024-06-10", "2024-06-11"},
      {kCoaching, "2024-10-31T12:00:00Z", "2025-02-28", "2025-03-01"},
      {kCoaching, "2024-02-10T23:30:00Z", "2024-06-11", "2024-06-12"},  // the 11th in Zurich
      {kExecutive, "2024-04-10T12:00:00Z", "2024-07-10", "2024-07-11"},
      {kExecutive, "2024-11-30T12:00:00Z", "2025-02-28", "2025-03-01"},
      {kUn, "2023-03-10T12:00:00Z", "2023-07-31", "2023-08-01"},
      {kUn, "2023-07-01T12:00:00Z", "2023-07-31", "2023-08-01"},
  }));
  CAPTURE(cycle, paired_at);
  TestLedger ledger;
  paired_client(ledger, cycle, paired_at);

  CHECK(said(ledger.done("P", 1, last_day, "2025-03-02T12:00:00Z")) == "recorded");
  CHECK(said(ledger.done("P", 2, day_after, "2025-03-02T12:00:00Z")) == "recorded outside-window");
}

// ---- Coaches

TEST_CASE("a coach takes 1 to 12 clients in coaching, 1 to 6 in executive coaching, 1 to 3 in the UN programme", "[charter][S1-32][S1-33]") {
  const auto [programme, most] = GENERATE(table<std::string, uint32_t>({{"iom-coaching", 12}, {"iom-executive-coaching", 6}, {"un-coaching", 3}}));
  CAPTURE(programme);
  TestLedger ledger;
  ledger.staff("K");

  CHECK(said(ledger.coach("K", programme, 0)) == "refused capacity");
  CHECK(said(ledger.coach("K", programme, 1)) == "recorded");
  CHECK(said(ledger.coach("K", programme, most)) == "recorded");
  CHECK(said(ledger.coach("K", programme, most + 1)) == "refused capacity");
}

TEST_CASE("a coach is certified, or trained for 50 hours or more, in every programme", "[charter][S1-10][S1-11]") {
  const auto programme = GENERATE(values<std::string>({"iom-coaching", "iom-executive-coaching", "un-coaching"}));
  const auto [kind, hours, answer] = GENERATE(table<std::string, std::string, std::string>({
      {"icf-certification", "", "recorded"},
      {"icf-certification", "10", "recorded"},
      {"icf-training", "50", "recorded"},
      {"icf-training", "49", "refused too-few-hours"},
      {"icf-training", "", "refused too-few-hours"},
      {"emcc-accreditation", "200", "refused credential"},
      {"", "200", "refused credential"},
  }));
  CAPTURE(programme, kind, hours);
  TestLedger ledger;
  ledger.staff("K");
  auto coach = coach_of(programme, 1);
  coach.credential_kind = kind;
  coach.training_hours = hours;

  CHECK(said(ledger.run(RecordCoach{"K", coach})) == answer);
}

}  // namespace daybook::test
