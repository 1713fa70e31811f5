// Signing in with the provider, as browsers do it: they are sent there, they come back, and what the provider ends later is ended here.
#pragma once

#include "server/asker.h"
#include "server/identity/provider_sign_in.h"
#include "server/router.h"

namespace daybook {

// Below the service's own address; the provider must know it.
inline constexpr std::string_view kCallbackPath = "/v1/sign-in/callback";

// All is borrowed.
struct CodeFlowParts {
  const Callers& callers;
  Sessions& sessions;
  ProviderSignIn& provider;
  ServiceLog& log;
};

// GET /v1/sign-in (?return=PATH, ?fresh=1), GET /v1/sign-in/callback, POST /v1/sign-in/back-channel-logout. What `parts` borrows must outlive the
// router.
void add_code_flow_routes(Router& router, const CodeFlowParts& parts);

}  // namespace daybook
