// Signing in with a browser through a provider, over the routes: the provider is a fake behind the function that fetches.
#include "server/code_flow_routes.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <map>

#include "server/command_routes.h"
#include "server/identity/demo_codes.h"
#include "server/query.h"
#include "server/session_routes.h"
#include "server/sign_in_routes.h"
#include "server/view_routes.h"
#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

using boost::json::array;
using boost::json::object;
using namespace std::chrono_literals;

const std::string kIssuer = "https://login.example.org", kOrigin = "https://daybook.example.org";
const std::string kDocumentUrl = kIssuer + "/.well-known/openid-configuration", kTokenUrl = kIssuer + "/token", kKeysUrl = kIssuer + "/keys";
const std::string kCallback(kCallbackPath), kBackChannel = "/v1/sign-in/back-channel-logout";

std::string document(bool signs_out = true) {
  object document{
      {"issuer", kIssuer},    {"authorization_endpoint", kIssuer + "/authorize"}, {"token_endpoint", kTokenUrl},
      {"jwks_uri", kKeysUrl}, {"response_types_supported", array{"code"}},        {"id_token_signing_alg_values_supported", array{"ES256"}}};
  if (signs_out) document["end_session_endpoint"] = kIssuer + "/end";
  return boost::json::serialize(document);
}

Client client() {
  Client client;
  client.id = "console";
  client.secret = "a secret";
  client.redirect = read_url(kOrigin + kCallback).value();
  client.after_sign_out = read_url(kOrigin + "/").value();
  client.algorithms = {Algorithm::kEs256};
  client.person_claim = "staff_number";
  return client;
}

// The service with a provider, as it is for browsers over TLS.
struct WithProvider {
  explicit WithProvider(std::string origin = kOrigin) : callers(served.people, nullptr, served.sessions, std::move(origin), served.log) {
    network.serve(kDocumentUrl, document());
    network.serve(kKeysUrl, key_set_text({&es_key()}));
    const auto& clock = served.home.clock;
    add_sign_in_routes(router, {callers, served.sessions, nullptr, clock, served.log, &provider});
    add_code_flow_routes(router, {callers, served.sessions, provider, served.log});
    add_session_routes(router, {callers, *served.live, clock}, {});
    add_view_routes(router, {*served.ledger, *served.live, served.look_book, callers, served.table, served.cursors, clock, served.log});
    add_command_routes(router, {*served.ledger, *served.live, callers, served.table, clock, served.log, *served.book, served.erasures});
  }

  int64_t now() const { return std::chrono::floor<std::chrono::seconds>(served.home.clock.now()).time_since_epoch().count(); }
  // What the provider gives for the next code.
  void give(object claims, unsigned status = 200) {
    const auto id_token = token_of({{"alg", "ES256"}, {"kid", es_key().kid()}}, claims, es_key());
    network.serve(kTokenUrl, boost::json::serialize(object{{"access_token", "at"}, {"token_type", "Bearer"}, {"id_token", id_token}}), status);
  }
  object claims(const std::string& nonce, const std::string& subject = "user-1", const std::string& sid = "s-1") const {
    return {{"iss", kIssuer},    {"aud", "console"}, {"sub", subject},     {"sid", sid},          {"iat", now()},
            {"exp", now() + 60}, {"nonce", nonce},   {"auth_time", now()}, {"staff_number", "U1"}};
  }
  std::string logout_token(const object& more, const SigningKey& key = es_key()) const {
    object claims{{"iss", kIssuer}, {"aud", "console"}, {"iat", now()}, {"exp", now() + 60}, {"jti", "1"}};
    claims["events"] = object{{"http://schemas.openid.net/event/backchannel-logout", object{}}};
    for (const auto& one : more) claims[one.key()] = one.value();
    return token_of({{"alg", "ES256"}, {"typ", "logout+jwt"}, {"kid", es_key().kid()}}, claims, key);
  }
  size_t tokens_asked() const {
    size_t count = 0;
    for (const auto& request : network.asked()) count += request.url.text() == kTokenUrl ? 1 : 0;
    return count;
  }

