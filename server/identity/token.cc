#include "server/identity/token.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "server/identity/json_fields.h"
#include "server/identity/token_checks.h"

namespace daybook {
namespace {

Result<void> hold(std::span<const TokenCheck> checks, const TokenUnderCheck& token) {
  for (const auto& check : checks) {
    const std::string fault = check.fault(token);
    if (!fault.empty()) return Error{Fault::kRejected, fmt::format("token: {}: {}", check.name, fault)};
  }
  return success();
}

std::string text_or_empty(const boost::json::object& claims, std::string_view key) { return std::string(text_at(claims, key).value_or("")); }

// An address that its owner only typed in is nobody's.
std::string person_in(const boost::json::object& claims, const std::string& claim) {
  const auto* verified = claim == "email" ? claims.if_contains("email_verified") : nullptr;
  const bool holds = claim != "email" || (verified && verified->is_bool() && verified->get_bool());
  return claim.empty() || !holds ? "" : text_or_empty(claims, claim);
}

Claims claims_of(const boost::json::object& claims, const TokenWants& wants) {
  return {.who = {text_or_empty(claims, "iss"), text_or_empty(claims, "sub")},
          .session = text_or_empty(claims, "sid"),
          .ends_at = moment_at(claims, "exp").value(),
          .signed_in_at = moment_at(claims, "auth_time"),
          .person = person_in(claims, wants.person_claim)};
}

}  // namespace

Result<Claims> verify_token(std::string_view text, const TokenWants& wants, const FindKey& find_key, Instant now) {
  DAYBOOK_TRY(const auto jws, read_jws(text));
  TokenUnderCheck token{.jws = jws, .wants = wants, .now = now};
  DAYBOOK_TRY(hold(token_checks_without_key(wants.kind), token));
  const auto key = find_key(text_at(jws.header, "kid").value());
  if (key.has_error() && key.error().fault != Fault::kNotFound) return key.error();
  token.key = key.has_value() ? &key.value() : nullptr;
  DAYBOOK_TRY(hold(token_checks_with_key(), token));
  return claims_of(jws.claims, wants);
}

std::string claimed_issuer(std::string_view text) {
  const auto jws = read_jws(text);
  return jws.has_value() ? text_or_empty(jws.value().claims, "iss") : "";
}

}  // namespace daybook
