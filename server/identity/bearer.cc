#include "server/identity/bearer.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/printable.h"
#include "ledger/require.h"

namespace daybook {
namespace {

// The token of "Bearer TOKEN", the scheme in any letters, one space; none for anything else.
std::optional<std::string_view> token_in(std::string_view authorization) {
  static constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (!std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [&](char want, char found) { return want == lower(found); }))
    return std::nullopt;
  return authorization.substr(kScheme.size());
}

}  // namespace

BearerTokens::BearerTokens(std::vector<TrustedIssuer> issuers, const Clock& clock) : issuers_(std::move(issuers)), clock_(clock) {
  for (const auto& issuer : issuers_) {
    const auto same = [&](const TrustedIssuer& other) { return other.wants.issuer == issuer.wants.issuer; };
    require(issuer.wants.kind == TokenKind::kAccess, "only access tokens let a system call");
    require(std::count_if(issuers_.begin(), issuers_.end(), same) == 1, "an issuer is trusted once");
  }
}

Result<Claims> BearerTokens::check(std::string_view authorization) const {
  const auto token = token_in(authorization);
  if (!token) return Error{Fault::kRejected, "token: found no \"Bearer\" and a token"};
  const std::string claimed = claimed_issuer(*token);
  const auto issuer = std::find_if(issuers_.begin(), issuers_.end(), [&](const TrustedIssuer& known) { return known.wants.issuer == claimed; });
  if (issuer == issuers_.end()) {
    return Error{Fault::kRejected, fmt::format("token: iss: found \"{}\", want an issuer that is configured", printable(claimed.substr(0, 80)))};
  }
  return verify_token(*token, issuer->wants, issuer->find_key, clock_.now());
}

}  // namespace daybook
