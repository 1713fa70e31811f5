#include "server/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/require.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr std::array kKinds = std::to_array<ProblemKind>({
    {"access-book", 503, "The look could not be written down",
     "Nothing confidential is shown without a trace, so nothing was shown. Whoever runs the service must look; what is not confidential goes on."},
    {"answer-too-large", 422, "The answer is too large for one response",
     "Nothing was told. Whoever runs the service has the same on the command line."},
    {"behind", 503, "The record does not reach that far yet",
     "Daybook-After, or where a feed goes on from, is a position that is not recorded here. Send it again after the seconds that Retry-After gives, "
     "or "
     "without it."},
    {"body-too-large", 413, "The body is too large", "Send less in one request. Spreadsheets go as an import, which has a larger limit."},
    {"busy", 503, "The service has too much to do", "Nothing was done. Send the same request again after the seconds that Retry-After gives."},
    {"cross-site", 403, "The request does not come from a page of this service",
     "A browser's request that changes something must come from the service's own pages. A system sends a token, and no cookie."},
    {"cursor", 400, "The cursor is not one of this list", "Begin again with the first page. A cursor is good until the service is started anew."},
    {"damaged", 500, "The stored record fails its own checks",
     "Tell whoever runs the service, with the trace. Nothing more is recorded until they have looked."},
    {"expectation-failed", 417, "The expectation cannot be met", "Leave the Expect field out, or let it be 100-continue."},
    {"fresh-sign-in-wanted", 401, "This action wants a fresh sign-in", "Sign in again, and send the same request within the next minutes."},
    {"full", 507, "The disk has no room", "Nothing was recorded. Whoever runs the service must make room; then the same request works."},
    {"head-too-large", 431, "The fields of the request are too many or too large",
     "Send fewer or shorter fields; cookies of other services are a common cause."},
    {"internal", 500, "Something went wrong in the service",
     "Tell whoever runs the service, with the trace: it is by this that they find what happened."},
    {"key-reused", 422, "The idempotency key stands for another command", "Nothing was done. Send a key of its own with each command."},
    {"key-wanted", 400, "An idempotency key is wanted",
     "Send Idempotency-Key with a text of your choice, a new one for each command: then a request that is sent twice is done once."},
    {"length-required", 411, "The length of the body is not given", "Send Content-Length, 0 where there is no body."},
    {"logout-refused", 400, "The logout token was refused",
     "Nobody was signed out. Whoever runs the service finds by the trace what did not hold: issuer, client, time or signature."},
    {"malformed-body", 400, "The body is not what this action takes", "The detail says what was found and what was wanted."},
    {"malformed-request", 400, "The request is not well formed",
     "The detail says what was found. The connection was closed. Behind a proxy, look at what it makes of the request: the service reads each "
     "request in one way or not at all."},
    {"malformed-sheet", 422, "The spreadsheet is not what the import takes",
     "The file was refused whole, and nothing of it recorded. `cells` names bad cells, the first of them: mend them, and send the file again."},
    {"method-not-allowed", 405, "There is no such method here", "The Allow field has the methods that there are."},
    {"moved-on", 412, "The record has moved on", "Something was recorded since the position in If-Match. Nothing was done: look again, then decide."},
    {"not-allowed", 403, "The action is not allowed", "It is not yours to do, or what it is about does not exist: the answer is the same."},
    {"not-found", 404, "There is nothing here", "It does not exist, or it is not for you to see: the answer is the same."},
    {"past-the-end", 400, "The record does not reach the position that is asked about",
     "`at` is a position that is not recorded yet. /v1/checkpoint says how far the record goes; without `at` the answer is of now."},
    {"provider-away", 503, "The sign-in provider does not answer",
     "Nobody was signed in or out. Begin again after the seconds that Retry-After gives. Whoever is signed in goes on."},
    {"purpose-wanted", 400, "A purpose is wanted", "Send Daybook-Purpose: why confidential fields are looked at. It is written down with the look."},
    {"refused", 409, "A rule said no",
     "Nothing was done. `rule` names the rule, `saw` what it saw, `wants` what it would take, `because` the event that stands in the way."},
    {"role-not-held", 403, "You do not hold that role", "Ask in a role that you hold. Who holds which is in the record."},
    {"role-wanted", 400, "A role is wanted", "Send Daybook-Role: the role in which you ask. Without one, nothing is told that is about somebody."},
    {"sign-in-refused", 401, "The sign-in was refused", "Get a new token or code. Whoever runs the service finds by the trace what did not hold."},
    {"sign-in-wanted", 401, "A sign-in is wanted", "Send a bearer token, or sign in with a browser."},
    {"storage", 503, "The disk failed", "The outcome is unknown. Send the same request again with the same idempotency key: it is done once."},
    {"target-too-long", 414, "The address is too long", "Send what is long in the body of the request."},
    {"too-many-requests", 429, "Too many requests", "Wait for the seconds that Retry-After gives."},
    {"took-too-long", 503, "The answer took too long",
     "The outcome is unknown. Send the same request again with the same idempotency key: it is done once."},
    {"unfinished", 503, "The import did not come to its end",
     "The service was stopped. The rows that the job counts are recorded. Send the same file again: they are answered with unchanged."},
    {"unknown-host", 421, "The host is not one that this service answers for", "Use a name that the service is configured with (`names`)."},
    {"unknown-method", 501, "The method is not known", "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
    {"unsupported-media-type", 415, "The body has a form that is not taken", "The detail says which form is."},
    {"version-not-supported", 505, "The version of HTTP is not spoken here", "Speak HTTP/1.1 (nginx as a proxy: proxy_http_version 1.1)."},
    {"wrong-field", 400, "A field of the request has no proper form", "The detail names the field and says what is wanted."},
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

Response problem(std::string_view name, const std::string& detail, const Trace& trace, std::span<const ProblemMember> more) {
  const auto* kind = find_problem_kind(name);
  require(kind != nullptr, "every problem is one of problem_kinds()");
  Response response;
  response.status = kind->status;
  response.content_type = "application/problem+json";
  response.body = fmt::format(R"({{"type":"/problems/{}","title":{},"status":{},)", kind->name, json_string(kind->title), kind->status);
  if (!detail.empty()) response.body += fmt::format(R"("detail":{},)", json_string(detail));
  for (const auto& [member, json] : more) response.body += fmt::format(R"("{}":{},)", member, json);
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
