// Requests, pairings and windows: who may ask whom, in which order refusals are given, whose the window and the
// allowance are.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

const std::string kCoaching = "iom-coaching/2024", kExecutive = "iom-executive-coaching/2024", kUn = "un-coaching/2023-pilot";
const std::string kFebruary = "2024-02-10T12:00:00Z", kMarch = "2024-03-10T12:00:00Z", kApril = "2024-04-10T12:00:00Z";

// Coaching with the clients C and D, and the coaches K and L with one place each.
struct Coaching : TestLedger {
  Coaching() {
    for (const auto* client : {"C", "D"}) seated(client, kCoaching);
    for (const auto* coach : {"K", "L"}) accepted_coach(coach, "iom-coaching");
  }
  std::string ask(const std::string& ref, const std::string& client, const std::string& coach) {
    return said(request(ref, kCoaching, client, coach, kMarch));
  }
  std::string tell(const std::string& action, const std::string& ref, const std::string& at = kMarch) { return said(act(action, ref, at)); }
  // Sessions of a pairing, all held on the day it was made.
  void use(const std::string& ref, uint32_t first, uint32_t last, const std::string& at = kMarch) {
    for (uint32_t session = first; session <= last; ++session) REQUIRE(said(done(ref, session, at.substr(0, 10), at)) == "recorded");
  }
  PairingStatus status(const std::string& ref) { return state().pairing(ref)->status; }
  // The last day of the client's window; empty while there is none.
  std::string window_of(const std::string& ref) {
    const auto now = state();
    const auto last = now.cycle(cycle_id(kCoaching))->clients.at(now.pairing(ref)->client).window_last;
    return last ? to_text(*last) : "";
  }
  void review(const std::string& coach, const std::string& word, uint32_t capacity = 1) {
    auto values = coach_of("iom-coaching", capacity);
    values.review = word;
    REQUIRE(said(run(RecordCoach{coach, values})) == "recorded");
  }
};

}  // namespace

// ---- Asking for a pairing

TEST_CASE("a request, its acceptance and its end are recorded", "[pairing][S1-20]") {
  Coaching ledger;

  CHECK(ledger.ask("P", "C", "K") == "recorded");
  CHECK(ledger.status("P") == PairingStatus::kRequested);
  CHECK(ledger.tell("accept-pairing", "P") == "recorded");
  CHECK(ledger.status("P") == PairingStatus::kActive);
  CHECK(ledger.tell("end-pairing", "P") == "recorded");
  CHECK(ledger.status("P") == PairingStatus::kEnded);
}

TEST_CASE("a pairing's ref is used once, whatever became of it", "[pairing]") {
  const auto last_act = GENERATE(values<std::string>({"", "decline-pairing", "accept-pairing", "end-pairing"}));
  CAPTURE(last_act);
  Coaching ledger;
  ledger.ask("P", "C", "K");
  if (last_act == "end-pairing") ledger.tell("accept-pairing", "P");
  if (!last_act.empty()) REQUIRE(ledger.tell(last_act, "P") == "recorded");

  CHECK(ledger.ask("P", "D", "L") == "refused duplicate");
}

TEST_CASE("a refused request leaves its ref new and changes nothing", "[pairing]") {
  Coaching ledger;
  const auto before = ledger.log().end();

  CHECK(ledger.ask("P", "C", "nobody") == "refused coach-unknown");

  CHECK(ledger.log().end() == before);
  CHECK(ledger.ask("P", "C", "K") == "recorded");
}

TEST_CASE("a request names a cycle that is known", "[pairing]") {
  Coaching ledger;

  CHECK(said(ledger.request("P", "iom-coaching/2099", "C", "K", kMarch)) == "refused unknown-cycle");
  CHECK(said(ledger.request("P", "no-coaching/2024", "C", "K", kMarch)) == "refused unknown-cycle");
}

TEST_CASE("only a client who has a seat in that cycle may ask", "[pairing][S0-29]") {
  Coaching ledger;
  ledger.staff("never-applied");
  ledger.staff("undecided");
  ledger.apply("A1", "undecided", kCoaching, "2024-01-10T12:00:00Z");
  ledger.seated("elsewhere", kExecutive);

  for (const auto* client : {"nobody", "never-applied", "undecided", "elsewhere"}) {
    CAPTURE(client);
    CHECK(ledger.ask("P", client, "K") == "refused no-seat");
  }
}

