// What takes away, changes keys or breaks glass, over the wire, while the service has the ledger and its access book.
#include "server/deeds.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include "ledger/verify.h"
#include "server/view_answer.h"
#include "tests/server/held_writer.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const As kSecond{"U3", "administrator"}, kClient{"U1", "client"}, kOfficer{"test@host", "compliance-officer"};
const std::string kEraseU2 = R"({"person": "U2", "reason": "their request"})", kCycle = R"({"programme": "iom-coaching", "cycle": "2024"})";

std::string command(const std::string& action) { return "/v1/commands/" + action; }
HeaderField key(const std::string& text) { return {"idempotency-key", text}; }
std::string thing(const PersonId& person) { return "/v1/things/" + person.value; }

// With U3 as a second administrator, so that two can agree.
struct Deeds : ServedLedger {
  Deeds() { run(GrantRole{"U3", "administrator", "", "", std::nullopt, "two are wanted"}); }

  // Proposed by one, and agreed to by the other under that idempotency key.
  Response done_by_two(const std::string& action, const std::string& body, const std::string& agreed = "agreed") {
    const auto proposed = post(command(action), body);
    REQUIRE(member(proposed, "proposed") == "true");
    CHECK(member(proposed, "finished") == "true");  // nothing was done, and nothing is left to do
    return again(member(proposed, "first"), agreed);
  }
  Response again(const std::string& proposal, const std::string& agreed = "agreed") {
    return post(command("second"), R"({"proposal": ")" + proposal + R"("})", kSecond, {key(agreed)});
  }
  template <class Kind>
  size_t recorded() {
    const auto all = events({});
    return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Event& event) { return std::holds_alternative<Kind>(event.body); }));
  }
  std::string ring() const { return text_of(home.folder.path("season.key-ring")); }
  // The name by which the access book knows somebody; nullopt: it holds none.
  std::optional<std::string> name_in_access_book(const PersonId& person) {
    const auto keys = ledger->access_keys();
    return made(Vault(book->log(), keys).name(person));
  }
};

// While there is one, no new key ring can be written.
class NoNewRing {
 public:
  explicit NoNewRing(const ServedLedger& served) : next_(served.home.folder.path("season.key-ring.next")) {
    std::filesystem::create_directory(next_);
  }
  ~NoNewRing() { std::filesystem::remove(next_); }

 private:
  const std::string next_;
};

}  // namespace

TEST_CASE("two people erase somebody, who is gone at once from every answer, from memory and from the access book", "[server][commands][C3]") {
  Deeds served;
  const auto person = served.id_of("U2");
  REQUIRE(served.get(thing(person), {"U2", "client"}).status == 200);
  REQUIRE(items(served.post("/v1/find", R"({"words": ["u2"]})"), "rows").size() == 1);
  REQUIRE(served.name_in_access_book(person) == "U2");
  served.cookie_of("U3");
  const auto signed_in = served.sessions.count();

  const auto answer = served.done_by_two("erase", kEraseU2);

  CHECK(member(answer, "outcome") == "recorded");
  CHECK(member(answer, "finished") == "true");
  CHECK(items(served.post("/v1/find", R"({"words": ["u2"]})"), "rows").empty());
  const auto known_as = GENERATE(std::string("administrator"), std::string("data-protection-officer"));
  for (const auto& path : {thing(person), std::string("/v1/things/A2"), std::string("/v1/programmes/iom-coaching/cycles/2024/applications")}) {
    CAPTURE(path);
    const auto told = served.get(path, {"test@host", known_as}).body;
    CHECK(told.find("Name of U2") == std::string::npos);
    CHECK(told.find("\"U2\"") == std::string::npos);
    CHECK(told.find("U2@") == std::string::npos);
  }
  CHECK_FALSE(made(served.ledger->vault().person("U2")).has_value());
  CHECK_FALSE(served.name_in_access_book(person).has_value());
  CHECK(served.sessions.count() == signed_in - 1);
  CHECK(served.recorded<PersonErased>() == 1);
  CHECK(served.recorded<ErasureCertified>() == 1);
  CHECK(served.recorded<WrappingKeyChanged>() == 1);
  CHECK_FALSE(served.erasures.wrong().has_value());
}

