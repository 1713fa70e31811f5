#include "server/book_routes.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "projections/held.h"
#include "projections/history_question.h"
#include "projections/looks.h"
#include "projections/told_events.h"
#include "projections/whole_lists.h"
#include "server/event_json.h"
#include "server/view_json.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

const As kOfficer{"test@host", "compliance-officer"};
const std::string kCharter = "/v1/programmes/iom-coaching/charters/";

std::string export_of(const std::string& id) { return "/v1/people/" + id + "/export"; }

// The same question as the command line asks it.
std::unique_ptr<Inquiry> asked(ServedLedger& served, const As& as) {
  const Asker asker{as.name, "daybook:demo " + as.name, as.role, as.purpose};
  return Inquiry::now(*served.ledger, served.live->kept().value(), asker, served.table, served.home.clock.now()).value();
}

std::string events_told(ServedLedger& served, const As& as, const HistoryQuestion& question) {
  const auto inquiry = asked(served, as);
  const auto listing = read_question(question, *inquiry).value();
  std::vector<ToldEvent> events;
  const auto told = EventTeller(*inquiry).tell(listing, [&](ToldEvent event) -> Result<bool> { return events.push_back(std::move(event)), true; });
  REQUIRE(told.has_value());
  return events_json(events);
}

bool holds(const Response& response, const std::string& text) { return response.body.find(text) != std::string::npos; }

// The items of every page, from the first on; `between` happens before each further one.
std::vector<std::string> walk(ServedLedger& served, const std::string& path, const std::string& query, const As& as, const std::string& name,
                              const std::function<void(int)>& between = {}) {
  std::vector<std::string> all;
  auto page = served.get(path, as, query);
  for (int pages = 1; page.status == 200 && pages < 200; ++pages) {
    for (auto& item : items(page, name)) all.push_back(std::move(item));
    const auto [next_path, next_query] = next_of(page);
    if (next_path.empty()) return all;
    if (between) between(pages);
    page = served.get(next_path, as, next_query);
  }
  FAIL("a page was not answered, or there was no last one: " << page.status);
  return all;
}

RecordViewed newest_look(ServedLedger& served) { return std::get<RecordViewed>(served.looks().back().body); }

void import_somebody(ServedLedger& served) {
  Command command;
  command.body = RecordStaff{staff_of("U9")};
  command.actor = command.recorded_by = "test@host";
  command.channel = Channel::kImport;
  command.import = std::make_shared<const ImportInfo>(ImportInfo{"00112233", "staff", "test@host", std::string(64, 'a')});
  command.row = Row{1, {}, false};
  REQUIRE(served.ledger->sequencer().execute(std::move(command)).outcome == Outcome::kRecorded);
}

// Over the record of U1, by an administrator; CO was told.
void break_glass(ServedLedger& served) {
  served.run(RecordStaff{staff_of("CO")});
  served.run(GrantRole{"CO", "compliance-officer", "", "", std::nullopt, "looks into it"});
  served.run(BreakGlass{"g1", "U1", {}, {"contact"}, 30, "an accident", "CO"}, "", "test@host");
}

}  // namespace

TEST_CASE("what is asked of the books wants a sign-in, a role and a purpose", "[server][views][S0-06]") {
  ServedLedger served;
  const auto path = GENERATE_COPY(as<std::string>(), "/v1/roles", "/v1/imports", "/v1/history", "/v1/access-log", kCharter + "1", export_of("x"));

  CHECK(problem_in(served.get(path, kNobody)) == "sign-in-wanted");
  CHECK(problem_in(served.get(path, {"test@host"})) == "role-wanted");
  CHECK(problem_in(served.get(path, {"test@host", "administrator", ""})) == "purpose-wanted");
  CHECK(problem_in(served.get(path, {"U1", "auditor"})) == "role-not-held");
}

