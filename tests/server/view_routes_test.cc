#include "server/view_routes.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <set>

#include "server/health.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

const std::string kCyclePath = "/v1/programmes/iom-coaching/cycles/2024/";

std::string thing(const std::string& id) { return "/v1/things/" + id; }
std::string coach(const std::string& id) { return "/v1/programmes/iom-coaching/coaches/" + id; }

const RecordViewed& look_in(const Event& event) { return std::get<RecordViewed>(event.body); }

}  // namespace

TEST_CASE("programmes and their cycles are for everybody, and nothing is written down", "[server][views]") {
  ServedLedger served;

  const auto answer = served.get("/v1/programmes", kNobody);

  REQUIRE(answer.status == 200);
  CHECK(items(answer, "programmes").size() == 3);
  CHECK(answer.body.find(R"("programme":"iom-coaching")") != std::string::npos);
  CHECK(member(answer, "position") == std::to_string(served.end()));
  CHECK(field_of(answer, "etag") == "\"" + std::to_string(served.end()) + "\"");
  CHECK(field_of(answer, "cache-control") == "no-store");
  CHECK(served.looks().empty());
}

TEST_CASE("programmes are told at once as long as nothing was recorded since they were last asked for", "[server][views]") {
  ServedLedger served;
  const auto at_once = [&](std::vector<HeaderField> fields = {}) {
    Request request;
    request.path = "/v1/programmes";
    request.fields = std::move(fields);
    return served.service.handle_at_once(request);
  };

  const auto before = at_once();
  const auto handled = served.get("/v1/programmes", kNobody);
  const auto quick = at_once();
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  const auto later = at_once();
  const auto again = served.get("/v1/programmes", kNobody);

  CHECK_FALSE(before.has_value());
  REQUIRE(quick.has_value());
  CHECK(quick->body == handled.body);
  CHECK(quick->fields == handled.fields);
  CHECK_FALSE(later.has_value());
  CHECK(member(again, "position") == std::to_string(served.end()));
  REQUIRE(at_once().has_value());
  CHECK(at_once()->body == again.body);
  CHECK_FALSE(at_once({{"daybook-after", std::to_string(served.end() + 1)}}).has_value());
}

TEST_CASE("what is about somebody wants a sign-in, a role and a purpose", "[server][views][S0-06]") {
  ServedLedger served;
  const auto path = GENERATE(kCyclePath + "seats", kCyclePath + "stats", thing("P1"), thing("P1") + "/explain");

  CHECK(problem_in(served.get(path, kNobody)) == "sign-in-wanted");
  CHECK(problem_in(served.get(path, {"", "administrator"})) == "sign-in-wanted");
  CHECK(problem_in(served.get(path, {"test@host"})) == "role-wanted");
  CHECK(problem_in(served.get(path, {"test@host", "administrator", ""})) == "purpose-wanted");
  CHECK(served.looks().empty());
  CHECK(served.get(path).status == 200);
}

TEST_CASE("an answer with somebody in it names the look that was written down before it", "[server][views][S0-06]") {
  ServedLedger served;

  const auto answer = served.get(kCyclePath + "seats");

  REQUIRE(answer.status == 200);
  CHECK(answer.body.find("Name of U1") != std::string::npos);
  const auto looks = served.looks();
  REQUIRE(looks.size() == 1);
  CHECK(member(answer, "looks") == "[" + std::to_string(looks[0].envelope.position.value) + "]");
  const auto& look = look_in(looks[0]);
  CHECK(look.verb == "list seats");
  CHECK(std::set<std::string>(look.subjects.begin(), look.subjects.end()) == std::set{served.id_of("U1").value, served.id_of("U2").value});
  CHECK(looks[0].envelope.provenance.role == "administrator");
  CHECK(look.book_end == served.end());
  CHECK_FALSE(look.denied);
  CHECK_FALSE(look.authenticated);  // the demo's page of codes vouches for nobody
}

TEST_CASE("a participant is told of themselves, and of nobody else", "[server][views][S0-06]") {
  ServedLedger served;
  const As client{"U1", "client"};

  const auto own = served.get(kCyclePath + "seats", client);

  REQUIRE(own.status == 200);
  CHECK(items(own, "rows").size() == 1);
  CHECK(own.body.find("Name of U1") != std::string::npos);
  CHECK(own.body.find("U2") == std::string::npos);
  CHECK(served.get(thing("A1"), client).status == 200);
  CHECK(served.get(thing(served.id_of("U1").value), client).status == 200);
  CHECK(served.get(thing("P1"), {"C1", "coach"}).status == 200);
}