  ServedLedger served;
  FakeNetwork network;
  SeededRandomness randomness{8};
  Issuer issuer{kIssuer, network.fetch(), served.home.clock};
  ProviderSignIn provider{issuer, client(), network.fetch(), served.home.clock, randomness};
  Callers callers;
  Router router;
  Metrics metrics;
  Service service{"public", router, metrics, served.log};
};

// A parameter of an address that a browser is sent to.
std::string parameter_in(const std::string& url, std::string_view name) {
  return std::string(parameter_of(read_form(url.substr(url.find('?') + 1), 8192).value(), name));
}

// With a jar of cookies, which it sends and changes as it is told.
class Browser {
 public:
  explicit Browser(WithProvider& with) : with_(with) {}

  Response go(std::string path, std::string query = "", std::vector<HeaderField> fields = {}) {
    Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    request.fields = std::move(fields);
    return ask(std::move(request));
  }
  Response post(std::string path, std::string body, std::vector<HeaderField> fields) {
    Request request;
    request.method = Method::kPost;
    request.path = std::move(path);
    request.body = std::move(body);
    request.fields = std::move(fields);
    return ask(std::move(request));
  }
  // As a script of the console does.
  Response post(std::string path, std::string body = "") {
    return post(std::move(path), std::move(body),
                {{"content-type", "application/json"},
                 {"origin", kOrigin},
                 {"daybook-console", "1"},
                 {"idempotency-key", "\"1\""},
                 {"daybook-role", "administrator"},
                 {"daybook-purpose", "a test"}});
  }

  // Leaves for the provider, who signs them in; then what they come back to.
  Response sign_in(const std::string& subject = "user-1", const std::string& sid = "s-1") {
    const auto left = go("/v1/sign-in");
    with_.give(with_.claims(sent(left, "nonce"), subject, sid));
    return go(kCallback, "code=c&state=" + sent(left, "state"));
  }
  bool signed_in() { return go("/v1/session").status == 200; }

  // A parameter of the address that it was sent to.
  static std::string sent(const Response& response, std::string_view name) { return parameter_in(std::string(field_of(response, "location")), name); }

  std::map<std::string, std::string> jar;

 private:
  Response ask(Request request) {
    std::string cookies;
    for (const auto& [name, value] : jar) cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
    if (!cookies.empty()) request.fields.push_back({"cookie", cookies});
    request.fields.push_back({"host", "daybook.example.org"});
    request.peer = {"192.0.2.1", true};
    auto response = with_.service.handle(request);
    for (const auto& field : response.fields) {
      if (field.name == "set-cookie") keep(field.value);
    }
    return response;
  }
  void keep(const std::string& set) {
    const auto equals = set.find('='), end = set.find(';');
    const auto name = set.substr(0, equals);
    jar[name] = set.substr(equals + 1, end - equals - 1);
    if (set.find("Max-Age=0") != std::string::npos) jar.erase(name);
  }
  WithProvider& with_;
};

const std::string kSessionCookie = "__Host-daybook", kSignInCookie = "__Host-daybook-sign-in";

}  // namespace

TEST_CASE("a browser is sent to the provider, comes back with a code, and is signed in", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);

  const auto left = browser.go("/v1/sign-in", "return=/cycles");
  with.give(with.claims(Browser::sent(left, "nonce")));
  const auto back = browser.go(kCallback, "code=the-code&session_state=x&state=" + Browser::sent(left, "state"));
  const auto session = browser.go("/v1/session");

  CHECK(left.status == 303);
  CHECK(field_of(left, "location").starts_with(kIssuer + "/authorize?"));
  CHECK(Browser::sent(left, "redirect_uri") == kOrigin + kCallback);
  CHECK(Browser::sent(left, "code_challenge_method") == "S256");
  CHECK(field_of(left, "set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"));
  CHECK(back.status == 303);
  CHECK(field_of(back, "location") == "/cycles");
  CHECK(field_of(back, "referrer-policy") == "no-referrer");
  CHECK(field_of(back, "set-cookie").starts_with(kSessionCookie + "="));
  CHECK(browser.jar.size() == 1);
  REQUIRE(session.status == 200);
  CHECK(member(session, "person") == with.served.id_of("U1").value);
  CHECK(member(session, "roles") == R"(["client"])");
  const auto now = with.served.home.clock.now();
  CHECK(member(session, "signed_in_at") == to_text(now));
  CHECK(member(session, "until") == to_text(now + 12h));
  CHECK(member(session, "idle_until") == to_text(now + 30min));
  const auto view = browser.go("/v1/things/P1", "", {{"daybook-role", "client"}, {"daybook-purpose", "a test"}});
  CHECK(view.status == 200);
}