TEST_CASE("imports, roles, proposals and glasses are listed as the command line lists them", "[server][views][S0-06]") {
  ServedLedger served;
  import_somebody(served);
  break_glass(served);
  served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "two are wanted"});
  served.post("/v1/commands/role-grant", R"({"person": "U2", "role": "auditor", "reason": "audits"})");

  for (const auto name : whole_list_names()) {
    CAPTURE(name);
    const auto table = whole_list(name, *asked(served, kAdmin)).value();
    const auto answer = served.get("/v1/" + std::string(name));
    REQUIRE(answer.status == 200);
    CHECK_FALSE(table.rows.empty());
    CHECK(holds(answer, "\"rows\":" + rows_json(table, 0, table.rows.size())));
    CHECK(member(answer, "total") == std::to_string(table.rows.size()));
    if (name != "imports") CHECK(newest_look(served).verb == "list " + std::string(name));
  }
  CHECK(walk(served, "/v1/roles", "limit=1&sort=-role", kAdmin, "rows").size() == 4);
}

TEST_CASE("of the lists of the books nobody else is told a row", "[server][views][S0-06]") {
  ServedLedger served;
  import_somebody(served);
  break_glass(served);
  const auto nothing = served.get("/v1/proposals", {"U2", "client"});

  for (const auto name : whole_list_names()) {
    CAPTURE(name);
    const auto answer = served.get("/v1/" + std::string(name), {"U2", "client"});
    CHECK(items(answer, "rows").empty());
    CHECK(member(answer, "total") == "0");
    CHECK(answer.fields == nothing.fields);
    CHECK(newest_look(served).denied);
  }
}

TEST_CASE("a charter is told to whoever may be told of its event, and is not there for others", "[server][views][S0-06]") {
  ServedLedger served;
  const auto charter = *asked(served, kAdmin)->state().programme("iom-coaching")->latest().charter;

  const auto newest = served.get(kCharter + "newest");
  const auto none = served.get("/v1/programmes/none/charters/1");

  REQUIRE(newest.status == 200);
  CHECK(member(newest, "text") == charter.text);
  CHECK(member(newest, "version") == member(newest, "newest"));
  CHECK(served.get(kCharter + "1").status == 200);
  CHECK(problem_in(none) == "not-found");
  for (const auto* version : {"0", "99", "first", "-1"}) CHECK(told_by(served.get(kCharter + version)) == told_by(none));
  for (const auto* version : {"1", "newest", "99"}) CHECK(told_by(served.get(kCharter + version, {"U1", "client"})) == told_by(none));
}

TEST_CASE("events are told as the command line tells them, to each what is theirs", "[server][views][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "auditor", "", "", std::nullopt, "audits"});

  for (const auto& as : {kAdmin, kOfficer, As{"U1", "client"}, As{"C1", "coach"}, As{"U3", "auditor"}}) {
    CAPTURE(as.name, as.role);
    const auto told = events_told(served, as, {});
    const auto answer = served.get("/v1/history", as, "limit=1000");
    REQUIRE(answer.status == 200);
    CHECK(holds(answer, "\"events\":" + told));
    CHECK_FALSE(items(answer, "events").empty());
    CHECK(newest_look(served).verb == "history");
    CHECK_FALSE(newest_look(served).denied);
  }
  const auto audited = served.get("/v1/history", {"U3", "auditor"}, "limit=1000");
  CHECK(holds(audited, "\"commitments\":[{\"field\":"));
  CHECK_FALSE(holds(audited, "Name of U1"));
  const auto own = served.get("/v1/history", {"U2", "client"});
  for (const auto& stranger : {served.id_of("U1").value, std::string("pairing/P1"), std::string("application/A1")}) CHECK_FALSE(holds(own, stranger));
}