TEST_CASE("an erasure ends the sessions of whom it erased alone, be browsers known by another claim than systems", "[server][commands][C3]") {
  Deeds served;
  const LedgerPeople by_address(*served.ledger, CalledBy::kAddress);
  const Callers callers(served.people, nullptr, served.sessions, "", served.log, &by_address);
  Erasures erasures(*served.ledger, *served.book, callers, served.sessions, served.home.clock, served.log);
  const auto begin = [&](const std::string& address) {
    return served.sessions.begin({{"https://login.example.org", address}, std::nullopt, "", address}, "");
  };
  const auto of_u1 = begin("u1@staff.example"), of_u2 = begin("u2@staff.example");
  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31")});
  const auto all = served.events({});
  const auto erased = std::find_if(all.begin(), all.end(), [](const Event& event) { return std::holds_alternative<PersonErased>(event.body); });
  REQUIRE(erased != all.end());

  erasures.finish(*erased);

  CHECK(served.sessions.peek(of_u1).has_value());
  CHECK_FALSE(served.sessions.peek(of_u2).has_value());
}

TEST_CASE("looks go on being written down while somebody is erased", "[server][commands][C3]") {
  Deeds served;
  const auto before = served.looks().size();
  REQUIRE(served.get("/v1/things/P1").status == 200);

  REQUIRE(served.done_by_two("erase", kEraseU2).status == 200);
  REQUIRE(served.get("/v1/things/P1").status == 200);

  const auto looks = served.looks();
  CHECK(std::count_if(looks.begin(), looks.end(), [](const Event& event) { return std::holds_alternative<RecordViewed>(event.body); }) ==
        static_cast<std::ptrdiff_t>(before) + 2);
  made(verify(served.book->log(), served.ledger->config().access_key, served.ledger->access_keys()));
}

TEST_CASE("an answer that was made before somebody in it was erased is not given afterwards", "[server][views][C3]") {
  Deeds served;
  const auto person = served.id_of("U2");
  const ViewParts parts{*served.ledger, *served.live, served.look_book, served.callers, served.table, served.cursors, served.home.clock, served.log};
  Request request;
  request.fields = {
      {"host", "localhost"}, {"cookie", served.cookie_of("test@host")}, {"daybook-role", "administrator"}, {"daybook-purpose", "a test"}};
  const auto caller = std::get<Caller>(served.callers.of(request));
  const bool erased = GENERATE(false, true);
  ViewQuestion question;
  question.verb = "show";
  question.draft = [&](const Inquiry& inquiry) -> Result<Draft> {
    Draft draft;
    draft.members = [name = inquiry.desk->person({person, CycleId{}, ""})] { return R"("name":")" + name + "\""; };
    if (erased) served.run(ErasePerson{person, *parse_day("2031-12-31")});
    return draft;
  };

  const auto answer = answer_view(parts, request, caller, question);

  CHECK(answer.status == (erased ? 503U : 200U));
  CHECK((answer.body.find("Name of U2") == std::string::npos) == erased);
}

TEST_CASE("an erasure whose disk step fails stands, says so, and is finished later", "[server][commands][C3]") {
  Deeds served;
  const auto person = served.id_of("U2");
  std::string proposal;
  {
    const NoNewRing no_new_ring(served);
    const auto answer = served.done_by_two("erase", kEraseU2);
    proposal = std::to_string(std::stoull(member(answer, "first")) - 1);

    CHECK(answer.status == 200);
    CHECK(member(answer, "outcome") == "recorded");
    CHECK(member(answer, "finished") == "false");
    CHECK(served.erasures.wrong().has_value());
    CHECK_FALSE(made(served.ledger->vault().name(person)).has_value());
    CHECK(served.recorded<ErasureCertified>() == 0);
    CHECK(member(served.again(proposal), "finished") == "false");
  }

  const bool asked_again = GENERATE(true, false);
  if (!asked_again) served.erasures.finish();  // as the service does by itself
  const auto repeated = served.again(proposal);

  CHECK(member(repeated, "outcome") == "unchanged");
  CHECK(member(repeated, "finished") == "true");
  CHECK_FALSE(served.erasures.wrong().has_value());
  CHECK(served.recorded<ErasureCertified>() == 1);
}

