#include "server/asker.h"

#include <boost/json/object.hpp>
#include <catch2/catch_test_macros.hpp>

#include "server/sign_in_routes.h"
#include "tests/server/identity/test_issuer.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr const char* kIssuer = "https://login.example.org";
constexpr const char* kService = "https://daybook.example.org";

// Callers who may have tokens of one issuer, in which the staff number is the claim "staff_number", or the address "email".
struct WithTokens {
  explicit WithTokens(ServedLedger& served_by, CalledBy called_by = CalledBy::kStaffNumber, std::string claim = "staff_number")
      : served(served_by), people(*served.ledger, called_by), bearer(trusted(std::move(claim)), served.home.clock) {}

  static std::vector<TrustedIssuer> trusted(std::string claim) {
    TokenWants wants;
    wants.issuer = kIssuer;
    wants.audience = kService;
    wants.algorithms = {Algorithm::kEs256};
    wants.person_claim = std::move(claim);
    return {{wants, [](std::string_view) -> Result<PublicKey> { return es_key().public_key(); }}};
  }
  std::string token(const boost::json::object& more) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(served.home.clock.now()).time_since_epoch().count();
    boost::json::object claims{{"iss", kIssuer}, {"sub", "user-1"}, {"aud", kService}, {"iat", now - 10}, {"exp", now + 290}, {"jti", "1"}};
    claims["client_id"] = "payroll";
    for (const auto& one : more) claims[one.key()] = one.value();
    return token_of({{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", es_key().kid()}}, claims, es_key());
  }
  std::variant<Caller, Response> of(const std::string& token_text) const {
    Request request;
    request.fields = {{"authorization", "Bearer " + token_text}, {"host", "localhost"}};
    return callers.of(request);
  }

  ServedLedger& served;
  LedgerPeople people;
  BearerTokens bearer;
  Callers callers{people, &bearer, served.sessions, "", served.log};
};

Request with(std::vector<HeaderField> fields, Method method = Method::kGet) {
  Request request;
  request.method = method;
  request.fields = std::move(fields);
  request.fields.push_back({"host", "localhost"});
  return request;
}

// The caller's name, or which problem it is.
std::string name_of(const std::variant<Caller, Response>& asked) {
  if (const auto* response = std::get_if<Response>(&asked)) return "problem " + problem_in(*response);
  const auto& caller = std::get<Caller>(asked);
  return caller.signed_in() ? caller.name() : "nobody";
}

}  // namespace

TEST_CASE("a session leads to a person, and one that is not there or over to nobody", "[server][asker]") {
  ServedLedger served;
  const auto cookie = served.cookie_of("U1");

  const auto known = std::get<Caller>(served.callers.of(with({{"cookie", cookie}})));
  CHECK(known.name() == "U1");
  CHECK(known.account() == "daybook:demo U1");
  CHECK(known.person->id == served.id_of("U1"));
  CHECK_FALSE(known.vouched_for());
  CHECK(known.until == served.home.clock.now() + std::chrono::hours(12));
  CHECK(known.idle_until == served.home.clock.now() + std::chrono::minutes(30));
  CHECK(name_of(served.callers.of(with({}))) == "nobody");
  CHECK(name_of(served.callers.of(with({{"cookie", cookie + "A"}}))) == "nobody");
  CHECK(name_of(served.callers.of(with({{"cookie", cookie + "; " + cookie}}))) == "nobody");
  served.home.clock.pass(std::chrono::hours(13));
  CHECK(name_of(served.callers.of(with({{"cookie", cookie}}))) == "nobody");
}

TEST_CASE("whom the record does not know is signed in under their account, and so is who was erased, from the next request on", "[server][asker]") {
  ServedLedger served;
  const auto stranger = served.cookie_of("X9"), erased = served.cookie_of("U2");
  CHECK(name_of(served.callers.of(with({{"cookie", stranger}}))) == "daybook:demo X9");
  CHECK(name_of(served.callers.of(with({{"cookie", erased}}))) == "U2");

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});

  CHECK(name_of(served.callers.of(with({{"cookie", erased}}))) == "daybook:demo U2");
}

TEST_CASE("a token leads to the person whom its claim names, by staff number or by verified address", "[server][asker]") {
  ServedLedger served;
  const WithTokens by_number(served), by_address(served, CalledBy::kAddress, "email");

  const auto known = std::get<Caller>(by_number.of(by_number.token({{"staff_number", "U1"}})));
  CHECK(known.name() == "U1");
  CHECK(known.vouched_for());
  CHECK(known.account() == std::string(kIssuer) + " user-1");
  CHECK(known.until == std::chrono::floor<std::chrono::seconds>(served.home.clock.now()) + std::chrono::seconds(290));
  CHECK_FALSE(known.idle_until);
  CHECK(name_of(by_number.of(by_number.token({{"staff_number", "X9"}}))) == std::string(kIssuer) + " user-1");
  CHECK(name_of(by_number.of(by_number.token({}))) == std::string(kIssuer) + " user-1");
  CHECK(name_of(by_number.of(by_number.token({{"sub", "U1"}}))) == std::string(kIssuer) + " U1");
  CHECK(name_of(by_address.of(by_address.token({{"email", "u1@staff.example"}, {"email_verified", true}}))) == "U1");
  CHECK(name_of(by_address.of(by_address.token({{"email", "U1@staff.example"}}))) == std::string(kIssuer) + " user-1");
}