TEST_CASE("the filters of history are those of the command line", "[server][views]") {
  ServedLedger served;
  HistoryQuestion pairing, accepted, since, chained;
  pairing.subject = "P1";
  accepted.kinds = {"PairingAccepted", "SeatGranted"};
  since.happened_since = "2024-03-01";
  since.reverse = true;
  chained.chain = served.events({}).back().envelope.position.value;

  for (const auto& [query, question] : {std::pair{std::string("subject=P1"), pairing},
                                        {"kind=PairingAccepted,SeatGranted", accepted},
                                        {"happened-since=2024-03-01&sort=-position", since},
                                        {"chain=" + std::to_string(*chained.chain), chained}}) {
    CAPTURE(query);
    const auto answer = served.get("/v1/history", kAdmin, query);
    CHECK(holds(answer, "\"events\":" + events_told(served, kAdmin, question)));
    CHECK_FALSE(items(answer, "events").empty());
  }
}

TEST_CASE("events are found by marks for whoever may be told of all of them, and for nobody else", "[server][views][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "auditor", "", "", std::nullopt, "audits"});
  served.run(GrantRole{"U2", "administrator", "iom-coaching", "", std::nullopt, "of one programme"});
  const auto finds_by_marks = [&](const As& as) {
    const auto inquiry = asked(served, as);
    inquiry->marks = &served.live->marks();
    const bool finds = inquiry->marks_to_find_by() != nullptr;
    CHECK_FALSE(inquiry->desk->looked());
    return finds;
  };

  CHECK(finds_by_marks(kAdmin));
  for (const auto& as :
       {kOfficer, As{"U1", "client"}, As{"C1", "coach"}, As{"U3", "auditor"}, As{"U2", "administrator"}, As{"U3", "administrator"}}) {
    CAPTURE(as.name, as.role);
    CHECK_FALSE(finds_by_marks(as));
  }
  served.run(GrantRole{"C1", "administrator", "", "", std::nullopt, "of everything but the case of their client"});
  CHECK(asked(served, As{"C1", "administrator"})->may_ask());
  CHECK_FALSE(finds_by_marks(As{"C1", "administrator"}));
}

TEST_CASE("pages of history have each event once and in order, whatever is recorded meanwhile", "[server][views]") {
  ServedLedger served;
  const std::string sort = GENERATE("position", "-position"), filter = GENERATE("", "&subject=P1", "&kind=StaffRecorded,CoachRecorded");
  const auto whole = items(served.get("/v1/history", kAdmin, "limit=1000&sort=" + sort + filter), "events");
  REQUIRE(whole.size() > 2);

  const auto paged = walk(served, "/v1/history", "limit=2&sort=" + sort + filter, kAdmin, "events",
                          [&](int page) { served.run(RecordStaff{staff_of("W" + std::to_string(page))}); });

  CHECK(paged == whole);
}

TEST_CASE("a cursor of history is good for its filters alone", "[server][views]") {
  ServedLedger served;
  const auto query = next_of(served.get("/v1/history", kAdmin, "limit=1&subject=P1")).second;
  REQUIRE_FALSE(query.empty());
  auto other = query;
  other.replace(other.find("P1"), 2, "A1");

  CHECK(served.get("/v1/history", kAdmin, query).status == 200);
  CHECK(problem_in(served.get("/v1/history", kAdmin, other)) == "cursor");
  CHECK(problem_in(served.get("/v1/access-log", kOfficer, query.substr(query.find("cursor=")))) == "cursor");
  CHECK(problem_in(served.get("/v1/history", kAdmin, query + "&sort=-position")) == "wrong-parameter");
}

TEST_CASE("events that may not be told of are as if they were not there, by whatever they are asked for", "[server][views][S0-06]") {
  ServedLedger served;
  const As client{"U2", "client"};
  const auto nothing = told_by(served.get("/v1/history", client, "subject=A9"));
  const auto of_pairing = served.events({});
  const auto pairing = std::find_if(of_pairing.begin(), of_pairing.end(), [](const Event& event) { return event.envelope.stream == "pairing/P1"; });
  REQUIRE(pairing != of_pairing.end());
  const auto at = std::to_string(pairing->envelope.position.value);

  for (const auto& query : {std::string("subject=A1"), "subject=" + served.id_of("U1").value, std::string("subject=U1"),
                            std::string("stream=pairing/P1"), "position=" + at, "chain=" + at, "position=" + std::to_string(served.end() + 9),
                            std::string("chain=999999"), "actor=" + served.id_of("C1").value, std::string("actor=nobody")}) {
    CAPTURE(query);
    CHECK(told_by(served.get("/v1/history", client, query)) == nothing);
    CHECK(newest_look(served).denied);
  }
}

