#include "server/signed_in.h"

#include "ledger/printable.h"
#include "server/book_routes.h"
#include "server/command_routes.h"
#include "server/identity/https_client.h"
#include "server/named_routes.h"
#include "server/sign_in_routes.h"
#include "server/view_routes.h"

namespace daybook {
namespace {

SessionLimits limits_of(const ServiceConfig& config) {
  SessionLimits limits;
  limits.idle = std::chrono::minutes(config.session_idle_minutes);
  limits.absolute = std::chrono::hours(config.session_hours);
  return limits;
}

TokenWants wants_of(const ServiceConfig& config) {
  TokenWants wants;
  wants.kind = TokenKind::kAccess;
  wants.issuer = config.issuer;
  wants.audience = config.audience;
  for (const auto& name : config.algorithms) wants.algorithms.push_back(*algorithm_named(name));
  wants.person_claim = config.person_claim;
  return wants;
}

}  // namespace

SignedIn::SignedIn(const ServiceConfig& config, Ledger& ledger, const Clock& clock, ServiceLog& log)
    : ledger_(ledger),
      clock_(clock),
      log_(log),
      people_(ledger, config.person_is == "address" ? CalledBy::kAddress : CalledBy::kStaffNumber),
      sessions_(clock, for_sessions_, limits_of(config)) {}

// The issuer is asked when its first token comes, so the service starts while it is away.
Result<void> SignedIn::trust(const ServiceConfig& config) {
  if (config.issuer.empty()) return success();
  HttpsClientOptions options;
  options.private_addresses = config.private_issuer == 1;
  options.trust_file = config.trust_file;
  DAYBOOK_TRY(auto fetch, make_https_client(options));
  issuer_ = std::make_unique<Issuer>(config.issuer, std::move(fetch), clock_);
  std::vector<TrustedIssuer> trusted;
  trusted.push_back({wants_of(config), [issuer = issuer_.get()](std::string_view kid) { return issuer->find_key(kid); }});
  bearer_ = std::make_unique<BearerTokens>(std::move(trusted), forward_);
  return success();
}

Result<std::unique_ptr<SignedIn>> SignedIn::start(const ServiceConfig& config, Ledger& ledger, const std::string& holder, const Clock& clock,
                                                  ServiceLog& log, std::function<void(const Error&)> on_damage) {
  std::unique_ptr<SignedIn> made(new SignedIn(config, ledger, clock, log));
  auto& it = *made;
  DAYBOOK_TRY(it.trust(config));
  if (!config.demo_people.empty()) {
    DAYBOOK_TRY(it.codes_, DemoCodes::make(parse_endpoint(config.listen)->address, clock, it.for_codes_));
  }
  it.callers_ = std::make_unique<Callers>(it.people_, it.bearer_.get(), it.sessions_, config.origin, log);
  DAYBOOK_TRY(it.book_, ledger.access_book(holder, clock, it.for_looks_));
  it.looks_ = std::make_unique<LookBook>(*it.book_);
  DAYBOOK_TRY(it.live_, LiveState::start(ledger));
  it.follower_ = std::jthread([raw = made.get(), on_damage = std::move(on_damage)](const std::stop_token& stop) { raw->follow(stop, on_damage); });
  return made;
}

void SignedIn::follow(const std::stop_token& stop, const std::function<void(const Error&)>& on_damage) {
  while (!stop.stop_requested()) {
    const auto followed = live_->follow(stop);
    if (followed) return;
    log_.write(Severity::kError, "live-state", {{"found", followed.error().message}});
    if (followed.error().fault == Fault::kCorrupt) return on_damage(followed.error());
  }
}

void SignedIn::add_routes(Router& router) {
  add_sign_in_routes(router, {*callers_, sessions_, codes_.get(), clock_, log_});
  const ViewParts views{ledger_, *live_, *looks_, *callers_, table_, cursors_, clock_, log_};
  add_view_routes(router, views);
  add_named_routes(router, views);
  add_book_routes(router, views);
  add_command_routes(router, {ledger_, *live_, *callers_, table_, clock_, log_});
}

void SignedIn::add_checks(Health& health) {
  health.add({"access-book", [this] { return looks_->wrong(); }});
}

Result<std::vector<std::pair<std::string, std::string>>> SignedIn::issue_codes(const std::vector<std::string>& people) {
  std::vector<std::pair<std::string, std::string>> codes;
  for (const auto& name : people) {
    DAYBOOK_TRY(const auto known, people_.person_of({std::string(kDemoIssuer), name}, ""));
    if (!known) return Error{Fault::kNotFound, "demo.people: found \"" + printable(name) + "\", whom the record does not know"};
    DAYBOOK_TRY(auto code, codes_->issue(name));
    codes.emplace_back(name, std::move(code));
  }
  return codes;
}

}  // namespace daybook
