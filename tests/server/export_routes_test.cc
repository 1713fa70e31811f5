#include "server/export_routes.h"

#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <set>

#include "ledger/civil_time.h"
#include "ledger/csv.h"
#include "server/strict_json.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const std::string kHistory = "/v1/export/history", kLists = "/v1/export/programmes/iom-coaching/cycles/2024/";

// Each line of JSON as the fixture writes the items of an answer.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    lines.push_back(boost::json::serialize(made(read_json(text.substr(begin, end - begin)))));
    begin = end + 1;
  }
  return lines;
}

std::vector<std::string> exported(ServedLedger& served, const As& as = kAdmin, const std::string& query = "") {
  return lines_of(all_parts(served.get(kHistory, as, query)));
}

// So much that an export of it has three blocks.
void grow(ServedLedger& served) {
  for (int i = 0; i < 550; ++i) served.run(RecordStaff{staff_of("S" + std::to_string(i))});
}

const RecordViewed& look_in(const Event& event) { return std::get<RecordViewed>(event.body); }

std::set<std::string> staff_in(const std::string& part) {
  std::set<std::string> people;
  for (const auto& line : lines_of(part)) {
    const auto event = made(read_json(line)).as_object();
    if (event.at("kind").as_string() == "StaffRecorded") people.emplace(event.at("subject").as_string());
  }
  return people;
}

}  // namespace

TEST_CASE("an export of the record is the history that the same reader is told", "[server][export][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "auditor", "", "", std::nullopt, "a test"});

  for (const auto& as : {kAdmin, As{"U1", "client"}, As{"C1", "coach"}, As{"U3", "auditor"}, As{"test@host", "compliance-officer"}}) {
    CAPTURE(as.name, as.role);
    const auto lines = exported(served, as);
    CHECK_FALSE(lines.empty());
    CHECK(lines == items(served.get("/v1/history", as, "limit=1000"), "events"));
  }
  CHECK(exported(served, {"U1", "client"}).size() < exported(served).size());
}

TEST_CASE("each block of an export has its look before it leaves", "[server][export][S0-06]") {
  ServedLedger served;
  grow(served);
  const auto answer = served.get(kHistory);
  REQUIRE(answer.parts);
  CHECK(served.looks().size() == 1);

  size_t parts = 0;
  for (auto part = made(answer.parts->next()); part; part = made(answer.parts->next())) {
    ++parts;
    const auto looks = served.looks();
    REQUIRE(looks.size() == parts);
    const auto& look = look_in(looks.back());
    CHECK(look.verb == "export history");
    CHECK_FALSE(look.denied);
    const std::set<std::string> named(look.subjects.begin(), look.subjects.end());
    const auto shown = staff_in(*part);
    CHECK(std::includes(named.begin(), named.end(), shown.begin(), shown.end()));
  }

  CHECK(parts == 3);
}

TEST_CASE("what is recorded while an export runs is no part of it", "[server][export]") {
  ServedLedger served;
  grow(served);
  const auto end = served.end();
  const auto whole = exported(served);
  const auto answer = served.get(kHistory);

  served.run(RecordStaff{staff_of("U9")});

  CHECK(lines_of(all_parts(answer)) == whole);
  CHECK(field_of(answer, "etag") == "\"" + std::to_string(end) + "\"");
}

TEST_CASE("an export ends in the middle where the access book cannot be written, and shows nothing more", "[server][export][S0-06]") {
  ServedLedger served;
  grow(served);
  const auto answer = served.get(kHistory);
  REQUIRE(answer.parts);
  REQUIRE(made(answer.parts->next()));
  served.home.clock.wall -= std::chrono::minutes(10);  // no look may stand before the newest

  CHECK(answer.parts->next().has_error());

  CHECK(served.looks().size() == 1);
  CHECK(served.look_book.wrong());
}

TEST_CASE("an export of which nothing can be written down is not begun", "[server][export][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "a test"});
  REQUIRE(served.get(kLists + "seats").status == 200);
  served.home.clock.wall -= std::chrono::minutes(10);

  for (const auto& path : {kHistory, kLists + "seats"}) {
    CAPTURE(path);
    const auto answer = served.get(path, {"U3", "administrator"});
    CHECK(problem_in(answer) == "access-book");
    CHECK(answer.status == 503);
    CHECK_FALSE(answer.parts);
  }
}

TEST_CASE("a role that ends stops an export with the next block", "[server][export][S0-07]") {
  ServedLedger served;
  grow(served);
  served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "a test"});
  const auto answer = served.get(kHistory, {"U3", "administrator"});
  REQUIRE(answer.parts);
  REQUIRE(made(answer.parts->next()));

  served.run(EndRole{"U3", "administrator", "", "", "a test"});

  CHECK(answer.parts->next().has_error());
  const auto looks = served.looks();
  REQUIRE(looks.size() == 2);
  CHECK(look_in(looks[1]).denied);
}