TEST_CASE("nobody's events are found by a staff number in an address", "[server][views][S0-06]") {
  ServedLedger served;

  CHECK_FALSE(items(served.get("/v1/history", kAdmin, "subject=" + served.id_of("U1").value), "events").empty());
  for (const auto* query : {"subject=U1", "actor=admin"}) CHECK(items(served.get("/v1/history", kAdmin, query), "events").empty());
  served.get("/v1/roles");
  CHECK_FALSE(items(served.get("/v1/access-log", kOfficer), "rows").empty());
  for (const auto* query : {"about=U1", "by=test@host"}) CHECK(items(served.get("/v1/access-log", kOfficer, query), "rows").empty());
}

TEST_CASE("by staff numbers in a body the books are asked as by ids in an address, and with the same look", "[server][views][S0-06]") {
  ServedLedger served;
  served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const auto id = served.id_of("U1").value;
  struct Both {
    std::string path, query, body;
    As as;
    std::string name;
  };

  for (const auto& [path, query, body, as, name] :
       {Both{"/v1/history", "subject=" + id, R"({"subject": "U1"})", kAdmin, "events"},
        {"/v1/history", "subject=P1", R"({"subject": "P1"})", kAdmin, "events"},
        {"/v1/history", "subject=P1&actor=" + served.id_of("C1").value, R"({"subject": "P1", "actor": "C1"})", kAdmin, "events"},
        {"/v1/history", "subject=" + id, R"({"subject": "U1"})", {"U1", "client"}, "events"},
        {"/v1/history", "subject=" + id, R"({"subject": "U1"})", kOfficer, "events"},
        {"/v1/history", "subject=" + id, R"({"subject": "U1"})", {"U2", "client"}, "events"},
        {"/v1/access-log", "about=" + id, R"({"about": "U1"})", {"U2", "client"}, "rows"},
        {"/v1/access-log", "about=" + id, R"({"about": "U1"})", {"U1", "client"}, "rows"},
        {"/v1/access-log", "about=" + id, R"({"about": "U1"})", kOfficer, "rows"}}) {
    CAPTURE(path, body, as.role);
    const auto by_id = served.get(path, as, query);
    const auto wanted = newest_look(served);
    const auto by_name = served.post(path, body, as);
    const auto found = newest_look(served);
    const auto ids = items(by_id, name);
    auto names = items(by_name, name);
    names.resize(std::min(names.size(), ids.size()));  // in the access book stands the first question, too
    CHECK(by_name.status == by_id.status);
    CHECK(names == ids);
    CHECK(found.verb == wanted.verb);
    CHECK(found.denied == wanted.denied);
    CHECK(found.subjects == wanted.subjects);
  }
}

TEST_CASE("a compliance officer, who may find nobody, asks who looked at somebody by the staff number", "[server][views][S0-06]") {
  ServedLedger served;
  served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  REQUIRE(items(served.post("/v1/find", R"({"words": ["u1"]})", kOfficer), "rows").empty());

  const auto told = served.post("/v1/access-log", R"({"about": "U1"})", kOfficer);

  REQUIRE(items(told, "rows").size() == 2);  // at the seats, and in vain by the words
  CHECK(holds(told, served.id_of("U1").value));
  CHECK(newest_look(served).verb == "access-log");
  CHECK_FALSE(newest_look(served).denied);
  CHECK(items(served.post("/v1/access-log", R"({"about": "X9"})", kOfficer), "rows").empty());
  CHECK_FALSE(items(served.post("/v1/access-log", R"({"about": "U1", "by": "test@host"})", kOfficer), "rows").empty());
  CHECK(items(served.post("/v1/access-log", R"({"about": "U1", "by": "U2"})", kOfficer), "rows").empty());
}

