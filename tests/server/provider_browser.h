// A provider that a test decides about, the service that signs people in through it, and browsers that do so.
#pragma once

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>

#include "server/code_flow_routes.h"
#include "server/command_routes.h"
#include "server/query.h"
#include "server/session_routes.h"
#include "server/sign_in_routes.h"
#include "server/view_routes.h"
#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {

inline const std::string kIssuer = "https://login.example.org", kOrigin = "https://daybook.example.org";
inline const std::string kDocumentUrl = kIssuer + "/.well-known/openid-configuration", kTokenUrl = kIssuer + "/token", kKeysUrl = kIssuer + "/keys";
inline const std::string kCallback(kCallbackPath), kBackChannel = "/v1/sign-in/back-channel-logout";

inline std::string document(bool signs_out = true) {
  boost::json::object document{{"issuer", kIssuer},
                               {"authorization_endpoint", kIssuer + "/authorize"},
                               {"token_endpoint", kTokenUrl},
                               {"jwks_uri", kKeysUrl},
                               {"response_types_supported", boost::json::array{"code"}},
                               {"id_token_signing_alg_values_supported", boost::json::array{"ES256"}}};
  if (signs_out) document["end_session_endpoint"] = kIssuer + "/end";
  return boost::json::serialize(document);
}

inline Client client() {
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
  void give(boost::json::object claims, unsigned status = 200) {
    const auto id_token = token_of({{"alg", "ES256"}, {"kid", es_key().kid()}}, claims, es_key());
    network.serve(kTokenUrl, boost::json::serialize(boost::json::object{{"access_token", "at"}, {"token_type", "Bearer"}, {"id_token", id_token}}),
                  status);
  }
  boost::json::object claims(const std::string& nonce, const std::string& subject = "user-1", const std::string& sid = "s-1") const {
    return {{"iss", kIssuer},    {"aud", "console"}, {"sub", subject},     {"sid", sid},          {"iat", now()},
            {"exp", now() + 60}, {"nonce", nonce},   {"auth_time", now()}, {"staff_number", "U1"}};
  }
  std::string logout_token(const boost::json::object& more, const SigningKey& key = es_key()) const {
    boost::json::object claims{{"iss", kIssuer}, {"aud", "console"}, {"iat", now()}, {"exp", now() + 60}, {"jti", "1"}};
    claims["events"] = boost::json::object{{"http://schemas.openid.net/event/backchannel-logout", boost::json::object{}}};
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
inline std::string parameter_in(const std::string& url, std::string_view name) {
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

inline const std::string kSessionCookie = "__Host-daybook", kSignInCookie = "__Host-daybook-sign-in";

}  // namespace daybook::test
