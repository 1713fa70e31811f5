#include "server/signed_in.h"

#include <algorithm>

#include "ledger/printable.h"
#include "server/book_figures.h"
#include "server/book_routes.h"
#include "server/code_flow_routes.h"
#include "server/command_routes.h"
#include "server/export_routes.h"
#include "server/feed.h"
#include "server/identity/https_client.h"
#include "server/job_routes.h"
#include "server/named_routes.h"
#include "server/secret_file.h"
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

std::vector<Algorithm> algorithms_of(const std::vector<std::string>& names) {
  std::vector<Algorithm> algorithms;
  for (const auto& name : names) algorithms.push_back(*algorithm_named(name));
  return algorithms;
}

TokenWants wants_of(const ServiceConfig& config) {
  TokenWants wants;
  wants.kind = TokenKind::kAccess;
  wants.issuer = config.issuer;
  wants.audience = config.audience;
  wants.algorithms = algorithms_of(config.algorithms);
  wants.person_claim = config.person_claim;
  return wants;
}

Result<Client> client_of(const ServiceConfig& config) {
  Client client;
  client.id = config.client_id;
  if (!config.client_secret_file.empty()) {
    DAYBOOK_TRY(client.secret, read_secret_file(config.client_secret_file));
  }
  DAYBOOK_TRY(client.redirect, read_safe_url(config.origin + std::string(kCallbackPath)));
  DAYBOOK_TRY(client.after_sign_out, read_safe_url(config.origin + "/"));
  client.algorithms = algorithms_of(config.provider_algorithms);
  client.person_claim = config.provider_person_claim;
  client.scope = config.scope;
  return client;
}

Result<Fetch> fetch_of(const std::string& trust_file, int64_t private_issuer) {
  HttpsClientOptions options;
  options.private_addresses = private_issuer == 1;
  options.trust_file = trust_file;
  return make_https_client(options);
}

// Whoever sends what looks like a token may wait for an issuer: an eighth of the workers at most, as the others are for those who are known.
KeyCacheLimits limits_of_keys(const ServiceConfig& config) {
  KeyCacheLimits limits;
  limits.ask_again = std::chrono::seconds(config.keys_ask_again_seconds);
  limits.fresh = std::chrono::seconds(config.keys_kept_seconds);
  limits.stale_max = std::max(limits.stale_max, limits.fresh);
  limits.waiting = static_cast<size_t>(config.workers / 8);
  return limits;
}

CalledBy called_by(const std::string& person_is) { return person_is == "address" ? CalledBy::kAddress : CalledBy::kStaffNumber; }

}  // namespace

SignedIn::SignedIn(const ServiceConfig& config, Ledger& ledger, const Clock& clock, ServiceLog& log)
    : ledger_(ledger),
      clock_(clock),
      log_(log),
      people_(ledger, called_by(config.person_is)),
      people_of_sessions_(ledger, called_by(config.provider_person_is)),
      sessions_(clock, for_sessions_, limits_of(config)),
      caps_(static_cast<unsigned>(config.user_requests_handled), static_cast<double>(config.user_requests_a_second),
            static_cast<double>(config.user_requests_at_once)),
      staying_(static_cast<int>(std::max<int64_t>(config.workers * 3 / 4, 1)), 0),
      offer_{!config.provider.empty(), !config.demo_people.empty(), config.issuer, config.audience, config.device_client, config.device_scope},
      feeds_(static_cast<unsigned>(config.streams_per_account)),
      import_bytes_(static_cast<uint64_t>(config.import_bytes)) {}

