// How a service is asked: with what, how often, and what a failure is called.
#include "tools/remote.h"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <fstream>

#include "tests/support/test_ledger.h"
#include "tools/remote_names.h"

namespace daybook::test {
namespace {

using std::chrono::milliseconds;

Error lost() { return {Fault::kStorage, "the line broke"}; }
Error nobody_there() { return {Fault::kBusy, "refused"}; }

WireAnswer answer(unsigned status, std::string body, std::vector<std::pair<std::string, std::string>> fields = {}) {
  return {status, std::move(fields), std::move(body)};
}
WireAnswer recorded() { return answer(200, R"({"outcome":"recorded","first":57,"end":58,"position":58,"flags":"","proposed":false})"); }
WireAnswer problem_of_status(unsigned status, const std::string& name, std::vector<std::pair<std::string, std::string>> fields = {}) {
  return answer(status, R"({"type":"/problems/)" + name + R"(","title":"A title","status":)" + std::to_string(status) + R"(,"trace":"t"})",
                std::move(fields));
}

// A service that answers what it was told to, in order.
struct Scripted {
  explicit Scripted(std::deque<Result<WireAnswer>> answers) : left(std::move(answers)) {
    settings.server = "https://ledger.example";
    settings.role = "administrator";
    settings.purpose = "a test";
  }
  Remote& remote() {
    if (!made) {
      const auto wire = [this](const WireRequest& request) -> Result<WireAnswer> {
        asked.push_back(request);
        if (left.empty()) return nobody_there();
        auto next = left.front();
        left.pop_front();
        return next;
      };
      made = std::make_unique<Remote>(settings, read_server_address(settings.server).value(), wire, Remembered(folder.path("state")),
                                      [this](milliseconds time) { rests.push_back(time); });
      REQUIRE(made->read_credentials().has_value());
    }
    return *made;
  }
  std::string field(size_t request, const std::string& name) const {
    for (const auto& [found, value] : asked[request].fields) {
      if (found == name) return value;
    }
    return {};
  }

