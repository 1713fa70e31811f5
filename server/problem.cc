#include "server/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/require.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr std::array kKinds = std::to_array<ProblemKind>({
    {"body-too-large", 413, "The body is too large", "Send less in one request. Spreadsheets go as an import, which has a larger limit."},
    {"busy", 503, "The service has too much to do", "Nothing was done. Send the same request again after the seconds that Retry-After gives."},
    {"damaged", 500, "The stored record fails its own checks",
     "Tell whoever runs the service, with the trace. Nothing more is recorded until they have looked."},
    {"draining", 503, "The service is about to stop",
     "Nothing was done. Send the same request again, on a new connection, after the seconds that Retry-After gives."},
    {"expectation-failed", 417, "The expectation cannot be met", "Leave the Expect field out, or let it be 100-continue."},
    {"full", 507, "The disk has no room", "Nothing was recorded. Whoever runs the service must make room; then the same request works."},
    {"head-too-large", 431, "The fields of the request are too many or too large",
     "Send fewer or shorter fields; cookies of other services are a common cause."},
    {"internal", 500, "Something went wrong in the service",
     "Tell whoever runs the service, with the trace: it is by this that they find what happened."},
    {"length-required", 411, "The length of the body is not given", "Send Content-Length, 0 where there is no body."},
    {"malformed-request", 400, "The request is not well formed",
     "The detail says what was found. The connection was closed. Behind a proxy, look at what it makes of the request: the service reads each "
     "request in one way or not at all."},
    {"method-not-allowed", 405, "There is no such method here", "The Allow field has the methods that there are."},
    {"not-found", 404, "There is nothing here", "It does not exist, or it is not for you to see: the answer is the same."},
    {"storage", 503, "The disk failed", "The outcome is unknown. Send the same request again with the same idempotency key: it is done once."},
    {"target-too-long", 414, "The address is too long", "Send what is long in the body of the request."},
    {"timeout", 408, "The request took too long to arrive", "Send it again, on a new connection."},
    {"too-many-requests", 429, "Too many requests", "Wait for the seconds that Retry-After gives."},
    {"took-too-long", 503, "The answer took too long",
     "The outcome is unknown. Send the same request again with the same idempotency key: it is done once."},
    {"unknown-host", 421, "The host is not one that this service answers for", "Use a name that the service is configured with (`names`)."},
    {"unknown-method", 501, "The method is not known", "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
    {"unsupported-media-type", 415, "The body has a form that is not taken", "The detail says which form is."},
    {"version-not-supported", 505, "The version of HTTP is not spoken here", "Speak HTTP/1.1 (nginx as a proxy: proxy_http_version 1.1)."},
    {"wrong-parameter", 400, "A parameter is not one that is known here",
     "The detail names the parameters that there are. Each stands once at most."},
});
static_assert(std::is_sorted(kKinds.begin(), kKinds.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));

std::string_view kind_of(Fault fault) {
  switch (fault) {
    case Fault::kNotFound:
      return "not-found";
    case Fault::kConflict:
      return "busy";
    case Fault::kRejected:
      return "wrong-parameter";
    case Fault::kCorrupt:
      return "damaged";
    case Fault::kStorage:
      return "storage";
    case Fault::kBusy:
      return "busy";
    case Fault::kFull:
      return "full";
  }
  return "internal";
}

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kKinds; }

const ProblemKind* find_problem_kind(std::string_view name) {
  const auto it = std::lower_bound(kKinds.begin(), kKinds.end(), name, [](const ProblemKind& kind, std::string_view n) { return kind.name < n; });
  return it != kKinds.end() && it->name == name ? &*it : nullptr;
}

Response problem(std::string_view name, const std::string& detail, const Trace& trace) {
  const auto* kind = find_problem_kind(name);
  require(kind != nullptr, "every problem is one of problem_kinds()");
  Response response;
  response.status = kind->status;
  response.content_type = "application/problem+json";
  response.body = fmt::format(R"({{"type":"/problems/{}","title":{},"status":{},)", kind->name, json_string(kind->title), kind->status);
  if (!detail.empty()) response.body += fmt::format(R"("detail":{},)", json_string(detail));
  response.body += fmt::format("\"trace\":\"{}\"}}\n", trace.trace_id);
  return response;
}

Response problem_of(const Error& error, const Trace& trace) { return problem(kind_of(error.fault), "", trace); }

std::string problem_list() {
  std::string text;
  for (const auto& kind : kKinds) text += fmt::format("/problems/{:<24} {}  {}\n", kind.name, kind.status, kind.title);
  return text;
}

std::optional<std::string> problem_page(std::string_view name) {
  const auto* kind = find_problem_kind(name);
  if (!kind) return std::nullopt;
  return fmt::format("{} ({})\n\n{}\n", kind->title, kind->status, kind->advice);
}

}  // namespace daybook