TEST_CASE("what an earlier process left to do for an erasure is done when the service begins", "[server][commands][C3]") {
  Deeds served;
  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31")});
  const auto& log = served.ledger->programme();

  const ErasureKeeper keeper(served.erasures, served.home.clock, std::chrono::hours(1));

  for (int i = 0; i < 100 && served.recorded<ErasureCertified>() == 0; ++i) log.wait(log.end(), std::chrono::milliseconds(100));
  CHECK(served.recorded<ErasureCertified>() == 1);
}

TEST_CASE("a second erasure on the same day waits for its certificate, and nothing is wrong", "[server][commands][C3]") {
  Deeds served;
  REQUIRE(member(served.done_by_two("erase", kEraseU2, "one"), "finished") == "true");

  const auto answer = served.done_by_two("erase", R"({"person": "C1", "reason": "their request"})", "two");

  CHECK(member(answer, "outcome") == "recorded");
  CHECK(member(answer, "finished") == "false");
  CHECK_FALSE(served.erasures.wrong().has_value());
  served.home.clock.pass(std::chrono::hours(25));
  served.erasures.finish();
  CHECK(served.recorded<ErasureCertified>() == 2);
}

TEST_CASE("whom an erasure is about may be said by number, by address or by id", "[server][commands][C3]") {
  Deeds served;
  const auto name = GENERATE(0, 1, 2);
  const auto text = name == 0 ? std::string("U2") : name == 1 ? std::string("U2@Staff.Example") : served.id_of("U2").value;
  const auto person = served.id_of("U2");

  REQUIRE(served.done_by_two("erase", R"({"person": ")" + text + R"(", "reason": "their request", "known_until": "2030-01-31"})").status == 200);

  CHECK_FALSE(made(served.ledger->vault().name(person)).has_value());
}

TEST_CASE("whoever may not erase is told nothing of whether there is somebody", "[server][commands][S0-06]") {
  Deeds served;
  const auto end = served.end();

  const auto theirs = served.post(command("erase"), kEraseU2, kClient);
  const auto nobodys = served.post(command("erase"), R"({"person": "U999", "reason": "their request"})", kClient);
  const auto own = served.post(command("erase"), R"({"person": "U3", "reason": "mine"})", kSecond);
  const auto nobody = served.post(command("erase"), R"({"person": "U999", "reason": "their request"})");

  CHECK(problem_in(theirs) == "not-allowed");
  CHECK(theirs.body == nobodys.body);
  CHECK(member(own, "rule") == "own-case");
  CHECK(member(nobody, "rule") == "unknown-person");
  CHECK(served.end() == end);
}

TEST_CASE("who proposed an erasure does not agree to it alone", "[server][commands][S0-07]") {
  Deeds served;
  const auto proposed = served.post(command("erase"), kEraseU2);

  const auto alone = served.post(command("second"), R"({"proposal": ")" + member(proposed, "first") + R"("})");

  CHECK(member(alone, "rule") == "needs-second-person");
  CHECK(served.recorded<PersonErased>() == 0);
}

TEST_CASE("what takes away, changes keys or breaks glass wants a fresh sign-in", "[server][commands][S0-07]") {
  Deeds served;
  served.cookie_of("test@host");
  served.home.clock.pass(std::chrono::minutes(11));
  const auto [action, body] = GENERATE(table<std::string, std::string>(
      {{"erase", kEraseU2},
       {"expire-cohort", kCycle},
       {"rotate-keys", "{}"},
       {"break-glass", R"({"about": "U2", "classes": "contact", "minutes": 5, "reason": "accident", "told": "U3"})"}}));
  const auto end = served.end();

  const auto answer = served.post(command(action), body);

  CHECK(problem_in(answer) == "fresh-sign-in-wanted");
  CHECK(served.end() == end);
}

