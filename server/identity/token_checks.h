// What must hold of a token, one check each, so that a test can show that none of them could be left out. Only token.cc and tests
// need this.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/identity/jws.h"
#include "server/identity/token.h"

namespace daybook {

struct TokenUnderCheck {
  const Jws& jws;
  const TokenWants& wants;
  Instant now;
  const PublicKey* key = nullptr;  // of the token's kid; null before it was looked for, and if there is none
};

struct TokenCheck {
  std::string_view name;
  // What was found and wanted where it does not hold; empty where it does. May be asked of any token, whatever else is wrong with it.
  std::string (*fault)(const TokenUnderCheck&);
};

// The moment that a claim names, in whole seconds since 1970; none for no number, or one that no calendar has.
std::optional<Instant> moment_at(const boost::json::object& claims, std::string_view key);

std::span<const TokenCheck> token_checks_without_key(TokenKind kind);
std::span<const TokenCheck> token_checks_with_key();

}  // namespace daybook