TEST_CASE("a client on the waitlist may not ask until the seat is granted", "[pairing][E-06]") {
  TestLedger ledger;
  auto senior = staff_of("S");
  senior.post = "adviser";
  senior.grade = "D1";
  ledger.staff(senior);
  ledger.accepted_coach("K", "iom-executive-coaching");
  ledger.apply("A1", "S", kExecutive, "2024-03-10T12:00:00Z");
  ledger.decide(kExecutive);
  ledger.refer("A1", true);
  REQUIRE(ledger.seat("A1") == "waitlisted");

  CHECK(said(ledger.request("P", kExecutive, "S", "K", kApril)) == "refused no-seat");
  ledger.grant_seat(kExecutive);
  CHECK(said(ledger.request("P", kExecutive, "S", "K", kApril)) == "recorded");
}

TEST_CASE("a client has one open request or active pairing in a cycle", "[pairing][E-15]") {
  Coaching ledger;
  ledger.ask("P1", "C", "K");

  CHECK(ledger.ask("P2", "C", "K") == "refused client-busy");
  CHECK(ledger.ask("P2", "C", "L") == "refused client-busy");
  ledger.tell("accept-pairing", "P1");
  CHECK(ledger.ask("P2", "C", "L") == "refused client-busy");
  ledger.tell("end-pairing", "P1");
  CHECK(ledger.ask("P2", "C", "L") == "recorded");
}

TEST_CASE("a declined request frees the client, who may ask the same coach again", "[pairing][E-15][E-17]") {
  Coaching ledger;
  ledger.ask("P1", "C", "K");

  CHECK(ledger.tell("decline-pairing", "P1") == "recorded");

  CHECK(ledger.status("P1") == PairingStatus::kDeclined);
  CHECK(ledger.ask("P2", "C", "K") == "recorded");
}

TEST_CASE("a client may be paired in two cycles at once", "[pairing][S0-18]") {
  Coaching ledger;
  ledger.seated("both", kExecutive);
  REQUIRE(said(ledger.apply("A-un", "both", kUn, "2023-02-01T12:00:00Z")) == "recorded");
  ledger.decide(kUn);
  ledger.accepted_coach("E", "iom-executive-coaching");
  ledger.accepted_coach("U", "un-coaching");
  ledger.paired("P1", kExecutive, "both", "E", kApril);

  CHECK(said(ledger.request("P2", kUn, "both", "U", kApril)) == "recorded");
}

TEST_CASE("nobody is their own coach, though they may be another's", "[pairing][E-16]") {
  Coaching ledger;
  ledger.seated("coach-and-client", kCoaching);
  ledger.accepted_coach("coach-and-client", "iom-coaching");

  CHECK(ledger.ask("P1", "coach-and-client", "coach-and-client") == "refused self-pairing");
  CHECK(ledger.ask("P1", "coach-and-client", "K") == "recorded");
  CHECK(ledger.ask("P2", "C", "coach-and-client") == "recorded");
}

TEST_CASE("a coach who was not accepted in the programme cannot be asked", "[pairing][S1-13][S1-14]") {
  Coaching ledger;
  ledger.accepted_coach("elsewhere", "un-coaching");
  for (const auto* number : {"pending", "declined"}) ledger.staff(number);
  ledger.review("pending", "");
  ledger.review("declined", "declined");

  for (const auto* coach : {"nobody", "D", "elsewhere", "pending", "declined"}) {
    CAPTURE(coach);
    CHECK(ledger.ask("P", "C", coach) == "refused coach-unknown");
  }
}

TEST_CASE("a coach who is declined or pending later cannot be asked any more, and pairings go on", "[pairing][E-12]") {
  const auto word = GENERATE(values<std::string>({"declined", ""}));
  CAPTURE(word);
  Coaching ledger;
  ledger.review("K", "accepted", 2);
  ledger.paired("P1", kCoaching, "C", "K", kMarch);

  ledger.review("K", word, 2);

  CHECK(ledger.ask("P2", "D", "K") == "refused coach-unknown");
  CHECK(ledger.status("P1") == PairingStatus::kActive);
  CHECK(said(ledger.done("P1", 1, "2024-03-10", kApril)) == "recorded");
  ledger.review("K", "accepted", 2);
  CHECK(ledger.ask("P2", "D", "K") == "recorded");
}

