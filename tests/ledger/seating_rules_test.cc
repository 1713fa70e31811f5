// Seats: how many each programme that ships has, in which order they are taken, who waits, and what a later decision
// leaves alone.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using Names = std::vector<std::string>;

const std::string kCoaching = "iom-coaching/2024", kExecutive = "iom-executive-coaching/2024", kUn = "un-coaching/2023-pilot";

// A moment in the cycle's application period; later ones have a higher `second`.
std::string moment(const std::string& cycle, int second) {
  const std::string first = cycle == kUn ? "2023-02-01T12:00:00Z" : cycle == kCoaching ? "2024-01-10T12:00:00Z" : "2024-03-10T12:00:00Z";
  return to_text(*parse_instant(first) + std::chrono::seconds(second));
}

// An application by a new person, who goes by its ref.
void applied(TestLedger& ledger, const std::string& ref, const std::string& cycle, int second) {
  ledger.staff(ref);
  REQUIRE(said(ledger.apply(ref, ref, cycle, moment(cycle, second))) == "recorded");
}

void applied_after_taking_part(TestLedger& ledger, const std::string& ref, const std::string& cycle, int second, const std::string& sponsor) {
  applied(ledger, ref, cycle, second);
  REQUIRE(said(ledger.took_part(ref, "earlier", sponsor, "2019")) == "recorded");
}

// `count` applications by people who never took part, in seconds from `second` on, the latest recorded first.
void crowd(TestLedger& ledger, const std::string& cycle, int count, int second) {
  for (int i = count - 1; i >= 0; --i) applied(ledger, "crowd-" + std::to_string(i), cycle, second + i);
}

// The refs that `list decisions` shows with this seat.
Names with_seat(TestLedger& ledger, const std::string& cycle, const std::string& seat) {
  Names refs;
  for (const auto& row : ledger.decisions(cycle).rows) {
    if (row[3] == seat) refs.push_back(row[0]);
  }
  return refs;
}

// What is left of a small executive programme: its charter with two seats.
std::string with_two_seats() { return changed(shipped("iom-executive-coaching"), "seats = 40", "seats = 2"); }

// An applicant whom the executive programme refers to a person.
void senior_applied(TestLedger& ledger, const std::string& ref, int second) {
  auto senior = staff_of(ref);
  senior.post = "adviser";
  senior.grade = "D1";
  ledger.staff(senior);
  REQUIRE(said(ledger.apply(ref, ref, kExecutive, moment(kExecutive, second))) == "recorded");
}

}  // namespace

TEST_CASE("there are 350 seats of coaching, 40 of executive coaching and 120 in the UN programme", "[seating][S0-29][S0-30][S1-41]") {
  const auto [cycle, seats] = GENERATE(table<std::string, int>({{kCoaching, 350}, {kExecutive, 40}, {kUn, 120}}));
  CAPTURE(cycle);
  TestLedger ledger;
  crowd(ledger, cycle, seats + 1, 0);

  ledger.decide(cycle);

  CHECK(with_seat(ledger, cycle, "seated").size() == static_cast<size_t>(seats));
  CHECK(with_seat(ledger, cycle, "waitlisted") == Names{"crowd-" + std::to_string(seats)});
  const auto stats = ledger.stats(cycle);
  CHECK(stats.seats == static_cast<uint64_t>(seats));
  CHECK(stats.seated == static_cast<uint64_t>(seats));
  CHECK(stats.waitlisted == 1);
}

TEST_CASE("the last seat goes to the earlier submission, however they were recorded", "[seating][S0-29][E-06]") {
  const auto [cycle, seats] = GENERATE(table<std::string, int>({{kCoaching, 350}, {kExecutive, 40}, {kUn, 120}}));
  CAPTURE(cycle);
  TestLedger ledger;
  applied(ledger, "a-second-later", cycle, 5001);
  applied(ledger, "earlier", cycle, 5000);
  crowd(ledger, cycle, seats - 1, 0);

  ledger.decide(cycle);

  CHECK(ledger.seat("earlier") == "seated");
  CHECK(ledger.seat("a-second-later") == "waitlisted");
}

