// Deadlines that pass by themselves: what a tick records, when it happened, that it is recorded once, and what it leaves alone.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "ledger/codec.h"
#include "projections/state_lines.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr unsigned kSeed = 20261122;
const std::string kCoaching = "iom-coaching/2024";
const std::string kLastInstant = "2024-06-10T21:59:59.999999Z";  // of the window that one_pairing sets, in Zurich

// The application periods that are over when a test begins are recorded; then one client and coach are paired on 2024-02-10.
void one_pairing(TestLedger& ledger) {
  ledger.tick();
  ledger.accepted_coach("C1", "iom-coaching", 2);
  ledger.seated("U1", kCoaching);
  ledger.paired("P1", kCoaching, "U1", "C1", "2024-02-10T10:00:00Z");
}

void use_sessions(TestLedger& ledger, uint32_t first, uint32_t last) {
  for (uint32_t session = first; session <= last; ++session) ledger.done("P1", session, "2024-02-20", "2024-03-01T10:00:00Z");
}

ClientState client_of(TestLedger& ledger, const std::string& pairing) {
  const State state = ledger.state();
  return state.cycle(state.pairing(pairing)->cycle)->clients.at(state.pairing(pairing)->client);
}

bool is_lapsed(TestLedger& ledger, const std::string& pairing) {
  const State state = ledger.state();
  return lapsed(*state.cycle(state.pairing(pairing)->cycle), client_of(ledger, pairing));
}

// "WindowElapsed pairing/P1 2024-06-10T21:59:59.999999Z": what a tick recorded.
std::string text_of(const Event& event) {
  return std::string(kind_of(event.body).name) + " " + event.envelope.stream + " " + to_text(event.envelope.happened_at);
}
Names ticked(TestLedger& ledger, Position from = {}) {
  Names all;
  for (const auto& event : ledger.events(from)) {
    if (event.envelope.provenance.channel == Channel::kClock) all.push_back(text_of(event));
  }
  return all;
}

std::map<std::string, std::string> values_of(const State& state) {
  std::map<std::string, std::string> values;
  for (const auto& [path, line] : lines_of(state)) values.emplace(path, line.value);
  return values;
}

void open_offers(TestLedger& ledger) {
  const std::string executive = "iom-executive-coaching/2024";
  for (const auto* ref : {"E1", "E2", "E3", "E4", "E5"}) {
    auto senior = staff_of(ref);
    senior.post = "adviser";
    senior.grade = "D1";
    ledger.staff(senior);
    REQUIRE(said(ledger.apply(ref, ref, executive, "2024-03-10T12:00:00Z")) == "recorded");
  }
  ledger.decide(executive);
  for (const auto* ref : {"E1", "E2", "E3", "E4", "E5"}) ledger.refer(ref, true);
  for (const auto* answer_by : {"2024-08-01", "2024-07-01", "2024-09-01", "2024-07-01"}) {
    REQUIRE(said(ledger.offer_seat(executive, answer_by)) == "recorded");
  }
}

// A season in which much is due: `count` clients, paired day after day from 1 June on, some with all sessions used, some with a
// later window; and four seats offered, to be answered by days that are not in the order of offering.
void busy_season(TestLedger& ledger, int count) {
  const auto second = [](int i) { return to_text(*parse_instant("2024-01-10T12:00:00Z") + std::chrono::seconds{i}); };
  ledger.accepted_coach("K", "iom-coaching", 12);
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    ledger.staff("U" + number);
    REQUIRE(said(ledger.apply("A" + number, "U" + number, kCoaching, second(i))) == "recorded");
  }
  ledger.decide(kCoaching);
  const auto seats = static_cast<int>(ledger.state().cycle(TestLedger::cycle_id(kCoaching))->charter->seats);
  for (int i = 0; i < seats; ++i) {
    const auto number = std::to_string(i), day = to_text(*parse_day("2024-06-01") + std::chrono::days{i * 3}), at = day + "T10:00:00Z";
    ledger.paired("P" + number, kCoaching, "U" + number, "K", at);
    if (i % 4 == 1) ledger.extend("P" + number, to_text(*parse_day("2025-01-01") + std::chrono::days{i}), at);
    for (uint32_t session = 1; i % 4 == 2 && session <= 4; ++session) ledger.done("P" + number, session, day, at);
    if (i % 4 == 3) ledger.act("end-pairing", "P" + number, at);
  }
  open_offers(ledger);
}

std::string with_twelve_seats() { return changed(shipped("iom-coaching"), "seats = 350", "seats = 12"); }

}  // namespace

