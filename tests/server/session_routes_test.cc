// As whom somebody is signed in, and how one is.
#include <catch2/catch_test_macros.hpp>

#include "tests/server/provider_browser.h"

namespace daybook::test {

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
