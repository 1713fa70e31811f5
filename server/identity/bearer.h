// Systems that call with a token of their own: Authorization: Bearer (RFC 6750).
#pragma once

#include <memory>
#include <vector>

#include "ledger/clock.h"
#include "server/identity/token.h"

namespace daybook {

// An issuer whose access tokens are taken.
struct TrustedIssuer {
  TokenWants wants;  // kind kAccess; its issuer is the name it is known by
  FindKey find_key;
};

class BearerTokens {
 public:
  // No two of `issuers` have one name. `clock` must live as long.
  BearerTokens(std::vector<TrustedIssuer> issuers, const Clock& clock);

  // Who calls, by the value of an Authorization field. kRejected (401) for another scheme or form, an issuer that is not trusted, and
  // whatever verify_token refuses; kBusy (503) where the keys are not to be had. For any number of threads.
  Result<Claims> check(std::string_view authorization) const;

 private:
  std::vector<TrustedIssuer> issuers_;
  const Clock& clock_;
};

}  // namespace daybook