TEST_CASE("what a deed wants to be told is said, and nothing happens", "[server][commands]") {
  Deeds served;
  const auto [action, body, detail] = GENERATE(table<std::string, std::string, std::string>({
      {"erase", R"({"person": "U2"})", "erase: want person=ID"},
      {"erase", R"({"reason": "their request"})", "erase: want person=ID"},
      {"erase", R"({"person": "U2", "reason": "r", "known_until": "soon"})", "erase: want person=ID"},
      {"expire-cohort", R"({"programme": "iom-coaching"})", "expire-cohort: want"},
      {"rotate-keys", R"({"root": "maybe"})", "rotate-keys: want nothing, or root=yes"},
      {"rotate-keys", R"({"at": "2024-01-01T00:00:00Z"})", "rotate-keys: want nothing, or root=yes"},
      {"break-glass", R"({"about": "U2", "classes": "contact", "reason": "r", "told": "U3"})", "break-glass: want about="},
      {"break-glass", R"({"about": "U2", "classes": "contact,feedback", "minutes": 5, "reason": "r", "told": "U3"})", "found \"feedback\""},
      {"review-glass", R"({"glass": "g", "reason": "r"})", "review-glass: want glass=ID"},
  }));
  const auto end = served.end();

  const auto answer = served.post(command(action), body);

  CHECK(problem_in(answer) == "malformed-body");
  CHECK(member(answer, "detail").find(detail) != std::string::npos);
  CHECK(served.end() == end);
}

TEST_CASE("what only a cycle's figures use goes when two people say so, and its key with it", "[server][commands][C3]") {
  Deeds served;
  const auto ring = served.ring();

  const auto answer = served.done_by_two("expire-cohort", kCycle);

  CHECK(member(answer, "finished") == "true");
  CHECK(served.recorded<CohortExpired>() == 1);
  CHECK(served.ring() != ring);
}

TEST_CASE("keys are changed while looks are written, and each look that was answered can be read afterwards", "[server][commands][C3]") {
  Deeds served;
  served.cookie_of("U1");
  served.cookie_of("test@host");
  const auto person = served.id_of("U1");
  std::atomic<bool> changed{false};
  std::vector<Response> looked;
  std::jthread looking([&] {
    while (!changed) looked.push_back(served.get(thing(person), {"U1", "client"}));
  });
  const auto ring = served.ring(), root = text_of(served.home.folder.path("root-key"));

  std::vector<Response> answers;
  for (const auto* body : {"{}", R"({"root": "yes"})"}) answers.push_back(served.post(command("rotate-keys"), body));
  changed = true;
  looking.join();

  for (const auto& answer : answers) {
    CHECK(member(answer, "outcome") == "recorded");
    CHECK(member(answer, "finished") == "true");
  }
  CHECK(served.ring() != ring);
  CHECK(text_of(served.home.folder.path("root-key")) != root);
  std::set<std::string> places;
  for (const auto& look : looked) {
    REQUIRE(look.status == 200);
    REQUIRE(places.insert(member(look, "looks")).second);
  }
  std::set<std::string> written;
  for (const auto& event : served.looks()) {
    if (event.envelope.provenance.actor == person) written.insert("[" + std::to_string(event.envelope.position.value) + "]");
  }
  CHECK(places == written);
  CHECK(served.name_in_access_book(person) == "U1");
  made(verify(served.book->log(), served.ledger->config().access_key, served.ledger->access_keys()));
  CHECK(served.recorded<WrappingKeyChanged>() == 2);
}

TEST_CASE("a change of keys that is sent twice is made once, by whoever may", "[server][commands]") {
  Deeds served;
  const auto first = served.post(command("rotate-keys"), "{}", kAdmin, {key("k")});
  const auto ring = served.ring();

  const auto again = served.post(command("rotate-keys"), "{}", kAdmin, {key("k")});
  const auto other = served.post(command("rotate-keys"), R"({"root": "yes"})", kAdmin, {key("k")});
  const auto client = served.post(command("rotate-keys"), "{}", kClient);
  const auto seen = served.post(command("rotate-keys"), "{}", kAdmin, {{"if-match", "\"5\""}});

  CHECK(member(first, "outcome") == "recorded");
  CHECK(member(again, "outcome") == "unchanged");
  CHECK(member(again, "first") == member(first, "first"));
  CHECK(problem_in(other) == "key-reused");
  CHECK(problem_in(client) == "not-allowed");
  CHECK(problem_in(seen) == "wrong-field");
  CHECK(served.ring() == ring);
}

