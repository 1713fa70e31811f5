// Signing people in through a provider: from a browser's leaving for it to its coming back, and what the provider says of them later. A browser gets
// to see a cookie and addresses, and no token.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "server/identity/issuer.h"
#include "server/identity/pending_sign_ins.h"
#include "server/identity/sessions.h"

namespace daybook {

// For any number of threads.
class ProviderSignIn {
 public:
  // Within which a browser that left must be back.
  static constexpr std::chrono::seconds kTimeToComeBack = std::chrono::minutes(10);

  // `issuer` and `clock` must live as long; nobody else may use `randomness`. `at_once`: so many codes are traded at a time, as each keeps a thread
  // waiting for the provider.
  ProviderSignIn(Issuer& issuer, Client client, Fetch fetch, const Clock& clock, Randomness& randomness, unsigned at_once = 2);

  const std::string& issuer() const { return issuer_.name(); }

  struct Question {
    std::string url;     // to which the browser is sent
    std::string cookie;  // by which it is known when it is back
  };
  // `return_to`: a path of ours. `from`: what the browser's address counts as. `fresh`: they show again who they are, be they signed in there or not.
  // kBusy: the provider is away.
  Result<Question> begin(const std::string& return_to, const std::string& from, bool fresh);

  struct Answer {
    BrowserSession session;
    std::string return_to;
  };
  // What came of it, by the cookie and the query that the browser came back with: once. kRejected: nothing was begun by that browser, or the
  // provider or a check said no. kBusy: the provider is away, or too many are being finished. `trace`: the traceparent of the request, which goes
  // with its code to the provider; a document or key that others use as well is asked for without.
  Result<Answer> finish(std::string_view cookie, std::string_view query, const std::string& trace = {});

  // Whom, or which session of theirs, the provider signed out, by the form that it posts (OpenID Connect Back-Channel Logout 2.5). kRejected: it
  // does not hold. kBusy: its keys cannot be had now.
  Result<Claims> read_logout(std::string_view form);

  // Where whoever had `session` signs out at the provider too. None: it was of somebody else, or the provider has no such place.
  std::optional<std::string> sign_out_address(const BrowserSession& session);

 private:
  Result<Provider> provider();
  FindKey find_key();

  Issuer& issuer_;
  const Client client_;
  const Fetch fetch_;
  const Clock& clock_;
  Randomness& randomness_;
  std::mutex mutex_;  // over randomness_
  PendingSignIns pending_;
  std::counting_semaphore<> places_;
};

}  // namespace daybook
