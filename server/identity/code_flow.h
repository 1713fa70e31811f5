// Signing in through a provider: the authorization code flow of OpenID Connect with PKCE. Pure but for the fetch handed in; what must be
// remembered between the question and the answer is a PendingSignIn, which its caller binds to the browser that asked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/digest.h"
#include "server/identity/fetch.h"
#include "server/identity/provider.h"
#include "server/identity/token.h"

namespace daybook {

// Us, as the provider knows us.
struct Client {
  std::string id;
  std::string secret;                 // empty: a public client, which PKCE alone protects
  Url redirect;                       // registered there, exactly so
  Url after_sign_out;                 // registered there too
  std::vector<Algorithm> algorithms;  // in which it may sign ID tokens
  std::chrono::seconds skew{60};
  std::string person_claim = {};   // TokenWants::person_claim
  std::string scope = {"openid"};  // "openid", and what more the claims want
};

// Whether somebody who is signed in at the provider has to show again who they are.
struct Freshness {
  std::optional<std::chrono::seconds> max_age;  // no longer ago than that; none: as the provider sees fit
};

// What was asked, kept on this side until the answer comes. Each holds a secret: none of them goes to the log.
struct PendingSignIn {
  std::string state, nonce, verifier;
  std::optional<std::chrono::seconds> max_age;
};

struct SignInQuestion {
  std::string url;  // to which the browser is sent
  PendingSignIn pending;
};

// A new question with 256 random bits each for state, nonce and verifier.
SignInQuestion ask_to_sign_in(const Provider& provider, const Client& client, const Freshness& freshness, Randomness& randomness);

// The code in the query that the browser came back with. kRejected: it is no answer to `pending` (another state, an issuer that is not the
// provider, a parameter twice), or the provider said no (its error code is in the message). What it does not know it passes over.
Result<std::string> read_answer(std::string_view query, const PendingSignIn& pending, const Provider& provider);

// Trades the code for tokens, and checks the ID token: issuer, audience, party, nonce, signature, times, the access token beside it, and how
// long ago they signed in where that was asked. The tokens themselves are not kept. kRejected: the provider or a check said no. kBusy: there was no
// answer.
Result<Claims> redeem(const std::string& code, const PendingSignIn& pending, const Provider& provider, const Client& client, const Fetch& fetch,
                      const FindKey& find_key, Instant now);

// Where a browser signs out at the provider too; none where the provider has no such place (OpenID Connect RP-Initiated Logout). It names us and
// no token: those stay on this side, and an address is logged. So the provider may ask whoever comes whether they mean it.
std::optional<std::string> sign_out_address(const Provider& provider, const Client& client);

}  // namespace daybook
