// Sessions done, missed and withdrawn, and feedback on them: what is refused in which order, and which flags are set.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

const std::string kCoaching = "iom-coaching/2024", kUn = "un-coaching/2023-pilot";
const std::string kApril = "2024-04-01T12:00:00Z", kJuly = "2024-07-01T12:00:00Z";

enum class Kind { kDone, kMissed };

// Coaching with the client C, paired as P with the coach K on 10 March 2024: window to 10 July, four sponsored sessions.
struct Coaching : TestLedger {
  explicit Coaching(const std::vector<std::string>& charters = {}) : TestLedger(charters) {
    seated("C", kCoaching);
    accepted_coach("K", "iom-coaching");
    paired("P", kCoaching, "C", "K", "2024-03-10T12:00:00Z");
  }
  std::string mark(Kind kind, const std::string& ref, uint32_t session, const std::string& held_on, const std::string& at = kJuly) {
    return said(kind == Kind::kDone ? done(ref, session, held_on, at) : missed(ref, session, held_on, at));
  }
  std::string held(uint32_t session, const std::string& held_on = "2024-03-12", const std::string& at = kJuly) {
    return mark(Kind::kDone, "P", session, held_on, at);
  }
  void use(uint32_t first, uint32_t last) {
    for (uint32_t session = first; session <= last; ++session) REQUIRE(held(session) == "recorded");
  }
  Statistics figures() { return stats(kCoaching); }
};

// The UN programme, which has an introduction: client C, paired as P on 10 March 2023, window to 31 July, five sessions.
struct UnCoaching : TestLedger {
  UnCoaching() {
    seated("C", kUn);
    accepted_coach("U", "un-coaching");
    paired("P", kUn, "C", "U", "2023-03-10T12:00:00Z");
  }
};

}  // namespace

// ---- Whether a session can be marked

TEST_CASE("a session is marked only in a pairing that was accepted", "[session]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  Coaching ledger;
  ledger.seated("D", kCoaching);
  ledger.accepted_coach("L", "iom-coaching");

  CHECK(ledger.mark(kind, "never-asked", 1, "2024-03-12") == "refused not-active");
  ledger.request("P2", kCoaching, "D", "L", "2024-03-10T12:00:00Z");
  CHECK(ledger.mark(kind, "P2", 1, "2024-03-12") == "refused not-active");
  ledger.act("decline-pairing", "P2", "2024-03-11T12:00:00Z");
  CHECK(ledger.mark(kind, "P2", 1, "2024-03-12") == "refused not-active");
}

TEST_CASE("a session may be marked after its pairing ended, if it was held by the day it ended", "[session][E-02]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  Coaching ledger;
  ledger.act("end-pairing", "P", "2024-03-20T22:30:00Z");  // still the 20th in Zurich

  CHECK(ledger.mark(kind, "P", 1, "2024-03-20") == "recorded");
  CHECK(ledger.mark(kind, "P", 2, "2024-03-21") == "refused after-end");
}

TEST_CASE("the day a pairing ended is its day in the cycle's zone", "[session][E-05]") {
  Coaching ledger;
  ledger.act("end-pairing", "P", "2024-03-20T23:30:00Z");  // the 21st in Zurich

  CHECK(ledger.held(1, "2024-03-21") == "recorded");
  CHECK(ledger.held(2, "2024-03-22") == "refused after-end");
}

TEST_CASE("a session is held at the earliest on the day before the pairing date, as zones differ", "[session][E-02]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  Coaching ledger;

  CHECK(ledger.mark(kind, "P", 1, "2024-03-08") == "refused before-pairing");
  CHECK(ledger.mark(kind, "P", 1, "2024-03-09") == "recorded");
}

TEST_CASE("the pairing date is the day of acceptance in the cycle's zone, not of the request", "[session][E-05]") {
  TestLedger ledger;
  ledger.seated("C", kCoaching);
  ledger.accepted_coach("K", "iom-coaching");
  ledger.request("P", kCoaching, "C", "K", "2024-02-01T12:00:00Z");
  ledger.act("accept-pairing", "P", "2024-03-10T23:30:00Z");  // the 11th in Zurich

  CHECK(said(ledger.done("P", 1, "2024-03-09", kJuly)) == "refused before-pairing");
  CHECK(said(ledger.done("P", 1, "2024-03-10", kJuly)) == "recorded");
}