TEST_CASE("what may not be told of is answered as what is not there, and leaves the same trace", "[server][views][S0-06]") {
  ServedLedger served;
  const As client{"U1", "client"};
  const auto nothing = served.get(thing("A9"), client);
  const auto nobody = served.get(thing("abcdefghijklmnopqrstuvwxyz"), client);
  const auto before = served.looks().size();

  for (const auto& path : {thing("A2"), thing(served.id_of("U2").value), thing(served.id_of("U3").value), thing("A2") + "/explain",
                           coach(served.id_of("U2").value), coach("nobody"), std::string("/v1/programmes/none/coaches/nobody")}) {
    CAPTURE(path);
    CHECK(told_by(served.get(path, client)) == told_by(nothing));
  }

  CHECK(told_by(nobody) == told_by(nothing));
  CHECK(problem_in(nothing) == "not-found");
  const auto looks = served.looks();
  CHECK(looks.size() == before + 7);
  CHECK(std::all_of(looks.begin(), looks.end(), [](const Event& event) { return look_in(event).denied; }));
  CHECK(told_by(served.get(kCyclePath + "stats", client)) == told_by(nothing));
}

TEST_CASE("a list of which nothing may be told is an empty list, as where there is nothing", "[server][views][S0-06]") {
  ServedLedger served;

  const auto seats = served.get(kCyclePath + "seats", {"U3", "client"}), waitlist = served.get(kCyclePath + "waitlist", {"U3", "client"});

  CHECK(items(seats, "rows").empty());
  CHECK(items(waitlist, "rows").empty());
  CHECK(member(seats, "total") == "0");
  CHECK(seats.fields == waitlist.fields);
}

TEST_CASE("who does not hold the role is told nothing, and the attempt is written down", "[server][views]") {
  ServedLedger served;

  const auto there = served.get(thing("A2"), {"U1", "administrator"}), not_there = served.get(thing("A9"), {"X9", "auditor"});

  CHECK(problem_in(there) == "role-not-held");
  CHECK(told_by(there) == told_by(not_there));
  REQUIRE(served.looks().size() == 2);
  CHECK(look_in(served.looks()[0]).denied);
}

TEST_CASE("nobody is found by a staff number in an address, which others keep", "[server][views][S0-06]") {
  ServedLedger served;

  CHECK(served.get(thing(served.id_of("U1").value)).status == 200);
  CHECK(problem_in(served.get(thing("U1"))) == "not-found");
  CHECK(problem_in(served.get(coach("C1"))) == "not-found");
  CHECK(served.get(coach(served.id_of("C1").value)).status == 200);
  CHECK(served.get("/v1/programmes/iom-coaching/cycles/2024").status == 200);
}

TEST_CASE("people are found by what their record says, asked for in a body, by whoever may see it", "[server][views][S0-06]") {
  ServedLedger served;
  const auto find = [&](const std::string& words, const As& as = kAdmin) { return served.post("/v1/find", R"({"words": )" + words + "}", as); };

  const auto found = find(R"(["u1", "name"])");

  REQUIRE(items(found, "rows").size() == 1);
  CHECK(found.body.find(served.id_of("U1").value) != std::string::npos);
  CHECK(member(found, "looks") == "[" + std::to_string(served.looks().back().envelope.position.value) + "]");
  CHECK(look_in(served.looks().back()).subjects == std::vector{served.id_of("U1").value});
  CHECK(items(find("[]"), "rows").size() == 4);
  CHECK(items(find("[]", {"U2", "client"}), "rows").size() == 1);
  CHECK(items(find(R"(["u1"])", {"U2", "client"}), "rows").empty());
  CHECK(problem_in(find("[]", kNobody)) == "sign-in-wanted");
  for (const auto* words : {R"("u1")", "[1]", R"([""])", R"(["a","a","a","a","a","a","a","a","a","a","a"])", R"([["a"]])"}) {
    CAPTURE(words);
    CHECK(problem_in(find(words)) == "malformed-body");
  }
  CHECK(served.get("/v1/find").status == 405);
}