TEST_CASE("submissions at the same moment are seated by the bytes of their refs", "[seating][S0-30][E-06]") {
  const auto [first, second] = GENERATE(table<std::string, std::string>({{"tie-Z", "tie-a"}, {"tie-10", "tie-9"}, {"tie", "tie-"}, {"a-b", "a.b"}}));
  const bool first_recorded_first = GENERATE(true, false);
  CAPTURE(first, second, first_recorded_first);
  TestLedger ledger;
  applied(ledger, first_recorded_first ? first : second, kExecutive, 5000);
  applied(ledger, first_recorded_first ? second : first, kExecutive, 5000);
  crowd(ledger, kExecutive, 39, 0);

  ledger.decide(kExecutive);

  CHECK(ledger.seat(first) == "seated");
  CHECK(ledger.seat(second) == "waitlisted");
}

TEST_CASE("executive coaching seats first-timers first, whenever they applied", "[seating][S0-32]") {
  TestLedger ledger;
  applied_after_taking_part(ledger, "repeater", kExecutive, 0, "CDT");
  crowd(ledger, kExecutive, 39, 100);
  applied_after_taking_part(ledger, "elsewhere", kExecutive, 5000, "UN-HR");  // of another sponsor: a first-timer

  ledger.decide(kExecutive);

  CHECK(ledger.seat("elsewhere") == "seated");
  CHECK(ledger.seat("repeater") == "waitlisted");
}

TEST_CASE("whoever had a pairing in another programme of the sponsor is no first-timer", "[seating][S0-31][S0-32]") {
  TestLedger ledger({with_two_seats()});
  ledger.seated("R", kCoaching);
  ledger.accepted_coach("K", "iom-coaching");
  ledger.paired("P", kCoaching, "R", "K", "2024-02-10T12:00:00Z");
  ledger.seated("S", kUn);
  ledger.accepted_coach("L", "un-coaching");
  ledger.paired("Q", kUn, "S", "L", "2023-03-10T12:00:00Z");
  REQUIRE(said(ledger.apply("paired-with-sponsor", "R", kExecutive, moment(kExecutive, 0))) == "recorded");
  REQUIRE(said(ledger.apply("paired-elsewhere", "S", kExecutive, moment(kExecutive, 20))) == "recorded");
  applied(ledger, "never", kExecutive, 10);

  ledger.decide(kExecutive);

  CHECK(with_seat(ledger, kExecutive, "seated") == Names{"never", "paired-elsewhere"});
  CHECK(ledger.seat("paired-with-sponsor") == "waitlisted");
}

TEST_CASE("executive coaching seats repeaters while seats are free, the earlier first", "[seating][S0-32]") {
  TestLedger ledger;
  applied_after_taking_part(ledger, "repeater-2", kExecutive, 1, "CDT");
  applied_after_taking_part(ledger, "repeater-1", kExecutive, 0, "CDT");
  crowd(ledger, kExecutive, 39, 100);

  ledger.decide(kExecutive);

  CHECK(ledger.seat("repeater-1") == "seated");
  CHECK(with_seat(ledger, kExecutive, "waitlisted") == Names{"repeater-2"});
}

TEST_CASE("the UN programme seats by submission alone, also those who took part before", "[seating][S1-41]") {
  TestLedger ledger;
  applied_after_taking_part(ledger, "repeater", kUn, 0, "UN-HR");
  crowd(ledger, kUn, 120, 100);

  ledger.decide(kUn);

  CHECK(ledger.seat("repeater") == "seated");
  CHECK(with_seat(ledger, kUn, "waitlisted") == Names{"crowd-119"});
}