TEST_CASE("whoever signs out ends their export with the next block", "[server][export]") {
  ServedLedger served;
  grow(served);
  const auto answer = served.get(kHistory);
  REQUIRE(answer.parts);
  REQUIRE(made(answer.parts->next()));
  const auto cookie = served.cookie_of(kAdmin.name);

  served.sessions.end(cookie.substr(cookie.find('=') + 1));

  CHECK(answer.parts->next().has_error());
  CHECK(served.looks().size() == 1);
}

TEST_CASE("an export wants a sign-in of the last minutes, a role that is held and a purpose", "[server][export][S0-06]") {
  ServedLedger served;
  for (const auto& path : {kHistory, kLists + "seats"}) {
    CAPTURE(path);
    CHECK(problem_in(served.get(path, kNobody)) == "sign-in-wanted");
    CHECK(problem_in(served.get(path, {"test@host"})) == "role-wanted");
    CHECK(problem_in(served.get(path, {"test@host", "administrator", ""})) == "purpose-wanted");
    CHECK(served.get(path).status == 200);
  }
  const auto before = served.looks().size();
  CHECK(problem_in(served.get(kHistory, {"U1", "administrator"})) == "role-not-held");
  CHECK(look_in(served.looks()[before]).denied);

  served.home.clock.pass(std::chrono::minutes(11));

  for (const auto& path : {kHistory, kLists + "seats"}) {
    const auto answer = served.get(path);
    CHECK(problem_in(answer) == "fresh-sign-in-wanted");
    CHECK_FALSE(field_of(answer, "www-authenticate").empty());
  }
}

TEST_CASE("an export has the events that were recorded in a stretch of time", "[server][export]") {
  ServedLedger served;
  const auto whole = exported(served);
  served.home.clock.pass(std::chrono::minutes(5));
  served.run(RecordStaff{staff_of("U9")});

  const auto later = exported(served, kAdmin, "since=2024-06-01T12:03:00Z");

  REQUIRE(later.size() == 1);
  CHECK(later[0].find("StaffRecorded") != std::string::npos);
  CHECK(exported(served, kAdmin, "until=2024-06-01T12:03:00Z") == whole);
  CHECK(problem_in(served.get(kHistory, kAdmin, "since=soon")) == "wrong-parameter");
}

TEST_CASE("who is told nothing by an export has looked in vain, once", "[server][export]") {
  ServedLedger served;

  CHECK(exported(served, kAdmin, "since=2024-06-02").empty());

  REQUIRE(served.looks().size() == 1);
  CHECK(look_in(served.looks()[0]).denied);
}

TEST_CASE("a list is exported with the rows that its view has, and a look for all of them", "[server][export][S0-06]") {
  ServedLedger served;
  const auto rows = items(served.get("/v1/programmes/iom-coaching/cycles/2024/seats"), "rows");
  const auto before = served.looks().size();

  const auto csv = all_parts(served.get(kLists + "seats"));

  CHECK(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')) == rows.size() + 1);
  CHECK(csv.find("Name of U1") != std::string::npos);
  REQUIRE(served.looks().size() == before + 1);
  const auto look = look_in(served.looks()[before]);
  CHECK(look.verb == "export list");
  CHECK(look.cycle == "2024");
  CHECK(std::set<std::string>(look.subjects.begin(), look.subjects.end()) == std::set{served.id_of("U1").value, served.id_of("U2").value});
  CHECK(all_parts(served.get(kLists + "seats", {"U1", "client"})).find("U2") == std::string::npos);
}

TEST_CASE("what was made of somebody who is erased meanwhile is not sent any more", "[server][export][C3]") {
  ServedLedger served;
  const auto path = GENERATE(kHistory, kLists + "seats");
  CAPTURE(path);
  const auto answer = served.get(path);
  REQUIRE(answer.parts);

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31")});

  CHECK(answer.parts->next().has_error());
  CHECK(all_parts(served.get(path)).find("Name of U2") == std::string::npos);
}

TEST_CASE("no cell of an exported list is a formula, unless it is wanted as it is", "[server][export]") {
  ServedLedger served;
  auto staff = staff_of("U2");
  staff.name = "=1+1";
  served.run(RecordStaff{staff}, "2024-05-01T10:00:00Z");

  const auto guarded = all_parts(served.get(kLists + "seats")), raw = all_parts(served.get(kLists + "seats", kAdmin, "raw=1"));

  CHECK(guarded.find("\"'=1+1\"") != std::string::npos);
  CHECK(raw.find(",=1+1,") != std::string::npos);
  CHECK(problem_in(served.get(kLists + "seats", kAdmin, "raw=perhaps")) == "wrong-parameter");
}

TEST_CASE("a list that there is not is not exported", "[server][export]") {
  ServedLedger served;

  for (const auto& path : {kLists + "stats", kLists + "people", std::string("/v1/export/programmes/iom-coaching/cycles/1999/seats"),
                           std::string("/v1/export/programmes/none/cycles/2024/seats"), std::string("/v1/export/tiles")}) {
    CAPTURE(path);
    CHECK(problem_in(served.get(path)) == "not-found");
  }
  CHECK(served.looks().empty());
}

}  // namespace daybook::test
