// Tokens that look right but for one thing. Each is refused for that thing, and is taken when that thing alone is not looked at: so each
// check has a token that only it stands against.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <set>

#include "server/identity/base64url.h"
#include "server/identity/bearer.h"
#include "server/identity/json_fields.h"
#include "server/identity/jws.h"
#include "server/identity/key_cache.h"
#include "server/identity/token_checks.h"
#include "tests/server/identity/fakes.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using namespace std::chrono_literals;

constexpr int64_t kNow = 1'800'000'000;  // early in 2027
const Instant kMoment{std::chrono::seconds(kNow)};
const std::string kIssuer = "https://login.example.org/tenant", kService = "https://daybook.example.org", kClient = "daybook-console";
const std::string kAccessToken = "the access token beside it";

TokenWants wants_of(TokenKind kind) {
  const TokenWants wants{.kind = kind,
                         .issuer = kIssuer,
                         .audience = kind == TokenKind::kAccess ? kService : kClient,
                         .algorithms = {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa},
                         .nonce = kind == TokenKind::kId ? "the nonce that was sent" : "",
                         .access_token = kAccessToken,
                         .max_age = std::nullopt};
  return wants;
}

object header_of(TokenKind kind, const SigningKey& key) {
  return {{"alg", name_of(key.kind())},
          {"typ", kind == TokenKind::kAccess ? "at+jwt"
                  : kind == TokenKind::kId   ? "JWT"
                                             : "logout+jwt"},
          {"kid", key.kid()}};
}

object claims_of(TokenKind kind) {
  object claims{{"iss", kIssuer}, {"sub", "user-1"}, {"iat", kNow - 10}, {"exp", kNow + 290}, {"jti", "1"}};
  claims["aud"] = kind == TokenKind::kAccess ? kService : kClient;
  if (kind == TokenKind::kAccess) claims["client_id"] = "payroll";
  if (kind == TokenKind::kId) claims["nonce"] = "the nonce that was sent";
  if (kind == TokenKind::kId) claims["auth_time"] = kNow - 20;
  if (kind == TokenKind::kLogout) claims["events"] = object{{"http://schemas.openid.net/event/backchannel-logout", object{}}};
  return claims;
}

const PublicKey* key_named(std::string_view kid) {
  static const std::map<std::string, PublicKey, std::less<>> keys{
      {"rs-1", rs_key().public_key()}, {"es-1", es_key().public_key()}, {"ed-1", ed_key().public_key()}};
  const auto found = keys.find(kid);
  return found == keys.end() ? nullptr : &found->second;
}

Result<PublicKey> find_key(std::string_view kid) {
  if (const auto* key = key_named(kid)) return *key;
  return Error{Fault::kNotFound, "no such key"};
}

struct Forgery {
  std::string name;
  std::string text;
  std::set<std::string_view> checks;  // that stand against it: all of them must be left out for it to be taken. Empty: it cannot be read
  std::string why;                    // stands in the message
  std::function<void(TokenWants&)> also = [](TokenWants&) {};
};

// As verify_token, but for the checks that are named: what a verifier would say that had forgotten them.
std::string verdict_without(const std::set<std::string_view>& left_out, const Forgery& forgery, const TokenWants& wants) {
  const auto jws = read_jws(forgery.text);
  if (jws.has_error()) return jws.error().message;
  TokenUnderCheck token{.jws = jws.value(), .wants = wants, .now = kMoment};
  token.key = key_named(text_at(jws.value().header, "kid").value_or(""));
  for (const auto checks : {token_checks_without_key(wants.kind), token_checks_with_key()}) {
    for (const auto& check : checks) {
      if (!left_out.contains(check.name) && !check.fault(token).empty()) return std::string(check.name) + ": " + check.fault(token);
    }
  }
  return "taken";
}

// ---- how forgeries are made: a token that would hold, with a change ----

struct Change {
  std::string name;
  std::function<void(object& header, object& claims)> make;
  std::set<std::string_view> checks;
  std::string why;
  std::function<void(TokenWants&)> also = [](TokenWants&) {};
};

using Set = std::function<void(object&, object&)>;
value json_of(const auto& to) {
  if constexpr (std::is_same_v<std::decay_t<decltype(to)>, std::string>) {
    return value(boost::json::string_view(to));
  } else {
    return value(to);
  }
}
Set header(std::string key, const auto& to) {
  return [key, set = json_of(to)](object& in, object&) { in[key] = set; };
}
Set claim(std::string key, const auto& to) {
  return [key, set = json_of(to)](object&, object& in) { in[key] = set; };
}
Set no_header(std::string key) {
  return [=](object& in, object&) { in.erase(key); };
}
Set no_claim(std::string key) {
  return [=](object&, object& in) { in.erase(key); };
}
Set both(Set first, Set second) {
  return [=](object& in_header, object& in_claims) { first(in_header, in_claims), second(in_header, in_claims); };
}

// Signed properly by the issuer's own key after the change.
Forgery signed_after(TokenKind kind, const Change& change, const SigningKey& key = es_key()) {
  object in_header = header_of(kind, key), in_claims = claims_of(kind);
  change.make(in_header, in_claims);
  return {change.name, token_of(in_header, in_claims, key), change.checks, change.why, change.also};
}

std::string good(const SigningKey& key = es_key()) { return token_of(header_of(TokenKind::kAccess, key), claims_of(TokenKind::kAccess), key); }