TEST_CASE("a window that passes with sessions left is recorded at its last instant, by nobody, because of what set it", "[clock][E-01][S0-36]") {
  TestLedger ledger;
  one_pairing(ledger);
  use_sessions(ledger, 1, 3);
  const auto window_set = client_of(ledger, "P1").window_set;
  ledger.clock.reach(*parse_instant(kLastInstant));

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.pass(1us);
  const auto answer = ledger.tick();

  CHECK(said(answer) == "recorded");
  REQUIRE(answer.range.end.value == answer.range.first.value + 1);
  const auto event = ledger.events(answer.range.first).front();
  CHECK(text_of(event) == "WindowElapsed pairing/P1 " + kLastInstant);
  CHECK(event.envelope.recorded_at == ledger.clock.wall);
  CHECK(event.envelope.provenance.channel == Channel::kClock);
  CHECK(event.envelope.provenance.actor.empty());
  CHECK(event.envelope.caused_by == window_set.value + 1);
  CHECK(event.envelope.subject == ledger.state().pairing("P1")->client);
  const auto& elapsed = std::get<WindowElapsed>(event.body);
  CHECK(to_text(elapsed.window_last) == "2024-06-10");
  CHECK(elapsed.sessions_left == 1);
  CHECK(is_lapsed(ledger, "P1"));
}

TEST_CASE("a window is recorded as passed once, and once more for each later last day", "[clock][E-01]") {
  TestLedger ledger;
  one_pairing(ledger);
  ledger.clock.reach(*parse_instant("2024-06-20T12:00:00Z"));
  REQUIRE(said(ledger.tick()) == "recorded");

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.pass(240h);
  CHECK(said(ledger.tick()) == "unchanged");
  REQUIRE(said(ledger.extend("P1", "2024-07-31", "2024-06-30T10:00:00Z")) == "recorded");
  CHECK_FALSE(is_lapsed(ledger, "P1"));
  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.reach(*parse_instant("2024-07-31T22:00:00Z"));
  CHECK(said(ledger.tick()) == "recorded");
  CHECK(said(ledger.tick()) == "unchanged");
  CHECK(is_lapsed(ledger, "P1"));
}

TEST_CASE("a window in which every session was used passes without a word", "[clock][E-01][E-24]") {
  TestLedger ledger;
  one_pairing(ledger);
  use_sessions(ledger, 1, 4);
  ledger.clock.reach(*parse_instant("2024-07-01T12:00:00Z"));

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.withdraw("P1", 4, "2024-07-01T12:00:00Z");  // so one is left after all

  CHECK(said(ledger.tick()) == "recorded");
  CHECK(is_lapsed(ledger, "P1"));
}

TEST_CASE("a session that was held in time and recorded late ends the lapse without a further event", "[clock][E-01][E-02]") {
  TestLedger ledger;
  one_pairing(ledger);
  use_sessions(ledger, 1, 3);
  ledger.clock.reach(*parse_instant("2024-07-01T12:00:00Z"));
  ledger.tick();

  CHECK(said(ledger.done("P1", 4, "2024-06-10", "2024-07-01T12:00:00Z")) == "recorded");
  CHECK_FALSE(is_lapsed(ledger, "P1"));
  ledger.withdraw("P1", 4, "2024-07-02T12:00:00Z");
  CHECK(is_lapsed(ledger, "P1"));

  CHECK(said(ledger.tick()) == "unchanged");
  CHECK(said(ledger.done("P1", 5, "2024-06-11", "2024-07-01T12:00:00Z")) == "recorded outside-window");
}

TEST_CASE("who has ended a pairing or asked for another lapses by the newest that was accepted", "[clock][E-01]") {
  TestLedger ledger;
  one_pairing(ledger);
  ledger.accepted_coach("C2", "iom-coaching", 2);
  ledger.act("end-pairing", "P1", "2024-03-01T10:00:00Z");
  ledger.paired("P2", kCoaching, "U1", "C2", "2024-03-02T10:00:00Z");
  ledger.act("end-pairing", "P2", "2024-03-03T10:00:00Z");
  ledger.request("P3", kCoaching, "U1", "C1", "2024-03-04T10:00:00Z");
  ledger.clock.reach(*parse_instant("2024-07-01T12:00:00Z"));

  const auto answer = ledger.tick();

  CHECK(ticked(ledger, answer.range.first) == Names{"WindowElapsed pairing/P2 " + kLastInstant});
  CHECK(is_lapsed(ledger, "P1"));
}

TEST_CASE("an application period closes at the last instant of its last day in the cycle's zone, across clock changes",
          "[clock][S0-34][S1-02][E-05]") {
  const auto [zone, day, deadline] = GENERATE(table<std::string, std::string, std::string>({
      {"Europe/Zurich", "2024-10-27", "2024-10-27T22:59:59.999999Z"},  // a day of 25 hours
      {"Europe/Zurich", "2025-03-30", "2025-03-30T21:59:59.999999Z"},  // of 23
      {"America/New_York", "2024-11-03", "2024-11-04T04:59:59.999999Z"},
      {"Africa/Cairo", "2024-10-31", "2024-10-31T21:59:59.999999Z"},  // its last hour comes twice
      {"Africa/Cairo", "2025-04-24", "2025-04-24T21:59:59.999999Z"},  // the midnight after it is skipped
      {"Pacific/Kiritimati", "2024-12-31", "2024-12-31T09:59:59.999999Z"},
  }));
  CAPTURE(zone, day);
  TestLedger ledger({changed(changed(shipped("iom-coaching"), "closes_on = 2024-01-29", "closes_on = " + day), "Europe/Zurich", zone)});
  ledger.tick();
  ledger.clock.reach(*parse_instant(deadline));

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.pass(1us);
  const auto answer = ledger.tick();

  CHECK(ticked(ledger, answer.range.first) == Names{"CycleClosed cycle/" + kCoaching + " " + deadline});
  CHECK(said(ledger.tick()) == "unchanged");
}

