#include "server/identity/issuer.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook {
namespace {

using namespace std::chrono_literals;

const std::string kDocumentUrl = "https://login.example.org/.well-known/openid-configuration", kKeysUrl = "https://login.example.org/keys";
const std::string kDocument =
    R"({"issuer":"https://login.example.org","authorization_endpoint":"https://login.example.org/a","token_endpoint":"https://login.example.org/t",)"
    R"("jwks_uri":"https://login.example.org/keys","response_types_supported":["code"],"id_token_signing_alg_values_supported":["ES256"]})";

}  // namespace

TEST_CASE("an issuer that is away when the service starts is asked again, but not more than once a minute", "[identity][issuer]") {
  ManualClock clock;
  FakeNetwork network;
  Issuer issuer("https://login.example.org", network.fetch(), clock);

  for (int i = 0; i < 10; ++i) {
    CHECK(issuer.provider().error().fault == Fault::kBusy);
    CHECK(issuer.find_key("es-1").error().fault == Fault::kBusy);
  }
  CHECK(network.asked().size() == 1);
  network.serve(kDocumentUrl, kDocument);
  network.serve(kKeysUrl, key_set_text({&es_key()}));
  clock.pass(60s);
  CHECK(issuer.find_key("es-1").has_value());
  CHECK(issuer.provider().value().keys.text() == kKeysUrl);
  CHECK(network.asked().size() == 3);
}

TEST_CASE("a document of somebody else is no reason to ask for keys, nor to refuse a token for good", "[identity][issuer]") {
  ManualClock clock;
  FakeNetwork network;
  network.serve("https://other.example.org/.well-known/openid-configuration", kDocument);
  Issuer issuer("https://other.example.org", network.fetch(), clock);

  CHECK(issuer.provider().error().fault == Fault::kRejected);
  CHECK(issuer.find_key("es-1").error().fault == Fault::kBusy);
  CHECK(network.asked().size() == 1);
}

TEST_CASE("while an issuer is silent some wait for its document, and the others are told at once to come again", "[identity][issuer]") {
  ManualClock clock;
  SilentIssuer silent(kDocument);
  Issuer issuer("https://login.example.org", silent.fetch(), clock, {.waiting = 2});

  const auto fared = silent.ask_eleven([&] { return issuer.provider().has_value(); });

  CHECK(fared.told_at_once == 8);
  CHECK(fared.answered == 3);
}

TEST_CASE("an issuer's document is asked for once", "[identity][issuer]") {
  ManualClock clock;
  FakeNetwork network;
  network.serve(kDocumentUrl, kDocument);
  network.serve(kKeysUrl, key_set_text({&es_key()}));
  Issuer issuer("https://login.example.org", network.fetch(), clock);

  for (int hour = 0; hour < 48; ++hour, clock.pass(1h)) REQUIRE(issuer.find_key("es-1").has_value());

  size_t documents = 0;
  for (const auto& request : network.asked()) documents += request.url.text() == kDocumentUrl ? 1 : 0;
  CHECK(documents == 1);
}

}  // namespace daybook