// The issuer is asked when its first token comes, so the service starts while it is away.
Result<void> SignedIn::trust(const ServiceConfig& config) {
  if (config.issuer.empty()) return success();
  DAYBOOK_TRY(auto fetch, fetch_of(config.trust_file, config.private_issuer));
  issuer_ = std::make_unique<Issuer>(config.issuer, std::move(fetch), clock_, limits_of_keys(config));
  std::vector<TrustedIssuer> trusted;
  trusted.push_back({wants_of(config), [issuer = issuer_.get()](std::string_view kid) { return issuer->find_key(kid); }});
  bearer_ = std::make_unique<BearerTokens>(std::move(trusted), forward_);
  return success();
}

// Half of the workers at most wait for the provider, so that the others answer whoever is signed in.
Result<void> SignedIn::join(const ServiceConfig& config) {
  if (config.provider.empty()) return success();
  DAYBOOK_TRY(auto fetch, fetch_of(config.provider_trust_file, config.private_provider));
  DAYBOOK_TRY(auto client, client_of(config));
  provider_issuer_ = std::make_unique<Issuer>(config.provider, fetch, clock_, limits_of_keys(config));
  const auto at_once = static_cast<unsigned>(std::max<int64_t>(config.workers / 2, 1));
  provider_ = std::make_unique<ProviderSignIn>(*provider_issuer_, std::move(client), std::move(fetch), forward_, for_sign_in_, at_once);
  return success();
}

Result<std::unique_ptr<SignedIn>> SignedIn::start(const ServiceConfig& config, Ledger& ledger, const std::string& holder, const Clock& clock,
                                                  ServiceLog& log, std::function<void(const Error&)> on_damage) {
  std::unique_ptr<SignedIn> made(new SignedIn(config, ledger, clock, log));
  auto& it = *made;
  DAYBOOK_TRY(it.trust(config));
  DAYBOOK_TRY(it.join(config));
  if (!config.demo_people.empty()) {
    DAYBOOK_TRY(it.codes_, DemoCodes::make(parse_endpoint(config.listen)->address, clock, it.for_codes_));
  }
  it.callers_ = std::make_unique<Callers>(it.people_, it.bearer_.get(), it.sessions_, config.origin, log, &it.people_of_sessions_, &it.caps_);
  DAYBOOK_TRY(it.book_, ledger.access_book(holder, clock, it.for_looks_));
  it.looks_ = std::make_unique<LookBook>(*it.book_);
  DAYBOOK_TRY(it.live_, LiveState::start(ledger));
  it.jobs_ = std::make_unique<ImportJobs>(ledger, *it.live_, clock, it.for_jobs_, it.for_rows_, log);
  it.erasures_.emplace(ledger, *it.book_, *it.callers_, it.sessions_, clock, log);
  it.keeper_.emplace(*it.erasures_, clock, std::chrono::seconds(config.tick_seconds));
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
  add_sign_in_routes(router, {*callers_, sessions_, codes_.get(), clock_, log_, provider_.get()});
  if (provider_) add_code_flow_routes(router, {*callers_, sessions_, *provider_, log_});
  add_session_routes(router, {*callers_, *live_, clock_}, offer_);
  const ViewParts views{ledger_, *live_, *looks_, *callers_, table_, cursors_, clock_, log_};
  add_view_routes(router, views);
  add_named_routes(router, views);
  add_book_routes(router, views);
  add_feed_routes(router, {ledger_, *live_, *looks_, *callers_, table_, feed_events_, feeds_, clock_, log_});
  add_export_routes(router, views);
  add_job_routes(router, {*jobs_, *callers_, log_, import_bytes_});
  add_command_routes(router, {ledger_, *live_, *callers_, table_, clock_, log_, *book_, *erasures_, &staying_});
}

void SignedIn::add_gates(Service& service) { service.add_gate(writer_gate(ledger_.sequencer())); }

void SignedIn::add_figures(Metrics& metrics) { add_book_figures(metrics, {ledger_, book_->log(), *looks_, *live_}); }

void SignedIn::add_checks(Health& health) {
  health.add({"access-book", [this] { return looks_->wrong(); }});
  health.add({"erasures", [this] { return erasures_->wrong(); }});
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