std::string with_signature(const std::string& token, std::string_view signature) {
  return token.substr(0, token.rfind('.') + 1) + to_base64url(as_bytes(signature));
}
std::string signed_part_of(const std::string& token) { return token.substr(0, token.rfind('.')); }
std::string signature_of(const std::string& token) { return from_base64url(token.substr(token.rfind('.') + 1)).value(); }

std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view message) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), as_bytes(message).data(), message.size(), reinterpret_cast<uint8_t*>(out.data()),
       &size);
  return out.substr(0, size);
}

// A token under an algorithm with a shared secret, for which a forger takes what everybody knows.
std::string with_hmac(std::string_view algorithm, const EVP_MD* digest, std::string_view secret) {
  object in_header = header_of(TokenKind::kAccess, rs_key());
  in_header["alg"] = algorithm;
  const std::string part = signed_part(boost::json::serialize(in_header), boost::json::serialize(claims_of(TokenKind::kAccess)));
  return part + "." + to_base64url(as_bytes(hmac(digest, secret, part)));
}

// ---- the table ----

std::vector<Forgery> forged_algorithms() {
  const auto kind = TokenKind::kAccess;
  std::vector<Forgery> table;
  for (const Change& change : std::vector<Change>{
           {"alg none over a good signature", header("alg", "none"), {"alg", "key kind"}, "found \"alg\" \"none\""},
           {"alg None", header("alg", "None"), {"alg", "key kind"}, "\"None\""},
           {"alg in small letters", header("alg", "es256"), {"alg", "key kind"}, "\"es256\""},
           {"alg of another strength", header("alg", "ES384"), {"alg", "key kind"}, "\"ES384\""},
           {"alg of another curve", header("alg", "ES256K"), {"alg", "key kind"}, "\"ES256K\""},
           {"alg left out", no_header("alg"), {"alg", "key kind"}, "found no \"alg\""},
           {"alg a number", header("alg", 1), {"alg", "key kind"}, "another kind of value at \"alg\""},
           {"alg a list", header("alg", array{"ES256"}), {"alg", "key kind"}, "another kind of value"},
           {"alg with a zero byte", header("alg", std::string("ES256\0", 6)), {"alg", "key kind"}, "ES256"},
           {"an algorithm that this issuer is not configured with",
            [](object&, object&) {},
            {"alg"},
            "ES256",
            [](TokenWants& wants) { wants.algorithms = {Algorithm::kRs256, Algorithm::kEdDsa}; }},
           {"no algorithm configured", [](object&, object&) {}, {"alg"}, "ES256", [](TokenWants& wants) { wants.algorithms.clear(); }},
           {"RS256 said of an ES256 key", header("alg", "RS256"), {"key kind"}, "want \"ES256\""},
           {"EdDSA said of an ES256 key", header("alg", "EdDSA"), {"key kind"}, "want \"ES256\""},
           {"a kid of another kind of key", header("kid", "rs-1"), {"key kind", "signature"}, "want \"RS256\""},
       }) {
    table.push_back(signed_after(kind, change));
  }
  table.push_back(signed_after(kind, {"ES256 said of an RSA key", header("alg", "ES256"), {"key kind"}, "want \"RS256\""}, rs_key()));
  table.push_back(signed_after(kind, {"RS256 said of an Ed25519 key", header("alg", "RS256"), {"key kind"}, "want \"EdDSA\""}, ed_key()));
  table.push_back(signed_after(kind, {"RS512 over SHA-256", header("alg", "RS512"), {"alg", "key kind"}, "\"RS512\""}, rs_key()));
  const std::set<std::string_view> all = {"alg", "key kind", "signature"};
  table.push_back({"HS256 with the public key in PEM", with_hmac("HS256", EVP_sha256(), rs_key().pem()), all, "\"HS256\""});
  table.push_back({"HS256 with the public key in JSON", with_hmac("HS256", EVP_sha256(), boost::json::serialize(rs_key().jwk())), all, "\"HS256\""});
  table.push_back({"HS512 with the public key in PEM", with_hmac("HS512", EVP_sha512(), rs_key().pem()), all, "\"HS512\""});
  table.push_back({"HS256 with an empty secret", with_hmac("HS256", EVP_sha256(), ""), all, "\"HS256\""});
  table.push_back({"an HMAC under the name RS256", with_hmac("RS256", EVP_sha256(), rs_key().pem()), {"signature"}, "did not make"});
  auto pss = signed_after(kind, {"PS256 by the RSA key", header("alg", "PS256"), all, "\"PS256\""}, rs_key());
  pss.text = with_signature(pss.text, rs_key().sign_pss(signed_part_of(pss.text)));
  table.push_back(pss);
  return table;
}

