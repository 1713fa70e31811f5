#include "tools/device_sign_in.h"

#include <catch2/catch_test_macros.hpp>
#include <deque>

#include "tools/remote_json.h"

namespace daybook::test {
namespace {

using std::chrono::seconds;

const std::string kOffer = R"({"issuer": "https://login.example", "audience": "https://ledger.example", "device_client": "cli", "scope": "openid"})";
const std::string kAbout = R"({"issuer": "https://login.example", "token_endpoint": "https://login.example/token",
    "device_authorization_endpoint": "https://login.example/device"})";
const std::string kCode =
    R"({"device_code": "secret", "user_code": "ABCD", "verification_uri": "https://login.example/go", "interval": 5, "expires_in": 60})";

std::string error(const std::string& name) { return R"({"error": ")" + name + R"("})"; }

// A provider that answers what it was told to, in order.
struct Provider {
  explicit Provider(std::deque<std::string> answers) : left(std::move(answers)) {}
  Result<std::string> sign_in() {
    const auto wire = [this](const WireRequest& request) -> Result<WireAnswer> {
      asked.push_back(request);
      if (left.empty()) return Error{Fault::kBusy, "nobody there"};
      auto body = left.front();
      left.pop_front();
      return WireAnswer{200, {}, std::move(body)};
    };
    return token_by_device(
        wire, read_object(kOffer).value(), [this](seconds time) { rests.push_back(time); },
        [this](const DeviceCode& code) { shown.push_back(code); });
  }

  std::deque<std::string> left;
  std::vector<WireRequest> asked;
  std::vector<seconds> rests;
  std::vector<DeviceCode> shown;
};

}  // namespace

TEST_CASE("whoever agrees on another device gets this machine a token", "[tools][remote]") {
  Provider provider({kAbout, kCode, error("authorization_pending"), error("slow_down"), R"({"access_token": "a.b.c", "token_type": "Bearer"})"});

  const auto token = provider.sign_in();

  CHECK(token.value() == "a.b.c");
  REQUIRE(provider.shown.size() == 1);
  CHECK(provider.shown[0].code == "ABCD");
  CHECK(provider.shown[0].page == "https://login.example/go");
  CHECK(provider.rests == std::vector{seconds(5), seconds(5), seconds(10)});
  REQUIRE(provider.asked.size() == 5);
  CHECK(provider.asked[0].to.target == "/.well-known/openid-configuration");
  CHECK(provider.asked[1].body.find("resource=https%3A%2F%2Fledger.example") != std::string::npos);
  CHECK(provider.asked[4].body.find("device_code=secret") != std::string::npos);
}

TEST_CASE("a sign-in that is refused, or that nobody agrees to, gives no token", "[tools][remote]") {
  Provider refused({kAbout, kCode, error("access_denied")});
  std::deque<std::string> silence(40, error("authorization_pending"));
  silence.push_front(kCode);
  silence.push_front(kAbout);
  Provider silent(std::move(silence));

  CHECK(refused.sign_in().error().fault == Fault::kNotFound);
  CHECK(silent.sign_in().error().fault == Fault::kNotFound);
  CHECK(silent.rests.size() == 12);
}

TEST_CASE("a provider that calls itself otherwise, or leads to a place that is not safe, is not asked further", "[tools][remote]") {
  Provider other({R"({"issuer": "https://elsewhere.example"})"}), none({R"({"issuer": "https://login.example"})"});
  Provider plain({R"({"issuer": "https://login.example", "token_endpoint": "https://login.example/token",
      "device_authorization_endpoint": "http://login.example/device"})"});

  CHECK(other.sign_in().has_error());
  CHECK(none.sign_in().error().fault == Fault::kRejected);
  CHECK(plain.sign_in().error().fault == Fault::kRejected);
  for (const auto* provider : {&other, &none, &plain}) CHECK(provider->asked.size() == 1);
}

}  // namespace daybook::test