TEST_CASE("a token that does not hold is refused, whatever cookie is beside it, and the log alone says why", "[server][asker]") {
  ServedLedger served;
  const WithTokens tokens(served);
  auto request = with({{"authorization", "Bearer " + tokens.token({{"aud", "https://other.example.org"}})}, {"cookie", served.cookie_of("U1")}});

  const auto asked = tokens.callers.of(request);

  CHECK(name_of(asked) == "problem sign-in-refused");
  CHECK(std::get<Response>(asked).status == 401);
  CHECK(std::get<Response>(asked).body.find("aud") == std::string::npos);
  CHECK(served.lines.str().find("token-refused") != std::string::npos);
  CHECK(name_of(served.callers.of(with({{"authorization", "Bearer x"}}))) == "problem sign-in-refused");  // where no token is taken
}

TEST_CASE("what a browser sends by itself changes nothing", "[server][asker]") {
  ServedLedger served;
  const HeaderField cookie{"cookie", served.cookie_of("U1")}, console{"daybook-console", "1"}, ours{"origin", "http://localhost"};

  CHECK(name_of(served.callers.of(with({cookie, console, ours}, Method::kPost))) == "U1");
  CHECK(name_of(served.callers.of(with({cookie}, Method::kPost))) == "problem cross-site");
  CHECK(name_of(served.callers.of(with({cookie, ours}, Method::kPost))) == "problem cross-site");
  CHECK(name_of(served.callers.of(with({cookie, console, {"origin", "http://evil.example"}}, Method::kPost))) == "problem cross-site");
  CHECK(name_of(served.callers.of(with({cookie, console, ours, {"sec-fetch-site", "cross-site"}}, Method::kPost))) == "problem cross-site");
  CHECK(name_of(served.callers.of(with({console, {"origin", "http://evil.example"}}, Method::kPost))) == "nobody");
}

TEST_CASE("a role is one that there is, and a purpose short and plain", "[server][asker]") {
  ServedLedger served;
  const auto asked = [&](const std::string& role, const std::string& purpose) {
    return name_of(served.callers.of(with({{"daybook-role", role}, {"daybook-purpose", purpose}})));
  };

  CHECK(asked("administrator", "a call from \xc3\x89milie") == "nobody");
  CHECK(asked("", "") == "nobody");
  CHECK(asked("Administrator", "x") == "problem wrong-field");
  CHECK(asked("administrator", std::string(200, 'x')) == "nobody");
  CHECK(asked("administrator", std::string(201, 'x')) == "problem wrong-field");
  CHECK(asked("administrator", "a\x1b[2J") == "problem wrong-field");
  CHECK(asked("administrator", "\xff") == "problem wrong-field");
}

TEST_CASE("a code of the demo signs a browser of this machine in, once, until it signs out", "[server][asker][demo]") {
  ServedLedger served;
  SeededRandomness for_codes(7);
  const auto codes = made(DemoCodes::make("127.0.0.1", served.home.clock, for_codes));
  add_sign_in_routes(served.router, {served.callers, served.sessions, codes.get(), served.home.clock, served.log});
  const auto code = made(codes->issue("U1"));
  const auto sign_in = [&](const std::string& body) { return served.post("/v1/sign-in/demo", body, kNobody); };

  CHECK(problem_in(sign_in(R"({"code": "x"})")) == "sign-in-refused");
  CHECK(problem_in(sign_in(R"({"code": 1})")) == "malformed-body");
  CHECK(problem_in(sign_in(R"({"code": ")" + code + R"(", "more": 1})")) == "malformed-body");
  CHECK(problem_in(served.post("/v1/sign-in/demo", R"({"code": ")" + code + R"("})", kNobody, {{"origin", "http://evil.example"}})) == "cross-site");
  const auto in = sign_in(R"({"code": ")" + code + R"("})");
  CHECK(problem_in(sign_in(R"({"code": ")" + code + R"("})")) == "sign-in-refused");

  REQUIRE(in.status == 204);
  const std::string set(field_of(in, "set-cookie"));
  CHECK(set.find("; HttpOnly; SameSite=Lax") != std::string::npos);
  const auto cookie = set.substr(0, set.find(';'));
  CHECK(name_of(served.callers.of(with({{"cookie", cookie}}))) == "U1");
  const auto out = served.post("/v1/sign-out", "", kNobody, {{"cookie", cookie}, {"content-type", "text/plain"}});
  CHECK(out.status == 204);
  CHECK(field_of(out, "set-cookie").find("Max-Age=0") != std::string::npos);
  CHECK(name_of(served.callers.of(with({{"cookie", cookie}}))) == "nobody");
}

}  // namespace daybook::test