TEST_CASE("with the access book closed nothing confidential leaves, and the rest goes on", "[server][views][S0-06]") {
  ServedLedger served;
  Health health(served.log);
  health.add({"access-book", [&] { return served.look_book.wrong(); }});
  REQUIRE(served.get(kCyclePath + "seats").status == 200);
  served.home.clock.wall -= std::chrono::minutes(10);  // no look may stand before the newest

  for (const auto& path : {kCyclePath + "seats", thing("P1"), thing("A9")}) {
    const auto answer = served.get(path);
    CHECK(problem_in(answer) == "access-book");
    CHECK(answer.status == 503);
    CHECK(answer.body.find("Name of") == std::string::npos);
  }

  CHECK(served.get("/v1/programmes", kNobody).status == 200);
  CHECK(health.ready({}).status == 503);
  CHECK(served.looks().size() == 1);
}

TEST_CASE("a moment of either clock can be asked about", "[server][views]") {
  ServedLedger served;
  const auto before = served.end();
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  const auto status = [&](const std::string& query) {
    const auto answer = served.get(kCyclePath + "pairings", kAdmin, query);
    const auto rows = items(answer, "rows");
    return rows.empty() ? std::string("none") : rows[0].substr(rows[0].find("\"status\":") + 10, 5);
  };

  CHECK(status("") == "ended");
  CHECK(status("at=" + std::to_string(before)) == "activ");
  CHECK(status("happened-by=2024-03-31") == "activ");
  CHECK(status("happened-by=2024-04-01") == "ended");
  CHECK(status("happened-by=2024-02-01") == "none");
  CHECK(problem_in(served.get(kCyclePath + "pairings", kAdmin, "at=" + std::to_string(served.end() + 1))) == "past-the-end");
  CHECK(problem_in(served.get(kCyclePath + "pairings", kAdmin, "at=yesterday")) == "wrong-parameter");
}

TEST_CASE("what is overdue at a position tells only those who may count there when it was recorded", "[server][views][S0-06]") {
  ServedLedger served;
  const auto at = "at=" + std::to_string(served.end());
  served.home.clock.pass(std::chrono::hours(24 * 365));
  served.run(RecordStaff{staff_of("U10")});
  const auto overdue = [&](const As& as, const std::string& query) { return items(served.get(kCyclePath + "overdue", as, query), "rows"); };
  const As coach{"C1", "coach"};
  REQUIRE(overdue(coach, "").size() == 1);

  CHECK(overdue(kAdmin, at).empty());
  CHECK(overdue(coach, at) == overdue(coach, ""));
  CHECK(overdue(kAdmin, "at=" + std::to_string(served.end())) == overdue(kAdmin, ""));
}

TEST_CASE("pages have each row once, in the order asked for, whatever is recorded meanwhile", "[server][views]") {
  ServedLedger served;
  for (const std::string number : {"U11", "U12", "U13"}) {
    served.run(RecordStaff{staff_of(number)});
    ApplicationSubmitted values;
    values.application = "A" + number;
    values.programme = "iom-coaching";
    values.cycle = "2024";
    values.form_version = "v1";
    values.commitment = "yes";
    values.goal_type = "both";
    served.run(SubmitApplication{number, values}, "2024-01-11T10:00:00Z", number);
  }
  const auto path = kCyclePath + "applications";
  const auto whole = items(served.get(path, kAdmin, "sort=-ref"), "rows");
  REQUIRE(whole.size() == 5);

  std::vector<std::string> rows;
  auto page = served.get(path, kAdmin, "sort=-ref&limit=2");
  for (int pages = 1;; ++pages) {
    REQUIRE(page.status == 200);
    REQUIRE(pages <= 3);
    for (auto& row : items(page, "rows")) rows.push_back(std::move(row));
    const auto [next_path, next_query] = next_of(page);
    if (next_path.empty()) break;
    served.run(RecordStaff{staff_of("U" + std::to_string(100 + pages))});
    page = served.get(next_path, kAdmin, next_query);
  }

  CHECK(rows == whole);
}

TEST_CASE("the next page of what is overdue is held against the first one's day, whatever is recorded meanwhile", "[server][views]") {
  ServedLedger served;
  Act request;
  request.action = Action::kRequestPairing;
  request.ref = "P2";
  request.programme = "iom-coaching";
  request.cycle = "2024";
  request.client = "U2";
  request.coach = "C1";
  served.run(request, "2024-03-01T10:00:00Z");
  served.act(Action::kAcceptPairing, "P2", "2024-03-01T10:00:00Z");
  served.home.clock.pass(std::chrono::hours(24 * 365));
  const auto whole = items(served.get(kCyclePath + "overdue"), "rows");
  REQUIRE(whole.size() == 2);

  const auto [path, query] = next_of(served.get(kCyclePath + "overdue", kAdmin, "limit=1"));
  served.run(RecordStaff{staff_of("U10")});

  CHECK(items(served.get(path, kAdmin, query), "rows") == std::vector{whole[1]});
}

