#include "server/read_after.h"

#include <catch2/catch_test_macros.hpp>

#include "server/feed.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

// A served ledger that can be followed too.
struct Home : ServedLedger {
  Home() { add_feed_routes(router, {*ledger, *live, look_book, callers, table, feed_events, feeds, home.clock, log}); }
  std::vector<HeaderField> after(const std::string& position) const { return {{"daybook-after", position}}; }
  FeedEvents feed_events{ledger->programme()};
  ConnectionCaps feeds{3};
};

constexpr auto kHold = "/v1/commands/place-hold";
const std::string kWhom = R"({"person": "U3", "reason": "a test"})";

Response import(Home& served, const std::string& position) {
  Request request;
  request.method = Method::kPost;
  request.path = "/v1/imports/participations";
  request.body = "staff_number,programme,sponsor,edition,sessions_done\r\nU1,un-coaching,UN,1,3\r\n";
  request.fields = {{"content-type", "text/csv"}, {"origin", "http://localhost"}, {"daybook-console", "1"}, {"idempotency-key", "\"k\""}};
  request.fields.push_back({"daybook-after", position});
  return served.ask(std::move(request), kAdmin);
}

}  // namespace

// A service that was put back to an older record is asked with positions that it does not have.
TEST_CASE("whoever was told more than the record holds is answered by no export and no feed, and changes nothing", "[server][views][commands]") {
  Home served;
  const auto end = served.end();
  const auto early = std::to_string(end + 1), now = std::to_string(end);

  for (const auto* path : {"/v1/export/history", "/v1/export/programmes/iom-coaching/cycles/2024/seats", "/v1/feed"}) {
    CAPTURE(path);
    CHECK(problem_in(served.get(path, kAdmin, "", served.after(early))) == "behind");
    CHECK(problem_in(served.get(path, kAdmin, "", served.after("soon"))) == "wrong-field");
    CHECK(served.get(path, kAdmin, "", served.after(now)).status == 200);
  }
  const auto command = served.post(kHold, kWhom, kAdmin, served.after(early));
  CHECK(command.status == 503);
  CHECK(field_of(command, "retry-after") == "1");
  CHECK(problem_in(served.post(kHold, kWhom, kAdmin, served.after("soon"))) == "wrong-field");
  CHECK(problem_in(import(served, early)) == "behind");
  CHECK(served.end() == end);
  CHECK(served.post(kHold, kWhom, kAdmin, served.after(now)).status == 200);
}

}  // namespace daybook::test