std::vector<Forgery> forged_headers() {
  const std::set<std::string_view> unknown = {"key", "signature"}, nameless = {"kid", "key", "signature"};
  const value certificate = array{"MIIB"};
  std::vector<Forgery> table;
  for (const Change& change : std::vector<Change>{
           {"a jwk of its own", header("jwk", stranger_es_key().jwk()), {"own key"}, "found \"jwk\""},
           {"a jwk that is the issuer's", header("jwk", es_key().jwk()), {"own key"}, "found \"jwk\""},
           {"a jku", header("jku", "https://forger.example.org/keys"), {"own key"}, "found \"jku\""},
           {"an x5u", header("x5u", "https://forger.example.org/chain"), {"own key"}, "found \"x5u\""},
           {"an x5c", header("x5c", certificate), {"own key"}, "found \"x5c\""},
           {"a jku that is null", header("jku", nullptr), {"own key"}, "found \"jku\""},
           {"crit that names a claim", header("crit", array{"exp"}), {"critical"}, "found \"crit\""},
           {"crit that names nothing", header("crit", array{}), {"critical"}, "found \"crit\""},
           {"crit with what it names",
            both(header("crit", array{"http://example.org/x"}), header("http://example.org/x", 1)),
            {"critical"},
            "\"crit\""},
           {"b64 false", header("b64", false), {"critical"}, "found \"b64\""},
           {"b64 true", header("b64", true), {"critical"}, "found \"b64\""},
           {"zip", header("zip", "DEF"), {"critical"}, "found \"zip\""},
           {"enc", header("enc", "A128GCM"), {"critical"}, "found \"enc\""},
           {"typ of an ID token", header("typ", "JWT"), {"typ"}, "found \"typ\" \"JWT\", want \"at+jwt\""},
           {"typ left out", no_header("typ"), {"typ"}, "found no \"typ\""},
           {"typ of a logout token", header("typ", "logout+jwt"), {"typ"}, "\"logout+jwt\""},
           {"typ of a proof of possession", header("typ", "dpop+jwt"), {"typ"}, "\"dpop+jwt\""},
           {"typ with a space behind", header("typ", "at+jwt "), {"typ"}, "\"at+jwt \""},
           {"typ under another tree", header("typ", "text/at+jwt"), {"typ"}, "text/at+jwt"},
           {"typ a list", header("typ", array{"at+jwt"}), {"typ"}, "another kind of value"},
           {"no kid", no_header("kid"), nameless, "found no \"kid\""},
           {"an empty kid", header("kid", ""), nameless, "found \"kid\" \"\""},
           {"a kid that is a number", header("kid", 1), nameless, "another kind of value at \"kid\""},
           {"a kid of 257 bytes", header("kid", std::string(257, 'k')), nameless, "want a text of 1 to 256 bytes"},
           {"a kid with a line end", header("kid", "es-1\n"), nameless, "kid"},
           {"a kid that is a path", header("kid", "../../../../dev/null"), unknown, "want one of the issuer's set"},
           {"a kid that is SQL", header("kid", "x' UNION SELECT 'es-1"), unknown, "want one of the issuer's set"},
           {"a kid that is an address", header("kid", "https://forger.example.org/keys#es-1"), unknown, "want one of the issuer's set"},
           {"a kid that is a command", header("kid", "es-1|/usr/bin/id"), unknown, "want one of the issuer's set"},
           {"a kid in large letters", header("kid", "ES-1"), unknown, "want one of the issuer's set"},
           {"a kid with a space", header("kid", "es-1 "), unknown, "want one of the issuer's set"},
           {"a kid that nobody has", header("kid", "es-2"), unknown, "want one of the issuer's set"},
       }) {
    table.push_back(signed_after(TokenKind::kAccess, change));
  }
  object own = header_of(TokenKind::kAccess, stranger_es_key());
  own["jwk"] = stranger_es_key().jwk();
  table.push_back(
      {"a jwk of its own, signed by it", token_of(own, claims_of(TokenKind::kAccess), stranger_es_key()), {"own key", "signature"}, "\"jwk\""});
  return table;
}

