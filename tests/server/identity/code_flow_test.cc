#include "server/identity/code_flow.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <deque>
#include <functional>

#include "server/identity/pending_sign_ins.h"
#include "server/query.h"
#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook {
namespace {

using boost::json::array;
using boost::json::object;
using namespace std::chrono_literals;

const std::string kIssuer = "https://login.example.org/tenant";

object document() {
  return {{"issuer", kIssuer},
          {"authorization_endpoint", "https://login.example.org/authorize"},
          {"token_endpoint", "https://login.example.org/token"},
          {"jwks_uri", "https://login.example.org/keys"},
          {"end_session_endpoint", "https://login.example.org/end"},
          {"response_types_supported", array{"code", "id_token"}},
          {"code_challenge_methods_supported", array{"S256"}},
          {"id_token_signing_alg_values_supported", array{"ES256", "PS256"}}};
}

Provider provider() { return read_provider(boost::json::serialize(document()), kIssuer).value(); }

Client client() {
  return {.id = "daybook console",
          .secret = "a secret/+",
          .redirect = read_url("https://daybook.example.org/signed-in").value(),
          .after_sign_out = read_url("https://daybook.example.org/").value(),
          .algorithms = {Algorithm::kEs256},
          .scope = "openid email"};
}

// The parameters of the address that a browser is sent to.
Parameters parameters_of(const std::string& url) {
  static constexpr std::string_view kKnown[] = {"response_type", "client_id",      "redirect_uri",          "scope", "state", "nonce",
                                                "max_age",       "code_challenge", "code_challenge_method", "prompt"};
  return parse_query(url.substr(url.find('?') + 1), kKnown).value();
}

Result<PublicKey> find_key(std::string_view kid) {
  if (kid == es_key().kid()) return es_key().public_key();
  return Error{Fault::kNotFound, "no such key"};
}

// A sign-in as far as the browser's coming back, and a provider that answers to its code.
struct Flow {
  ManualClock clock;
  SeededRandomness randomness;
  FakeNetwork network;
  Provider at = provider();
  SignInQuestion question = ask_to_sign_in(at, client(), {}, randomness);

  object claims() const {
    const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
    return {{"iss", kIssuer},   {"aud", "daybook console"},       {"sub", "user-1"}, {"sid", "s-1"}, {"iat", now},
            {"exp", now + 300}, {"nonce", question.pending.nonce}};
  }
  object answer(const object& with_claims) const {
    return {{"access_token", "at"}, {"token_type", "Bearer"}, {"id_token", token_of({{"alg", "ES256"}, {"kid", "es-1"}}, with_claims, es_key())}};
  }
  void serve(const object& answer, unsigned status = 200) {
    network.serve("https://login.example.org/token", boost::json::serialize(answer), status);
  }
  Result<Claims> redeemed(const Client& as = client()) {
    return redeem("the code", question.pending, at, as, network.fetch(), find_key, clock.now());
  }
};

}  // namespace

TEST_CASE("a provider is read from the document of its issuer", "[identity][provider]") {
  FakeNetwork network;
  network.serve("https://login.example.org/tenant/.well-known/openid-configuration", boost::json::serialize(document()));

  const auto found = discover(network.fetch(), kIssuer);

  REQUIRE(found.has_value());
  CHECK(found.value().issuer == kIssuer);
  CHECK(found.value().keys.text() == "https://login.example.org/keys");
  CHECK(found.value().end_session->text() == "https://login.example.org/end");
  CHECK_FALSE(found.value().answers_with_issuer);
  CHECK(discovery_url("https://login.example.org/").value().text() == "https://login.example.org/.well-known/openid-configuration");
  CHECK(discovery_url("http://login.example.org").has_error());
  CHECK(discovery_url("https://login.example.org/?a=b").has_error());
  CHECK(discover(network.fetch(), "https://other.example.org").error().fault == Fault::kBusy);
}

