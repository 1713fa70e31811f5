// What the record says of why an event is there: one correlation for a command, and the event that led to it.
#include <catch2/catch_test_macros.hpp>

#include <map>
#include <set>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

const std::string kCycle = "iom-coaching/2024";
const std::string kHeader = "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n";

std::string application_row(const std::string& ref, const std::string& number) {
  return ref + ",iom-coaching,2024," + number + ",2024-01-10T12:00:00Z,v1,yes,both,,,\n";
}

std::vector<Event> events_from(TestLedger& ledger, Position from) {
  std::vector<Event> events;
  const auto keep = [&](const Event& event) { return events.push_back(event), true; };
  REQUIRE(read_events(ledger.log(), from, ledger.log().end(), keep).has_value());
  return events;
}

std::set<std::string> correlations_of(const std::vector<Event>& events) {
  std::set<std::string> correlations;
  for (const auto& event : events) correlations.insert(event.envelope.correlation);
  return correlations;
}

}  // namespace

TEST_CASE("a seat, or a place in the waitlist, follows from the decision on its application", "[causes]") {
  TestLedger ledger({changed(shipped("iom-coaching"), "seats = 350", "seats = 1")});
  for (const auto* number : {"U1", "U2", "U3"}) ledger.staff(number);
  for (const auto* number : {"U1", "U2", "U3"}) {
    ledger.apply("A-" + std::string(number), number, kCycle, "2024-01-10T12:00:00Z", number == std::string("U2") ? "no" : "yes");
  }
  const auto before = ledger.log().end();

  ledger.decide(kCycle);

  const auto events = events_from(ledger, before);
  std::map<std::string, uint64_t> decided;
  size_t followed = 0;
  for (const auto& event : events) {
    if (const auto* decision = std::get_if<EligibilityDecided>(&event.body)) {
      decided[decision->application] = event.envelope.position.value;
      CHECK(event.envelope.caused_by == 0);
    }
    const auto* seat = std::get_if<SeatGranted>(&event.body);
    const auto* wait = std::get_if<WaitlistJoined>(&event.body);
    if (!seat && !wait) continue;
    CHECK(event.envelope.caused_by == decided.at(seat ? seat->application : wait->application) + 1);
    ++followed;
  }
  CHECK(followed == 2);
  CHECK(correlations_of(events).size() == 1);
}

TEST_CASE("a cycle opens because its charter was adopted", "[causes][E-39]") {
  TestLedger ledger;

  const auto events = events_from(ledger, Position{});

  size_t opened = 0;
  for (const auto& event : events) {
    const auto* cycle = std::get_if<CycleOpened>(&event.body);
    if (!cycle) continue;
    const auto& cause = events.at(event.envelope.caused_by - 1);
    CHECK(std::get<CharterAdopted>(cause.body).programme == cycle->programme);
    CHECK(cause.envelope.correlation == event.envelope.correlation);
    ++opened;
  }
  CHECK(opened == 3);
}

TEST_CASE("the rows of an import, recorded or refused, and its end follow from its beginning", "[causes]") {
  TestLedger ledger;
  ledger.staff("U1");
  const auto before = ledger.log().end();

  REQUIRE(
      ledger.import("applications", kHeader + application_row("A1", "U1") + application_row("A2", "U1") + application_row("A3", "U9")).has_value());

  const auto events = events_from(ledger, before);
  REQUIRE(events.size() == 5);
  CHECK(events.front().envelope.caused_by == 0);
  for (size_t i = 1; i < events.size(); ++i) CHECK(events[i].envelope.caused_by == before.value + 1);
  CHECK(correlations_of(events).size() == 5);
}

TEST_CASE("a row that is judged anew corrects its refusal; the import that begins with it corrects nothing", "[causes]") {
  TestLedger ledger;
  REQUIRE(ledger.import("applications", kHeader + application_row("A1", "U1")).has_value());
  const auto refused = events_from(ledger, Position{}).at(ledger.log().end().value - 2);
  ledger.staff("U1");
  const auto before = ledger.log().end();

  REQUIRE(ledger.import("applications", kHeader + application_row("A1", "U1")).has_value());

  const auto events = events_from(ledger, before);
  REQUIRE(std::holds_alternative<RowRefused>(refused.body));
  REQUIRE(std::holds_alternative<ImportStarted>(events.at(0).body));
  CHECK(events.at(0).envelope.corrects == 0);
  CHECK(events.at(1).envelope.corrects == refused.envelope.position.value + 1);
}

}  // namespace daybook::test