std::vector<Forgery> forged_claims() {
  std::vector<Forgery> table;
  for (const Change& change : std::vector<Change>{
           {"another issuer", claim("iss", "https://forger.example.org"), {"iss"}, "found \"iss\" \"https://forger"},
           {"the issuer with a slash", claim("iss", kIssuer + "/"), {"iss"}, "want \"" + kIssuer},
           {"another tenant's issuer", claim("iss", "https://login.example.org/tenant2"), {"iss"}, "tenant2"},
           {"the issuer's host alone", claim("iss", "https://login.example.org"), {"iss"}, "iss"},
           {"the issuer over http", claim("iss", "http://login.example.org/tenant"), {"iss"}, "http://"},
           {"the issuer in large letters", claim("iss", "https://LOGIN.example.org/tenant"), {"iss"}, "LOGIN"},
           {"a list of issuers", claim("iss", array{kIssuer}), {"iss"}, "another kind of value at \"iss\""},
           {"no issuer", no_claim("iss"), {"iss"}, "found no \"iss\""},
           {"another audience", claim("aud", "https://other.example.org"), {"aud"}, "https://other"},
           {"an audience that begins like ours", claim("aud", kService + ".forger.org"), {"aud"}, "aud"},
           {"an audience in another spelling", claim("aud", kService + "/"), {"aud"}, "aud"},
           {"audiences without us", claim("aud", array{"https://a.example.org", "https://b.example.org"}), {"aud"}, "aud"},
           {"audiences in a list in a list", claim("aud", array{array{kService}}), {"aud"}, "aud"},
           {"no audience", no_claim("aud"), {"aud"}, "found no \"aud\""},
           {"an empty list of audiences", claim("aud", array{}), {"aud"}, "aud"},
           {"an audience in an object", claim("aud", object{{kService, true}}), {"aud"}, "aud"},
           {"no audience configured", claim("aud", ""), {"aud"}, "aud", [](TokenWants& wants) { wants.audience.clear(); }},
           {"no subject", no_claim("sub"), {"sub"}, "no \"sub\" that is a text"},
           {"an empty subject", claim("sub", ""), {"sub"}, "no \"sub\" that is a text"},
           {"a subject that is a number", claim("sub", 7), {"sub"}, "no \"sub\" that is a text"},
           {"a subject of 257 bytes", claim("sub", std::string(257, 's')), {"sub"}, "of 1 to 256 bytes"},
           {"a subject with a line end", claim("sub", "user-1\nadmin"), {"sub"}, "sub"},
           {"a subject that turns the writing round", claim("sub", "user\u202e1"), {"sub"}, "sub"},
           {"over for a minute", claim("exp", kNow - 60), {"exp", "lifetime"}, "time is over"},
           {"over for a minute, issued before", both(claim("exp", kNow - 60), claim("iat", kNow - 100)), {"exp"}, "time is over"},
           {"over, and a skew of ten minutes configured",
            both(claim("exp", kNow - 300), claim("iat", kNow - 900)),
            {"exp"},
            "time is over",
            [](TokenWants& wants) { wants.skew = 10min; }},
           {"no end", no_claim("exp"), {"exp"}, "found no \"exp\""},
           {"an end in text", claim("exp", std::to_string(kNow + 290)), {"exp"}, "no \"exp\" that is a moment"},
           {"an end in milliseconds", claim("exp", (kNow + 290) * 1000), {"exp"}, "no \"exp\" that is a moment"},
           {"an end beyond any calendar", claim("exp", 1e300), {"exp"}, "no \"exp\" that is a moment"},
           {"an end before 1970", claim("exp", -1), {"exp"}, "no \"exp\" that is a moment"},
           {"an end that is null", claim("exp", nullptr), {"exp"}, "no \"exp\" that is a moment"},
           {"not begun", claim("nbf", kNow + 61), {"nbf"}, "has not begun"},
           {"a beginning in text", claim("nbf", "0"), {"nbf"}, "no moment"},
           {"issued in a while", both(claim("iat", kNow + 61), claim("exp", kNow + 361)), {"iat"}, "not in the past"},
           {"not issued", no_claim("iat"), {"iat"}, "found no \"iat\""},
           {"issued in text", claim("iat", "1"), {"iat"}, "found no \"iat\""},
           {"for more than a day", claim("exp", kNow + 86'400), {"lifetime"}, "longer than 86400 s"},
           {"for ever", claim("exp", 253'402'300'799), {"lifetime"}, "longer than"},
           {"for no time", both(claim("iat", kNow), claim("exp", kNow)), {"lifetime"}, "for no time"},
           {"longer than is configured",
            [](object&, object&) {},
            {"lifetime"},
            "longer than 60 s",
            [](TokenWants& wants) { wants.lifetime_max = 1min; }},
           {"bound to another key", claim("cnf", object{{"jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}), {"cnf"}, "found \"cnf\""},
           {"bound to a certificate", claim("cnf", object{{"x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}), {"cnf"}, "found \"cnf\""},
           {"a sign-in in a while", claim("auth_time", kNow + 61), {"auth_time"}, "not in the past"},
           {"a sign-in in text", claim("auth_time", "now"), {"auth_time"}, "no \"auth_time\" that is a moment"},
       }) {
    table.push_back(signed_after(TokenKind::kAccess, change));
  }
  object id = claims_of(TokenKind::kId), id_header = header_of(TokenKind::kId, es_key());
  table.push_back({"an ID token", token_of(id_header, id, es_key()), {"typ", "aud"}, "want \"at+jwt\""});
  id["aud"] = array{kClient, kService};
  table.push_back({"an ID token for us too", token_of(id_header, id, es_key()), {"typ"}, "want \"at+jwt\""});
  table.push_back(
      {"a logout token", token_of(header_of(TokenKind::kLogout, es_key()), claims_of(TokenKind::kLogout), es_key()), {"typ", "aud"}, "typ"});
  return table;
}

std::vector<Forgery> forged_signatures() {
  const std::set<std::string_view> one = {"signature"};
  const std::string why = "found one that the key did not make", token = good(), part = signed_part_of(token);
  const auto changed = [](std::string bytes, size_t at) { return bytes[at] = static_cast<char>(bytes[at] ^ 1), bytes; };
  object other_claims = claims_of(TokenKind::kAccess);
  other_claims["sub"] = "user-2";
  const std::string other = token_of(header_of(TokenKind::kAccess, es_key()), other_claims, es_key());
  const std::string rs = good(rs_key()), ed = good(ed_key());
  std::string greater = signature_of(ed);  // s + L, which is s again for whoever does not look
  const unsigned char order[] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  for (unsigned i = 0, carry = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(greater[32 + i]) + order[i];
    greater[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  const std::string signature = signature_of(token);
  return {
      {"a bit of r changed", with_signature(token, changed(signature, 0)), one, why},
      {"a bit of s changed", with_signature(token, changed(signature, 63)), one, why},
      {"a bit of an RSA signature changed", with_signature(rs, changed(signature_of(rs), 100)), one, why},
      {"a bit of an Ed25519 signature changed", with_signature(ed, changed(signature_of(ed), 5)), one, why},
      {"another's ES256 key of that kid", good(stranger_es_key()), one, why},
      {"another's RSA key of that kid", good(stranger_rs_key()), one, why},
      {"another token's signature", with_signature(token, signature_of(other)), one, why},
      {"another token's claims",
       part.substr(0, part.find('.')) + other.substr(other.find('.'), other.rfind('.') - other.find('.')) + token.substr(token.rfind('.')), one, why},
      {"ES256 in DER", with_signature(token, es_key().sign_der(part)), one, why},
      {"r and s of nothing", with_signature(token, std::string(64, '\0')), one, why},
      {"r alone", with_signature(token, signature.substr(0, 32)), one, why},
      {"r and s with a byte behind", with_signature(token, signature + '\0'), one, why},
      {"r and s in 33 bytes each", with_signature(token, '\0' + signature.substr(0, 32) + '\0' + signature.substr(32)), one, why},
      {"s and r", with_signature(token, signature.substr(32) + signature.substr(0, 32)), one, why},
      {"RSA with a zero in front", with_signature(rs, '\0' + signature_of(rs)), one, why},
      {"RSA over SHA-1", with_signature(rs, rs_key().sign_sha1(signed_part_of(rs))), one, why},
      {"RSA by PSS under RS256", with_signature(rs, rs_key().sign_pss(signed_part_of(rs))), one, why},
      {"RSA cut by a byte", with_signature(rs, signature_of(rs).substr(0, 255)), one, why},
      {"Ed25519 with a greater s", with_signature(ed, greater), one, why},
      {"Ed25519 of the neutral point", with_signature(ed, '\x01' + std::string(63, '\0')), one, why},
      {"signed without the point", with_signature(token, es_key().sign(std::string(part).erase(part.find('.'), 1))), one, why},
  };
}

std::vector<Forgery> forged_forms() {
  const std::string header_text = boost::json::serialize(header_of(TokenKind::kAccess, es_key()));
  const std::string claims_text = boost::json::serialize(claims_of(TokenKind::kAccess));
  const auto inside = [](std::string text, const std::string& more) { return text.insert(text.size() - 1, more); };
  const auto signed_texts = [](const std::string& a, const std::string& b) { return token_of_texts(a, b, es_key()); };
  const std::string token = good(), part = signed_part_of(token), signature = token.substr(token.rfind('.') + 1);
  std::string spelled = token;  // four bits of the last letter say nothing: another letter, the same bytes
  spelled.back() = spelled.back() == 'A' ? 'B' : static_cast<char>(spelled.back() + 1);
  std::string standard = good(rs_key());
  std::replace(standard.begin(), standard.end(), '_', '/');
  std::replace(standard.begin(), standard.end(), '-', '+');
  return {
      {"alg twice in the header",
       signed_texts(inside(header_text, R"(,"alg":"ES256")"), claims_text),
       {},
       "header: JSON: found an object names a member twice"},
      {"alg twice, once escaped", signed_texts(inside(header_text, R"(,"\u0061lg":"none")"), claims_text), {}, "twice"},
      {"kid twice in the header", signed_texts(R"({"kid":"forged",)" + header_text.substr(1), claims_text), {}, "twice"},
      {"exp twice in the claims",
       signed_texts(header_text, inside(claims_text, R"(,"exp":9999999999)")),
       {},
       "claims: JSON: found an object names a member twice"},
      {"sub twice in the claims", signed_texts(header_text, R"({"sub":"admin",)" + claims_text.substr(1)), {}, "twice"},
      {"a name twice further in", signed_texts(header_text, inside(claims_text, R"(,"x":{"a":1,"a":1})")), {}, "twice"},
      {"a header that is a list", signed_texts("[" + header_text + "]", claims_text), {}, "header: found JSON that is no object"},
      {"claims that are a text", signed_texts(header_text, "\"user-1\""), {}, "claims: found JSON that is no object"},
      {"claims that are no JSON", signed_texts(header_text, "sub=user-1"), {}, "claims: JSON"},
      {"claims with more behind", signed_texts(header_text, claims_text + "{}"), {}, "claims: JSON"},
      {"claims behind a byte order mark", signed_texts(header_text, "\xef\xbb\xbf" + claims_text), {}, "claims: JSON"},
      {"claims with a comment", signed_texts(header_text, inside(claims_text, "/* */")), {}, "claims: JSON"},
      {"claims that are not UTF-8", signed_texts(header_text, inside(claims_text, ",\"x\":\"\xff\"")), {}, "claims: JSON"},
      {"claims nine deep", signed_texts(header_text, inside(claims_text, R"(,"x":[[[[[[[[0]]]]]]]])")), {}, "claims: JSON"},
      {"a number that no reader agrees on", signed_texts(header_text, inside(claims_text, R"(,"x":99999999999999999999)")), {}, "claims: JSON"},
      {"no signature", part + ".", {}, "signature: found nothing"},
      {"no signature and no point", part, {}, "found no three parts"},
      {"no header", token.substr(token.find('.')), {}, "header: found nothing"},
      {"four parts", token + "." + signature, {}, "found no three parts"},
      {"five parts, as if it were encrypted", token + ".AAAA.AAAA", {}, "found no three parts"},
      {"in JSON form", "{\"payload\":\"" + token + "\"}", {}, "header: found other characters"},
      {"padded", token + "==", {}, "signature: found other characters or another spelling"},
      {"padded within", part.substr(0, part.find('.')) + "=" + token.substr(part.find('.')), {}, "header: found other"},
      {"in the letters of plain base64", standard, {}, "found other characters"},
      {"the same bytes in another spelling", spelled, {}, "signature: found other characters or another spelling"},
      {"with a line end behind", token + "\n", {}, "signature: found other"},
      {"with a space in front", " " + token, {}, "header: found other"},
      {"with a line end within", std::string(token).insert(token.size() / 2, "\r\n"), {}, "found other"},
      {"with a zero byte behind", token + '\0', {}, "signature: found other"},
      {"cut by a letter", token.substr(0, token.size() - 1), {}, "signature: found other"},
      {"cut by half", token.substr(0, part.size() / 2), {}, "found no three parts"},
      {"of more than 16 KiB",
       signed_texts(header_text, inside(claims_text, ",\"x\":\"" + std::string(13'000, 'x') + "\"")),
       {},
       "want at most 16384"},
      {"nothing", "", {}, "found no three parts"},
  };
}

std::vector<Forgery> joined(std::initializer_list<std::vector<Forgery>> tables) {
  std::vector<Forgery> all;
  for (const auto& table : tables) all.insert(all.end(), table.begin(), table.end());
  return all;
}

std::vector<Forgery> forged_access_tokens() {
  return joined({forged_algorithms(), forged_headers(), forged_claims(), forged_signatures(), forged_forms()});
}

std::vector<Forgery> forged_id_tokens() {
  const auto fresh = [](TokenWants& wants) { wants.max_age = 5min; };
  std::vector<Forgery> table;
  for (const Change& change : std::vector<Change>{
           {"another nonce", claim("nonce", "the nonce that was seNt"), {"nonce"}, "another \"nonce\""},
           {"no nonce", no_claim("nonce"), {"nonce"}, "nonce"},
           {"an empty nonce where none was kept", claim("nonce", ""), {"nonce"}, "nonce", [](TokenWants& wants) { wants.nonce.clear(); }},
           {"several audiences and no party", claim("aud", array{kClient, "other"}), {"azp"}, "found no \"azp\""},
           {"made for another party", both(claim("aud", array{kClient, "other"}), claim("azp", "other")), {"azp"}, "found \"azp\" \"other\""},
           {"one audience, another party", claim("azp", "other"), {"azp"}, "found \"azp\" \"other\""},
           {"another client's", claim("aud", "other"), {"aud"}, "found \"aud\" \"other\""},
           {"of another access token", claim("at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), {"at_hash"}, "at_hash"},
           {"a hash that is no text", claim("at_hash", 1), {"at_hash"}, "at_hash"},
           {"no time of sign-in where it was asked for", no_claim("auth_time"), {"auth_time"}, "found no \"auth_time\"", fresh},
           {"an old sign-in where a fresh one was asked for", claim("auth_time", kNow - 361), {"auth_time"}, "older sign-in than 300 s", fresh},
           {"a sign-in in the future", claim("auth_time", kNow + 61), {"auth_time"}, "not in the past"},
           {"a sign-in in text", claim("auth_time", "0"), {"auth_time"}, "no \"auth_time\" that is a moment"},
           {"typ of an access token", header("typ", "at+jwt"), {"typ"}, "want \"JWT\""},
           {"typ of a logout token", header("typ", "logout+jwt"), {"typ"}, "want \"JWT\""},
           {"typ that is no text", header("typ", nullptr), {"typ"}, "typ"},
           {"another issuer", claim("iss", "https://forger.example.org"), {"iss"}, "iss"},
           {"over", both(claim("exp", kNow - 60), claim("iat", kNow - 90)), {"exp"}, "time is over"},
           {"with a jku", header("jku", "https://forger.example.org"), {"own key"}, "jku"},
       }) {
    table.push_back(signed_after(TokenKind::kId, change));
  }
  return table;
}

std::vector<Forgery> forged_logout_tokens() {
  std::vector<Forgery> table;
  for (const Change& change : std::vector<Change>{
           {"no event", no_claim("events"), {"events"}, "no event of back-channel logout"},
           {"another event", claim("events", object{{"http://example.org/event", object{}}}), {"events"}, "no event"},
           {"an event that is no object",
            claim("events", object{{"http://schemas.openid.net/event/backchannel-logout", true}}),
            {"events"},
            "no event"},
           {"a nonce", claim("nonce", "n"), {"nonce"}, "found \"nonce\""},
           {"nobody and no session", no_claim("sub"), {"sub"}, "neither"},
           {"a session that is no text", claim("sid", 1), {"sub"}, "neither"},
           {"typ of an ID token", header("typ", "JWT"), {"typ"}, "want \"logout+jwt\""},
           {"another client's", claim("aud", "other"), {"aud"}, "aud"},
       }) {
    table.push_back(signed_after(TokenKind::kLogout, change));
  }
  return table;
}

void check_refused(TokenKind kind, const std::vector<Forgery>& table) {
  std::set<std::string> names, texts;
  for (const auto& forgery : table) {
    CAPTURE(forgery.name, forgery.text.substr(0, 200));
    CHECK(names.insert(forgery.name).second);
    auto wants = wants_of(kind);
    forgery.also(wants);

    const auto verdict = verify_token(forgery.text, wants, find_key, kMoment);

    REQUIRE(verdict.has_error());
    CAPTURE(verdict.error().message);
    CHECK(verdict.error().fault == Fault::kRejected);
    CHECK(verdict.error().message.find(forgery.why) != std::string::npos);
    CHECK(verdict.error().message.size() < 400);
    if (forgery.checks.empty()) {
      CHECK(verdict.error().message.starts_with("token: form: "));
    } else {
      CHECK(verdict_without(forgery.checks, forgery, wants) == "taken");
    }
    for (const auto& check : forgery.checks) {  // and no fewer will do
      auto fewer = forgery.checks;
      fewer.erase(check);
      CHECK(verdict_without(fewer, forgery, wants).starts_with(std::string(check) + ": "));
    }
  }
}

void check_each_check_needed(TokenKind kind, const std::vector<Forgery>& table) {
  for (const auto checks : {token_checks_without_key(kind), token_checks_with_key()}) {
    for (const auto& check : checks) {
      CAPTURE(check.name);
      const bool stands = std::any_of(table.begin(), table.end(), [&](const Forgery& forgery) {
        return !forgery.checks.empty() && *forgery.checks.begin() == check.name && forgery.checks.size() == 1;
      });
      const bool only_says_more = check.name == "kid" || check.name == "key";  // without a key the signature cannot hold
      CHECK((stands || only_says_more));
    }
  }
}

}  // namespace

TEST_CASE("an access token of each algorithm holds", "[identity][token]") {
  for (const auto* key : {&rs_key(), &es_key(), &ed_key()}) {
    const auto claims = verify_token(good(*key), wants_of(TokenKind::kAccess), find_key, kMoment);

    REQUIRE(claims.has_value());
    CHECK(claims.value().who == Identity{kIssuer, "user-1"});
    CHECK(claims.value().ends_at == kMoment + 290s);
  }
}

TEST_CASE("what issuers write differently holds as well", "[identity][token]") {
  for (const Change& change : std::vector<Change>{
           {"the long form of typ", header("typ", "application/at+jwt"), {}, ""},
           {"typ in large letters", header("typ", "AT+JWT"), {}, ""},
           {"several audiences", claim("aud", array{"https://other.example.org", kService}), {}, ""},
           {"a thumbprint of a certificate", header("x5t", "abc"), {}, ""},
           {"broken seconds", claim("exp", static_cast<double>(kNow) + 0.5), {}, ""},
           {"the end of its time within the skew", both(claim("exp", kNow - 59), claim("iat", kNow - 100)), {}, ""},
           {"the beginning of its time within the skew", claim("nbf", kNow + 60), {}, ""},
           {"issued within the skew", both(claim("iat", kNow + 60), claim("exp", kNow + 100)), {}, ""},
           {"for exactly a day", both(claim("iat", kNow), claim("exp", kNow + 86'400)), {}, ""},
           {"a name of 256 bytes", claim("sub", std::string(256, 's')), {}, ""},
           {"a name beyond ASCII", claim("sub", "Zo\u00eb"), {}, ""},
       }) {
    CAPTURE(change.name);
    CHECK(verify_token(signed_after(TokenKind::kAccess, change).text, wants_of(TokenKind::kAccess), find_key, kMoment).has_value());
  }
}

TEST_CASE("every forged access token is refused for what is wrong with it, and for nothing else", "[identity][token]") {
  const auto table = forged_access_tokens();

  CHECK(table.size() >= 60);
  check_refused(TokenKind::kAccess, table);
}

TEST_CASE("every check of an access token has a forgery that only it stands against", "[identity][token]") {
  check_each_check_needed(TokenKind::kAccess, forged_access_tokens());
}

TEST_CASE("an ID token holds for the sign-in that asked for it", "[identity][token]") {
  for (const auto* key : {&rs_key(), &es_key(), &ed_key()}) {
    auto wants = wants_of(TokenKind::kId);
    wants.max_age = 20s;
    object claims = claims_of(TokenKind::kId);
    // Known answers: the left half of SHA-256, and for Ed25519 of SHA-512, over the access token (made with openssl dgst).
    claims["at_hash"] = key->kind() == Algorithm::kEdDsa ? "ttJL7GLJ8ZTXbDLUHBslz3d0QuD9t1AQCZmN22muoVc" : "BOxz37mBJPySNeacywPuJw";

    const auto verdict = verify_token(token_of(header_of(TokenKind::kId, *key), claims, *key), wants, find_key, kMoment);

    REQUIRE(verdict.has_value());
    CHECK(verdict.value().signed_in_at == kMoment - 20s);
  }
}

TEST_CASE("every forged ID token is refused for what is wrong with it", "[identity][token]") { check_refused(TokenKind::kId, forged_id_tokens()); }

TEST_CASE("every forged logout token is refused for what is wrong with it", "[identity][token]") {
  REQUIRE(verify_token(token_of(header_of(TokenKind::kLogout, es_key()), claims_of(TokenKind::kLogout), es_key()), wants_of(TokenKind::kLogout),
                       find_key, kMoment)
              .has_value());
  check_refused(TokenKind::kLogout, forged_logout_tokens());
}

TEST_CASE("a token that is wrong in itself asks nobody for a key", "[identity][token]") {
  for (const auto& forgery : forged_access_tokens()) {
    CAPTURE(forgery.name);
    auto wants = wants_of(TokenKind::kAccess);
    forgery.also(wants);
    int asked = 0;
    const auto counting = [&](std::string_view kid) { return ++asked, find_key(kid); };

    CHECK(verify_token(forgery.text, wants, counting, kMoment).has_error());

    const bool only_the_key_can_say =
        !forgery.checks.empty() && std::all_of(forgery.checks.begin(), forgery.checks.end(),
                                               [](std::string_view check) { return check == "key" || check == "key kind" || check == "signature"; });
    CHECK(asked == (only_the_key_can_say ? 1 : 0));
  }
}

TEST_CASE("a token is not refused for good where its key cannot be had now", "[identity][token]") {
  const auto nobody = [](std::string_view) -> Result<PublicKey> { return Error{Fault::kBusy, "the issuer does not answer"}; };

  const auto verdict = verify_token(good(), wants_of(TokenKind::kAccess), nobody, kMoment);

  REQUIRE(verdict.has_error());
  CHECK(verdict.error().fault == Fault::kBusy);
}

TEST_CASE("a message about a token repeats nothing that a log or a terminal would act on", "[identity][token]") {
  const auto forgery = signed_after(TokenKind::kAccess, {"", claim("iss", "\x1b[2J\r\nevil " + std::string(5000, 'x')), {}, ""});

  const auto message = verify_token(forgery.text, wants_of(TokenKind::kAccess), find_key, kMoment).error().message;

  CHECK(message.find_first_of("\x1b\r\n") == std::string::npos);
  CHECK(message.size() < 400);
}

TEST_CASE("whom the ledger knows is what the configured claim says, and an address only if it was verified", "[identity][token]") {
  const auto person_in = [](const Change& change, const std::string& wanted) {
    const auto token = signed_after(TokenKind::kAccess, change);
    auto wants = wants_of(TokenKind::kAccess);
    wants.person_claim = wanted;
    return verify_token(token.text, wants, find_key, kMoment).value().person;
  };
  const auto address = claim("email", "ada@example.org");

  CHECK(person_in({"", claim("staff_number", "U1"), {}, ""}, "staff_number") == "U1");
  CHECK(person_in({"", claim("staff_number", "U1"), {}, ""}, "").empty());
  CHECK(person_in({"", claim("staff_number", 1), {}, ""}, "staff_number").empty());
  CHECK(person_in({"", both(address, claim("email_verified", true)), {}, ""}, "email") == "ada@example.org");
  CHECK(person_in({"", address, {}, ""}, "email").empty());
  CHECK(person_in({"", both(address, claim("email_verified", false)), {}, ""}, "email").empty());
  CHECK(person_in({"", both(address, claim("email_verified", "true")), {}, ""}, "email").empty());
}

TEST_CASE("a message about a token does not say who it is of", "[identity][token]") {
  for (const Change& change :
       std::vector<Change>{{"", claim("sub", "ada@example.org " + std::string(300, 'x')), {}, ""},
                           {"", both(claim("sub", "ada@example.org"), claim("exp", 1)), {}, ""},
                           {"", both(claim("sub", "ada@example.org"), claim("email", "ada@example.org")), {}, "", [](TokenWants& wants) {
                              wants.issuer = "https://other.example.org";
                            }}}) {
    const auto forgery = signed_after(TokenKind::kAccess, change);
    auto wants = wants_of(TokenKind::kAccess);
    change.also(wants);

    const auto verdict = verify_token(forgery.text, wants, find_key, kMoment);

    REQUIRE(verdict.has_error());
    CHECK(verdict.error().message.find("ada@") == std::string::npos);
  }
}

TEST_CASE("no byte of a token can be changed, left out or doubled", "[identity][token]") {
  const std::string token = good(ed_key());
  const auto wants = wants_of(TokenKind::kAccess);
  const auto taken = [&](const std::string& text) { return verify_token(text, wants, find_key, kMoment).has_value(); };
  REQUIRE(taken(token));

  for (size_t at = 0; at < token.size(); ++at) {
    CAPTURE(at);
    for (const char other : {'A', 'B', 'z', '_', '.', '=', '\0'}) {
      std::string changed = token;
      changed[at] = other;
      CHECK((other == token[at] || !taken(changed)));
    }
    CHECK_FALSE(taken(std::string(token).erase(at, 1)));
    CHECK_FALSE(taken(std::string(token).insert(at, 1, token[at])));
    CHECK_FALSE(taken(token.substr(0, at)));
  }
}

TEST_CASE("all forgeries together make the service ask its issuer for keys, once, and nobody else", "[identity][token]") {
  ManualClock clock;  // which says kMoment
  REQUIRE(clock.now() == kMoment);
  FakeNetwork network;
  network.serve("https://login.example.org/keys", key_set_text({&rs_key(), &es_key(), &ed_key()}));
  KeyCache cache(read_url("https://login.example.org/keys").value(), network.fetch(), clock);
  const BearerTokens tokens({{wants_of(TokenKind::kAccess), [&](std::string_view kid) { return cache.find(kid); }}}, clock);

  for (const auto& forgery : forged_access_tokens()) {
    auto as_configured = wants_of(TokenKind::kAccess);
    forgery.also(as_configured);
    const bool of_configuration = as_configured.algorithms != wants_of(TokenKind::kAccess).algorithms || as_configured.audience != kService ||
                                  as_configured.lifetime_max != wants_of(TokenKind::kAccess).lifetime_max;
    CAPTURE(forgery.name);
    CHECK((of_configuration || tokens.check("Bearer " + forgery.text).has_error()));
  }

  REQUIRE(network.asked().size() == 1);
  CHECK(network.asked()[0].url.text() == "https://login.example.org/keys");
}

}  // namespace daybook