TEST_CASE("neither code nor state, nor anything that a browser keeps, stands in the log", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  const auto left = browser.go("/v1/sign-in", "return=/cycles");
  const auto cookie = browser.jar[kSignInCookie], state = Browser::sent(left, "state"), nonce = Browser::sent(left, "nonce");
  with.give(with.claims(nonce));

  browser.go(kCallback, "code=the-code&state=" + state);
  browser.go(kCallback, "code=the-code&state=" + state);
  const auto id = browser.jar[kSessionCookie];
  browser.post("/v1/sign-out");

  const auto log = with.served.lines.str();
  CHECK(log.find("\"route\":\"/v1/sign-in/callback\"") != std::string::npos);
  CHECK(id.size() == 43);
  for (const auto& secret : {cookie, state, nonce, id, std::string("the-code"), std::string("user-1"), std::string("/cycles")}) {
    CHECK(log.find(secret) == std::string::npos);
  }
}

TEST_CASE("an answer that was not asked for by this browser signs nobody in", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with), other(with);
  const auto left = browser.go("/v1/sign-in"), others = other.go("/v1/sign-in");
  const auto state = Browser::sent(left, "state");
  with.give(with.claims(Browser::sent(left, "nonce")));
  const auto [query, without_cookie, waits] = GENERATE_COPY(table<std::string, bool, std::chrono::seconds>({
      {"code=c", false, 0s},
      {"code=c&state=" + Browser::sent(others, "state"), false, 0s},
      {"code=c&state=" + state + "&state=" + state, false, 0s},
      {"code=c&state=" + state, true, 0s},
      {"code=c&state=" + state, false, 600s},
      {"state=" + state, false, 0s},
      {"error=access_denied&state=" + state, false, 0s},
      {"code=c&error=access_denied&state=" + state, false, 0s},
      {"code=c&state=" + state + "&iss=https%3A%2F%2Fforger.example.org", false, 0s},
  }));
  CAPTURE(query, without_cookie, waits.count());
  if (without_cookie) browser.jar.clear();
  with.served.home.clock.pass(waits);

  const auto back = browser.go(kCallback, query);

  CHECK(back.status == 401);
  CHECK(problem_in(back) == "sign-in-refused");
  CHECK(field_of(back, "set-cookie").empty());
  CHECK(with.served.sessions.count() == 0);
  CHECK(with.tokens_asked() == 0);
}

TEST_CASE("the sign-in of one browser cannot be finished by another, and that of the other goes on", "[server][sign_in]") {
  WithProvider with;
  Browser victim(with), forger(with);
  const auto theirs = forger.go("/v1/sign-in"), own = victim.go("/v1/sign-in");

  const auto lured = victim.go(kCallback, "code=forgers&state=" + Browser::sent(theirs, "state"));
  with.give(with.claims(Browser::sent(theirs, "nonce")));
  const auto finished = forger.go(kCallback, "code=c&state=" + Browser::sent(theirs, "state"));

  CHECK(lured.status == 401);
  CHECK_FALSE(victim.signed_in());
  CHECK(finished.status == 303);
}