TEST_CASE("who is not eligible or waits for a person's judgement has no seat and does not wait for one", "[seating][S0-24]") {
  TestLedger ledger({with_two_seats()});
  auto junior = staff_of("junior");
  junior.post = "assistant";
  ledger.staff(junior);
  ledger.apply("junior", "junior", kExecutive, moment(kExecutive, 0));
  senior_applied(ledger, "senior", 1);
  applied(ledger, "chief-1", kExecutive, 2);
  applied(ledger, "chief-2", kExecutive, 3);

  ledger.decide(kExecutive);

  CHECK(ledger.decisions(kExecutive).rows == std::vector<Names>{{"chief-1", "eligible", "", "seated"},
                                                                {"chief-2", "eligible", "", "seated"},
                                                                {"junior", "not-eligible", "position", ""},
                                                                {"senior", "referred", "", ""}});
}

// ---- A person's judgement

TEST_CASE("a referral decided eligible joins the end of the waitlist, also while seats are free", "[seating][S0-24][E-07]") {
  TestLedger ledger;
  senior_applied(ledger, "senior-1", 0);
  senior_applied(ledger, "senior-2", 1);
  ledger.decide(kExecutive);

  CHECK(said(ledger.refer("senior-2", true)) == "recorded");
  CHECK(said(ledger.refer("senior-1", true)) == "recorded");

  CHECK(ledger.state().cycle(TestLedger::cycle_id(kExecutive))->waitlist == Names{"senior-2", "senior-1"});
  CHECK(ledger.stats(kExecutive).seated == 0);
  CHECK(ledger.stats(kExecutive).eligible == 2);
  CHECK(ledger.stats(kExecutive).referred == 0);
}

TEST_CASE("a referral decided eligible stands behind everyone who waits, though it was submitted earlier", "[seating][S0-24][E-06]") {
  TestLedger ledger({with_two_seats()});
  senior_applied(ledger, "senior", 0);
  for (int i = 1; i <= 4; ++i) applied(ledger, "chief-" + std::to_string(i), kExecutive, i);
  ledger.decide(kExecutive);

  ledger.refer("senior", true);

  CHECK(ledger.state().cycle(TestLedger::cycle_id(kExecutive))->waitlist == Names{"chief-3", "chief-4", "senior"});
}

TEST_CASE("a referral decided not eligible gets no seat and no place in the waitlist", "[seating][S0-24]") {
  TestLedger ledger;
  senior_applied(ledger, "senior", 0);
  ledger.decide(kExecutive);

  CHECK(said(ledger.refer("senior", false)) == "recorded");

  CHECK(ledger.decisions(kExecutive).rows == std::vector<Names>{{"senior", "not-eligible", "", ""}});
  CHECK(ledger.stats(kExecutive).not_eligible == 1);
}

TEST_CASE("a referral is decided once, and only a referral is", "[seating][S0-24]") {
  const bool first_answer = GENERATE(true, false);
  TestLedger ledger;
  senior_applied(ledger, "senior", 0);
  CHECK(ledger.refer("senior", true).outcome == Outcome::kRefused);  // nobody has decided the cycle yet
  applied(ledger, "chief", kExecutive, 1);
  ledger.decide(kExecutive);
  ledger.refer("senior", first_answer);
  const auto before = ledger.decisions(kExecutive).rows;

  CHECK(ledger.refer("senior", !first_answer).outcome == Outcome::kRefused);
  CHECK(ledger.refer("chief", false).outcome == Outcome::kRefused);
  CHECK(ledger.refer("nobody's", true).outcome == Outcome::kRefused);

  CHECK(ledger.decisions(kExecutive).rows == before);
}

// ---- Later

TEST_CASE("a free seat goes to the head of the waitlist by an explicit step, one at a time", "[seating][E-07]") {
  TestLedger ledger;
  for (int i = 1; i <= 3; ++i) senior_applied(ledger, "senior-" + std::to_string(i), i);
  ledger.decide(kExecutive);
  ledger.refer("senior-2", true);
  ledger.refer("senior-3", true);
  ledger.decide(kExecutive);
  REQUIRE(ledger.stats(kExecutive).seated == 0);  // deciding again is not that step

  CHECK(said(ledger.grant_seat(kExecutive)) == "recorded");
  CHECK(with_seat(ledger, kExecutive, "seated") == Names{"senior-2"});
  CHECK(with_seat(ledger, kExecutive, "waitlisted") == Names{"senior-3"});

  CHECK(said(ledger.grant_seat(kExecutive)) == "recorded");
  CHECK(with_seat(ledger, kExecutive, "seated") == Names{"senior-2", "senior-3"});

  CHECK(ledger.grant_seat(kExecutive).outcome == Outcome::kRefused);  // nobody waits
}

