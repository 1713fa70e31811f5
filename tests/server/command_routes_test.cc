#include "server/command_routes.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

const std::string kDone = R"({"ref": "P1", "session": 2, "held_on": "2024-03-20", "minutes": 60})";
const As kCoach{"C1", "coach"}, kClient{"U1", "client"};

std::string command(const std::string& action) { return "/v1/commands/" + action; }
HeaderField key(const std::string& text) { return {"idempotency-key", text}; }

// A second administrator, so that a change of roles wants two.
void with_second_administrator(ServedLedger& served) { served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "two are wanted"}); }

std::string grant_to(const std::string& person) { return R"({"person": ")" + person + R"(", "role": "auditor", "reason": "a test"})"; }

}  // namespace

TEST_CASE("a command is recorded as of whoever is signed in, and answered with where it stands", "[server][commands]") {
  ServedLedger served;
  const auto before = served.end();

  const auto answer = served.post(command("mark-session-done"), kDone, kCoach);

  REQUIRE(answer.status == 200);
  CHECK(answer.body == R"({"outcome":"recorded","first":)" + std::to_string(before) + R"(,"end":)" + std::to_string(before + 1) + R"(,"position":)" +
                           std::to_string(before + 1) + R"(,"flags":"","proposed":false,"finished":true})" + "\n");
  CHECK(field_of(answer, "etag") == "\"" + std::to_string(before + 1) + "\"");
  const auto events = served.events(Position{before});
  REQUIRE(events.size() == 1);
  const auto& by = events[0].envelope.provenance;
  CHECK(by.actor == served.id_of("C1"));
  CHECK(by.role == "coach");
  CHECK(by.channel == Channel::kService);
  CHECK(served.ledger->vault().name(by.recorded_by).value() == "daybook:demo C1");
  CHECK(served.get("/v1/programmes/iom-coaching/cycles/2024/sessions", kAdmin, "", {{"daybook-after", member(answer, "position")}}).status == 200);
}

TEST_CASE("a command that is sent twice is done once, and the second answer is the first", "[server][commands]") {
  ServedLedger served;
  const std::string late = R"({"ref": "P1", "session": 2, "held_on": "2024-05-30"})";
  const auto first = served.post(command("mark-session-done"), late, kCoach, {key("\"k\"")});
  const auto end = served.end();

  const auto again = served.post(command("mark-session-done"), R"({"held_on": "2024-05-30", "session": "2", "ref": "P1"})", kCoach, {key("k")});
  const auto other = served.post(command("mark-session-done"), kDone, kCoach, {key("\"k\"")});

  CHECK(member(first, "outcome") == "recorded");
  CHECK(member(again, "outcome") == "unchanged");
  for (const auto* name : {"first", "end", "position", "flags"}) CHECK(member(again, name) == member(first, name));
  CHECK(problem_in(other) == "key-reused");
  CHECK(other.status == 422);
  CHECK(served.end() == end);
}

TEST_CASE("a key is good for its user alone", "[server][commands]") {
  ServedLedger served;
  REQUIRE(served.post(command("mark-session-done"), kDone, kCoach, {key("k")}).status == 200);

  const auto theirs = served.post(command("give-feedback"), R"({"ref": "P1", "session": 1, "comment": "good"})", kClient, {key("k")});

  CHECK(member(theirs, "outcome") == "recorded");
}

TEST_CASE("an idempotency key is there, and is a text", "[server][commands]") {
  ServedLedger served;
  const auto end = served.end();
  const auto with_key = [&](const std::string& text) { return problem_in(served.post(command("mark-session-done"), kDone, kCoach, {key(text)})); };
  Request bare;
  bare.method = Method::kPost;
  bare.path = command("mark-session-done");
  bare.body = kDone;
  bare.fields = {{"content-type", "application/json"}, {"origin", "http://localhost"}, {"daybook-console", "1"}};

  CHECK(problem_in(served.ask(bare, kCoach)) == "key-wanted");
  for (const std::string text : {"\"", "\"\"", "\"a\\b\"", "\"a\"b\"", "a\"b", "\xc3\xa9", "\"a\\\""}) {
    CAPTURE(text);
    CHECK(with_key(text) == "wrong-field");
  }
  CHECK(with_key(std::string(201, 'x')) == "wrong-field");
  CHECK(served.end() == end);
  CHECK(with_key("\"a\\\"b\\\\\"").empty());
}

TEST_CASE("who has not seen the newest changes nothing, if that is what they ask", "[server][commands]") {
  ServedLedger served;
  const std::string seen(field_of(served.get("/v1/programmes"), "etag"));
  REQUIRE(served.post(command("mark-session-done"), kDone, kCoach, {{"if-match", seen}}).status == 200);
  const auto end = served.end();
  const std::string next = R"({"ref": "P1", "session": 3, "held_on": "2024-03-25"})";

  const auto late = served.post(command("mark-session-done"), next, kCoach, {{"if-match", seen}});

  CHECK(problem_in(late) == "moved-on");
  CHECK(late.status == 412);
  CHECK(served.end() == end);
  CHECK(problem_in(served.post(command("mark-session-done"), next, kCoach, {{"if-match", "W/" + seen}})) == "wrong-field");
  CHECK(problem_in(served.post(command("mark-session-done"), next, kCoach, {{"if-match", "57"}})) == "wrong-field");
  CHECK(served.post(command("mark-session-done"), next, kCoach, {{"if-match", "*"}}).status == 200);
}