TEST_CASE("a callback counts once", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  const auto left = browser.go("/v1/sign-in");
  const auto cookie = browser.jar[kSignInCookie];
  with.give(with.claims(Browser::sent(left, "nonce")));
  REQUIRE(browser.go(kCallback, "code=c&state=" + Browser::sent(left, "state")).status == 303);
  browser.jar[kSignInCookie] = cookie;

  const auto again = browser.go(kCallback, "code=c&state=" + Browser::sent(left, "state"));

  CHECK(problem_in(again) == "sign-in-refused");
  CHECK(with.tokens_asked() == 1);
  CHECK(browser.signed_in());  // who is signed in stays so
}

TEST_CASE("an ID token that does not hold signs nobody in", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  const auto left = browser.go("/v1/sign-in");
  auto claims = with.claims(Browser::sent(left, "nonce"));
  const auto now = with.now();
  const auto [name, wrong] = GENERATE_COPY(table<std::string, boost::json::value>({
      {"nonce", "another"},
      {"nonce", nullptr},
      {"aud", "another client"},
      {"iss", "https://forger.example.org"},
      {"exp", now - 61},
      {"iat", now + 61},
      {"sub", ""},
      {"azp", "another client"},
  }));
  CAPTURE(name);
  claims[name] = wrong;
  with.give(claims);

  const auto back = browser.go(kCallback, "code=c&state=" + Browser::sent(left, "state"));

  CHECK(problem_in(back) == "sign-in-refused");
  CHECK(back.body.find(name + ":") == std::string::npos);
  CHECK(with.served.sessions.count() == 0);
  CHECK(with.tokens_asked() == 1);
}

TEST_CASE("a sign-in leads to a path of ours or is not begun", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  const std::string path = GENERATE("https%3A%2F%2Fforger.example.org", "//forger.example.org", "/%2Fforger.example.org", "/%5Cforger.example.org",
                                    "%2F%2Fforger.example.org", "forger.example.org", "javascript:alert(1)", "/%0d%0aset-cookie:a=b", "", "/a%20b",
                                    "/%09/forger.example.org", "@forger.example.org", "/a&return=//forger.example.org");
  CAPTURE(path);

  const auto left = browser.go("/v1/sign-in", "return=" + path);

  CHECK(problem_in(left) == "wrong-parameter");
  CHECK(browser.jar.empty());
}

TEST_CASE("signing in gives the browser a new session and ends the one it had", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with), thief(with);
  browser.sign_in("user-2");
  thief.jar = browser.jar;
  REQUIRE(thief.signed_in());

  browser.sign_in("user-1");

  CHECK(browser.jar[kSessionCookie] != thief.jar[kSessionCookie]);
  CHECK(browser.signed_in());
  CHECK_FALSE(thief.signed_in());
}

TEST_CASE("on this machine without TLS the cookies have names of their own", "[server][sign_in]") {
  WithProvider with("http://127.0.0.1:8443");
  Browser browser(with);

  browser.sign_in();

  CHECK(browser.jar.size() == 1);
  CHECK(browser.jar.contains("daybook-demo"));
}

TEST_CASE("signing out ends the session, empties the browser, and says where to sign out at the provider", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with), copy(with);
  browser.sign_in();
  copy.jar = browser.jar;
  REQUIRE(browser.go("/v1/sign-in").status == 303);  // and begins to sign in once more

  const auto foreign = copy.post("/v1/sign-out", "", {{"origin", "https://forger.example.org"}});
  CHECK(problem_in(foreign) == "cross-site");
  CHECK(browser.signed_in());
  const auto out = browser.post("/v1/sign-out", "", {{"origin", kOrigin}, {"daybook-console", "1"}});

  REQUIRE(out.status == 200);
  CHECK(out.content_type == "application/json");
  CHECK(member(out, "location") == kIssuer + "/end?client_id=console&post_logout_redirect_uri=https%3A%2F%2Fdaybook.example.org%2F");
  CHECK(field_of(out, "clear-site-data") == "\"cache\", \"storage\"");
  CHECK(browser.jar.empty());
  CHECK_FALSE(copy.signed_in());
  CHECK(browser.post("/v1/sign-out", "", {{"origin", kOrigin}, {"daybook-console", "1"}}).status == 204);  // nobody is signed in
}