TEST_CASE("no seat is granted beyond the last", "[seating][S0-30][E-06]") {
  TestLedger ledger({with_two_seats()});
  for (int i = 1; i <= 3; ++i) applied(ledger, "chief-" + std::to_string(i), kExecutive, i);
  ledger.decide(kExecutive);

  CHECK(ledger.grant_seat(kExecutive).outcome == Outcome::kRefused);

  CHECK(with_seat(ledger, kExecutive, "waitlisted") == Names{"chief-3"});
}

TEST_CASE("a later decision moves no seat: a first-timer comes too late for a seat that a repeater has", "[seating][S0-32][E-06]") {
  TestLedger ledger({with_two_seats()});
  applied_after_taking_part(ledger, "repeater-1", kExecutive, 10, "CDT");
  applied_after_taking_part(ledger, "repeater-2", kExecutive, 11, "CDT");
  applied_after_taking_part(ledger, "repeater-3", kExecutive, 12, "CDT");
  ledger.decide(kExecutive);
  applied(ledger, "first-timer-2", kExecutive, 1);
  applied(ledger, "first-timer-1", kExecutive, 0);

  ledger.decide(kExecutive);

  CHECK(with_seat(ledger, kExecutive, "seated") == Names{"repeater-1", "repeater-2"});
  CHECK(ledger.state().cycle(TestLedger::cycle_id(kExecutive))->waitlist == Names{"repeater-3", "first-timer-1", "first-timer-2"});
}

TEST_CASE("newly eligible applications take free seats, also while a referral waits", "[seating][S0-24][S0-30]") {
  TestLedger ledger({with_two_seats()});
  senior_applied(ledger, "senior", 0);
  ledger.decide(kExecutive);
  ledger.refer("senior", true);
  for (int i = 1; i <= 3; ++i) applied(ledger, "chief-" + std::to_string(i), kExecutive, i);

  ledger.decide(kExecutive);

  CHECK(with_seat(ledger, kExecutive, "seated") == Names{"chief-1", "chief-2"});
  CHECK(ledger.state().cycle(TestLedger::cycle_id(kExecutive))->waitlist == Names{"senior", "chief-3"});
}

TEST_CASE("a decision is not made again when the facts change", "[seating][E-09][E-11]") {
  TestLedger ledger;
  auto person = staff_of("100");
  person.contract_type = "intern";
  ledger.staff(person);
  ledger.apply("refused", "100", kCoaching, moment(kCoaching, 0));
  applied(ledger, "granted", kCoaching, 1);
  ledger.decide(kCoaching);
  ledger.staff("100");
  person.staff_number = "granted";
  ledger.staff(person);

  ledger.decide(kCoaching);

  CHECK(ledger.decisions(kCoaching).rows == std::vector<Names>{{"granted", "eligible", "", "seated"}, {"refused", "not-eligible", "contract", ""}});
}

TEST_CASE("facts count as they stand when the cycle is decided, not when the application came", "[seating][E-10][E-11]") {
  TestLedger ledger;
  applied(ledger, "100", kCoaching, 0);
  applied(ledger, "200", kCoaching, 1);
  auto left = staff_of("100");
  left.contract_type = "none";
  ledger.staff(left);
  ledger.took_part("200", "earlier", "CDT", "2023");

  ledger.decide(kCoaching);

  CHECK(ledger.failed("100") == Names{"contract"});
  CHECK(ledger.failed("200") == Names{"repeat"});
}

}  // namespace daybook::test
