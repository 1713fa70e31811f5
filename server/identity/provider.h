// What an OpenID provider says of itself, and what of it is believed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/identity/fetch.h"
#include "server/identity/url.h"

namespace daybook {

struct Provider {
  std::string issuer;  // exactly as configured
  Url authorization, token, keys;
  std::optional<Url> end_session;    // none: signing out ends our session alone
  bool answers_with_issuer = false;  // RFC 9207: an answer without "iss" is not from it
  bool secret_in_header = true;      // how it takes our secret: client_secret_basic, else client_secret_post
};

// Where the document of `issuer` is. kRejected unless the issuer is an https address, or http to this machine, without a query.
Result<Url> discovery_url(std::string_view issuer);

// The provider of a discovery document (OpenID Connect Discovery 3 and 4.3). kRejected, saying what, unless it is of `issuer`, letter by
// letter, all addresses are https (http only to this machine, and only where the issuer's is), and it can do what sign-in here needs: the code
// flow, PKCE with S256 as far as it says, and one of our three algorithms.
Result<Provider> read_provider(std::string_view text, std::string_view issuer);

// Both. kBusy where there is no answer now.
Result<Provider> discover(const Fetch& fetch, std::string_view issuer);

}  // namespace daybook
