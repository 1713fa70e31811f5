// What a refusal says it would take is what it takes: each limit in its words, tried at the limit and one past it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <regex>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using std::chrono::days;

// The days that stand in a text, in order.
std::vector<Day> days_in(const std::string& text) {
  static const std::regex kDay("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  std::vector<Day> found;
  for (std::sregex_iterator it(text.begin(), text.end(), kDay), end; it != end; ++it) found.push_back(*parse_day(it->str()));
  return found;
}

std::vector<uint32_t> numbers_in(const std::string& text) {
  static const std::regex kNumber("[0-9]+");
  std::vector<uint32_t> found;
  for (std::sregex_iterator it(text.begin(), text.end(), kNumber), end; it != end; ++it)
    found.push_back(static_cast<uint32_t>(std::stoul(it->str())));
  return found;
}

std::string noon(Day day) { return to_text(day) + "T12:00:00Z"; }

// One client and coach, paired on 2024-02-10.
void one_pairing(TestLedger& ledger) {
  ledger.accepted_coach("C1", "iom-coaching", 2);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-02-10T10:00:00Z");
}

}  // namespace

TEST_CASE("an application out of its period is told the period that takes it", "[decide][S1-02]") {
  TestLedger ledger;
  for (const auto* number : {"U1", "U2", "U3", "U4"}) ledger.staff(number);
  const auto at = GENERATE("2023-11-30T12:00:00Z", "2024-01-31T12:00:00Z");

  const auto refused = ledger.apply("A1", "U1", "iom-coaching/2024", at);

  const auto limits = days_in(refused.refusal.wants);
  REQUIRE(limits.size() == 2);
  CHECK(said(ledger.apply("A1", "U1", "iom-coaching/2024", noon(limits[0]))) == "recorded");
  CHECK(said(ledger.apply("A2", "U2", "iom-coaching/2024", noon(limits[1]))) == "recorded");
  CHECK(said(ledger.apply("A3", "U3", "iom-coaching/2024", noon(limits[0] - days{1}))) == "refused early");
  CHECK(said(ledger.apply("A4", "U4", "iom-coaching/2024", noon(limits[1] + days{1}))) == "refused late");
}

TEST_CASE("a session on a day that is not allowed is told the days that are", "[decide][E-02]") {
  TestLedger ledger;
  one_pairing(ledger);
  const bool ended = GENERATE(false, true);
  if (ended) ledger.act("end-pairing", "P1", "2024-03-01T10:00:00Z");
  const auto held_on = GENERATE("2023-01-01", "2024-02-08", "2024-03-12", "2031-01-01");
  const std::string at = "2024-03-10T12:00:00Z";

  const auto refused = ledger.done("P1", 1, held_on, at);

  const auto limits = days_in(refused.refusal.wants);
  REQUIRE(limits.size() == 2);
  CHECK(said(ledger.done("P1", 1, to_text(limits[0]), at)) == "recorded");
  CHECK(said(ledger.done("P1", 2, to_text(limits[1]), at)) == "recorded");
  CHECK(said(ledger.done("P1", 3, to_text(limits[0] - days{1}), at)) == "refused before-pairing");
  CHECK(said(ledger.done("P1", 3, to_text(limits[1] + days{1}), at)) == (ended ? "refused after-end" : "refused in-future"));
}

TEST_CASE("a window that would not grow is told the day it has to pass", "[decide][E-01]") {
  TestLedger ledger;
  one_pairing(ledger);

  const auto refused = ledger.extend("P1", "2024-03-01", "2024-03-10T12:00:00Z");

  const auto limits = days_in(refused.refusal.wants);
  REQUIRE(limits.size() == 1);
  CHECK(said(ledger.extend("P1", to_text(limits[0]), "2024-03-10T12:00:00Z")) == "refused not-later");
  CHECK(said(ledger.extend("P1", to_text(limits[0] + days{1}), "2024-03-10T12:00:00Z")) == "recorded");
}

