// For whoever wants to be signed in, how; for whoever is, as whom.
#pragma once

#include <string>

#include "server/asker.h"
#include "server/live_state.h"
#include "server/router.h"

namespace daybook {

// How one is signed in here. Nothing of it is secret.
struct SignInOffer {
  bool browser = false;                                                    // through a provider
  bool demo = false;                                                       // with a printed code
  std::string issuer, audience, device_client, device_scope = {"openid"};  // of tokens; empty issuer: none are taken; empty client: no device sign-in
};

// All is borrowed.
struct SessionParts {
  const Callers& callers;
  LiveState& live;
  const Clock& clock;
};

// GET /v1/session, for whoever is signed in; GET /v1/sign-in/metadata, for everybody. What `parts` borrows must outlive the router.
void add_session_routes(Router& router, const SessionParts& parts, const SignInOffer& offer);

}  // namespace daybook