TEST_CASE("a coach without a free place cannot be asked until a pairing ends", "[pairing][S1-32]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kMarch);

  CHECK(ledger.ask("P2", "D", "K") == "refused coach-full");
  ledger.tell("end-pairing", "P1");
  CHECK(ledger.ask("P2", "D", "K") == "recorded");
}

TEST_CASE("an open request takes no place: of two the one accepted first gets it, the other stays open", "[pairing][E-14]") {
  Coaching ledger;
  REQUIRE(ledger.ask("P1", "C", "K") == "recorded");
  REQUIRE(ledger.ask("P2", "D", "K") == "recorded");

  CHECK(ledger.tell("accept-pairing", "P2") == "recorded");
  CHECK(ledger.tell("accept-pairing", "P1") == "refused coach-full");
  CHECK(ledger.status("P1") == PairingStatus::kRequested);
  ledger.tell("end-pairing", "P2");
  CHECK(ledger.tell("accept-pairing", "P1") == "recorded");
}

TEST_CASE("a coach's places are counted for each programme by itself", "[pairing][S1-33]") {
  Coaching ledger;
  ledger.coach("K", "iom-executive-coaching", 1);
  ledger.seated("E", kExecutive);
  ledger.paired("P1", kCoaching, "C", "K", kMarch);

  CHECK(said(ledger.request("P2", kExecutive, "E", "K", kApril)) == "recorded");
}

TEST_CASE("a coach's places are counted over all cycles of a programme", "[pairing][S1-33]") {
  TestLedger ledger({changed(shipped("iom-coaching"), "[[cycles]]",
                             "[[cycles]]\nname = \"2023\"\nopens_on = 2023-01-01\ncloses_on = 2023-01-31\ntime_zone = \"UTC\"\n"
                             "facts_as_of = 2023-01-31\n\n[[cycles]]")});
  ledger.seated("C", "iom-coaching/2023");
  ledger.seated("D", kCoaching);
  ledger.accepted_coach("K", "iom-coaching");
  ledger.paired("P1", "iom-coaching/2023", "C", "K", kFebruary);

  CHECK(said(ledger.request("P2", kCoaching, "D", "K", kMarch)) == "refused coach-full");
}

TEST_CASE("a lowered capacity ends no pairing and counts for new ones only", "[pairing][E-13][S1-34]") {
  Coaching ledger;
  ledger.seated("E", kCoaching);
  ledger.coach("K", "iom-coaching", 3);
  ledger.paired("P1", kCoaching, "C", "K", kMarch);
  ledger.paired("P2", kCoaching, "D", "K", kMarch);
  REQUIRE(ledger.ask("P3", "E", "K") == "recorded");

  REQUIRE(said(ledger.coach("K", "iom-coaching", 1)) == "recorded");

  CHECK(ledger.stats(kCoaching).active_pairings == 2);
  CHECK(ledger.tell("accept-pairing", "P3") == "refused coach-full");
  ledger.tell("end-pairing", "P1");
  CHECK(ledger.tell("accept-pairing", "P3") == "refused coach-full");  // one is active, and one is the capacity
  ledger.tell("end-pairing", "P2");
  CHECK(ledger.tell("accept-pairing", "P3") == "recorded");
}

TEST_CASE("a client whose sponsored sessions are used up may not ask again", "[pairing][S0-15][S0-27]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kMarch);
  ledger.use("P1", 1, 3);
  ledger.tell("end-pairing", "P1");
  REQUIRE(ledger.ask("P2", "C", "L") == "recorded");
  ledger.tell("decline-pairing", "P2");
  ledger.use("P1", 4, 4);

  CHECK(ledger.ask("P3", "C", "L") == "refused nothing-left");
  ledger.withdraw("P1", 2, kApril);
  CHECK(ledger.ask("P3", "C", "L") == "recorded");
}

