#include "server/identity/key_set.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>

#include "server/identity/base64url.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook {
namespace {

using boost::json::array;
using boost::json::object;

std::string bytes_of(std::string_view text) { return from_base64url(text).value(); }

std::string set_of(const array& keys) { return boost::json::serialize(object{{"keys", keys}}); }

object changed(const SigningKey& key, const std::function<void(object&)>& change) {
  object jwk = key.jwk();
  change(jwk);
  return jwk;
}

}  // namespace

TEST_CASE("base64url has one text for each value", "[identity][base64url]") {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\xfb\xff\xbf\x00", 4)}) {
    CHECK(from_base64url(to_base64url(as_bytes(bytes))) == bytes);
  }
  CHECK(to_base64url(as_bytes("\xfb\xff\xbf")) == "-_-_");
  for (const std::string_view text : {"Zg==", "Zg=", "Zh", "Zm9", "Z", "+/+/", "Zm 9v", "Zm9v\n", "Zm9v=", "====", "Zm\x80v"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64url(text));
  }
}

TEST_CASE("a key checks the signature that a standard gives as an example", "[identity][key]") {
  // RFC 8037 A.4 and RFC 7515 A.3.
  const auto ed = PublicKey::ed25519(as_bytes(bytes_of("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))).value();
  const auto es = PublicKey::p256(as_bytes(bytes_of("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
                                  as_bytes(bytes_of("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")))
                      .value();
  const std::string ed_message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string ed_signature = bytes_of("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  const std::string es_message =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string es_signature = bytes_of("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");

  CHECK(ed.verifies(ed_message, ed_signature));
  CHECK(es.verifies(es_message, es_signature));
  CHECK_FALSE(ed.verifies(es_message, ed_signature));
  CHECK_FALSE(es.verifies(es_message, ed_signature));
}

TEST_CASE("what is no key, or a weak one, makes none", "[identity][key]") {
  const auto rs = rs_key().jwk();
  const std::string modulus = bytes_of(std::string_view(rs.at("n").as_string()));
  const std::string three_bytes = std::string("\x01\x00\x01", 3);
  std::string even = modulus;
  even.back() = static_cast<char>(even.back() & ~1);
  const auto fails = [](const Result<PublicKey>& key) { return key.has_error() && key.error().fault == Fault::kRejected; };
  const auto rsa = [](const std::string& n, const std::string& e) { return PublicKey::rsa(as_bytes(n), as_bytes(e)); };

  CHECK(rsa(modulus, three_bytes).has_value());
  CHECK(fails(rsa("", three_bytes)));
  CHECK(fails(rsa(modulus, "")));
  CHECK(fails(rsa(modulus, "\x03")));
  CHECK(fails(rsa(modulus, std::string("\x00\x01\x00\x01", 4))));
  CHECK(fails(rsa(modulus, std::string("\x01\x00\x00", 3))));
  CHECK(fails(rsa(modulus, std::string("\x01\x00\x00\x00\x01", 5))));
  CHECK(fails(rsa(std::string(1, '\0') + modulus, three_bytes)));
  CHECK(fails(rsa(even, three_bytes)));
  CHECK(fails(rsa(modulus.substr(0, 255), three_bytes)));
  CHECK(fails(rsa(std::string(1025, '\xff'), three_bytes)));
  const std::string x = bytes_of("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), y = bytes_of("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  CHECK(fails(PublicKey::p256(as_bytes(x), as_bytes(x))));  // beside the curve
  CHECK(fails(PublicKey::p256(as_bytes(x), as_bytes(y.substr(1)))));
  CHECK(fails(PublicKey::p256(as_bytes(std::string(32, '\0')), as_bytes(std::string(32, '\0')))));
  CHECK(fails(PublicKey::ed25519(as_bytes(x.substr(1)))));
}

TEST_CASE("a set gives the keys that can check a signature here", "[identity][key_set]") {
  const auto set = read_key_set(key_set_text({&rs_key(), &es_key(), &ed_key()}));

  REQUIRE(set.has_value());
  REQUIRE(set.value().keys.size() == 3);
  CHECK(set.value().passed_over.empty());
  for (const auto* key : {&rs_key(), &es_key(), &ed_key()}) {
    const auto& found = set.value().keys.at(key->kid());
    CHECK(found.algorithm() == key->kind());
    CHECK(found.verifies("message", key->sign("message")));
  }
}

TEST_CASE("a key that is for something else is passed over, and the others are used", "[identity][key_set]") {
  const auto weak = SigningKey::make(Algorithm::kRs256, "weak", 1024);
  const object other = GENERATE_COPY(
      changed(es_key(), [](object& jwk) { jwk["use"] = "enc"; }), changed(es_key(), [](object& jwk) { jwk["use"] = 1; }),
      changed(es_key(), [](object& jwk) { jwk["key_ops"] = array{"encrypt"}; }), changed(es_key(), [](object& jwk) { jwk["alg"] = "ES384"; }),
      changed(rs_key(), [](object& jwk) { jwk["alg"] = "PS256"; }), changed(rs_key(), [](object& jwk) { jwk["alg"] = "RSA-OAEP"; }),
      changed(es_key(), [](object& jwk) { jwk["crv"] = "P-384"; }), changed(es_key(), [](object& jwk) { jwk["crv"] = "secp256k1"; }),
      changed(ed_key(), [](object& jwk) { jwk["crv"] = "X25519"; }), changed(es_key(), [](object& jwk) { jwk["kty"] = "AKP"; }),
      changed(es_key(), [](object& jwk) { jwk.erase("kid"); }), changed(es_key(), [](object& jwk) { jwk["kid"] = ""; }),
      changed(es_key(), [](object& jwk) { jwk["kid"] = std::string(257, 'k').c_str(); }), changed(es_key(), [](object& jwk) { jwk["y"] = jwk["x"]; }),
      weak.jwk());

  const auto set = read_key_set(set_of({other, ed_key().jwk()}));

  CAPTURE(boost::json::serialize(other));
  REQUIRE(set.has_value());
  CHECK(set.value().keys.size() == 1);
  CHECK(set.value().keys.contains("ed-1"));
  CHECK(set.value().passed_over.size() == 1);
}

TEST_CASE("a set that shows that something is wrong with it is refused whole", "[identity][key_set]") {
  const auto with = [](const std::function<void(object&)>& change) { return set_of({changed(es_key(), change), ed_key().jwk()}); };
  array many;
  for (int i = 0; i < 65; ++i) many.push_back(changed(ed_key(), [&](object& jwk) { jwk["kid"] = std::to_string(i).c_str(); }));
  const std::string text =
      GENERATE_COPY(std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"), std::string(R"({"keys":[]})"),
                    std::string(R"({"keys":[1]})"), set_of({object{{"kid", "1"}}}), with([](object& jwk) { jwk["d"] = "AAAA"; }),
                    with([](object& jwk) { jwk["k"] = "AAAA"; }), set_of({object{{"kty", "oct"}, {"kid", "1"}}, ed_key().jwk()}),
                    with([](object& jwk) { jwk.erase("x"); }), with([](object& jwk) { jwk["x"] = 1; }), with([](object& jwk) { jwk["x"] = "Zg=="; }),
                    set_of({es_key().jwk(), stranger_es_key().jwk()}), set_of(many),
                    std::string(R"({"keys":[],)") + key_set_text({&es_key()}).substr(1), key_set_text({&es_key()}) + "{}", std::string(200'000, ' '));
  CAPTURE(text.substr(0, 300));

  const auto set = read_key_set(text);

  REQUIRE(set.has_error());
  CHECK(set.error().fault == Fault::kRejected);
}

}  // namespace daybook
