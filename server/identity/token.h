// Whether a token is what it claims to be, from whom it claims, for us, and now.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"
#include "ledger/types.h"
#include "server/identity/identity.h"
#include "server/identity/public_key.h"

namespace daybook {

enum class TokenKind {
  kAccess,  // RFC 9068, "at+jwt": lets a system call the service
  kId,      // OpenID Connect Core 2: tells a client who signed in
  kLogout,  // OpenID Connect Back-Channel Logout 2.4, "logout+jwt": tells a client who signed out
};

// What a token must be. All of it is from the configuration or from the sign-in that is going on; none of it from the token.
struct TokenWants {
  TokenKind kind = TokenKind::kAccess;
  std::string issuer;                 // exactly so spelled
  std::string audience;               // this service; of an ID or logout token: our name as a client
  std::vector<Algorithm> algorithms;  // that this issuer may use
  std::chrono::seconds skew{60};      // by which its clock may differ from ours: at most 60 s
  std::chrono::seconds lifetime_max{std::chrono::hours(24)};
  std::string person_claim = {};  // by which the ledger knows somebody: see Claims::person; empty: none
  // Of an ID token alone:
  std::string nonce;                            // that was sent with the question
  std::string access_token;                     // that came with it
  std::optional<std::chrono::seconds> max_age;  // how long ago somebody may have shown who they are; none: not asked
};

// What a token that holds says.
struct Claims {
  Identity who;         // of a logout token the subject may be empty
  std::string session;  // "sid": the issuer's name for the session; may be empty
  Instant ends_at{};
  std::optional<Instant> signed_in_at;  // "auth_time"
  std::string person = {};              // the text of the claim that is wanted for it; empty where there is none, or an "email" nobody verified
};

// The key of a kid. kNotFound: the issuer has none of it; kBusy: nobody can say now.
using FindKey = std::function<Result<PublicKey>(std::string_view kid)>;

// The claims of `text` if everything holds. kRejected, as "token: CHECK: found .., want ..", at the first that does not: for the log;
// whoever sent it learns no more than that it was refused. kBusy where the keys are not to be had. A key is looked for only if all else
// but the signature holds, so that what is no token of ours asks nobody anything.
Result<Claims> verify_token(std::string_view text, const TokenWants& wants, const FindKey& find_key, Instant now);

// The issuer that a token claims, to find out by which wants it is to be checked; empty if it claims none. Nothing is checked here.
std::string claimed_issuer(std::string_view text);

}  // namespace daybook