TEST_CASE("of several reasons against a request the first in the contract's order is given", "[pairing]") {
  Coaching ledger;
  ledger.seated("both", kCoaching);
  ledger.accepted_coach("both", "iom-coaching");
  ledger.accepted_coach("full", "iom-coaching");
  ledger.accepted_coach("full-and-declined", "iom-coaching");
  for (const auto* client : {"E", "F"}) ledger.seated(client, kCoaching);
  ledger.paired("P1", kCoaching, "E", "full", kMarch);
  ledger.paired("P2", kCoaching, "F", "full-and-declined", kMarch);
  ledger.review("full-and-declined", "declined");

  // duplicate, unknown-cycle
  CHECK(said(ledger.request("P1", "iom-coaching/2099", "C", "K", kMarch)) == "refused duplicate");
  // unknown-cycle, no-seat
  CHECK(said(ledger.request("P9", "iom-coaching/2099", "nobody", "K", kMarch)) == "refused unknown-cycle");
  // no-seat, self-pairing (who has no seat is never busy)
  CHECK(ledger.ask("P9", "K", "K") == "refused no-seat");
  // client-busy, self-pairing
  CHECK(ledger.ask("P9", "E", "E") == "refused client-busy");
  // self-pairing, coach-unknown
  CHECK(ledger.ask("P9", "C", "C") == "refused self-pairing");
  // coach-unknown, coach-full
  CHECK(ledger.ask("P9", "C", "full-and-declined") == "refused coach-unknown");
  // coach-full, nothing-left
  ledger.paired("P3", kCoaching, "both", "K", kMarch);
  ledger.use("P3", 1, 4);
  ledger.tell("end-pairing", "P3");
  CHECK(ledger.ask("P9", "both", "full") == "refused coach-full");
  // self-pairing, nothing-left
  CHECK(ledger.ask("P9", "both", "both") == "refused self-pairing");
  CHECK(ledger.ask("P9", "both", "K") == "refused nothing-left");
}

// ---- Answering, ending

TEST_CASE("only an open request is accepted or declined", "[pairing]") {
  const auto answer = GENERATE(values<std::string>({"accept-pairing", "decline-pairing"}));
  CAPTURE(answer);
  Coaching ledger;
  ledger.coach("K", "iom-coaching", 12);

  CHECK(ledger.tell(answer, "never-asked") == "refused no-request");
  ledger.ask("P1", "C", "K");
  ledger.tell("decline-pairing", "P1");
  CHECK(ledger.tell(answer, "P1") == "refused no-request");
  ledger.ask("P2", "C", "K");
  ledger.tell("accept-pairing", "P2");
  CHECK(ledger.tell(answer, "P2") == "refused no-request");
  ledger.tell("end-pairing", "P2");
  CHECK(ledger.tell(answer, "P2") == "refused no-request");
}

TEST_CASE("that there is no open request is said before that the coach is full", "[pairing]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kMarch);

  CHECK(ledger.tell("accept-pairing", "P1") == "refused no-request");
}

TEST_CASE("a coach who is full may still decline", "[pairing][E-14]") {
  Coaching ledger;
  ledger.ask("P1", "C", "K");
  ledger.ask("P2", "D", "K");
  ledger.tell("accept-pairing", "P1");

  CHECK(ledger.tell("decline-pairing", "P2") == "recorded");
}

TEST_CASE("only an active pairing is ended or extended", "[pairing][S1-23]") {
  Coaching ledger;

  const auto both_refuse = [&](const std::string& ref) {
    CHECK(ledger.tell("end-pairing", ref) == "refused not-active");
    CHECK(said(ledger.extend(ref, "2024-12-31", kMarch)) == "refused not-active");
  };
  both_refuse("never-asked");
  ledger.ask("P1", "C", "K");
  both_refuse("P1");
  ledger.tell("decline-pairing", "P1");
  both_refuse("P1");
  ledger.paired("P2", kCoaching, "C", "K", kMarch);
  ledger.tell("end-pairing", "P2");
  both_refuse("P2");
}

TEST_CASE("that a pairing is not active is said before that the new last day is not later", "[pairing]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kMarch);
  ledger.tell("end-pairing", "P1");

  CHECK(said(ledger.extend("P1", "2024-01-01", kMarch)) == "refused not-active");
}

// ---- The window is the client's

