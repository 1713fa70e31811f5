// Everything that somebody is answered by, put together as the configuration says: who they are, what is kept between questions, the routes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "server/asker.h"
#include "server/caps.h"
#include "server/cursor.h"
#include "server/erasures.h"
#include "server/feed_events.h"
#include "server/health.h"
#include "server/identity/demo_codes.h"
#include "server/identity/forward_clock.h"
#include "server/identity/issuer.h"
#include "server/identity/provider_sign_in.h"
#include "server/import_jobs.h"
#include "server/live_state.h"
#include "server/look_book.h"
#include "server/service.h"
#include "server/service_config.h"
#include "server/session_routes.h"

namespace daybook {

class SignedIn {
 public:
  // Takes the access book, as `holder`, and folds the ledger. kBusy: somebody else has the access book. `on_damage` is called, on a thread of its
  // own, if the record fails its checks; it should end the process. All is borrowed.
  static Result<std::unique_ptr<SignedIn>> start(const ServiceConfig& config, Ledger& ledger, const std::string& holder, const Clock& clock,
                                                 ServiceLog& log, std::function<void(const Error&)> on_damage);

  void add_figures(Metrics& metrics);  // before the first request
  void add_routes(Router& router);
  void add_gates(Service& service);
  void add_checks(Health& health);
  // No import is begun or goes on: what is left of its time is for answers.
  void drain() { jobs_->stop(); }

  // A code for each of demo.people, by their names. kNotFound: the record does not know one of them.
  Result<std::vector<std::pair<std::string, std::string>>> issue_codes(const std::vector<std::string>& people);

 private:
  SignedIn(const ServiceConfig& config, Ledger& ledger, const Clock& clock, ServiceLog& log);
  Result<void> trust(const ServiceConfig& config);
  Result<void> join(const ServiceConfig& config);
  void follow(const std::stop_token& stop, const std::function<void(const Error&)>& on_damage);

  Ledger& ledger_;
  const Clock& clock_;
  ServiceLog& log_;
  const ForwardClock forward_{clock_};                                                                       // by which tokens are over
  SystemRandomness for_sessions_, for_codes_, for_looks_, for_cursors_, for_jobs_, for_rows_, for_sign_in_;  // one thread at a time each
  const LedgerPeople people_, people_of_sessions_;
  Sessions sessions_;
  UserCaps caps_;
  Turns staying_;  // of commands that keep their worker: a quarter of the workers is left to whoever asks
  std::unique_ptr<Issuer> issuer_;
  std::unique_ptr<BearerTokens> bearer_;
  std::unique_ptr<Issuer> provider_issuer_;  // may be the same again: what people sign in with and what systems have are configured apart
  std::unique_ptr<ProviderSignIn> provider_;
  std::unique_ptr<DemoCodes> codes_;
  const SignInOffer offer_;
  std::unique_ptr<Callers> callers_;
  std::unique_ptr<AccessBook> book_;
  std::unique_ptr<LookBook> looks_;
  std::unique_ptr<LiveState> live_;
  const SeeTable table_ = shipped_see_table();
  const Cursors cursors_{for_cursors_};
  FeedEvents feed_events_{ledger_.programme()};
  ConnectionCaps feeds_;  // of each account
  std::unique_ptr<ImportJobs> jobs_;
  const uint64_t import_bytes_;
  std::optional<Erasures> erasures_;
  std::optional<ErasureKeeper> keeper_;
  std::jthread follower_;  // the last: it stops first
};

}  // namespace daybook