TEST_CASE("a document that is another's, or cannot do what sign-in needs, is refused", "[identity][provider]") {
  using Change = std::function<void(object&)>;
  const auto put = [](const char* key, boost::json::value value) -> Change { return [=](object& in) { in[key] = value; }; };
  const auto left_out = [](const char* key) -> Change { return [=](object& in) { in.erase(key); }; };
  const Change change = GENERATE_COPY(
      put("issuer", "https://forger.example.org"), put("issuer", "https://login.example.org/tenant/"),
      put("issuer", array{"https://login.example.org/tenant"}), left_out("issuer"),
      put("authorization_endpoint", "http://login.example.org/authorize"), put("token_endpoint", "http://127.0.0.1/token"),
      put("jwks_uri", "file:///etc/passwd"), put("jwks_uri", "https://user@login.example.org/keys"), left_out("jwks_uri"), left_out("token_endpoint"),
      put("end_session_endpoint", "javascript:alert(1)"), put("end_session_endpoint", nullptr), put("response_types_supported", array{"id_token"}),
      left_out("response_types_supported"), put("code_challenge_methods_supported", array{"plain"}),
      put("id_token_signing_alg_values_supported", array{"HS256", "none"}), left_out("id_token_signing_alg_values_supported"));
  object changed = document();
  change(changed);
  CAPTURE(boost::json::serialize(changed));

  const auto found = read_provider(boost::json::serialize(changed), kIssuer);

  REQUIRE(found.has_error());
  CHECK(found.error().fault == Fault::kRejected);
  CHECK(read_provider("[]", kIssuer).has_error());
  CHECK(read_provider("{", kIssuer).has_error());
}

TEST_CASE("the question has a state, a nonce and a challenge that were never used before", "[identity][code_flow]") {
  SeededRandomness randomness;
  const auto first = ask_to_sign_in(provider(), client(), {.max_age = 0s}, randomness), second = ask_to_sign_in(provider(), client(), {}, randomness);

  const auto sent = parameters_of(first.url);
  CHECK(first.url.starts_with("https://login.example.org/authorize?"));
  CHECK(sent.at("response_type") == "code");
  CHECK(sent.at("client_id") == "daybook console");
  CHECK(sent.at("redirect_uri") == "https://daybook.example.org/signed-in");
  CHECK(sent.at("scope") == "openid email");
  CHECK(sent.at("state") == first.pending.state);
  CHECK(sent.at("nonce") == first.pending.nonce);
  CHECK(sent.at("code_challenge_method") == "S256");
  CHECK(sent.at("max_age") == "0");
  CHECK(sent.at("prompt") == "login");
  CHECK(first.url.find(first.pending.verifier) == std::string::npos);
  CHECK_FALSE(parameters_of(second.url).contains("max_age"));
  CHECK_FALSE(parameters_of(second.url).contains("prompt"));
  for (const auto& secret : {first.pending.state, first.pending.nonce, first.pending.verifier}) {
    CHECK(secret.size() == 43);
    CHECK((secret != second.pending.state && secret != second.pending.nonce && secret != second.pending.verifier));
  }
}