TEST_CASE("a cursor is good for its list alone, and only as it was made", "[server][views]") {
  ServedLedger served;
  const auto query = next_of(served.get(kCyclePath + "seats", kAdmin, "limit=1")).second;
  auto changed = query;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';

  CHECK(served.get(kCyclePath + "seats", kAdmin, query).status == 200);
  CHECK(problem_in(served.get(kCyclePath + "applications", kAdmin, query)) == "cursor");
  CHECK(problem_in(served.get(kCyclePath + "seats", kAdmin, changed)) == "cursor");
  CHECK(problem_in(served.get(kCyclePath + "seats", kAdmin, "cursor=")) == "cursor");
  CHECK(problem_in(served.get(kCyclePath + "seats", kAdmin, query + "&sort=ref")) == "wrong-parameter");
}

TEST_CASE("what is wrong with a question is said, without repeating it", "[server][views]") {
  ServedLedger served;
  const auto [query, detail] = GENERATE(table<std::string, std::string>({
      {"limit=0", "limit: want a whole number from 1 to 5000"},
      {"limit=5001", "limit: want a whole number from 1 to 5000"},
      {"limit=x", "limit: want a whole number from 1 to 5000"},
      {"sort=canary", "sort: want one of seat, ref, person"},
      {"canary=1", "found a parameter that is none of"},
  }));

  const auto answer = served.get(kCyclePath + "seats", kAdmin, query);

  CHECK(answer.status == 400);
  CHECK(member(answer, "detail").find(detail) != std::string::npos);
  CHECK(answer.body.find("canary") == std::string::npos);
  CHECK(problem_in(served.get(kCyclePath + "canary")) == "not-found");
  CHECK(problem_in(served.get("/v1/programmes/iom-coaching/cycles/1999/seats")) == "not-found");
}

TEST_CASE("an answer is of the position that is wanted or later, or says when to come again", "[server][views]") {
  ServedLedger served;
  const auto after = [&](const std::string& position, const std::string& path) {
    return served.get(path, kAdmin, "", {{"daybook-after", position}});
  };

  for (const auto& path : {std::string("/v1/programmes"), kCyclePath + "seats"}) {
    CHECK(after(std::to_string(served.end()), path).status == 200);
    const auto early = after(std::to_string(served.end() + 1), path);
    CHECK(problem_in(early) == "behind");
    CHECK(early.status == 503);
    CHECK(field_of(early, "retry-after") == "1");
    CHECK(problem_in(after("-1", path)) == "wrong-field");
  }
}

TEST_CASE("the team has the figures, the public the edition that was published for it", "[server][views][C5]") {
  ServedLedger served;

  const auto team = served.get(kCyclePath + "stats");

  REQUIRE(team.status == 200);
  CHECK(member(team, "figures").find(R"("applications":2)") != std::string::npos);
  CHECK(problem_in(served.get(kCyclePath + "stats", kNobody, "audience=public&edition=99")) == "not-found");
  CHECK(problem_in(served.get(kCyclePath + "stats", kNobody, "audience=sponsor")) == "sign-in-wanted");
  CHECK(problem_in(served.get(kCyclePath + "stats", {"U1", "client"}, "audience=sponsor")) == "not-found");
  CHECK(problem_in(served.get(kCyclePath + "stats", kAdmin, "audience=public&at=5")) == "wrong-parameter");
  CHECK(problem_in(served.get(kCyclePath + "stats", kAdmin, "audience=board")) == "wrong-parameter");
}

TEST_CASE("things and reasons come as cards, each line with its events", "[server][views]") {
  ServedLedger served;

  const auto shown = served.get(thing("P1")), explained = served.get(thing("A1") + "/explain");

  REQUIRE(items(shown, "things").size() == 1);
  CHECK(shown.body.find("\"events\":[") != std::string::npos);
  CHECK(explained.body.find("commitment") != std::string::npos);
  CHECK(look_in(served.looks()[0]).verb == "show");
  CHECK(look_in(served.looks()[1]).verb == "explain");
}

}  // namespace daybook::test
