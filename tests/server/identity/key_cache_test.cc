#include "server/identity/key_cache.h"

#include <atomic>
#include <boost/json/object.hpp>
#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <thread>

#include "server/identity/bearer.h"
#include "server/identity/forward_clock.h"
#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook {
namespace {

using namespace std::chrono_literals;

const std::string kKeysUrl = "https://login.example.org/keys";

struct Cached {
  ManualClock clock;
  FakeNetwork network;
  KeyCache cache{read_url(kKeysUrl).value(), network.fetch(), clock, {.ask_again = 60s, .fresh = 600s, .stale_max = 6h}};

  Cached() { network.serve(kKeysUrl, key_set_text({&es_key()})); }
  size_t asked() const { return network.asked().size(); }
};

Fault fault_of(const Result<PublicKey>& key) { return key.error().fault; }

}  // namespace

TEST_CASE("one question serves many tokens", "[identity][key_cache]") {
  Cached it;

  for (int i = 0; i < 100; ++i) CHECK(it.cache.find("es-1").has_value());

  CHECK(it.asked() == 1);
}

TEST_CASE("a kid that nobody has makes nobody ask more than once a minute", "[identity][key_cache]") {
  Cached it;
  REQUIRE(it.cache.find("es-1").has_value());

  for (int second = 0; second < 600; ++second) {
    CHECK(fault_of(it.cache.find("forged-" + std::to_string(second))) == Fault::kNotFound);
    it.clock.pass(1s);
  }

  CHECK(it.asked() == 10);  // the first, and one a minute after it
}

TEST_CASE("a new key counts as soon as it may be asked for, and one taken back no longer than the set is fresh", "[identity][key_cache]") {
  Cached it;
  REQUIRE(it.cache.find("es-1").has_value());
  it.network.serve(kKeysUrl, key_set_text({&ed_key()}));

  CHECK(fault_of(it.cache.find("ed-1")) == Fault::kNotFound);
  it.clock.pass(60s);
  CHECK(it.cache.find("ed-1").has_value());
  CHECK(fault_of(it.cache.find("es-1")) == Fault::kNotFound);
  it.network.serve(kKeysUrl, key_set_text({&es_key()}));
  it.clock.pass(599s);
  CHECK(it.cache.find("ed-1").has_value());
  it.clock.pass(1s);
  CHECK(fault_of(it.cache.find("ed-1")) == Fault::kNotFound);
}

TEST_CASE("while the issuer is silent its keys are used up to their limit, and it is asked once a minute", "[identity][key_cache]") {
  Cached it;
  REQUIRE(it.cache.find("es-1").has_value());
  it.network.silence(kKeysUrl);

  it.clock.pass(6h - 1s);
  CHECK(it.cache.find("es-1").has_value());
  it.clock.pass(1s);
  CHECK(fault_of(it.cache.find("es-1")) == Fault::kBusy);
  CHECK(it.asked() == 2);
  it.network.serve(kKeysUrl, key_set_text({&es_key()}));
  it.clock.pass(59s);
  CHECK(it.cache.find("es-1").has_value());
  CHECK(it.asked() == 3);
}

TEST_CASE("an answer that is no set of keys changes nothing", "[identity][key_cache]") {
  Cached it;
  REQUIRE(it.cache.find("es-1").has_value());
  struct Answer {
    unsigned status;
    std::string type, body;
  };
  for (const auto& [status, type, body] : std::vector<Answer>{{500, "application/json", key_set_text({&ed_key()})},
                                                              {302, "application/json", key_set_text({&ed_key()})},
                                                              {200, "text/html", key_set_text({&ed_key()})},
                                                              {200, "application/json", "{\"keys\":[]}"},
                                                              {200, "application/json", "{\"keys\":"},
                                                              {200, "application/json", std::string(1 << 20, ' ')}}) {
    it.network.serve(kKeysUrl, body, status, type);
    it.clock.pass(600s);

    CHECK(it.cache.find("es-1").has_value());
    CHECK(it.cache.find("ed-1").has_error());
  }
}