TEST_CASE("a root key that is not where the ledger says is not changed, and its place is not told", "[server][commands]") {
  Deeds served;
  const auto file = served.home.folder.path("root-key");
  std::filesystem::rename(file, file + "-away");
  const auto ring = served.ring();

  const auto answer = served.post(command("rotate-keys"), R"({"root": "yes"})");

  CHECK(member(answer, "rule") == "root-key");
  CHECK(answer.body.find("season") == std::string::npos);
  CHECK(served.ring() == ring);
}

TEST_CASE("a glass is broken, seen through, and reviewed by somebody else", "[server][commands][glass][C4]") {
  Deeds served;
  served.run(GrantRole{"U3", "compliance-officer", "", "", std::nullopt, "a second officer"});
  const auto person = served.id_of("U2");
  REQUIRE(served.get(thing(person), kOfficer).status == 404);

  const auto broken = served.post(command("break-glass"),
                                  R"({"about": "U2", "classes": "contact,staff", "minutes": 30, "reason": "accident", "told": "U3"})", kOfficer);
  const auto seen = served.get(thing(person), kOfficer);
  const auto review = R"({"glass": ")" + member(broken, "glass") + R"(", "finding": "proper", "reason": "they were reached"})";
  const auto own = served.post(command("review-glass"), review, kOfficer);
  const auto reviewed = served.post(command("review-glass"), review, {"U3", "compliance-officer"});
  const auto twice = served.post(command("review-glass"), review, {"U3", "compliance-officer"});

  REQUIRE(broken.status == 200);
  CHECK(member(broken, "glass").size() == 26);
  CHECK(seen.status == 200);
  CHECK(seen.body.find("Name of U2") != std::string::npos);
  CHECK(std::get<RecordViewed>(served.looks().back().body).glass == std::stoull(member(broken, "first")) + 1);
  CHECK(member(own, "rule") == "own-case");
  CHECK(member(reviewed, "outcome") == "recorded");
  CHECK(member(reviewed, "glass").empty());
  CHECK(member(twice, "rule") == "already-reviewed");
  served.home.clock.pass(std::chrono::minutes(31));
  CHECK(served.get(thing(person), kOfficer).status == 404);
}

TEST_CASE("a glass is not broken for too long, without a second person, or by whoever may not", "[server][commands][glass][C4]") {
  Deeds served;
  served.run(GrantRole{"U3", "compliance-officer", "", "", std::nullopt, "a second officer"});
  const auto break_it = [&](const std::string& minutes, const std::string& told, const As& as) {
    return served.post(command("break-glass"),
                       R"({"about": "U2", "classes": "contact", "reason": "accident", "minutes": )" + minutes + R"(, "told": ")" + told + R"("})",
                       as);
  };
  const auto end = served.end();

  CHECK(member(break_it("241", "U3", kOfficer), "rule") == "too-long");
  CHECK(member(break_it("5", "U1", kOfficer), "rule") == "no-second-person");
  CHECK(problem_in(break_it("5", "U3", kClient)) == "not-allowed");
  CHECK(served.end() == end);
}

TEST_CASE("while too many commands wait for the writer the next is told to come again, and questions go on", "[server][commands]") {
  Deeds served;
  served.service.add_gate(writer_gate(served.ledger->sequencer()));
  HeldWriter writer(served.ledger->sequencer());
  for (int i = 0; i < 1000; ++i) {
    Command nothing;  // nobody waits for it
    nothing.body = CertifyErasure{};
    served.ledger->sequencer().submit(std::move(nothing), [](const Answer&) {});
  }

  const auto answer = served.post(command("mark-session-done"), R"({"ref": "P1", "session": 2, "held_on": "2024-03-20"})", {"C1", "coach"});
  const auto view = served.get("/v1/programmes", kNobody);
  writer.let_go();
  served.ledger->sequencer().look([](const State&) {});
  const auto later = served.post(command("mark-session-done"), R"({"ref": "P1", "session": 2, "held_on": "2024-03-20"})", {"C1", "coach"});

  CHECK(problem_in(answer) == "busy");
  CHECK(answer.status == 503);
  CHECK(field_of(answer, "retry-after") == "1");
  CHECK(view.status == 200);
  CHECK(member(later, "outcome") == "recorded");
}