  std::deque<Result<WireAnswer>> left;
  Settings settings;
  TempFolder folder;
  std::vector<WireRequest> asked;
  std::vector<milliseconds> rests;
  std::unique_ptr<Remote> made;
};

void write_file(const std::string& path, const std::string& text, unsigned mode) {
  std::ofstream(path) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("a command whose answer was lost is sent again with the same key", "[tools][remote]") {
  Scripted service({lost(), nobody_there(), recorded()});

  const auto done = service.remote().command("end-pairing", {{"ref", "P1"}, {"reason", "fit"}});

  REQUIRE(done.has_value());
  REQUIRE(service.asked.size() == 3);
  CHECK(service.asked[0].to.target == "/v1/commands/end-pairing");
  CHECK(service.asked[0].body == R"({"ref":"P1","reason":"fit"})");
  CHECK(service.field(0, "idempotency-key").size() == 34);
  CHECK(service.field(2, "idempotency-key") == service.field(0, "idempotency-key"));
}

TEST_CASE("two commands have two keys, and a key that was given is the one", "[tools][remote]") {
  Scripted one({recorded()}), other({recorded()}), given({recorded()});
  given.settings.key = "a \"key\"";

  for (auto* service : {&one, &other, &given}) REQUIRE(service->remote().command("end-pairing", {}).has_value());

  CHECK(one.field(0, "idempotency-key") != other.field(0, "idempotency-key"));
  CHECK(given.field(0, "idempotency-key") == R"("a \"key\"")");
}

TEST_CASE("where the outcome stays unknown the error says by which key the command is sent again", "[tools][remote]") {
  Scripted service({lost(), lost(), lost(), lost(), recorded()});
  service.settings.key = "k1";

  const auto done = service.remote().command("end-pairing", {});

  REQUIRE(done.has_error());
  CHECK(done.error().fault == Fault::kStorage);
  CHECK(done.error().message.find("--idempotency-key k1") != std::string::npos);
  CHECK(service.asked.size() == 4);
}

TEST_CASE("nobody there at the first try is said at once", "[tools][remote]") {
  Scripted service({nobody_there(), recorded()});

  const auto found = service.remote().ask({.path = "/v1/programmes"});

  REQUIRE(found.has_error());
  CHECK(service.asked.size() == 1);
  CHECK(service.rests.empty());
}

TEST_CASE("a busy service is asked again after as long as it says, and not for ever", "[tools][remote]") {
  const auto busy = [] { return problem_of_status(503, "busy", {{"retry-after", "3"}}); };
  Scripted service({busy(), busy(), answer(200, "{}")}), endless({busy(), busy(), busy(), busy(), busy(), busy(), busy(), busy(), busy()});

  CHECK(service.remote().want_object({.path = "/v1/programmes"}).has_value());
  const auto given_up = endless.remote().want({.path = "/v1/programmes"});

  CHECK(service.rests == std::vector{milliseconds(3000), milliseconds(3000)});
  REQUIRE(given_up.has_error());
  CHECK(given_up.error().fault == Fault::kBusy);
  CHECK(endless.asked.size() == 7);
}

TEST_CASE("a record that does not reach the position that was told is waited for a little, and then named", "[tools][remote]") {
  std::deque<Result<WireAnswer>> answers(20, problem_of_status(503, "behind", {{"retry-after", "1"}}));
  Scripted service(std::move(answers));

  const auto found = service.remote().want({.path = "/v1/programmes"});

  REQUIRE(found.has_error());
  CHECK(found.error().fault == Fault::kBusy);
  CHECK(found.error().message.find("has lost events") != std::string::npos);
  CHECK(service.asked.size() == 6);
}

TEST_CASE("what may be asked once only is not asked again", "[tools][remote]") {
  Scripted service({lost(), answer(204, "")});

  CHECK(service.remote().ask({.path = "/v1/sign-in/demo", .body = "{}", .method = "POST", .confidential = false, .once = true}).has_error());
  CHECK(service.asked.size() == 1);
}

TEST_CASE("the newest position that was told goes along, from call to call", "[tools][remote]") {
  Scripted service({answer(200, R"({"position":57})"), answer(200, R"({"position":40})"), answer(200, "{}")});
  REQUIRE(service.remote().want_object({.path = "/v1/programmes"}).has_value());
  REQUIRE(service.remote().want_object({.path = "/v1/programmes"}).has_value());
  service.made.reset();

  REQUIRE(service.remote().want_object({.path = "/v1/programmes"}).has_value());

  CHECK(service.field(0, "daybook-after").empty());
  CHECK(service.field(1, "daybook-after") == "57");
  CHECK(service.field(2, "daybook-after") == "57");
}

TEST_CASE("role and purpose go along as fields, and without them nothing confidential is asked", "[tools][remote][S0-06]") {
  Scripted service({answer(200, "{}"), answer(200, "{}")}), silent({answer(200, "{}")});
  silent.settings.purpose.clear();

  REQUIRE(service.remote().want_object({.path = "/v1/things/P1"}).has_value());
  const auto refused = silent.remote().want_object({.path = "/v1/things/P1"});

  CHECK(service.field(0, "daybook-role") == "administrator");
  CHECK(service.field(0, "daybook-purpose") == "a test");
  REQUIRE(refused.has_error());
  CHECK(refused.error().fault == Fault::kRejected);
  CHECK(silent.asked.empty());
}

TEST_CASE("a session goes along as a page of the service's own sends it, a token as a token", "[tools][remote]") {
  Scripted with_session({recorded()}), with_token({recorded()});
  const Remembered kept(with_session.folder.path("state"));
  REQUIRE(kept.keep(kSessionFile, "__Host-daybook=abc").has_value());
  with_token.settings.token_file = with_token.folder.path("token");
  write_file(with_token.settings.token_file, "a.b.c\n", 0600);

  REQUIRE(with_session.remote().command("end-pairing", {}).has_value());
  REQUIRE(with_token.remote().command("end-pairing", {}).has_value());

  CHECK(with_session.field(0, "cookie") == "__Host-daybook=abc");
  CHECK(with_session.field(0, "origin") == "https://ledger.example");
  CHECK_FALSE(with_session.field(0, "daybook-console").empty());
  CHECK(with_session.field(0, "authorization").empty());
  CHECK(with_token.field(0, "authorization") == "Bearer a.b.c");
  CHECK(with_token.field(0, "cookie").empty());
}

TEST_CASE("each kind of no has the fault that its exit status goes by", "[tools][remote]") {
  Scripted service({});
  const auto fault = [&](unsigned status, const char* name) { return service.remote().error_of(problem_of_status(status, name)).fault; };

  CHECK(fault(404, "not-found") == Fault::kNotFound);
  CHECK(fault(403, "role-not-held") == Fault::kNotFound);
  CHECK(fault(400, "past-the-end") == Fault::kNotFound);
  CHECK(fault(400, "wrong-parameter") == Fault::kRejected);
  CHECK(fault(401, "sign-in-wanted") == Fault::kRejected);
  CHECK(fault(500, "damaged") == Fault::kCorrupt);
  CHECK(fault(503, "storage") == Fault::kStorage);
  CHECK(fault(503, "busy") == Fault::kBusy);
  CHECK(fault(507, "full") == Fault::kFull);
  CHECK(service.remote().error_of(answer(200, "<html>")).fault == Fault::kBusy);
  CHECK(service.remote().error_of(answer(404, "not here")).fault == Fault::kBusy);
}

TEST_CASE("a rule that said no is an answer, not an error", "[tools][remote]") {
  Scripted service(
      {answer(409, R"({"type":"/problems/refused","title":"t","rule":"not-active","saw":"ended","wants":"an active one","because":7})")});

  const auto done = service.remote().command("end-pairing", {});

  REQUIRE(done.has_value());
  const auto& refusal = std::get<Refusal>(done.value());
  CHECK(refusal.rule == "not-active");
  CHECK(refusal.because == Position{7});
}

TEST_CASE("pages are asked for until there is none, or as many as are wanted", "[tools][remote]") {
  const auto page = [](const char* body, const char* next) {
    return answer(200, body,
                  next ? std::vector<std::pair<std::string, std::string>>{{"link", std::string("<") + next + ">; rel=\"next\""}}
                       : std::vector<std::pair<std::string, std::string>>{});
  };
  Scripted all({page(R"({"rows":[1,2]})", "/v1/x?cursor=a"), page(R"({"rows":[3]})", nullptr)});
  Scripted some({page(R"({"rows":[1,2]})", "/v1/x?cursor=a"), page(R"({"rows":[3,4]})", nullptr)});
  Scripted astray({page(R"({"rows":[1]})", "https://elsewhere.example/")});

  const auto every = all.remote().want_pages({.path = "/v1/x"}, "rows");
  const auto three = some.remote().want_pages({.path = "/v1/x"}, "rows", 3);
  const auto one = astray.remote().want_pages({.path = "/v1/x"}, "rows");

  CHECK(every.value().items.size() == 3);
  CHECK_FALSE(every.value().more);
  CHECK(all.asked[1].to.target == "/v1/x?cursor=a");
  CHECK(three.value().items.size() == 3);
  CHECK(three.value().more);
  CHECK(one.value().items.size() == 1);
  CHECK(astray.asked.size() == 1);
}

TEST_CASE("a staff number becomes an id, also for whoever may be shown a person and may not search", "[tools][remote]") {
  const auto* person = "g8z6w7f97fqmba3tf4hm496x42";
  const auto found = answer(200, R"({"rows":[{"person":"g8z6w7f97fqmba3tf4hm496x42","staff_number":"U000148"}],"total":1})");
  const auto nobody = answer(200, R"({"rows":[],"total":0})");
  const auto card = answer(200, R"({"things":[{"title":"person g8z6w7f97fqmba3tf4hm496x42","sections":[]}]})");
  const auto other = answer(200, R"({"things":[{"title":"pairing P00017","sections":[]}]})");
  Scripted searches({found}), is_shown({nobody, card}), is_shown_another({nobody, other}),
      is_told_nothing({nobody, problem_of_status(404, "not-found")});

  const auto searched = person_named(searches.remote(), "U000148"), shown = person_named(is_shown.remote(), "U000148");
  const auto another = person_named(is_shown_another.remote(), "P00017"), nothing = person_named(is_told_nothing.remote(), "U000148");

  CHECK(searched.value() == person);
  CHECK(shown.value() == person);
  CHECK(is_shown.asked[1].to.target == "/v1/show");
  CHECK(another.error().fault == Fault::kNotFound);
  CHECK(nothing.error().fault == Fault::kNotFound);
  CHECK(person_named(searches.remote(), person).value() == person);
  CHECK(searches.asked.size() == 1);
}

TEST_CASE("a question goes by ids in its address, or by names in its body, and further pages as the service says", "[tools][remote]") {
  const std::string person = "g8z6w7f97fqmba3tf4hm496x42";
  Scripted service({answer(200, R"({"rows":[1]})", {{"link", "</v1/x?about=y&cursor=a>; rel=\"next\""}}), answer(200, R"({"rows":[2]})")});

  const auto by_id = question_about("/v1/x", {{"about", person}, {"by", ""}}, {{"since", "2024-01-01"}});
  const auto by_name = question_about("/v1/x", {{"about", "U000148"}, {"by", person}}, {{"since", "2024-01-01"}});
  const auto pages = service.remote().want_pages(by_name, "rows");

  CHECK(by_id.path == "/v1/x?since=2024-01-01&about=" + person);
  CHECK(by_id.method == "GET");
  CHECK(by_id.body.empty());
  CHECK(by_name.path == "/v1/x?since=2024-01-01");
  CHECK(pages.value().items.size() == 2);
  CHECK(service.asked[0].body == R"({"about":"U000148","by":")" + person + "\"}");
  CHECK(service.asked[0].method == "POST");
  CHECK(service.asked[1].method == "GET");
  CHECK(service.asked[1].body.empty());
  CHECK(service.asked[1].to.target == "/v1/x?about=y&cursor=a");
}

TEST_CASE("a report gets each staff number by the number of its row, also behind a row that is not in it", "[tools][remote]") {
  const std::string sheet = "staff_number,name\nU1,a\nU2,b\n\n-U3,\"c\nd\"\nU4,e\n", heading = "row,ref,outcome\r\n";

  CHECK(with_staff_numbers(heading + "1,,recorded\r\n3,,unchanged\r\n", sheet, false).value() == heading + "1,U1,recorded\r\n3,-U3,unchanged\r\n");
  CHECK(with_staff_numbers(heading + "3,,recorded\r\n", sheet, true).value() == heading + "3,\"'-U3\",recorded\r\n");
  CHECK(with_staff_numbers(heading + "4,,recorded\r\n9,,recorded\r\n", sheet, false).value() == heading + "4,U4,recorded\r\n9,,recorded\r\n");
}

TEST_CASE("what goes with a ledger of one's own is refused by name", "[tools][remote]") {
  Settings as, ledger, role, purpose;
  as.as = "M0001";
  ledger.ledger = "season";
  role.role = "administrator\r\ncookie: x";

  CHECK(want_remote_use(as).error().message.find("--as") == 0);
  CHECK(want_remote_use(ledger).error().message.find("--ledger") == 0);
  purpose.purpose = "pour l'évaluation";
  CHECK(want_remote_use(role).has_error());
  CHECK(want_remote_use(purpose).has_error());
  CHECK(want_remote_use(Settings{}).has_value());
}

TEST_CASE("an address is https, or http to this machine, and nothing beside host and port", "[tools][remote]") {
  CHECK(read_server_address("https://Ledger.Example").value().origin() == "https://ledger.example");
  CHECK(read_server_address("https://ledger.example:443/").value().authority() == "ledger.example");
  CHECK(read_server_address("http://127.0.0.1:8443").value().authority() == "127.0.0.1:8443");
  CHECK(read_server_address("http://[::1]:8443").value().authority() == "[::1]:8443");
  CHECK(read_server_address("http://localhost:8443").value().file_name() == "http_localhost_8443");
  for (const auto* text :
       {"", "ledger.example", "http://ledger.example", "http://10.0.0.1", "ftp://localhost", "https://", "https://a b", "https://user@host",
        "https://host:0", "https://host:99999", "https://host:", "https://host/path", "https://host/../x", "https://h\nx", "https://[::1"}) {
    CAPTURE(text);
    CHECK(read_server_address(text).has_error());
  }
  CHECK(escaped("a b/ä?&=") == "a%20b%2F%C3%A4%3F%26%3D");
  CHECK(query_of({{"at", ""}, {"sort", "-a"}, {"limit", "5"}}) == "?sort=-a&limit=5");
  CHECK(query_of({}).empty());
}

}  // namespace daybook::test