TEST_CASE("a form that signs out is sent on to the provider, where it has a place for it", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  browser.sign_in();

  const auto out = browser.post("/v1/sign-out", "", {{"sec-fetch-site", "same-origin"}});

  CHECK(out.status == 303);
  CHECK(field_of(out, "location").starts_with(kIssuer + "/end?"));
  CHECK_FALSE(browser.signed_in());
}

TEST_CASE("where the provider has no place to sign out, and for the demo, our own end is all", "[server][sign_in]") {
  WithProvider with;
  with.network.serve(kDocumentUrl, document(false));
  Browser browser(with);
  browser.sign_in();

  CHECK(browser.post("/v1/sign-out", "", {{"origin", kOrigin}, {"daybook-console", "1"}}).status == 204);
  CHECK_FALSE(browser.signed_in());
  browser.jar[kSessionCookie] = with.served.sessions.begin({{std::string(kDemoIssuer), "U1"}, std::nullopt, ""}, "");
  CHECK(browser.post("/v1/sign-out", "", {{"origin", kOrigin}, {"daybook-console", "1"}}).status == 204);
  CHECK_FALSE(browser.signed_in());
}

TEST_CASE("what the provider ends is ended here at once: one session of its, or all of a user", "[server][sign_in]") {
  WithProvider with;
  Browser first(with), second(with), other(with), provider(with);
  first.sign_in("user-1", "s-1");
  second.sign_in("user-1", "s-2");
  other.sign_in("user-2", "s-3");
  const auto log_out = [&](const object& more) {
    return provider.post(kBackChannel, "logout_token=" + with.logout_token(more) + "&more=x",
                         {{"content-type", "application/x-www-form-urlencoded"}});
  };

  const auto one = log_out({{"sid", "s-1"}});

  CHECK(one.status == 200);
  CHECK(one.body.empty());
  CHECK(field_of(one, "cache-control") == "no-store");
  CHECK_FALSE(first.signed_in());
  CHECK(second.signed_in());
  CHECK(log_out({{"sub", "user-1"}}).status == 200);
  CHECK_FALSE(second.signed_in());
  CHECK(other.signed_in());
}

