// Signing in with a browser through a provider, over the routes: the provider is a fake behind the function that fetches.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include "tests/server/provider_browser.h"

namespace daybook::test {

using boost::json::object;
using namespace std::chrono_literals;

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

}  // namespace daybook::test