TEST_CASE("no more commands that may take something from the disk are carried out at a time than have a turn, and each gives its own back",
          "[server][commands][caps]") {
  Deeds served;
  const auto answer_with = [&](Turns& turns, const std::string& key, const std::string& action, const std::string& body) {
    Router router;
    add_command_routes(
        router, {*served.ledger, *served.live, served.callers, served.table, served.home.clock, served.log, *served.book, served.erasures, &turns});
    const Service service("public", router, served.metrics, served.log);
    Request request;
    request.method = Method::kPost;
    request.path = command(action);
    request.body = body;
    request.fields = {
        {"host", "localhost"},          {"cookie", served.cookie_of("C1")}, {"daybook-role", "coach"}, {"content-type", "application/json"},
        {"origin", "http://localhost"}, {"daybook-console", "1"},           {"idempotency-key", key}};
    return service.handle(request);
  };
  const std::string proposal = R"({"proposal": "7"})";
  Turns none(0, 0), one(1, 0);

  const auto busy = answer_with(none, "1", "second", proposal);
  const auto other = answer_with(none, "2", "mark-session-done", R"({"ref": "P1", "session": 2, "held_on": "2024-03-20"})");
  const auto first = answer_with(one, "3", "second", proposal), second = answer_with(one, "4", "second", proposal);

  CHECK(problem_in(busy) == "busy");
  CHECK(field_of(busy, "retry-after") == "1");
  CHECK(member(other, "outcome") == "recorded");  // it waits for no disk but its own event's, and holds nobody
  CHECK(first.status != 503);
  CHECK(second.status == first.status);
}

TEST_CASE("a command that waits for the writer holds no thread, and repeated it has the first answer", "[server][commands]") {
  Deeds served;
  HeldWriter writer(served.ledger->sequencer());
  Request request;
  request.method = Method::kPost;
  request.path = command("mark-session-done");
  request.body = R"({"ref": "P1", "session": 2, "held_on": "2024-03-20"})";
  request.fields = {{"host", "localhost"},
                    {"cookie", served.cookie_of("C1")},
                    {"daybook-role", "coach"},
                    {"content-type", "application/json"},
                    {"origin", "http://localhost"},
                    {"daybook-console", "1"},
                    key("\"1\"")};

  auto handling = served.service.begin(request);  // returns while the writer is held
  REQUIRE(handling.response.later);
  std::promise<void> ready;
  handling.response.later->begin([&] { ready.set_value(); });
  writer.let_go();
  ready.get_future().wait();
  const bool quick = handling.response.later->quick();
  const auto first = served.service.finish(std::move(handling), request);
  const auto repeated = served.service.handle(request);

  CHECK(quick);
  CHECK(member(first, "outcome") == "recorded");
  CHECK(member(repeated, "outcome") == "unchanged");
  CHECK(member(repeated, "first") == member(first, "first"));
  CHECK(member(repeated, "flags") == member(first, "flags"));
}

TEST_CASE("a user who asks too much at once or in a second is told to come again, and nobody else is", "[server][asker][caps]") {
  Deeds served;
  UserCaps caps(2, 0, 1);
  const Callers callers(served.people, nullptr, served.sessions, "", served.log, nullptr, &caps);
  const auto of = [&](const std::string& name) {
    Request request;
    request.fields = {{"host", "localhost"}, {"cookie", served.cookie_of(name)}};
    return callers.of(request);
  };
  auto first = of("U1");
  const auto second = of("U1");

  const auto third = of("U1"), others = of("U2");
  first = Response{};  // it is answered
  const auto next = of("U1");

  CHECK(std::holds_alternative<Caller>(second));
  REQUIRE(std::holds_alternative<Response>(third));
  CHECK(problem_in(std::get<Response>(third)) == "too-many-requests");
  CHECK(std::get<Response>(third).status == 429);
  CHECK(field_of(std::get<Response>(third), "retry-after") == "1");
  CHECK(std::holds_alternative<Caller>(others));
  CHECK(std::holds_alternative<Caller>(next));
}

}  // namespace daybook::test