TEST_CASE("a logout token that does not hold ends nothing", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with), provider(with);
  browser.sign_in();
  const HeaderField form{"content-type", "application/x-www-form-urlencoded"};
  const object one{{"sid", "s-1"}, {"sub", "user-1"}};
  const auto changed = [&](const char* name, boost::json::value value) {
    object claims = one;
    claims[name] = std::move(value);
    return "logout_token=" + with.logout_token(claims);
  };
  const std::string good = "logout_token=" + with.logout_token(one);

  for (const auto& body : {std::string(), std::string("logout_token="), good + "&logout_token=x", good.substr(0, good.size() - 1), good + "%zz",
                           changed("nonce", "n"), changed("aud", "another client"), changed("iss", "https://forger.example.org"),
                           changed("iat", with.now() + 61), changed("exp", with.now() - 61), changed("events", object{}), changed("events", nullptr),
                           changed("sid", 1), "logout_token=" + with.logout_token({}), "logout_token=" + with.logout_token(one, stranger_es_key()),
                           "logout_token=" + std::string(40'000, 'a')}) {
    CAPTURE(body.substr(0, 100));
    CHECK(problem_in(provider.post(kBackChannel, body, {form})) == "logout-refused");
  }
  CHECK(provider.post(kBackChannel, good, {{"content-type", "application/json"}}).status == 415);
  CHECK(browser.signed_in());
  CHECK(provider.post(kBackChannel, good, {form}).status == 200);
  CHECK_FALSE(browser.signed_in());
}

TEST_CASE("a fresh sign-in has somebody show again who they are, and an older one is not taken for it", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  browser.sign_in();
  with.served.home.clock.pass(11min);
  const std::string command = "/v1/commands/role-grant", body = R"({"person": "U2", "role": "auditor", "reason": "a test"})";
  CHECK(problem_in(browser.post(command, body)) == "fresh-sign-in-wanted");

  const auto lazy = browser.go("/v1/sign-in", "fresh=1");
  auto old = with.claims(Browser::sent(lazy, "nonce"));
  old["auth_time"] = with.now() - 61;
  with.give(old);
  CHECK(problem_in(browser.go(kCallback, "code=c&state=" + Browser::sent(lazy, "state"))) == "sign-in-refused");

  const auto fresh = browser.go("/v1/sign-in", "fresh=1");
  CHECK(Browser::sent(fresh, "prompt") == "login");
  CHECK(Browser::sent(fresh, "max_age") == "0");
  auto shown = with.claims(Browser::sent(fresh, "nonce"));
  with.served.home.clock.pass(4min);  // they showed who they are at once, and read a page of the provider's for a while
  shown["exp"] = with.now() + 60;
  with.give(shown);
  CHECK(browser.go(kCallback, "code=c&state=" + Browser::sent(fresh, "state")).status == 303);
  CHECK(problem_in(browser.post(command, body)) == "not-allowed");  // asked of the rules at last: U1 is no administrator
  CHECK(browser.go("/v1/sign-in", "fresh=0").status == 400);
}

TEST_CASE("where the provider says nothing of when somebody showed who they are, they are not taken to have done so now", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  const auto left = browser.go("/v1/sign-in");
  auto claims = with.claims(Browser::sent(left, "nonce"));
  claims.erase("auth_time");
  with.give(claims);
  browser.go(kCallback, "code=c&state=" + Browser::sent(left, "state"));

  CHECK(member(browser.go("/v1/session"), "signed_in_at") == "null");
}

TEST_CASE("while the provider is away nobody signs in, and who is signed in goes on", "[server][sign_in]") {
  WithProvider with;
  Browser early(with), waiting(with), late(with);
  early.sign_in();
  const auto left = waiting.go("/v1/sign-in");
  with.network.silence(kTokenUrl);
  with.network.silence(kKeysUrl);

  const auto back = waiting.go(kCallback, "code=c&state=" + Browser::sent(left, "state"));

  CHECK(back.status == 503);
  CHECK(problem_in(back) == "provider-away");
  CHECK(field_of(back, "retry-after") == "5");
  CHECK(early.signed_in());
  CHECK(late.go("/v1/sign-in").status == 303);  // where to send it to is known
}

TEST_CASE("a provider that was away when the service began is asked again, at most once a minute", "[server][sign_in]") {
  WithProvider with;
  with.network.silence(kDocumentUrl);
  Browser browser(with), provider(with);

  for (int i = 0; i < 5; ++i) CHECK(problem_in(browser.go("/v1/sign-in")) == "provider-away");
  CHECK(problem_in(provider.post(kBackChannel, "logout_token=" + with.logout_token({{"sub", "user-1"}}),
                                 {{"content-type", "application/x-www-form-urlencoded"}})) == "provider-away");
  CHECK(with.network.asked().size() == 1);
  with.network.serve(kDocumentUrl, document());
  with.served.home.clock.pass(60s);
  CHECK(browser.sign_in().status == 303);
}

TEST_CASE("no more codes are traded at a time than there are places for, and one that waits is not used up", "[server][sign_in]") {
  WithProvider with;
  ProviderSignIn* provider = nullptr;
  std::string cookie, query;
  std::optional<Fault> meanwhile;
  const auto fetch = [&](const FetchRequest& request) -> Result<FetchAnswer> {
    if (request.url.text() == kTokenUrl && !meanwhile) meanwhile = provider->finish(cookie, query).error().fault;
    return with.network.fetch()(request);
  };
  ProviderSignIn one(with.issuer, client(), fetch, with.served.home.clock, with.randomness, 1);
  provider = &one;
  const auto first = one.begin("/", "192.0.2.1", false).value(), second = one.begin("/", "192.0.2.1", false).value();
  cookie = second.cookie;
  query = "code=c&state=" + parameter_in(second.url, "state");

  with.give(with.claims(parameter_in(first.url, "nonce")));
  CHECK(one.finish(first.cookie, "code=c&state=" + parameter_in(first.url, "state")).has_value());
  with.give(with.claims(parameter_in(second.url, "nonce")));
  CHECK(one.finish(cookie, query).has_value());
  CHECK(meanwhile == Fault::kBusy);
}

TEST_CASE("a code goes to the provider with the trace of its request, and what others use as well is asked for without one", "[server][sign_in]") {
  WithProvider with;
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto left = with.provider.begin("/", "192.0.2.1", false).value();
  with.give(with.claims(parameter_in(left.url, "nonce")));

  REQUIRE(with.provider.finish(left.cookie, "code=c&state=" + parameter_in(left.url, "state"), trace).has_value());

  CHECK(with.tokens_asked() == 1);
  for (const auto& request : with.network.asked()) CHECK(request.trace == (request.url.text() == kTokenUrl ? trace : ""));
}

TEST_CASE("who is not signed in is told so, and whom the record does not know has no person and no role", "[server][sign_in]") {
  WithProvider with;
  Browser browser(with);
  CHECK(problem_in(browser.go("/v1/session")) == "sign-in-wanted");
  const auto left = browser.go("/v1/sign-in");
  auto claims = with.claims(Browser::sent(left, "nonce"));
  claims["staff_number"] = "X9";
  with.give(claims);
  browser.go(kCallback, "code=c&state=" + Browser::sent(left, "state"));

  const auto session = browser.go("/v1/session");

  CHECK(member(session, "person") == "null");
  CHECK(member(session, "roles") == "[]");
}

TEST_CASE("the roles of a session are those that are held now", "[server][sign_in][S0-06]") {
  ServedLedger served;
  add_session_routes(served.router, {served.callers, *served.live, served.home.clock}, {});

  CHECK(member(served.get("/v1/session", {"C1"}), "roles") == R"(["coach"])");
  CHECK(member(served.get("/v1/session", {"U3"}), "roles") == "[]");
  CHECK(member(served.get("/v1/session", {"test@host"}), "roles").find("\"administrator\"") != std::string::npos);
}

TEST_CASE("the provider of browsers may call people otherwise than the issuer of tokens does", "[server][sign_in]") {
  ServedLedger served;
  const LedgerPeople by_address(*served.ledger, CalledBy::kAddress);
  const Callers callers(served.people, nullptr, served.sessions, "", served.log, &by_address);
  const auto id = served.sessions.begin({{kIssuer, "user-1"}, std::nullopt, "", "u1@staff.example"}, "");
  Request request;
  request.fields = {{"cookie", "daybook-demo=" + id}, {"host", "localhost"}};

  CHECK(std::get<Caller>(callers.of(request)).name() == "U1");
  CHECK(std::get<Caller>(served.callers.of(request)).name() == kIssuer + " user-1");
}

TEST_CASE("everybody is told how one is signed in, and nothing of it is secret", "[server][sign_in]") {
  ServedLedger served;
  Router none, all;
  add_session_routes(none, {served.callers, *served.live, served.home.clock}, {});
  SignInOffer offer;
  offer.browser = true;
  offer.issuer = kIssuer;
  offer.audience = kOrigin;
  offer.device_client = "daybook-cli";
  add_session_routes(all, {served.callers, *served.live, served.home.clock}, offer);
  Request request;
  request.path = "/v1/sign-in/metadata";
  request.fields = {{"host", "localhost"}};

  const auto nothing = Service("none", none, served.metrics, served.log).handle(request);
  const auto everything = Service("all", all, served.metrics, served.log).handle(request);

  CHECK(nothing.body == "{\"browser\":false,\"demo\":false,\"tokens\":null}\n");
  CHECK(everything.body == R"({"browser":true,"demo":false,"tokens":{"issuer":"https://login.example.org","audience":"https://daybook.example.org",)"
                           R"("device_client":"daybook-cli","scope":"openid"}})"
                           "\n");
  CHECK(field_of(everything, "cache-control") == "no-cache");
}

}  // namespace daybook::test
