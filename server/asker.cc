#include "server/asker.h"

#include <fmt/format.h>

#include "ledger/csv.h"
#include "server/identity/demo_codes.h"
#include "server/identity/fresh_sign_in.h"
#include "server/identity/same_origin.h"
#include "server/problem.h"

namespace daybook {
namespace {

constexpr size_t kPurposeBytesMax = 200;

std::optional<Response> read_role(const Request& request, Caller& caller) {
  caller.role = request.field("daybook-role");
  if (caller.role.empty() || find_role(caller.role)) return std::nullopt;
  return problem("wrong-field", fmt::format("Daybook-Role: want one of {}", fmt::join(kRoleNames, ", ")), request.trace);
}

std::optional<Response> read_purpose(const Request& request, Caller& caller) {
  caller.purpose = request.field("daybook-purpose");
  if (caller.purpose.size() <= kPurposeBytesMax && find_bad_text(caller.purpose) == std::string::npos) return std::nullopt;
  return problem("wrong-field", fmt::format("Daybook-Purpose: want at most {} letters of printable ASCII", kPurposeBytesMax), request.trace);
}

Response refused(const Request& request) {
  return problem("sign-in-refused", "", request.trace).with("www-authenticate", "Bearer error=\"invalid_token\"");
}

}  // namespace

bool Caller::vouched_for() const { return signed_in() && who.issuer != kDemoIssuer; }

Result<std::optional<KnownPerson>> LedgerPeople::person_of(const Identity& identity, const std::string& called) const {
  const bool demo = identity.issuer == kDemoIssuer;
  const auto& text = demo ? identity.subject : called;
  if (text.empty()) return std::nullopt;
  const auto vault = ledger_.vault();
  DAYBOOK_TRY(auto person, vault.person(!demo && called_by_ == CalledBy::kAddress ? Vault::address_name(text) : text));
  if (!person) return std::nullopt;
  DAYBOOK_TRY(auto name, vault.name(*person));
  if (!name) return std::nullopt;
  return std::optional(KnownPerson{std::move(*person), std::move(*name)});
}

std::optional<Response> Callers::by_token(const Request& request, Caller& caller, std::string& called) const {
  if (!bearer_) return refused(request);
  auto claims = bearer_->check(request.field("authorization"));
  if (!claims && claims.error().fault == Fault::kBusy) return problem("busy", "", request.trace).with("retry-after", "5");
  if (!claims) {
    log_.write(Severity::kWarning, "token-refused", {{"found", claims.error().message}, {"trace", request.trace.trace_id}});
    return refused(request);
  }
  caller.who = std::move(claims.value().who);
  caller.signed_in_at = claims.value().signed_in_at;
  caller.until = claims.value().ends_at;
  called = std::move(claims.value().person);
  return std::nullopt;
}

std::optional<Response> Callers::by_session(const Request& request, Session how, Caller& caller, std::string& called) const {
  const auto id = cookie_value(request.field("cookie"), CookieUse::kSession, transport_of(request));
  auto session = how == Session::kUsed ? sessions_.find(id) : sessions_.peek(id);
  if (!session) return std::nullopt;
  const RequestOrigin from{method_name(request.method), request.field("origin"), request.field("sec-fetch-site"), request.field("daybook-console")};
  if (const auto ours = want_same_origin(from, origin_of(request), SentBy::kScript); !ours) {
    log_.write(Severity::kWarning, "cross-site", {{"found", ours.error().message}, {"trace", request.trace.trace_id}});
    return problem("cross-site", "", request.trace);
  }
  caller.who = std::move(session->who);
  caller.signed_in_at = session->signed_in_at;
  caller.until = session->until;
  caller.idle_until = session->idle_until;
  called = std::move(session->person);
  return std::nullopt;
}

std::optional<Response> Callers::take_place(const Request& request, Caller& caller) const {
  if (!caps_ || !caller.signed_in()) return std::nullopt;
  auto entered = caps_->enter(caller.account(), std::chrono::steady_clock::now());
  if (const auto* wait = std::get_if<std::chrono::seconds>(&entered)) {
    return problem("too-many-requests", "", request.trace).with("retry-after", std::to_string(wait->count()));
  }
  caller.place = std::get<UserCaps::Place>(std::move(entered));
  return std::nullopt;
}

std::variant<Caller, Response> Callers::read(const Request& request, Session session) const {
  Caller caller;
  std::string called;
  const bool with_token = !request.field("authorization").empty();
  if (auto no = with_token ? by_token(request, caller, called) : by_session(request, session, caller, called)) return std::move(*no);
  if (auto no = session == Session::kUsed ? take_place(request, caller) : std::nullopt) return std::move(*no);
  if (auto no = read_role(request, caller)) return std::move(*no);
  if (auto no = read_purpose(request, caller)) return std::move(*no);
  if (!caller.signed_in()) return caller;
  auto person = (with_token ? people_ : of_sessions_).person_of(caller.who, called);
  if (!person) return problem_of(person.error(), request.trace);
  caller.person = std::move(person).value();
  return caller;
}

std::string Callers::origin_of(const Request& request) const {
  if (!origin_.empty()) return origin_;
  return fmt::format("{}://{}", request.peer.encrypted ? "https" : "http", request.field("host"));
}

std::optional<Response> want_sign_in(const Caller& caller, const Trace& trace) {
  if (caller.signed_in()) return std::nullopt;
  return problem("sign-in-wanted", "", trace).with("www-authenticate", "Bearer");
}

std::optional<Response> want_reader(const Caller& caller, const Trace& trace) {
  if (auto no = want_sign_in(caller, trace)) return no;
  if (caller.role.empty()) return problem("role-wanted", "", trace);
  if (caller.purpose.empty()) return problem("purpose-wanted", "", trace);
  return std::nullopt;
}

std::optional<Response> want_fresh(const Caller& caller, std::string_view deed, Instant now, const Trace& trace) {
  if (check_fresh(deed, caller.signed_in_at, now)) return std::nullopt;
  return problem("fresh-sign-in-wanted", "", trace).with("www-authenticate", "Bearer error=\"insufficient_user_authentication\"");
}

}  // namespace daybook