TEST_CASE("a session is marked once its day has begun somewhere on Earth", "[session][E-05]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  const auto [at, answer] = GENERATE(table<std::string, std::string>({
      {"2024-03-19T09:59:59.999999Z", "refused in-future"},
      {"2024-03-19T10:00:00Z", "recorded"},  // midnight at UTC+14
      {"2024-03-20T12:00:00Z", "recorded"},
  }));
  CAPTURE(at);
  Coaching ledger;

  CHECK(ledger.mark(kind, "P", 1, "2024-03-20", at) == answer);
}

TEST_CASE("a session that is done cannot be marked again", "[session][E-19]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  Coaching ledger;
  ledger.use(1, 1);

  CHECK(ledger.mark(kind, "P", 1, "2024-03-12") == "refused already-done");
  CHECK(ledger.mark(kind, "P", 1, "2024-03-13") == "refused already-done");
  CHECK(ledger.mark(kind, "P", 2, "2024-03-12") == "recorded");
}

TEST_CASE("sessions are numbered within a pairing, and in any order", "[session][S0-14]") {
  Coaching ledger;
  ledger.accepted_coach("L", "iom-coaching");
  ledger.use(1, 1);
  ledger.act("end-pairing", "P", kApril);
  ledger.paired("P2", kCoaching, "C", "L", kApril);

  CHECK(said(ledger.done("P2", 7, "2024-04-02", kJuly)) == "recorded");
  CHECK(said(ledger.done("P2", 1, "2024-04-02", kJuly)) == "recorded");
}

TEST_CASE("of several reasons against marking a session the first in the contract's order is given", "[session]") {
  const auto kind = GENERATE(Kind::kDone, Kind::kMissed);
  Coaching ledger;
  ledger.seated("D", kCoaching);
  ledger.accepted_coach("L", "iom-coaching");
  ledger.request("open", kCoaching, "D", "L", "2024-03-10T12:00:00Z");

  // not-active, no-such-session
  CHECK(ledger.mark(kind, "open", 0, "2024-03-12") == "refused not-active");
  // no-such-session, before-pairing
  CHECK(ledger.mark(kind, "P", 0, "2024-01-01") == "refused no-such-session");
  // before-pairing, in-future
  CHECK(ledger.mark(kind, "P", 1, "2024-03-08", "2024-03-01T12:00:00Z") == "refused before-pairing");
  // in-future, after-end
  ledger.use(1, 1);
  ledger.act("end-pairing", "P", "2024-03-20T12:00:00Z");
  CHECK(ledger.mark(kind, "P", 2, "2024-05-01", kApril) == "refused in-future");
  // after-end, already-done
  CHECK(ledger.mark(kind, "P", 1, "2024-03-21") == "refused after-end");
  // before-pairing, already-done
  CHECK(ledger.mark(kind, "P", 1, "2024-03-08") == "refused before-pairing");
  CHECK(ledger.mark(kind, "P", 1, "2024-03-12") == "refused already-done");
}

TEST_CASE("a refused act changes nothing", "[session]") {
  Coaching ledger;
  ledger.use(1, 1);
  const auto before = ledger.log().end();

  CHECK(ledger.held(1) == "refused already-done");
  CHECK(ledger.held(2, "2024-03-08") == "refused before-pairing");
  CHECK(said(ledger.withdraw("P", 1, kJuly, "")) == "refused no-reason");
  CHECK(said(ledger.feedback("P", 2, "5", kJuly)) == "refused not-done");

  CHECK(ledger.log().end() == before);
}

// ---- Flags

TEST_CASE("a session beyond the allowance is recorded as unsponsored and never counts as sponsored", "[session][S0-27][E-23]") {
  Coaching ledger;
  ledger.use(1, 4);

  CHECK(ledger.held(5) == "recorded unsponsored");
  CHECK(ledger.held(6) == "recorded unsponsored");

  CHECK(ledger.figures().sessions_done == 6);
  CHECK(ledger.figures().sponsored_sessions == 4);
  CHECK(ledger.figures().unsponsored_sessions == 2);
  CHECK(ledger.figures().completed == 1);
}

TEST_CASE("a re-pairing covers only the sessions that remain", "[session][S0-15]") {
  Coaching ledger;
  ledger.accepted_coach("L", "iom-coaching");
  ledger.use(1, 3);
  ledger.act("end-pairing", "P", kApril);
  ledger.paired("P2", kCoaching, "C", "L", kApril);

  CHECK(said(ledger.done("P2", 1, "2024-04-02", kJuly)) == "recorded");
  CHECK(said(ledger.done("P2", 2, "2024-04-02", kJuly)) == "recorded unsponsored");
  CHECK(ledger.held(4) == "recorded unsponsored");  // of the first pairing, marked late: nothing is left for it either
}