TEST_CASE("the challenge is the one that RFC 7636 gives as an example", "[identity][code_flow]") {
  class Example final : public Randomness {  // the octets of appendix B
   public:
    void fill(std::span<uint8_t> out) override {
      static constexpr uint8_t kOctets[] = {116, 24,  223, 180, 151, 153, 224, 37,  79, 250, 96, 125, 216, 173, 187, 186,
                                            22,  212, 37,  77,  105, 214, 191, 240, 91, 88,  5,  88,  83,  132, 141, 121};
      std::copy(std::begin(kOctets), std::end(kOctets), out.begin());
    }
  } example;

  const auto question = ask_to_sign_in(provider(), client(), {}, example);

  CHECK(question.pending.verifier == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  CHECK(parameters_of(question.url).at("code_challenge") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("the answer to the question has its code", "[identity][code_flow]") {
  Flow flow;
  const std::string state = flow.question.pending.state;

  CHECK(read_answer("code=a%2Fb&state=" + state, flow.question.pending, flow.at).value() == "a/b");
  CHECK(read_answer("session_state=x&code=c&state=" + state + "&iss=https%3A%2F%2Flogin.example.org%2Ftenant", flow.question.pending, flow.at)
            .has_value());
}

TEST_CASE("what is no answer to the question is refused", "[identity][code_flow]") {
  Flow flow;
  const std::string state = flow.question.pending.state;
  std::string near = state;
  near.back() = near.back() == 'A' ? 'E' : 'A';
  const std::string query = GENERATE_COPY(
      std::string(), std::string("code=c"), "code=c&state=", "code=c&state=" + near, "code=c&state=" + state.substr(1),
      "code=c&state=" + state + "&state=" + state, "code=c&code=d&state=" + state, "state=" + state, "code=&state=" + state,
      "code=c&state=" + state + "&iss=https%3A%2F%2Fforger.example.org",
      "code=c&state=" + state + "&iss=", "code=c&error=access_denied&state=" + state, "code=%zz&state=" + state, "code=%00&state=" + state,
      "code=" + std::string(2049, 'c') + "&state=" + state, "code=c&state=" + state + "&x=" + std::string(9000, 'x'));
  CAPTURE(query.substr(0, 200));

  const auto code = read_answer(query, flow.question.pending, flow.at);

  REQUIRE(code.has_error());
  CHECK(code.error().fault == Fault::kRejected);
  CHECK(code.error().message.find(state) == std::string::npos);
}

TEST_CASE("a provider that names itself in its answers must do so in each", "[identity][code_flow]") {
  Flow flow;
  flow.at.answers_with_issuer = true;

  CHECK(read_answer("code=c&state=" + flow.question.pending.state, flow.question.pending, flow.at).has_error());
}

TEST_CASE("an empty state of ours is the same as no state", "[identity][code_flow]") {
  CHECK(read_answer("code=c&state=", PendingSignIn{}, provider()).has_error());
  CHECK(read_answer("code=c", PendingSignIn{}, provider()).has_error());
}

TEST_CASE("a code is traded for who signed in", "[identity][code_flow]") {
  Flow flow;
  flow.serve(flow.answer(flow.claims()));

  const auto signed_in = flow.redeemed();

  REQUIRE(signed_in.has_value());
  CHECK(signed_in.value().who == Identity{kIssuer, "user-1"});
  CHECK(signed_in.value().session == "s-1");
  CHECK_FALSE(signed_in.value().signed_in_at);
  const auto asked = flow.network.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].form == "grant_type=authorization_code&code=the%20code&redirect_uri=https%3A%2F%2Fdaybook.example.org%2Fsigned-in&code_verifier=" +
                             flow.question.pending.verifier);
  CHECK(asked[0].authorization == "Basic " + to_base64(as_bytes("daybook%20console:a%20secret%2F%2B")));
}

TEST_CASE("the secret goes where the provider wants it, and a client without one sends none", "[identity][code_flow]") {
  Flow flow;
  flow.serve(flow.answer(flow.claims()));
  flow.at.secret_in_header = false;
  auto open = client();
  open.secret.clear();

  CHECK(flow.redeemed().has_value());
  CHECK(flow.redeemed(open).has_value());

  const auto asked = flow.network.asked();
  CHECK(asked[0].authorization.empty());
  CHECK(asked[0].form.ends_with("&client_id=daybook%20console&client_secret=a%20secret%2F%2B"));
  CHECK(asked[1].authorization.empty());
  CHECK(asked[1].form.ends_with("&client_id=daybook%20console"));
}

TEST_CASE("a provider's answer that is none signs nobody in", "[identity][code_flow]") {
  Flow flow;
  const auto changed = [&](const char* key, boost::json::value value) {
    object answer = flow.answer(flow.claims());
    answer[key] = value;
    return answer;
  };
  struct Case {
    object answer;
    unsigned status;
    Fault fault;
  };
  object stale = flow.claims(), other_client = flow.claims(), other_nonce = flow.claims(), other_issuer = flow.claims();
  stale["exp"] = 1;
  other_client["aud"] = "other";
  other_nonce["nonce"] = "other";
  other_issuer["iss"] = "https://forger.example.org";
  for (const auto& [answer, status, fault] : std::vector<Case>{{object{{"error", "invalid_grant"}}, 400, Fault::kRejected},
                                                               {flow.answer(flow.claims()), 400, Fault::kRejected},
                                                               {flow.answer(flow.claims()), 302, Fault::kRejected},
                                                               {flow.answer(flow.claims()), 503, Fault::kBusy},
                                                               {changed("id_token", nullptr), 200, Fault::kRejected},
                                                               {changed("access_token", nullptr), 200, Fault::kRejected},
                                                               {changed("token_type", "DPoP"), 200, Fault::kRejected},
                                                               {changed("id_token", "a.b.c"), 200, Fault::kRejected},
                                                               {flow.answer(stale), 200, Fault::kRejected},
                                                               {flow.answer(other_client), 200, Fault::kRejected},
                                                               {flow.answer(other_nonce), 200, Fault::kRejected},
                                                               {flow.answer(other_issuer), 200, Fault::kRejected}}) {
    flow.serve(answer, status);
    CAPTURE(boost::json::serialize(answer), status);

    const auto signed_in = flow.redeemed();

    REQUIRE(signed_in.has_error());
    CHECK(signed_in.error().fault == fault);
  }
  flow.network.silence("https://login.example.org/token");
  CHECK(flow.redeemed().error().fault == Fault::kBusy);
}

TEST_CASE("a fresh sign-in that was asked for must be one", "[identity][code_flow]") {
  Flow flow;
  flow.question = ask_to_sign_in(flow.at, client(), {.max_age = 300s}, flow.randomness);
  flow.serve(flow.answer(flow.claims()));
  CHECK(flow.redeemed().has_error());

  object claims = flow.claims();
  claims["auth_time"] = claims["iat"].as_int64() - 100;
  flow.serve(flow.answer(claims));
  CHECK(flow.redeemed().value().signed_in_at == flow.clock.now() - 100s);
}

TEST_CASE("the address to sign out at the provider names us and where to come back to, and no token", "[identity][code_flow]") {
  CHECK(sign_out_address(provider(), client()) ==
        "https://login.example.org/end?client_id=daybook%20console&post_logout_redirect_uri=https%3A%2F%2Fdaybook.example.org%2F");
  Provider other = provider();
  other.end_session = read_url("https://login.example.org/end?tenant=1").value();
  CHECK(sign_out_address(other, client())->starts_with("https://login.example.org/end?tenant=1&client_id="));
  other.end_session.reset();
  CHECK_FALSE(sign_out_address(other, client()));
}

TEST_CASE("a sign-in is finished by the browser that began it, once and soon", "[identity][pending_sign_ins]") {
  ManualClock clock;
  SeededRandomness randomness;
  PendingSignIns pending(clock, randomness, 600s, 3);
  const auto begin = [&](std::string state) {
    return pending.begin({{.state = std::move(state), .nonce = {}, .verifier = {}, .max_age = {}}, "p", "/cycles"});
  };

  const std::string cookie = begin("a");
  CHECK_FALSE(pending.take(""));
  CHECK_FALSE(pending.take(cookie + "A"));
  CHECK(pending.take(cookie)->pending.state == "a");
  CHECK_FALSE(pending.take(cookie));

  const std::string late = begin("b");
  clock.pass(600s);
  CHECK_FALSE(pending.take(late));

  const std::string first = begin("1"), second = begin("2"), third = begin("3"), fourth = begin("4");
  CHECK_FALSE(pending.take(first));
  CHECK(pending.take(second));
  CHECK(pending.take(third));
  CHECK(pending.take(fourth));
}

TEST_CASE("who begins to sign in again and again drives out nobody else", "[identity][pending_sign_ins]") {
  ManualClock clock;
  SeededRandomness randomness;
  PendingSignIns pending(clock, randomness, 600s, 5, 3);
  const auto begin = [&](std::string from) {
    return pending.begin({{.state = "s", .nonce = {}, .verifier = {}, .max_age = {}}, std::move(from), "/"});
  };
  const std::string other = begin("192.0.2.1");

  std::deque<std::string> cookies;
  for (int i = 0; i < 20; ++i, clock.pass(1s)) cookies.push_back(begin("203.0.113.9"));

  CHECK_FALSE(pending.take(cookies.at(16)));
  for (const size_t newest : {17U, 18U, 19U}) CHECK(pending.take(cookies.at(newest)));
  CHECK(pending.take(other));
  for (int i = 0; i < 20; ++i, clock.pass(1s)) cookies.push_back(begin("203.0.113.9"));  // those that were taken do not count
  CHECK(pending.take(cookies.at(37)));
}

TEST_CASE("after signing in a browser stays with us", "[identity][pending_sign_ins]") {
  for (const std::string_view path : {"/", "/cycles/iom-coaching/2024", "/list?sort=name&limit=10"}) CHECK(is_own_path(path));
  for (const std::string_view path : {"", "cycles", "//forger.example.org", "/\\forger.example.org", "https://forger.example.org",
                                      "/a\r\nSet-Cookie: a=b", "/a b", "/%2f%2fforger.example.org", "/\tforger", "javascript:alert(1)"}) {
    CAPTURE(path);
    CHECK_FALSE(is_own_path(path));
  }
  ManualClock clock;
  SeededRandomness randomness;
  PendingSignIns pending(clock, randomness);
  CHECK(pending.take(pending.begin({{}, "p", "//forger.example.org"}))->return_to == "/");
}

}  // namespace daybook
