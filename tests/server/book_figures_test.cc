#include "server/book_figures.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

struct Home : ServedLedger {
  Home() { add_book_figures(metrics, {*ledger, book->log(), look_book, *live}); }
  bool tells(const std::string& line) const { return metrics.text().find(line + "\n") != std::string::npos; }
};

}  // namespace

TEST_CASE("operators see how many events each write of a book held, and how long it took", "[server][metrics]") {
  Home served;
  REQUIRE(served.tells("daybook_group_events_count{book=\"programme\"} 0"));

  served.run(RecordStaff{staff_of("S1")});
  served.run(RecordStaff{staff_of("S2")});

  CHECK(served.tells("daybook_group_events_count{book=\"programme\"} 2"));
  CHECK(served.tells("daybook_group_events_sum{book=\"programme\"} 2"));
  CHECK(served.tells("daybook_group_events_bucket{book=\"programme\",le=\"1\"} 2"));
  CHECK(served.tells("daybook_write_seconds_count{book=\"programme\"} 2"));
  CHECK_FALSE(served.tells("daybook_write_seconds_sum{book=\"programme\"} 0"));
  CHECK(served.tells("daybook_group_events_count{book=\"access\"} 0"));
  CHECK(served.tells("daybook_commands_waiting 0"));
}

TEST_CASE("operators see how far the kept state is behind the record", "[server][metrics]") {
  Home served;
  REQUIRE(served.get("/v1/programmes").status == 200);
  CHECK(served.tells("daybook_view_lag_events 0"));

  served.run(RecordStaff{staff_of("S1")});

  CHECK(served.tells("daybook_view_lag_events 1"));
  REQUIRE(served.get("/v1/programmes").status == 200);
  CHECK(served.tells("daybook_view_lag_events 0"));
}

TEST_CASE("operators see what became of looks", "[server][metrics]") {
  Home served;
  REQUIRE(served.get("/v1/roles").status == 200);
  REQUIRE(problem_in(served.get("/v1/roles", {"U3", "administrator"})) == "role-not-held");
  served.home.clock.wall -= std::chrono::minutes(10);  // no look may stand before the newest
  REQUIRE(problem_in(served.get("/v1/roles")) == "access-book");

  CHECK(served.tells("daybook_looks_total{answer=\"told\"} 1"));
  CHECK(served.tells("daybook_looks_total{answer=\"refused\"} 1"));
  CHECK(served.tells("daybook_looks_total{answer=\"unwritten\"} 1"));
  CHECK(served.tells("daybook_group_events_count{book=\"access\"} 2"));
}

}  // namespace daybook::test