TEST_CASE("one client's sessions use up no other's allowance", "[session][S0-27]") {
  Coaching ledger;
  ledger.seated("D", kCoaching);
  ledger.accepted_coach("L", "iom-coaching");
  ledger.paired("P2", kCoaching, "D", "L", "2024-03-10T12:00:00Z");
  ledger.use(1, 4);

  CHECK(said(ledger.done("P2", 1, "2024-03-12", kJuly)) == "recorded");
}

TEST_CASE("a session is judged by the day it was held, however late it is marked", "[session][E-02]") {
  Coaching ledger;
  const std::string year_later = "2025-07-01T12:00:00Z";

  CHECK(ledger.held(1, "2024-07-10", year_later) == "recorded");
  CHECK(ledger.held(2, "2024-07-11", year_later) == "recorded outside-window");
}

TEST_CASE("a session outside the window is sponsored all the same, and uses the allowance", "[session][E-01][E-23]") {
  Coaching ledger;
  for (uint32_t session = 1; session <= 4; ++session)
    REQUIRE(ledger.held(session, "2024-07-20", "2024-08-01T12:00:00Z") == "recorded outside-window");

  CHECK(ledger.held(5) == "recorded unsponsored");
  CHECK(ledger.figures().sponsored_sessions == 4);
  CHECK(ledger.figures().outside_window == 4);
}

TEST_CASE("both flags may stand, unsponsored first", "[session][E-23]") {
  Coaching ledger;
  ledger.use(1, 4);

  CHECK(ledger.held(5, "2024-07-11", "2024-08-01T12:00:00Z") == "recorded unsponsored;outside-window");
}

TEST_CASE("flags are set once: neither an extension nor a withdrawal changes those that stand", "[session][E-01][E-20]") {
  Coaching ledger;
  ledger.use(1, 4);
  REQUIRE(ledger.held(5, "2024-07-11", "2024-08-01T12:00:00Z") == "recorded unsponsored;outside-window");

  ledger.extend("P", "2024-12-31", "2024-08-01T12:00:00Z");
  ledger.withdraw("P", 1, "2024-08-01T12:00:00Z");

  CHECK(ledger.figures().unsponsored_sessions == 1);
  CHECK(ledger.figures().outside_window == 1);
  CHECK(ledger.figures().sponsored_sessions == 3);
  CHECK(ledger.held(6, "2024-07-11", "2024-08-01T12:00:00Z") == "recorded");  // as window and allowance stand now
}

TEST_CASE("the introduction is not counted: it uses no allowance and is never unsponsored", "[session][S1-29][E-22]") {
  UnCoaching ledger;
  const std::string later = "2023-09-01T12:00:00Z";
  CHECK(said(ledger.done("P", 0, "2023-03-12", later)) == "recorded");
  for (uint32_t session = 1; session <= 5; ++session) REQUIRE(said(ledger.done("P", session, "2023-03-12", later)) == "recorded");
  REQUIRE(said(ledger.withdraw("P", 0, later)) == "recorded");

  CHECK(said(ledger.done("P", 6, "2023-03-12", later)) == "recorded unsponsored");  // the introduction gave nothing back
  CHECK(said(ledger.done("P", 0, "2023-08-01", later)) == "recorded outside-window");

  const auto figures = ledger.stats(kUn);
  CHECK(figures.introductions_done == 1);
  CHECK(figures.sessions_done == 6);
  CHECK(figures.sponsored_sessions == 5);
  CHECK(figures.outside_window == 0);  // counted sessions only
}

// ---- Missed sessions

TEST_CASE("a missed session uses no allowance and carries neither flag", "[session][E-21]") {
  Coaching ledger;
  for (int times = 0; times < 6; ++times) CHECK(said(ledger.missed("P", 1, "2024-03-1" + std::to_string(times), kJuly)) == "recorded");
  ledger.use(1, 4);

  CHECK(said(ledger.missed("P", 5, "2024-07-11", "2024-08-01T12:00:00Z")) == "recorded");

  CHECK(ledger.figures().sessions_missed == 7);
  CHECK(ledger.figures().sponsored_sessions == 4);
}

TEST_CASE("a missed session may be done later, also on the same day", "[session][E-21]") {
  Coaching ledger;
  ledger.missed("P", 1, "2024-03-12", kJuly);

  CHECK(ledger.held(1, "2024-03-12") == "recorded");
  CHECK(ledger.figures().sessions_missed == 1);
  CHECK(ledger.figures().sessions_done == 1);
}