TEST_CASE("a coach whose numbers do not fit is told those that do", "[decide][S1-33]") {
  TestLedger ledger;
  ledger.staff("C1");
  const auto offer = [&](uint32_t capacity, const std::string& hours) {
    auto coach = coach_of("un-coaching", capacity);
    coach.credential_kind = "icf-training";
    coach.training_hours = hours;
    return ledger.run(RecordCoach{"C1", coach});
  };

  const auto capacities = numbers_in(offer(99, "60").refusal.wants);
  const auto hours = numbers_in(offer(2, "1").refusal.wants);

  REQUIRE(capacities.size() == 2);
  REQUIRE(hours.size() == 1);
  CHECK(said(offer(capacities[0], "60")) == "recorded");
  CHECK(said(offer(capacities[1], "60")) == "recorded");
  CHECK(said(offer(capacities[1] + 1, "60")) == "refused capacity");
  CHECK(said(offer(capacities[0] - 1, "60")) == "refused capacity");
  CHECK(said(offer(2, std::to_string(hours[0]))) == "recorded");
  CHECK(said(offer(2, std::to_string(hours[0] - 1) + ".9")) == "refused too-few-hours");
}

TEST_CASE("what stands in a client's way is named, and once it is out of the way the request is recorded", "[decide][E-14][S1-20]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.seated("U2", "iom-coaching/2024");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-02-10T10:00:00Z");

  const auto busy = ledger.request("P2", "iom-coaching/2024", "U1", "C1", "2024-02-11T10:00:00Z");
  const auto full = ledger.request("P3", "iom-coaching/2024", "U2", "C1", "2024-02-11T10:00:00Z");
  ledger.act("end-pairing", "P1", "2024-02-12T10:00:00Z");

  CHECK(busy.refusal.wants == "pairing P1 ended first");
  CHECK(full.refusal.wants == "fewer than 1 active pairings with the coach, or a greater capacity");
  CHECK(said(ledger.request("P2", "iom-coaching/2024", "U1", "C1", "2024-02-13T10:00:00Z")) == "recorded");
  CHECK(said(ledger.request("P3", "iom-coaching/2024", "U2", "C1", "2024-02-13T10:00:00Z")) == "recorded");
}

TEST_CASE("an allowance that is used up is told how many sessions fewer it takes", "[decide][S0-27]") {
  TestLedger ledger;
  one_pairing(ledger);
  for (uint32_t session = 1; session <= 4; ++session) ledger.done("P1", session, "2024-02-20", "2024-03-01T10:00:00Z");
  ledger.act("end-pairing", "P1", "2024-03-02T10:00:00Z");

  const auto refused = ledger.request("P2", "iom-coaching/2024", "U1", "C1", "2024-03-03T10:00:00Z");
  ledger.withdraw("P1", 4, "2024-03-04T10:00:00Z");

  CHECK(said(refused) == "refused nothing-left");
  CHECK(refused.refusal.wants == "fewer than 4 sponsored sessions used: one given back by a withdrawal");
  CHECK(said(ledger.request("P2", "iom-coaching/2024", "U1", "C1", "2024-03-05T10:00:00Z")) == "recorded");
}

TEST_CASE("an offer with a day that is over is told the first day that is not, and an answer the last that counts", "[decide][E-07]") {
  const std::string executive = "iom-executive-coaching/2024";
  TestLedger ledger;
  for (const auto* ref : {"S1", "S2"}) {
    auto senior = staff_of(ref);
    senior.post = "adviser";
    senior.grade = "D1";
    ledger.staff(senior);
    ledger.apply(ref, ref, executive, "2024-03-10T12:00:00Z");
  }
  ledger.decide(executive);
  for (const auto* ref : {"S1", "S2"}) ledger.refer(ref, true);
  const std::string at = "2024-06-01T22:30:00Z";  // 2 June in Zurich

  const auto passed = ledger.offer_seat(executive, "2020-01-01", at);
  REQUIRE(days_in(passed.refusal.wants).size() == 1);
  const Day first = days_in(passed.refusal.wants)[0];
  CHECK(said(ledger.offer_seat(executive, to_text(first - days{1}), at)) == "refused already-passed");
  CHECK(said(ledger.offer_seat(executive, to_text(first), at)) == "recorded");
  CHECK(said(ledger.offer_seat(executive, to_text(first + days{3}), at)) == "recorded");

  const auto late = ledger.accept_offer("S2", "2024-07-01T12:00:00Z");
  CHECK(said(late) == "refused late");
  REQUIRE(days_in(late.refusal.wants).size() == 1);
  const Instant end = Zone::find("Europe/Zurich")->last_instant(days_in(late.refusal.wants)[0]);
  CHECK(said(ledger.accept_offer("S2", to_text(end + std::chrono::microseconds{1}))) == "refused late");
  CHECK(said(ledger.accept_offer("S2", to_text(end))) == "recorded");
}

}  // namespace daybook::test
