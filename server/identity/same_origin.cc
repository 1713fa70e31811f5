#include "server/identity/same_origin.h"

#include <fmt/format.h>

#include "ledger/printable.h"

namespace daybook {
namespace {

Error rejected(std::string words) { return {Fault::kRejected, "request: " + std::move(words)}; }

}  // namespace

Result<void> want_same_origin(const RequestOrigin& request, std::string_view own_origin, SentBy sent_by) {
  if (request.method == "GET" || request.method == "HEAD") return success();
  if (request.origin.empty() && request.fetch_site.empty()) return rejected("found neither Origin nor Sec-Fetch-Site, want one of them");
  if (!request.origin.empty() && request.origin != own_origin) {
    return rejected(fmt::format("found it sent by a page of \"{}\", want one of ours", printable(request.origin.substr(0, 80))));
  }
  if (!request.fetch_site.empty() && request.fetch_site != "same-origin") {
    return rejected(fmt::format("found Sec-Fetch-Site \"{}\", want \"same-origin\"", printable(request.fetch_site.substr(0, 80))));
  }
  if (sent_by == SentBy::kScript && request.console_header.empty()) return rejected("found no Daybook-Console");
  return success();
}

}  // namespace daybook