TEST_CASE("the same miss reported by the other side is flagged and not counted", "[session][E-19][E-21]") {
  Coaching ledger;
  REQUIRE(said(ledger.missed("P", 1, "2024-03-12", kJuly, "K")) == "recorded");

  CHECK(said(ledger.missed("P", 1, "2024-03-12", kJuly, "C")) == "recorded same-miss");

  CHECK(ledger.figures().sessions_missed == 1);
}

TEST_CASE("a miss is flagged only if another person reported it", "[session][E-19][E-21]") {
  Coaching ledger;
  ledger.missed("P", 1, "2024-03-12", kJuly, "K");

  CHECK(said(ledger.missed("P", 1, "2024-03-12", kJuly, "K")) == "recorded");
}

TEST_CASE("another day, another session or another pairing is another miss", "[session][E-21]") {
  Coaching ledger;
  ledger.seated("D", kCoaching);
  ledger.accepted_coach("L", "iom-coaching");
  ledger.paired("P2", kCoaching, "D", "L", "2024-03-10T12:00:00Z");
  ledger.missed("P", 1, "2024-03-12", kJuly, "K");

  CHECK(said(ledger.missed("P", 1, "2024-03-13", kJuly, "C")) == "recorded");
  CHECK(said(ledger.missed("P", 2, "2024-03-12", kJuly, "C")) == "recorded");
  CHECK(said(ledger.missed("P2", 1, "2024-03-12", kJuly, "C")) == "recorded");

  CHECK(ledger.figures().sessions_missed == 4);
}

TEST_CASE("a missed introduction is counted among the misses", "[session][E-21][E-22]") {
  UnCoaching ledger;

  CHECK(said(ledger.missed("P", 0, "2023-03-12", "2023-09-01T12:00:00Z")) == "recorded");

  CHECK(ledger.stats(kUn).sessions_missed == 1);
}

// ---- Withdrawn sessions

TEST_CASE("only a session that is done is withdrawn, once, and with a reason", "[session][E-20]") {
  Coaching ledger;
  ledger.missed("P", 2, "2024-03-12", kJuly);

  CHECK(said(ledger.withdraw("never-asked", 1, kJuly)) == "refused not-done");
  CHECK(said(ledger.withdraw("P", 1, kJuly)) == "refused not-done");
  CHECK(said(ledger.withdraw("P", 2, kJuly)) == "refused not-done");
  CHECK(said(ledger.withdraw("P", 1, kJuly, "")) == "refused not-done");  // not-done, no-reason
  ledger.use(1, 1);
  CHECK(said(ledger.withdraw("P", 1, kJuly, "")) == "refused no-reason");
  CHECK(said(ledger.withdraw("P", 1, kJuly)) == "recorded");
  CHECK(said(ledger.withdraw("P", 1, kJuly)) == "refused not-done");
  CHECK(ledger.figures().sessions_done == 0);
}

TEST_CASE("a session is withdrawn also after its pairing ended", "[session][E-20]") {
  Coaching ledger;
  ledger.use(1, 1);
  ledger.act("end-pairing", "P", kApril);

  CHECK(said(ledger.withdraw("P", 1, kJuly)) == "recorded");
}

TEST_CASE("a withdrawn sponsored session gives its allowance back", "[session][E-20][S0-27]") {
  Coaching ledger;
  ledger.use(1, 4);
  REQUIRE(ledger.figures().completed == 1);

  ledger.withdraw("P", 2, kJuly);

  CHECK(ledger.figures().completed == 0);
  CHECK(ledger.held(5) == "recorded");
  CHECK(ledger.held(2) == "recorded unsponsored");
}

TEST_CASE("a withdrawn unsponsored session gives nothing back", "[session][E-20][E-23]") {
  Coaching ledger;
  ledger.use(1, 4);
  REQUIRE(ledger.held(5) == "recorded unsponsored");

  ledger.withdraw("P", 5, kJuly);

  CHECK(ledger.held(5) == "recorded unsponsored");
  CHECK(ledger.figures().unsponsored_sessions == 1);
  CHECK(ledger.figures().sponsored_sessions == 4);
}

