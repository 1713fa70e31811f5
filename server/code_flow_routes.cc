#include "server/code_flow_routes.h"

#include "server/caps.h"
#include "server/problem.h"

namespace daybook {
namespace {

// What did not work out is for the log: whoever came learns that it was refused, or that the provider is away.
Response refused(const CodeFlowParts& parts, const Request& request, std::string_view event, std::string_view kind, const Error& error) {
  const bool away = error.fault == Fault::kBusy;
  parts.log.write(Severity::kWarning, event, {{"found", error.message}, {"trace", request.trace.trace_id}});
  auto response = problem(away ? "provider-away" : kind, "", request.trace);
  return away ? response.with("retry-after", "5") : response;
}

Response leave(const CodeFlowParts& parts, const Request& request, const Found& found) {
  const auto fresh = found.query.find("fresh"), back = found.query.find("return");
  const std::string return_to = back == found.query.end() ? "/" : back->second;
  if (fresh != found.query.end() && fresh->second != "1") return problem("wrong-parameter", "fresh: want 1, or nothing", request.trace);
  if (!is_own_path(return_to)) return problem("wrong-parameter", "return: want a path of this service, such as /cycles", request.trace);
  const auto begun = parts.provider.begin(return_to, network_of(request.peer.address), fresh != found.query.end());
  if (!begun) return refused(parts, request, "sign-in", "sign-in-refused", begun.error());
  const auto transport = parts.callers.transport_of(request);
  return Response{.status = 303}
      .with("location", begun.value().url)
      .with("set-cookie", set_cookie(CookieUse::kSignIn, transport, begun.value().cookie, ProviderSignIn::kTimeToComeBack));
}

// The session is a new one, whatever the browser had before.
Response come_back(const CodeFlowParts& parts, const Request& request) {
  const auto transport = parts.callers.transport_of(request);
  const auto cookies = request.field("cookie");
  auto finished = parts.provider.finish(cookie_value(cookies, CookieUse::kSignIn, transport), request.query, request.trace.text());
  if (!finished) return refused(parts, request, "sign-in", "sign-in-refused", finished.error());
  auto& [session, return_to] = finished.value();
  const auto id = parts.sessions.begin(std::move(session), cookie_value(cookies, CookieUse::kSession, transport));
  return Response{.status = 303}
      .with("location", return_to)
      .with("set-cookie", set_cookie(CookieUse::kSession, transport, id))
      .with("set-cookie", clear_cookie(CookieUse::kSignIn, transport));
}

// Sent by the provider itself: the token says who means it, and no cookie and no page of ours has part in it.
Response end_sessions(const CodeFlowParts& parts, const Request& request) {
  const auto claims = parts.provider.read_logout(request.body);
  if (!claims) return refused(parts, request, "back-channel-logout", "logout-refused", claims.error());
  const auto ended = parts.sessions.end_at_provider(claims.value().who, claims.value().session);
  parts.log.write(Severity::kInfo, "back-channel-logout", {{"ended", static_cast<int64_t>(ended)}, {"trace", request.trace.trace_id}});
  return {};
}

}  // namespace

void add_code_flow_routes(Router& router, const CodeFlowParts& parts) {
  router.add({Method::kGet, "/v1/sign-in", {"return", "fresh"}, {}, [parts](const Request& request, const Found& found) {
                return leave(parts, request, found);
              }});
  router.add({Method::kGet, std::string(kCallbackPath), {kAnyQuery}, {}, [parts](const Request& request, const Found&) {
                return come_back(parts, request);
              }});
  router.add(
      {Method::kPost, "/v1/sign-in/back-channel-logout", {}, "application/x-www-form-urlencoded", [parts](const Request& request, const Found&) {
         return end_sessions(parts, request);
       }});
}

}  // namespace daybook