TEST_CASE("a closed cycle takes an application that happened in time, and none that did not", "[clock][S0-34]") {
  TestLedger ledger;
  ledger.staff("U1");
  ledger.staff("U2");
  REQUIRE(said(ledger.tick()) == "recorded");

  CHECK(said(ledger.apply("A1", "U1", kCoaching, "2024-01-29T22:59:59Z")) == "recorded");
  CHECK(said(ledger.apply("A2", "U2", kCoaching, "2024-01-29T23:00:00Z")) == "refused late");
}

TEST_CASE("ticks in steps record what one tick later records, in the same order", "[clock][E-01][E-07]") {
  TestLedger stepwise({with_twelve_seats()}), late({with_twelve_seats()});
  for (auto* ledger : {&stepwise, &late}) busy_season(*ledger, 16);
  std::mt19937 random(kSeed);
  const auto end = *parse_instant("2025-06-01T12:00:00Z");

  int steps = 0;
  while (stepwise.clock.wall < end) {
    stepwise.clock.reach(std::min(end, stepwise.clock.wall + std::chrono::hours{random() % 500}));
    stepwise.tick();
    if (++steps % 3 == 0) stepwise.tick();
  }
  late.clock.reach(end);
  late.tick();

  CHECK(ticked(stepwise).size() == 3 + 9 + 4);  // periods, windows, offers
  CHECK(ticked(stepwise) == ticked(late));
  CHECK((values_of(stepwise.state()) == values_of(late.state())));
}

TEST_CASE("four threads that tick at once record each deadline once, and the record folds to the state", "[clock][E-01]") {
  TestLedger ledger({with_twelve_seats()});
  busy_season(ledger, 12);
  std::mt19937 random(kSeed);

  while (ledger.clock.wall < *parse_instant("2025-06-01T12:00:00Z")) {
    ledger.clock.pass(std::chrono::hours{random() % 900});
    std::atomic<int> recorded = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 3; ++i) recorded += ledger.tick().outcome == Outcome::kRecorded;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(recorded <= 1);
  }

  const auto all = ticked(ledger);
  CHECK(all.size() == 3 + 9 + 4);  // periods, windows, offers
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  CHECK(changes(lines_of(fold(ledger.log()).value()), lines_of(ledger.state())).empty());
}

TEST_CASE("a window counts as passed from its last instant on, by the clock of what happened", "[clock][clocks][E-01]") {
  TestLedger ledger;
  one_pairing(ledger);
  ledger.clock.reach(*parse_instant("2024-06-20T12:00:00Z"));
  ledger.tick();
  ledger.extend("P1", "2024-07-31", "2024-06-30T10:00:00Z");
  ledger.clock.reach(*parse_instant("2024-08-20T12:00:00Z"));
  ledger.tick();
  const auto lapsed_by = [&](const std::string& moment) {
    AsOf as_of;
    as_of.happened = *parse_instant(moment);
    const auto state = fold(ledger.log(), as_of).value();
    const auto& cycle = *state.cycle(TestLedger::cycle_id(kCoaching));
    return lapsed(cycle, cycle.clients.at(state.pairing("P1")->client));
  };

  CHECK_FALSE(lapsed_by("2024-06-10T21:59:59Z"));
  CHECK(lapsed_by(kLastInstant));
  CHECK(lapsed_by("2024-06-30T09:59:59Z"));
  CHECK_FALSE(lapsed_by("2024-06-30T10:00:00Z"));
  CHECK(lapsed_by("2024-07-31T22:00:00Z"));
}

TEST_CASE("a window does not count as passed by a moment at which it had not been set so", "[clock][clocks][E-38]") {
  TestLedger ledger;
  one_pairing(ledger);
  ledger.extend("P1", "2024-06-15", "2024-07-02T10:00:00Z");  // said after that day
  ledger.clock.reach(*parse_instant("2024-07-20T12:00:00Z"));
  REQUIRE(said(ledger.tick()) == "recorded");
  AsOf as_of;

  as_of.happened = *parse_instant("2024-07-01T00:00:00Z");
  const auto before = fold(ledger.log(), as_of).value();
  as_of.happened = *parse_instant("2024-07-03T00:00:00Z");
  const auto after = fold(ledger.log(), as_of).value();

  const auto elapsed = [](const State& state) {
    return state.cycle(TestLedger::cycle_id(kCoaching))->clients.at(state.pairing("P1")->client).elapsed.has_value();
  };
  CHECK_FALSE(elapsed(before));
  CHECK(elapsed(after));
}

}  // namespace daybook::test
