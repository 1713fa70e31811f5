#include "server/ticker.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {

TEST_CASE("deadlines that have passed are recorded once, as of nobody", "[server][ticker][E-01]") {
  ServedLedger served;
  made(record_deadlines(served.ledger->sequencer(), "the service"));  // of what was over before
  const auto before = served.end();
  CHECK(made(record_deadlines(served.ledger->sequencer(), "the service")) == 0);
  CHECK(served.end() == before);

  served.home.clock.reach(*parse_instant("2024-07-02T12:00:00Z"));  // the window of P1 ends with 1 July
  const auto passed = made(record_deadlines(served.ledger->sequencer(), "the service"));

  CHECK(passed >= 1);
  const auto events = served.events(Position{before});
  CHECK(std::any_of(events.begin(), events.end(), [](const Event& event) { return std::holds_alternative<WindowElapsed>(event.body); }));
  CHECK(events[0].envelope.provenance.channel == Channel::kClock);
  CHECK(made(record_deadlines(served.ledger->sequencer(), "the service")) == 0);
}

TEST_CASE("a ticker ticks at its beginning, and ends when it is let go", "[server][ticker]") {
  ServedLedger served;
  made(record_deadlines(served.ledger->sequencer(), "the service"));
  served.home.clock.reach(*parse_instant("2024-07-02T12:00:00Z"));
  const auto before = served.ledger->programme().end();

  const Ticker ticker(served.ledger->sequencer(), "the service", std::chrono::hours(1), served.log);

  CHECK(served.ledger->programme().wait(before, std::chrono::seconds(30)) > before);
}

TEST_CASE("a ticker says why nothing is recorded any more", "[server][ticker][health]") {
  ServedLedger served;
  served.home.clock.wall += std::chrono::hours(1);  // against running time, as where a machine slept

  const Ticker ticker(served.ledger->sequencer(), "the service", std::chrono::hours(1), served.log);

  for (int i = 0; i < 3000 && !ticker.wrong(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(says(ticker.wrong().value_or(""), "the clock jumped"));
}

}  // namespace daybook::test
