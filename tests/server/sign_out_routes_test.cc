// How a session ends: here, and at the provider.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include "server/identity/demo_codes.h"
#include "tests/server/provider_browser.h"

namespace daybook::test {

using boost::json::object;
using namespace std::chrono_literals;

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

}  // namespace daybook::test
