#include "server/sign_in_routes.h"

#include <fmt/format.h>

#include "server/identity/json_fields.h"
#include "server/identity/same_origin.h"
#include "server/problem.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr size_t kBodyBytesMax = 1024;

// The code of {"code": "..."}, and nothing beside it.
std::optional<std::string> read_code(const std::string& body) {
  const auto json = read_json(body, {.bytes_max = kBodyBytesMax, .depth_max = 1, .values_max = 2});
  const auto* object = json ? json.value().if_object() : nullptr;
  const auto code = object && object->size() == 1 ? text_at(*object, "code") : std::nullopt;
  return code ? std::optional(std::string(*code)) : std::nullopt;
}

std::optional<Response> want_own_page(const SignInParts& parts, const Request& request) {
  const RequestOrigin from{method_name(request.method), request.field("origin"), request.field("sec-fetch-site"), request.field("daybook-console")};
  const auto ours = want_same_origin(from, parts.callers.origin_of(request), SentBy::kForm);
  if (ours) return std::nullopt;
  parts.log.write(Severity::kWarning, "cross-site", {{"found", ours.error().message}, {"trace", request.trace.trace_id}});
  return problem("cross-site", "", request.trace);
}

std::string_view session_in(const SignInParts& parts, const Request& request) {
  return cookie_value(request.field("cookie"), CookieUse::kSession, parts.callers.transport_of(request));
}

Response sign_in_demo(const SignInParts& parts, const Request& request) {
  if (auto no = want_own_page(parts, request)) return std::move(*no);
  const auto code = read_code(request.body);
  if (!code) return problem("malformed-body", "want {\"code\": TEXT}", request.trace);
  auto who = parts.codes->redeem(*code, request.peer.address);
  if (!who) return problem("sign-in-refused", "", request.trace);
  const auto id = parts.sessions.begin({std::move(who).value(), parts.clock.now(), ""}, session_in(parts, request));
  return Response{.status = 204}.with("set-cookie", set_cookie(CookieUse::kSession, parts.callers.transport_of(request), id));
}

// A script is told where to go on to; a browser that sent a form is sent there.
Response signed_out(const std::optional<std::string>& where, bool script) {
  if (!where) return {.status = 204};
  if (script) return {.content_type = "application/json", .body = fmt::format("{{\"location\":{}}}\n", json_string(*where))};
  return Response{.status = 303}.with("location", *where);
}

// Nothing of what was shown stays in the browser. Whoever is not signed in is signed out, too. Cookies are not cleared as a whole: that would take
// those of every service of the same domain, also the provider's, by which it knows whom to sign out.
Response sign_out(const SignInParts& parts, const Request& request) {
  if (auto no = want_own_page(parts, request)) return std::move(*no);
  const auto transport = parts.callers.transport_of(request);
  const auto ended = parts.sessions.end(session_in(parts, request));
  const auto where = ended && parts.provider ? parts.provider->sign_out_address(*ended) : std::nullopt;
  return signed_out(where, !request.field("daybook-console").empty())
      .with("set-cookie", clear_cookie(CookieUse::kSession, transport))
      .with("set-cookie", clear_cookie(CookieUse::kSignIn, transport))
      .with("clear-site-data", "\"cache\", \"storage\"");
}

}  // namespace

void add_sign_in_routes(Router& router, const SignInParts& parts) {
  router.add({Method::kPost, "/v1/sign-out", {}, {}, [parts](const Request& request, const Found&) { return sign_out(parts, request); }});
  if (!parts.codes) return;
  router.add({Method::kPost, "/v1/sign-in/demo", {}, "application/json", [parts](const Request& request, const Found&) {
                return sign_in_demo(parts, request);
              }});
}

}  // namespace daybook