TEST_CASE("further pages of a question by staff number are asked for by id", "[server][views]") {
  ServedLedger served;
  for (int i = 0; i < 3; ++i) served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const auto rest = [&](const Response& first, const As& as, const std::string& name) {
    const auto [path, query] = next_of(first);
    CHECK(query.find("=U1") == std::string::npos);
    auto all = items(first, name);
    for (auto& item : walk(served, path, query, as, name)) all.push_back(std::move(item));
    return all;
  };
  const auto id = served.id_of("U1").value;
  const auto events = items(served.get("/v1/history", kAdmin, "subject=" + id), "events");
  const auto looks = items(served.get("/v1/access-log", kOfficer, "about=" + id), "rows");
  const auto ask_one = [&](const std::string& path, const std::string& body, const As& as) {
    Request request;
    request.method = Method::kPost;
    request.path = path;
    request.query = "limit=1";
    request.body = body;
    request.fields = {
        {"content-type", "application/json"}, {"origin", "http://localhost"}, {"sec-fetch-site", "same-origin"}, {"daybook-console", "1"}};
    return served.ask(std::move(request), as);
  };
  REQUIRE(events.size() > 2);
  REQUIRE(looks.size() > 2);

  CHECK(rest(ask_one("/v1/history", R"({"subject": "U1"})", kAdmin), kAdmin, "events") == events);
  auto walked = rest(ask_one("/v1/access-log", R"({"about": "U1"})", kOfficer), kOfficer, "rows");
  walked.resize(looks.size());  // the readings of the events, and of these looks, are looks at U1 too
  CHECK(walked == looks);
}

TEST_CASE("a question by names has a body of texts by the names that it knows", "[server][views]") {
  ServedLedger served;
  const std::string path = GENERATE("/v1/history", "/v1/access-log");

  for (const auto* body : {"", "[]", "{", R"({"canary": "U1"})", R"({"subject": 1, "about": 1})", R"({"subject": "", "about": ""})",
                           R"({"by": ["U1"], "actor": ["U1"]})", R"({"about": "U1", "subject": "U1"})"}) {
    CAPTURE(body);
    const auto answer = served.post(path, body);
    CHECK(problem_in(answer) == "malformed-body");
    CHECK_FALSE(holds(answer, "canary"));
  }
  CHECK(served.looks().empty());
  CHECK(problem_in(served.post(path, "{}", kNobody)) == "sign-in-wanted");
  CHECK(problem_in(served.post(path, "{}", {"test@host"})) == "role-wanted");
  CHECK(served.post(path, "{}").status == 200);
}

TEST_CASE("what is wrong with a question to the books is said, without repeating it", "[server][views]") {
  ServedLedger served;
  const auto [path, query, detail] = GENERATE(table<std::string, std::string, std::string>({
      {"/v1/history", "kind=canary", "kind: want a kind of ledger/EVENTS.md"},
      {"/v1/history", "since=canary", "since: want a day"},
      {"/v1/history", "happened-until=canary", "happened-until: want a day"},
      {"/v1/history", "position=canary", "position: want N, FROM-TO"},
      {"/v1/history", "correlation=canary", "correlation: want 32 hex digits"},
      {"/v1/history", "chain=canary", "chain: want a position"},
      {"/v1/history", "sort=canary", "sort: want position, or -position"},
      {"/v1/history", "limit=1001", "limit: want a whole number from 1 to 1000"},
      {"/v1/access-log", "until=canary", "until: want a day"},
      {"/v1/access-log", "canary=1", "found a parameter that is none of"},
      {"/v1/roles", "sort=canary", "sort: want one of position, person"},
  }));

  const auto answer = served.get(path, kAdmin, query);

  CHECK(answer.status == 400);
  CHECK(member(answer, "detail").find(detail) != std::string::npos);
  CHECK_FALSE(holds(answer, "canary"));
}

