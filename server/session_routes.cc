#include "server/session_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "projections/desk.h"
#include "server/problem.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

std::string moment_json(const std::optional<Instant>& moment) { return moment ? json_string(to_text(*moment)) : "null"; }
std::string text_json(const std::string& text) { return text.empty() ? "null" : json_string(text); }

Response json_response(std::string body) { return {.content_type = "application/json", .body = std::move(body) + "\n"}; }

// Whether they are, or were, a client or a coach of anything: nobody grants these two.
bool is_client(const State& state, const PersonId& person) {
  return std::any_of(state.applications.begin(), state.applications.end(), [&](const auto& each) { return each.second.person == person; });
}
bool is_coach(const State& state, const PersonId& person) {
  return std::any_of(state.coaches.begin(), state.coaches.end(), [&](const auto& each) { return each.first.second == person; });
}

// Their own roles as they are now: public is everybody's, and no role that is held.
std::string roles_json(const State& state, const PersonId& person, Instant now) {
  std::string roles;
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    const auto role = static_cast<Role>(i);
    Reader reader;
    reader.actor = person;
    reader.role = role;
    reader.now = now;
    reader.state = &state;
    if (role == Role::kPublic || (role == Role::kClient && !is_client(state, person)) || (role == Role::kCoach && !is_coach(state, person))) continue;
    if (reader.holds_role()) roles += (roles.empty() ? "" : ",") + json_string(role_name(role));
  }
  return "[" + roles + "]";
}

Response session(const SessionParts& parts, const Request& request) {
  const auto asked = parts.callers.of(request);
  if (const auto* no = std::get_if<Response>(&asked)) return *no;
  const auto& caller = std::get<Caller>(asked);
  if (auto no = want_sign_in(caller, request.trace)) return std::move(*no);
  std::string roles = "[]";
  if (caller.person) {
    const auto newest = parts.live.read();
    if (!newest) return problem_of(newest.error(), request.trace);
    roles = roles_json(newest.value()->state, caller.person->id, parts.clock.now());
  }
  return json_response(fmt::format(R"({{"person":{},"roles":{},"signed_in_at":{},"until":{},"idle_until":{}}})",
                                   caller.person ? json_string(caller.person->id.value) : "null", roles, moment_json(caller.signed_in_at),
                                   moment_json(caller.until), moment_json(caller.idle_until)));
}

std::string offer_json(const SignInOffer& offer) {
  const auto tokens = offer.issuer.empty()
                          ? "null"
                          : fmt::format(R"({{"issuer":{},"audience":{},"device_client":{},"scope":{}}})", json_string(offer.issuer),
                                        json_string(offer.audience), text_json(offer.device_client), json_string(offer.device_scope));
  return fmt::format(R"({{"browser":{},"demo":{},"tokens":{}}})", offer.browser, offer.demo, tokens);
}

}  // namespace

void add_session_routes(Router& router, const SessionParts& parts, const SignInOffer& offer) {
  router.add({Method::kGet, "/v1/session", {}, {}, [parts](const Request& request, const Found&) { return session(parts, request); }});
  const auto metadata = [text = offer_json(offer)](const Request&, const Found&) {
    auto response = json_response(text);
    response.caching = Caching::kRevalidate;
    return response;
  };
  router.add(always_quick({Method::kGet, "/v1/sign-in/metadata", {}, {}, metadata}));
}

}  // namespace daybook