TEST_CASE("the window counts from the pairing date in the cycle's zone, not from the request", "[pairing][S0-36][E-04]") {
  Coaching ledger;
  ledger.request("P1", kCoaching, "C", "K", "2023-10-01T12:00:00Z");
  CHECK(ledger.window_of("P1").empty());

  ledger.tell("accept-pairing", "P1", "2023-10-30T23:30:00Z");  // 31 October in Zurich

  CHECK(ledger.window_of("P1") == "2024-02-29");
}

TEST_CASE("a re-pairing does not restart the window", "[pairing][E-03][S0-14]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kFebruary);
  ledger.tell("end-pairing", "P1", kMarch);

  ledger.paired("P2", kCoaching, "C", "L", kApril);

  CHECK(ledger.window_of("P2") == "2024-06-10");
  CHECK(said(ledger.done("P2", 1, "2024-06-10", "2024-06-11T12:00:00Z")) == "recorded");
  CHECK(said(ledger.done("P2", 2, "2024-06-11", "2024-06-11T12:00:00Z")) == "recorded outside-window");
  CHECK(ledger.stats(kCoaching).re_pairings == 1);
}

TEST_CASE("a re-pairing after the window has passed is possible and opens none", "[pairing][E-01][E-03]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kFebruary);
  ledger.tell("end-pairing", "P1", kMarch);

  ledger.paired("P2", kCoaching, "C", "L", "2024-08-01T12:00:00Z");

  CHECK(ledger.window_of("P2") == "2024-06-10");
  CHECK(said(ledger.done("P2", 1, "2024-08-01", "2024-08-01T18:00:00Z")) == "recorded outside-window");
}

TEST_CASE("a declined request sets no window", "[pairing][S0-36]") {
  Coaching ledger;
  ledger.request("P1", kCoaching, "C", "K", kFebruary);
  ledger.tell("decline-pairing", "P1", kFebruary);

  ledger.paired("P2", kCoaching, "C", "K", kMarch);

  CHECK(ledger.window_of("P2") == "2024-07-10");
  CHECK(ledger.stats(kCoaching).re_pairings == 0);
}

TEST_CASE("a window is extended to a later day only", "[pairing][E-01]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kFebruary);

  CHECK(said(ledger.extend("P1", "2024-06-09", kMarch)) == "refused not-later");
  CHECK(said(ledger.extend("P1", "2024-06-10", kMarch)) == "refused not-later");
  CHECK(ledger.window_of("P1") == "2024-06-10");
  CHECK(said(ledger.extend("P1", "2024-06-11", kMarch)) == "recorded");
  CHECK(said(ledger.extend("P1", "2024-06-11", kMarch)) == "refused not-later");
  CHECK(ledger.window_of("P1") == "2024-06-11");
}

TEST_CASE("an extension goes with the client into a re-pairing, and to no other client", "[pairing][E-01][E-03]") {
  Coaching ledger;
  ledger.paired("P1", kCoaching, "C", "K", kFebruary);
  ledger.paired("P2", kCoaching, "D", "L", kFebruary);
  ledger.extend("P1", "2024-09-30", kMarch);
  ledger.tell("end-pairing", "P1", kMarch);

  ledger.paired("P3", kCoaching, "C", "K", kApril);

  CHECK(ledger.window_of("P3") == "2024-09-30");
  CHECK(ledger.window_of("P2") == "2024-06-10");
  CHECK(said(ledger.extend("P3", "2024-09-01", kApril)) == "refused not-later");
}

TEST_CASE("a fixed window is extended for one client, not for the programme", "[pairing][E-01][S1-02]") {
  TestLedger ledger;
  ledger.accepted_coach("U", "un-coaching", 2);
  for (const auto* client : {"C", "D"}) {
    ledger.seated(client, kUn);
    ledger.paired(std::string("P-") + client, kUn, client, "U", "2023-03-10T12:00:00Z");
  }

  CHECK(said(ledger.extend("P-C", "2023-07-31", "2023-07-01T12:00:00Z")) == "refused not-later");
  CHECK(said(ledger.extend("P-C", "2023-08-15", "2023-07-01T12:00:00Z")) == "recorded");

  CHECK(said(ledger.done("P-C", 1, "2023-08-15", "2023-08-20T12:00:00Z")) == "recorded");
  CHECK(said(ledger.done("P-D", 1, "2023-08-01", "2023-08-20T12:00:00Z")) == "recorded outside-window");
}

}  // namespace daybook::test