TEST_CASE("who looked is told to a compliance officer, and reading it is a look too", "[server][views][S0-06]") {
  ServedLedger served;
  served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const auto officer = asked(served, kOfficer);
  const auto table = looks(served.book->log(), served.book->vault(), {}, *officer->desk).value();

  const auto answer = served.get("/v1/access-log", kOfficer);

  REQUIRE(answer.status == 200);
  REQUIRE(table.rows.size() == 1);
  CHECK(holds(answer, "\"rows\":" + rows_json(table, 0, 1)));
  CHECK(holds(answer, R"("actor_name":"test@host")"));
  CHECK(holds(answer, served.id_of("U1").value));
  CHECK(newest_look(served).verb == "access-log");
  CHECK(member(answer, "looks") == "[" + std::to_string(served.looks().back().envelope.position.value) + "]");
  CHECK(items(served.get("/v1/access-log", kOfficer), "rows").size() == 2);
}

TEST_CASE("a person is told when and why they were looked at, not by whom; and nothing of others", "[server][views][S0-06]") {
  ServedLedger served;
  served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const As client{"U1", "client"};

  const auto own = served.get("/v1/access-log", client);
  const auto none = told_by(served.get("/v1/access-log", client, "about=nobody"));

  REQUIRE(items(own, "rows").size() == 1);
  CHECK(holds(own, R"("actor":"","actor_name":"","role":"administrator")"));
  CHECK_FALSE(holds(own, served.id_of("U2").value));
  CHECK(told_by(served.get("/v1/access-log", client, "about=" + served.id_of("U2").value)) == none);
  CHECK(told_by(served.get("/v1/access-log", kAdmin, "about=" + served.id_of("U2").value)) == none);
  CHECK(newest_look(served).denied);
}

TEST_CASE("a walk through the access book ends, and has each look once and in order", "[server][views][S0-06]") {
  ServedLedger served;
  for (int i = 0; i < 4; ++i) served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const auto whole = items(served.get("/v1/access-log", kOfficer), "rows");
  REQUIRE(whole.size() == 4);

  auto walked = walk(served, "/v1/access-log", "limit=1", kOfficer, "rows");

  REQUIRE(walked.size() == 5);  // with the reading of the whole
  walked.pop_back();
  CHECK(walked == whole);
}

TEST_CASE("everything that is held of a person is theirs to have", "[server][views][C3]") {
  ServedLedger served;
  served.get("/v1/programmes/iom-coaching/cycles/2024/seats");
  const As client{"U1", "client"};
  const auto id = served.id_of("U1");
  const auto cards = daybook::export_of(*asked(served, client), id, Position{served.end()}, served.book->log(), served.book->vault()).value();

  const auto answer = served.get(export_of(id.value), client);

  REQUIRE(answer.status == 200);
  CHECK(holds(answer, "\"cards\":" + cards_json(cards)));
  CHECK(holds(answer, "Name of U1"));
  CHECK(holds(answer, "who looked at it"));
  CHECK(newest_look(served).verb == "rights export");
  CHECK(newest_look(served).subjects == std::vector{id.value});
}

TEST_CASE("an export is for the person and whoever carries out their request, and for nobody else there", "[server][views][C3]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "data-protection-officer", "", "", std::nullopt, "carries out requests"});
  const auto id = served.id_of("U1").value;
  const auto nobody = told_by(served.get(export_of("nobody"), {"U2", "client"}));

  for (const auto& as : {As{"U2", "client"}, As{"C1", "coach"}, kAdmin, kOfficer}) {
    CAPTURE(as.name, as.role);
    CHECK(told_by(served.get(export_of(id), as)) == nobody);
    CHECK(newest_look(served).denied);
  }
  CHECK(told_by(served.get(export_of("U1"), {"U1", "client"})) == nobody);
  const auto carried_out = served.get(export_of(id), {"U3", "data-protection-officer"});
  CHECK(carried_out.status == 200);
  CHECK(holds(carried_out, "Name of U1"));
  CHECK_FALSE(holds(carried_out, "head-of-office"));  // the personnel record stays sealed to that officer
}

