#include "server/identity/issuer.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <thread>
#include <vector>

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
  std::latch asking(1), answer(1);
  const Fetch slow = [&](const FetchRequest&) -> Result<FetchAnswer> {
    asking.count_down();
    answer.wait();
    return FetchAnswer{200, "application/json", kDocument};
  };
  KeyCacheLimits limits;
  limits.waiting = 2;
  Issuer issuer("https://login.example.org", slow, clock, limits);
  std::atomic<int> known = 0, busy = 0;
  const auto look = [&] { ++(issuer.provider().has_value() ? known : busy); };
  std::vector<std::jthread> threads;
  threads.emplace_back(look);
  asking.wait();

  for (int i = 0; i < 10; ++i) threads.emplace_back(look);
  for (int i = 0; i < 5000 && busy < 8; ++i) std::this_thread::sleep_for(1ms);

  CHECK(busy == 8);
  answer.count_down();
  threads.clear();
  CHECK(known == 3);
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