TEST_CASE("a withdrawn session may be marked again with other facts, or as missed", "[session][E-20]") {
  Coaching ledger;
  ledger.held(1, "2024-07-11", "2024-08-01T12:00:00Z");
  ledger.withdraw("P", 1, "2024-08-01T12:00:00Z");

  CHECK(said(ledger.missed("P", 1, "2024-03-12", kJuly)) == "recorded");
  CHECK(ledger.held(1, "2024-03-13") == "recorded");
  CHECK(ledger.figures().outside_window == 0);
  CHECK(ledger.held(1, "2024-03-13") == "refused already-done");
}

// ---- Feedback

TEST_CASE("feedback is given on a session that is done, once by each giver", "[session][S1-28][E-25]") {
  Coaching ledger;
  ledger.missed("P", 2, "2024-03-12", kJuly);

  CHECK(said(ledger.feedback("never-asked", 1, "5", kJuly, "C")) == "refused not-done");
  CHECK(said(ledger.feedback("P", 1, "5", kJuly, "C")) == "refused not-done");
  CHECK(said(ledger.feedback("P", 2, "5", kJuly, "C")) == "refused not-done");
  ledger.use(1, 1);
  CHECK(said(ledger.feedback("P", 1, "5", kJuly, "C")) == "recorded");
  CHECK(said(ledger.feedback("P", 1, "", kJuly, "C")) == "refused duplicate");
  CHECK(said(ledger.feedback("P", 1, "", kJuly, "K")) == "recorded");
  CHECK(ledger.figures().feedback_count == 2);
}

TEST_CASE("feedback is given also after the pairing ended, and on an introduction", "[session][E-25][E-22]") {
  UnCoaching ledger;
  ledger.done("P", 0, "2023-03-12", "2023-04-01T12:00:00Z");
  ledger.act("end-pairing", "P", "2023-04-01T12:00:00Z");

  CHECK(said(ledger.feedback("P", 0, "4", "2023-04-02T12:00:00Z", "C")) == "recorded");
  CHECK(ledger.stats(kUn).feedback_count == 1);
}

TEST_CASE("feedback on a session that was withdrawn no longer counts, and nobody may add any", "[session][E-20][E-25]") {
  Coaching ledger;
  ledger.use(1, 1);
  ledger.feedback("P", 1, "5", kJuly, "C");

  ledger.withdraw("P", 1, kJuly);

  CHECK(ledger.figures().feedback_count == 0);
  CHECK(said(ledger.feedback("P", 1, "5", kJuly, "C")) == "refused not-done");  // not-done, duplicate
  CHECK(said(ledger.feedback("P", 1, "5", kJuly, "K")) == "refused not-done");
}

TEST_CASE("a session withdrawn and marked again is a new one for feedback", "[session][E-20][E-25]") {
  Coaching ledger;
  ledger.use(1, 1);
  ledger.feedback("P", 1, "1", kJuly, "C");
  ledger.withdraw("P", 1, kJuly);
  ledger.use(1, 1);

  CHECK(ledger.figures().feedback_count == 0);
  CHECK(said(ledger.feedback("P", 1, "5", kJuly, "C")) == "recorded");
  CHECK(ledger.figures().feedback_count == 1);
}

TEST_CASE("the mean rating rests on five ratings at least, on sessions not withdrawn, rounded half up", "[session][S1-44][E-20]") {
  Coaching ledger;
  ledger.use(1, 4);
  ledger.held(5);
  for (uint32_t session = 1; session <= 4; ++session) ledger.feedback("P", session, session == 1 ? "4" : "5", kJuly, "C");
  ledger.feedback("P", 1, "", kJuly, "K");  // unrated
  CHECK_FALSE(ledger.figures().rating_mean.has_value());

  for (uint32_t session = 2; session <= 5; ++session) ledger.feedback("P", session, "5", kJuly, "K");
  CHECK(ledger.figures().rating_mean == "4.88");  // 39 / 8 = 4.875
  for (uint32_t session = 2; session <= 3; ++session) ledger.withdraw("P", session, kJuly);
  CHECK_FALSE(ledger.figures().rating_mean.has_value());  // 4, 5, 5 and 5 are left
}

TEST_CASE("the charter says on how many ratings the mean rests at least", "[session][C5]") {
  Coaching ledger({changed(shipped("iom-coaching"), "team_minimum = 5", "team_minimum = 3")});
  ledger.use(1, 3);
  for (uint32_t session = 1; session <= 2; ++session) ledger.feedback("P", session, "4", kJuly, "C");
  CHECK_FALSE(ledger.figures().rating_mean.has_value());

  ledger.feedback("P", 3, "5", kJuly, "C");

  CHECK(ledger.figures().rating_mean == "4.33");
}

}  // namespace daybook::test