TEST_CASE("a copy of what is held of somebody is a look, also where no value of it is shown and nobody looked before", "[server][views][C3]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "data-protection-officer", "", "", std::nullopt, "carries out requests"});
  const auto id = served.id_of("U2").value;

  const auto answer = served.get(export_of(id), {"U3", "data-protection-officer"});

  REQUIRE(answer.status == 200);
  REQUIRE(served.looks().size() == 1);
  CHECK(newest_look(served).subjects == std::vector{id});
  CHECK_FALSE(newest_look(served).denied);
}

TEST_CASE("an export wants a fresh sign-in, of whomever it is", "[server][views][C3]") {
  ServedLedger served;
  const As client{"U1", "client"};
  served.cookie_of("U1");
  served.home.clock.pass(std::chrono::minutes(11));

  const auto own = served.get(export_of(served.id_of("U1").value), client), of_nobody = served.get(export_of("nobody"), client);

  CHECK(problem_in(own) == "fresh-sign-in-wanted");
  CHECK(own.status == 401);
  CHECK(told_by(own) == told_by(of_nobody));
  CHECK(served.looks().empty());
  CHECK(served.get("/v1/history", client).status == 200);
}

TEST_CASE("what is too large for an answer is not told, and the attempt is written down", "[server][views]") {
  ServedLedger served;
  const ViewParts parts{*served.ledger, *served.live, served.look_book, served.callers, served.table, served.cursors, served.home.clock, served.log};
  const auto draft = [](const Inquiry&) -> Result<Draft> {
    Draft too_large;
    too_large.told = false;
    too_large.problem = "answer-too-large";
    return too_large;
  };
  served.router.add({Method::kGet, "/v1/large", {}, {}, [&](const Request& request, const Found&) {
                       const auto caller = parts.callers.of(request);
                       return answer_view(parts, request, std::get<Caller>(caller), {.verb = "rights export", .draft = draft});
                     }});

  const auto answer = served.get("/v1/large");

  CHECK(answer.status == 422);
  CHECK(problem_in(answer) == "answer-too-large");
  CHECK(newest_look(served).denied);
}

TEST_CASE("with the access book closed the books tell nothing confidential", "[server][views][S0-06]") {
  ServedLedger served;
  const auto id = served.id_of("U1").value;
  REQUIRE(served.get("/v1/roles").status == 200);
  served.home.clock.wall -= std::chrono::minutes(10);  // no look may stand before the newest

  for (const auto& [path, as] : {std::pair{std::string("/v1/roles"), kAdmin},
                                 {"/v1/proposals", kAdmin},
                                 {"/v1/history", kAdmin},
                                 {"/v1/access-log", kOfficer},
                                 {export_of(id), As{"U1", "client"}},
                                 {export_of("nobody"), As{"U1", "client"}}}) {
    CAPTURE(path);
    const auto answer = served.get(path, as);
    CHECK(problem_in(answer) == "access-book");
    CHECK(answer.status == 503);
    CHECK_FALSE(holds(answer, "Name of"));
    CHECK_FALSE(holds(answer, id));
  }
  CHECK(served.get(kCharter + "1").status == 200);
  CHECK(served.looks().size() == 1);
}

TEST_CASE("an answer of the books is of the position that is wanted or later", "[server][views]") {
  ServedLedger served;

  for (const auto* path : {"/v1/roles", "/v1/history", "/v1/access-log"}) {
    CHECK(served.get(path, kOfficer, "", {{"daybook-after", std::to_string(served.end())}}).status == 200);
    CHECK(problem_in(served.get(path, kOfficer, "", {{"daybook-after", std::to_string(served.end() + 1)}})) == "behind");
  }
  CHECK(items(served.get("/v1/history", kAdmin, "at=3"), "events").size() <= 3);
}

}  // namespace daybook::test