TEST_CASE("with no set ever seen nobody is told that the token is wrong", "[identity][key_cache]") {
  Cached it;
  it.network.silence(kKeysUrl);

  CHECK(fault_of(it.cache.find("es-1")) == Fault::kBusy);
  CHECK(fault_of(it.cache.find("es-1")) == Fault::kBusy);
  CHECK(it.asked() == 1);
}

TEST_CASE("setting the wall clock neither ages nor renews a key", "[identity][key_cache]") {
  Cached it;
  REQUIRE(it.cache.find("es-1").has_value());
  it.network.silence(kKeysUrl);

  it.clock.set_back(24h);
  CHECK(it.cache.find("es-1").has_value());
  it.clock.pass(6h);
  CHECK(fault_of(it.cache.find("es-1")) == Fault::kBusy);
}

TEST_CASE("many that need the first set at once ask once, and all get it", "[identity][key_cache]") {
  ManualClock clock;
  std::atomic<int> asked = 0;
  std::latch everybody(8);
  const Fetch slow = [&](const FetchRequest&) -> Result<FetchAnswer> {
    ++asked;
    everybody.wait();  // until all the others are on their way
    return FetchAnswer{200, "application/json", key_set_text({&es_key()})};
  };
  KeyCache cache(read_url(kKeysUrl).value(), slow, clock);
  std::atomic<int> found = 0;

  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      everybody.count_down();
      found += cache.find("es-1").has_value() ? 1 : 0;
    });
  }
  threads.clear();

  CHECK(found == 8);
  CHECK(asked == 1);
}

TEST_CASE("while an issuer is silent some wait for its keys, and the others are told at once to come again", "[identity][key_cache]") {
  ManualClock clock;
  SilentIssuer silent(key_set_text({&es_key()}));
  KeyCache cache(read_url(kKeysUrl).value(), silent.fetch(), clock, {.waiting = 2});

  const auto fared = silent.ask_eleven([&] { return cache.find("es-1").has_value(); });

  CHECK(fared.told_at_once == 8);
  CHECK(fared.answered == 3);
}

TEST_CASE("a bearer token is checked by the wants of the issuer that it names", "[identity][bearer]") {
  ManualClock clock;
  const ForwardClock forward(clock);
  FakeNetwork network;
  network.serve(kKeysUrl, key_set_text({&es_key()}));
  KeyCache cache(read_url(kKeysUrl).value(), network.fetch(), forward);
  const FindKey find_key = [&](std::string_view kid) { return cache.find(kid); };
  const auto trusted = [&](std::string issuer, Algorithm algorithm) {
    TrustedIssuer one;
    one.wants.issuer = std::move(issuer);
    one.wants.audience = "https://daybook.example.org";
    one.wants.algorithms = {algorithm};
    one.find_key = find_key;
    return one;
  };
  const BearerTokens tokens({trusted("https://a.example.org", Algorithm::kEs256), trusted("https://b.example.org", Algorithm::kRs256)}, forward);
  const auto token = [&](const std::string& issuer) {
    return token_of({{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", "es-1"}},
                    {{"iss", issuer}, {"aud", "https://daybook.example.org"}, {"sub", "robot"}, {"iat", 1'800'000'000}, {"exp", 1'800'000'300}},
                    es_key());
  };
  const std::string good = token("https://a.example.org");

  CHECK(tokens.check("Bearer " + token("https://c.example.org")).has_error());
  CHECK(tokens.check("Bearer " + token("https://b.example.org")).has_error());  // it may not use ES256
  CHECK(network.asked().empty());
  CHECK(tokens.check("Bearer " + good).value().who == Identity{"https://a.example.org", "robot"});
  CHECK(tokens.check("bearer " + good).has_value());
  for (const std::string& form : std::vector<std::string>{good, "Basic " + good, "Bearer", "Bearer ", "Bearer  " + good, "Bearer " + good + " ",
                                                          "Bearer " + good + "," + good, "Bearer\t" + good}) {
    CHECK(tokens.check(form).has_error());
  }
  clock.pass(360s);
  CHECK(tokens.check("Bearer " + good).has_error());
  clock.set_back(300s);
  CHECK(tokens.check("Bearer " + good).has_error());  // over is over
  CHECK(network.asked().size() == 1);
}

}  // namespace daybook
