// How a browser is signed in and out. Systems have tokens, and need none of this.
#pragma once

#include "server/asker.h"
#include "server/identity/demo_codes.h"
#include "server/identity/provider_sign_in.h"
#include "server/router.h"

namespace daybook {

// All is borrowed.
struct SignInParts {
  const Callers& callers;
  Sessions& sessions;
  DemoCodes* codes;  // null: no demo
  const Clock& clock;
  ServiceLog& log;
  ProviderSignIn* provider = nullptr;  // null: nobody signs in through one
};

// POST /v1/sign-out, which says where to sign out at the provider too; and where there are codes, POST /v1/sign-in/demo, {"code": "..."}. What
// `parts` borrows must outlive the router.
void add_sign_in_routes(Router& router, const SignInParts& parts);

}  // namespace daybook