TEST_CASE("a rule that says no is named, with what it saw and what it would take", "[server][commands]") {
  ServedLedger served;
  const std::string done = R"({"ref": "P1", "session": 1, "held_on": "2024-03-10"})";

  const auto answer = served.post(command("mark-session-done"), done, kCoach);

  CHECK(problem_in(answer) == "refused");
  CHECK(answer.status == 409);
  CHECK(member(answer, "rule") == "already-done");
  CHECK_FALSE(member(answer, "wants").empty());
  CHECK(std::stoull(member(answer, "because")) < served.end());
}

TEST_CASE("what is not theirs to do is refused like what is not there", "[server][commands][S0-06]") {
  ServedLedger served;
  const auto end = served.end();
  const auto end_pairing = [&](const std::string& ref, const As& as) {
    return served.post(command("end-pairing"), R"({"ref": ")" + ref + R"(", "reason": "fit"})", as);
  };

  const auto theirs = end_pairing("P1", {"U2", "client"}), nowhere = end_pairing("P9", {"U2", "client"}), unknown = end_pairing("P1", {"X9"});

  CHECK(problem_in(theirs) == "not-allowed");
  CHECK(theirs.status == 403);
  CHECK(theirs.body == nowhere.body);
  CHECK(theirs.fields == nowhere.fields);
  CHECK(problem_in(unknown) == "not-allowed");
  CHECK(served.end() == end);
}

TEST_CASE("a body that is not what the action takes changes nothing and says why", "[server][commands]") {
  ServedLedger served;
  const auto end = served.end();
  const auto [body, detail] = GENERATE(table<std::string, std::string>({
      {"", "JSON: "},
      {"[]", "found no JSON object"},
      {R"({"ref": "P1", "ref": "P2"})", "JSON: "},
      {R"({"ref": ["P1"]})", "\"ref\": want a text"},
      {R"({"ref": true})", "\"ref\": want a text"},
      {R"({"ref": "P1", "session": -1})", "\"session\": want a text"},
      {R"({"ref": "P1", "session": 1.5})", "\"session\": want a text"},
      {R"({"ref": "P\u0000"})", "\"ref\": want a text"},
      {R"({"ref": "P1", "colour": "red"})", "colour"},
      {R"({"ref": "P1", "actor": "U1"})", "found a key actor"},
      {R"({"ref": "P1", "session": 2, "held_on": "2024-13-01"})", "held_on"},
      {R"({"ref": "P1", "at": "yesterday"})", "at: want a time"},
  }));

  const auto answer = served.post(command("mark-session-done"), body, kCoach);

  CHECK(problem_in(answer) == "malformed-body");
  CHECK(answer.status == 400);
  CHECK(member(answer, "detail").find(detail) != std::string::npos);
  CHECK(served.end() == end);
}

TEST_CASE("an action wants a sign-in, and to be one that there is over the wire", "[server][commands]") {
  ServedLedger served;

  CHECK(problem_in(served.post(command("mark-session-done"), kDone, kNobody)) == "sign-in-wanted");
  for (const auto* action : {"none", "tick", "import", "backup"}) {
    CAPTURE(action);
    CHECK(problem_in(served.post(command(action), "{}")) == "not-found");
  }
  CHECK(served.get(command("decide")).status == 405);
}

TEST_CASE("it is whoever is signed in who acts, whatever else they hold", "[server][commands]") {
  ServedLedger served;

  const auto as_admin = served.post(command("grant-seat"), R"({"programme": "iom-coaching", "cycle": "2024"})", {"U1", "administrator"});

  CHECK(problem_in(as_admin) == "not-allowed");
}

TEST_CASE("a change of roles wants a fresh sign-in, and so does agreeing to one", "[server][commands][S0-07]") {
  ServedLedger served;
  with_second_administrator(served);
  served.cookie_of("test@host");
  served.cookie_of("U3");
  served.home.clock.pass(std::chrono::minutes(11));

  for (const auto& [action, body] : {std::pair{"role-grant", grant_to("U2")}, std::pair{"second", std::string(R"({"proposal": "1"})")}}) {
    const auto answer = served.post(command(action), body);
    CHECK(problem_in(answer) == "fresh-sign-in-wanted");
    CHECK(answer.status == 401);
  }
  CHECK(served.post(command("extend-window"), R"({"ref": "P1", "held_on": "2024-12-31"})").status == 200);
}

TEST_CASE("what wants a second person is proposed, and done when another agrees", "[server][commands][S0-07]") {
  ServedLedger served;
  with_second_administrator(served);

  const auto proposed = served.post(command("role-grant"), grant_to("U2"));
  const auto seconding = R"({"proposal": ")" + member(proposed, "first") + R"("})";
  const auto alone = served.post(command("second"), seconding);
  const auto stranger = served.post(command("second"), seconding, kClient);
  const auto agreed = served.post(command("second"), seconding, {"U3"});

  CHECK(member(proposed, "proposed") == "true");
  CHECK(member(alone, "rule") == "needs-second-person");
  CHECK(problem_in(stranger) == "not-allowed");
  CHECK(member(agreed, "outcome") == "recorded");
  CHECK(std::holds_alternative<RoleGranted>(served.events(Position{served.end() - 1}).front().body));
  CHECK(problem_in(served.post(command("decline"), R"({"reason": "no proposal"})", {"U3"})) == "malformed-body");
}

}  // namespace daybook::test
