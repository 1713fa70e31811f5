#include "server/identity/token_checks.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "ledger/printable.h"
#include "server/identity/base64url.h"
#include "server/identity/json_fields.h"
#include "server/identity/secret.h"

namespace daybook {
namespace {

using boost::json::object;
using std::chrono::seconds;

constexpr seconds kSkewMax{60};
constexpr size_t kNameBytesMax = 256;
constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

// What stands at `key`, for a message: short, and with nothing in it that a terminal acts on.
std::string shown(const object& from, std::string_view key) {
  if (!from.contains(key)) return fmt::format("no \"{}\"", key);
  const auto text = text_at(from, key);
  return text ? fmt::format("\"{}\" \"{}\"", key, printable(text->substr(0, 80))) : fmt::format("another kind of value at \"{}\"", key);
}

std::string differs(const object& from, std::string_view key, std::string_view wanted) {
  return fmt::format("found {}, want \"{}\"", shown(from, key), wanted);
}

bool same_letters(std::string_view a, std::string_view b) {  // but for case
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// A name that can stand in a log line and be compared byte for byte.
bool good_name(std::optional<std::string_view> name) { return name && !name->empty() && name->size() <= kNameBytesMax && printable(*name) == *name; }

seconds skew_of(const TokenUnderCheck& token) { return std::clamp(token.wants.skew, seconds(0), kSkewMax); }
const object& header_of(const TokenUnderCheck& token) { return token.jws.header; }
const object& claims_of(const TokenUnderCheck& token) { return token.jws.claims; }

// ---- the header ----

// A token brings no key, nor the place of one: keys come from the issuer's own set.
std::string own_key(const TokenUnderCheck& token) {
  for (const std::string_view name : {"jwk", "jku", "x5u", "x5c"}) {
    if (header_of(token).contains(name)) return fmt::format("found \"{}\" in the header, want keys of the issuer's set only", name);
  }
  return {};
}

// What a reader must understand or refuse, and there is nothing of it that we do.
std::string critical(const TokenUnderCheck& token) {
  for (const std::string_view name : {"crit", "b64", "zip", "enc"}) {
    if (header_of(token).contains(name)) return fmt::format("found \"{}\" in the header, want a plain signed token", name);
  }
  return {};
}

std::string algorithm(const TokenUnderCheck& token) {
  const auto named = algorithm_named(text_at(header_of(token), "alg").value_or(""));
  const auto& allowed = token.wants.algorithms;
  if (named && std::find(allowed.begin(), allowed.end(), *named) != allowed.end()) return {};
  return fmt::format("found {}, want one that this issuer is configured with", shown(header_of(token), "alg"));
}

std::string type(const TokenUnderCheck& token) {
  std::string_view found = text_at(header_of(token), "typ").value_or("");
  static constexpr std::string_view kPrefix = "application/";
  if (same_letters(found.substr(0, kPrefix.size()), kPrefix)) found.remove_prefix(kPrefix.size());
  const auto kind = token.wants.kind;
  const std::string_view wanted = kind == TokenKind::kAccess ? "at+jwt" : kind == TokenKind::kId ? "JWT" : "logout+jwt";
  const bool may_be_left_out = kind == TokenKind::kId && !header_of(token).contains("typ");
  return same_letters(found, wanted) || may_be_left_out ? "" : differs(header_of(token), "typ", wanted);
}

std::string key_id(const TokenUnderCheck& token) {
  return good_name(text_at(header_of(token), "kid")) ? "" : fmt::format("found {}, want a text of 1 to 256 bytes", shown(header_of(token), "kid"));
}

// ---- the claims ----

std::string issuer(const TokenUnderCheck& token) {
  return text_at(claims_of(token), "iss") == token.wants.issuer ? "" : differs(claims_of(token), "iss", token.wants.issuer);
}

std::string audience(const TokenUnderCheck& token) {
  const auto& wanted = token.wants.audience;
  const bool is_it = text_at(claims_of(token), "aud") == wanted || listed_at(claims_of(token), "aud", wanted).value_or(false);
  return is_it && !wanted.empty() ? "" : differs(claims_of(token), "aud", wanted);
}

std::string subject(const TokenUnderCheck& token) {
  // What it is is not repeated: with some issuers it says who somebody is.
  return good_name(text_at(claims_of(token), "sub")) ? "" : "found no \"sub\" that is a text of 1 to 256 bytes";
}

std::string expiry(const TokenUnderCheck& token) {
  const auto ends = moment_at(claims_of(token), "exp");
  if (!ends) return "found no \"exp\" that is a moment";
  return token.now < *ends + skew_of(token) ? "" : "found a token whose time is over";
}

std::string not_before(const TokenUnderCheck& token) {
  if (!claims_of(token).contains("nbf")) return {};
  const auto begins = moment_at(claims_of(token), "nbf");
  return begins && *begins - skew_of(token) <= token.now ? "" : "found a token whose time has not begun, or an \"nbf\" that is no moment";
}

std::string issued(const TokenUnderCheck& token) {
  const auto at = moment_at(claims_of(token), "iat");
  return at && *at - skew_of(token) <= token.now ? "" : "found no \"iat\", or one that is not in the past";
}

std::string lifetime(const TokenUnderCheck& token) {
  const auto from = moment_at(claims_of(token), "iat"), to = moment_at(claims_of(token), "exp");
  if (!from || !to) return {};  // said already
  return *from < *to && *to - *from <= token.wants.lifetime_max
             ? ""
             : fmt::format("found a token for longer than {} s, or for no time", token.wants.lifetime_max.count());
}

// A token that only the holder of another key may use: here nobody could show that they hold it.
std::string bound(const TokenUnderCheck& token) { return claims_of(token).contains("cnf") ? "found \"cnf\", want a token for its bearer" : ""; }

// ---- of an ID token ----

// With several audiences it says for which of them it was made, and that must be us.
std::string party(const TokenUnderCheck& token) {
  const auto* audiences = claims_of(token).if_contains("aud");
  const bool several = audiences != nullptr && audiences->is_array() && audiences->get_array().size() > 1;
  if (!several && !claims_of(token).contains("azp")) return {};
  return text_at(claims_of(token), "azp") == token.wants.audience ? "" : differs(claims_of(token), "azp", token.wants.audience);
}

std::string nonce(const TokenUnderCheck& token) {
  const auto found = text_at(claims_of(token), "nonce");
  return found && same_secret(*found, token.wants.nonce) ? "" : "found another \"nonce\" than was sent, or none";
}

// The left half of the access token's digest, which is that of the algorithm: SHA-512 for Ed25519.
std::string access_token_hash(std::string_view access_token, std::optional<Algorithm> named) {
  const EVP_MD* digest = named == Algorithm::kEdDsa ? EVP_sha512() : EVP_sha256();
  std::array<uint8_t, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  if (EVP_Digest(access_token.data(), access_token.size(), bytes.data(), &size, digest, nullptr) != 1) return {};
  return to_base64url(Bytes(bytes).first(size / 2));
}

std::string access_hash(const TokenUnderCheck& token) {
  if (!claims_of(token).contains("at_hash")) return {};
  const auto named = algorithm_named(text_at(header_of(token), "alg").value_or(""));
  const std::string wanted = access_token_hash(token.wants.access_token, named);
  return same_secret(text_at(claims_of(token), "at_hash").value_or(""), wanted) ? "" : "found an \"at_hash\" of another access token";
}

std::string sign_in_time(const TokenUnderCheck& token) {
  const auto at = moment_at(claims_of(token), "auth_time");
  if (!at) return claims_of(token).contains("auth_time") || token.wants.max_age ? "found no \"auth_time\" that is a moment" : "";
  if (*at - skew_of(token) > token.now) return "found an \"auth_time\" that is not in the past";
  const bool old = token.wants.max_age && token.now - *at > *token.wants.max_age + skew_of(token);
  return old ? fmt::format("found an older sign-in than {} s", token.wants.max_age->count()) : "";
}

// ---- of a logout token ----

std::string logout_event(const TokenUnderCheck& token) {
  const auto* events = claims_of(token).if_contains("events");
  const auto* event = events != nullptr && events->is_object() ? events->get_object().if_contains(kLogoutEvent) : nullptr;
  return event != nullptr && event->is_object() ? "" : "found no event of back-channel logout";
}

std::string no_nonce(const TokenUnderCheck& token) { return claims_of(token).contains("nonce") ? "found \"nonce\", want none here" : ""; }

std::string subject_or_session(const TokenUnderCheck& token) {
  const auto fits = [&](std::string_view key) { return !claims_of(token).contains(key) || good_name(text_at(claims_of(token), key)); };
  const bool some = claims_of(token).contains("sub") || claims_of(token).contains("sid");
  return some && fits("sub") && fits("sid") ? "" : "found neither a \"sub\" nor a \"sid\" that is a text of 1 to 256 bytes";
}

// ---- the key ----

std::string known_key(const TokenUnderCheck& token) {
  return token.key != nullptr ? "" : fmt::format("found {}, want one of the issuer's set", shown(header_of(token), "kid"));
}

// The key's kind is the algorithm; the token's word for it must be the same.
std::string key_kind(const TokenUnderCheck& token) {
  if (token.key == nullptr) return {};
  return text_at(header_of(token), "alg") == name_of(token.key->algorithm()) ? "" : differs(header_of(token), "alg", name_of(token.key->algorithm()));
}

std::string signature(const TokenUnderCheck& token) {
  const bool holds = token.key != nullptr && token.key->verifies(token.jws.signed_part, token.jws.signature);
  return holds ? "" : "found one that the key did not make";
}

constexpr TokenCheck kOwnKey{"own key", own_key}, kCritical{"critical", critical}, kAlgorithm{"alg", algorithm}, kType{"typ", type},
    kKeyId{"kid", key_id}, kIssuer{"iss", issuer}, kAudience{"aud", audience}, kSubject{"sub", subject}, kExpiry{"exp", expiry},
    kNotBefore{"nbf", not_before}, kIssued{"iat", issued}, kLifetime{"lifetime", lifetime}, kBound{"cnf", bound},
    kSignInTime{"auth_time", sign_in_time};

constexpr auto kAccessChecks = std::to_array<TokenCheck>(
    {kOwnKey, kCritical, kAlgorithm, kType, kKeyId, kIssuer, kAudience, kSubject, kExpiry, kNotBefore, kIssued, kLifetime, kSignInTime, kBound});
constexpr auto kIdChecks = std::to_array<TokenCheck>({kOwnKey,
                                                      kCritical,
                                                      kAlgorithm,
                                                      kType,
                                                      kKeyId,
                                                      kIssuer,
                                                      kAudience,
                                                      kSubject,
                                                      kExpiry,
                                                      kNotBefore,
                                                      kIssued,
                                                      kLifetime,
                                                      {"azp", party},
                                                      {"nonce", nonce},
                                                      {"at_hash", access_hash},
                                                      kSignInTime});
constexpr auto kLogoutChecks = std::to_array<TokenCheck>({kOwnKey,
                                                          kCritical,
                                                          kAlgorithm,
                                                          kType,
                                                          kKeyId,
                                                          kIssuer,
                                                          kAudience,
                                                          {"sub", subject_or_session},
                                                          kExpiry,
                                                          kNotBefore,
                                                          kIssued,
                                                          kLifetime,
                                                          {"events", logout_event},
                                                          {"nonce", no_nonce}});
constexpr auto kKeyChecks = std::to_array<TokenCheck>({{"key", known_key}, {"key kind", key_kind}, {"signature", signature}});

}  // namespace

std::optional<Instant> moment_at(const object& claims, std::string_view key) {
  const auto* value = claims.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  if (!(number >= 0 && number < 253'402'300'800.0)) return std::nullopt;  // the year 10000
  return Instant(seconds(static_cast<int64_t>(std::floor(number))));
}

std::span<const TokenCheck> token_checks_without_key(TokenKind kind) {
  if (kind == TokenKind::kAccess) return kAccessChecks;
  if (kind == TokenKind::kId) return kIdChecks;
  return kLogoutChecks;
}

std::span<const TokenCheck> token_checks_with_key() { return kKeyChecks; }

}  // namespace daybook
