// Whether a request that a browser sent by itself, cookie and all, was meant by a page of ours.
#pragma once

#include <string_view>

#include "ledger/result.h"

namespace daybook {

// What a request says of where it comes from; each empty where the field is not there.
struct RequestOrigin {
  std::string_view method;
  std::string_view origin;          // Origin
  std::string_view fetch_site;      // Sec-Fetch-Site
  std::string_view console_header;  // Daybook-Console: a page elsewhere cannot send it unasked
};

enum class SentBy {
  kScript,  // of the console: it sends Daybook-Console
  kForm,    // sign-in and sign-out, which work without a script
};

// Passes GET and HEAD. Anything else is kRejected unless it comes from `own_origin` (https://daybook.example.org, as Url::origin has it) by
// all that it says, and says at least one of Origin and Sec-Fetch-Site; of a script it must have the console's header as well. To be asked of
// every request that is known by a cookie, and of every sign-in.
Result<void> want_same_origin(const RequestOrigin& request, std::string_view own_origin, SentBy sent_by);

}  // namespace daybook
