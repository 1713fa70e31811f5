// How identity asks an issuer something: a function handed in, so that nothing here opens a connection by itself.
#pragma once

#include <functional>
#include <string>

#include "ledger/result.h"
#include "server/identity/url.h"

namespace daybook {

struct FetchRequest {
  Url url;
  std::string form;           // what is posted (application/x-www-form-urlencoded); empty: GET
  std::string authorization;  // the header's value; empty: none
  std::string trace = {};     // traceparent, where it is asked on behalf of one request; empty: none
};

struct FetchAnswer {
  unsigned status = 0;
  std::string content_type, body;
};

// One question and its answer, whatever its status. kBusy: there was none within the time, of the size or from the place that are
// allowed. Follows no redirect. Called from several threads at once.
using Fetch = std::function<Result<FetchAnswer>(const FetchRequest&)>;

// The JSON text at `url`. kBusy, saying what came, for any other status than 200 or another type.
Result<std::string> fetch_json(const Fetch& fetch, const Url& url);

}  // namespace daybook
