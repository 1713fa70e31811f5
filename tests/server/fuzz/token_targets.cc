#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <memory>

#include "server/identity/base64url.h"
#include "server/identity/key_set.h"
#include "server/identity/token.h"
#include "tests/server/fuzz/mutator.h"
#include "tests/server/fuzz/targets.h"
#include "tests/server/identity/test_issuer.h"

namespace daybook::test {
namespace {

namespace json = boost::json;

constexpr int64_t kNow = 1'800'000'000, kSkew = 60;
constexpr size_t kGoodTokens = 3;  // the first of the corpus
const std::string kIssuer = "https://login.example.org/tenant", kService = "https://daybook.example.org";

std::string corpus_file(std::string_view name) { return fmt::format("{}/tests/server/corpus/{}.txt", DAYBOOK_SOURCE_DIR, name); }

TokenWants access_wants() {
  TokenWants wants;
  wants.kind = TokenKind::kAccess;
  wants.issuer = kIssuer;
  wants.audience = kService;
  wants.algorithms = {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa};
  return wants;
}

// What a token says, read without any of the code that is under test.
json::object claims_in(std::string_view token, size_t which) {
  const auto first = token.find('.'), second = token.find('.', first + 1);
  const auto part = which == 0 ? token.substr(0, first) : token.substr(first + 1, second - first - 1);
  const auto text = from_base64url(part).value_or("");
  json::error_code error;
  auto value = json::parse(json::string_view(text.data(), text.size()), error);
  return value.is_object() ? value.get_object() : json::object();
}

std::optional<double> number_of(const json::object& claims, const char* name) {
  const auto* value = claims.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  return value->is_double()  ? value->get_double()
         : value->is_int64() ? static_cast<double>(value->get_int64())
                             : static_cast<double>(value->get_uint64());
}

bool is_text(const json::object& from, const char* name, std::string_view wanted) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() && std::string_view(value->get_string().data(), value->get_string().size()) == wanted;
}

bool is_for_us(const json::object& claims) {
  if (is_text(claims, "aud", kService)) return true;
  const auto* list = claims.if_contains("aud");
  if (!list || !list->is_array()) return false;
  return std::any_of(list->get_array().begin(), list->get_array().end(),
                     [](const json::value& one) { return one.is_string() && one.get_string() == kService.c_str(); });
}

// What is wrong with having taken it, whoever signed it.
std::string taken_fault(std::string_view token) {
  const auto header = claims_in(token, 0), claims = claims_in(token, 1);
  const auto ends = number_of(claims, "exp"), issued = number_of(claims, "iat"), begins = number_of(claims, "nbf");
  if (header.contains("crit") || header.contains("jwk") || header.contains("jku") || header.contains("x5u") || header.contains("x5c"))
    return "a token that brings keys or wants more than we do is taken";
  if (!is_text(claims, "iss", kIssuer) || !is_for_us(claims)) return "a token of another issuer, or for somebody else, is taken";
  if (!ends || *ends <= kNow - kSkew) return "a token that is over is taken";
  if (issued && *issued > kNow + kSkew) return "a token of the future is taken";
  return begins && *begins > kNow + kSkew ? "a token that does not hold yet is taken" : "";
}

struct Tokens {
  std::vector<std::string> good = read_corpus(corpus_file("token"));
  KeySet keys = read_key_set(read_corpus(corpus_file("key-set")).front()).value();
  TokenWants wants = access_wants();
  Tokens() {
    good.resize(kGoodTokens);
    keys.keys.emplace(ed_key().kid(), ed_key().public_key());
    keys.keys.emplace(es_key().kid(), es_key().public_key());
  }
  bool takes(std::string_view text) const {
    const auto find = [&](std::string_view kid) -> Result<PublicKey> {
      const auto it = keys.keys.find(kid);
      if (it == keys.keys.end()) return Error{Fault::kNotFound, "no such key"};
      return it->second;
    };
    return verify_token(text, wants, find, Instant(std::chrono::seconds(kNow))).has_value();
  }
};

// A text that begins with a brace is a header and claims, a line each, which are signed here; anything else is a token as it comes, and but for
// the good ones none is taken.
std::string token_fault(const Tokens& tokens, std::string_view bytes) {
  if (!bytes.starts_with('{')) {
    const bool good = std::find(tokens.good.begin(), tokens.good.end(), bytes) != tokens.good.end();
    if (tokens.takes(bytes) == good) return {};
    return good ? "a good token is refused" : "a token that nobody signed is taken";
  }
  const auto line = std::min(bytes.find('\n'), bytes.size());
  const auto header = bytes.substr(0, line), claims = bytes.substr(std::min(line + 1, bytes.size()));
  const bool curve = header.find("ES256") != std::string_view::npos;
  const auto token = token_of_texts(header, claims, curve ? es_key() : ed_key());
  return tokens.takes(token) ? taken_fault(token) : "";
}

std::string key_set_fault(std::string_view bytes) {
  const auto read = read_key_set(bytes);
  if (!read) return read.error().fault == Fault::kRejected ? "" : "it is neither read nor rejected";
  const auto& keys = read.value().keys;
  if (keys.empty() || keys.size() > 64) return "a set of no keys, or of too many, is taken";
  json::error_code error;
  const auto value = json::parse(json::string_view(bytes.data(), bytes.size()), error);
  if (error) return "Boost.JSON does not take it";
  for (const auto& key : value.at("keys").as_array()) {
    if (key.as_object().contains("d") || key.as_object().contains("k")) return "a set with a secret in it is taken";
  }
  return {};
}

}  // namespace

FuzzTarget token_target() {
  return {"token",
          {".",
           "=",
           "-",
           "_",
           "A",
           "e30",
           "\"alg\":\"none\"",
           "HS256",
           "\"crit\":[]",
           ",\"exp\":1e400",
           "\"exp\":",
           "\"aud\":",
           ",\"jwk\":{}",
           "\n",
           "\"kid\":\"../../dev/null\"",
           "1799999940",
           "1799999939",
           "1800000061",
           "1800000060",
           "\"nbf\":"},
          3'000,
          []() -> FuzzCall {
            const auto tokens = std::make_shared<Tokens>();
            return [tokens](std::string_view bytes) { return token_fault(*tokens, bytes); };
          }};
}

FuzzTarget key_set_target() {
  return {
      "key-set",
      {"\"kty\":\"oct\"", "\"d\":\"AA\"", ",\"k\":\"AA\"", "\"kid\":", "\"use\":\"enc\"", "{}", "[]", ",", "\"keys\":", "AQAB", "AA", "RSA", "P-256"},
      1'500,
      []() -> FuzzCall { return key_set_fault; }};
}

}  // namespace daybook::test
