#include "server/identity/fresh_sign_in.h"

#include <fmt/format.h>

#include <algorithm>

namespace daybook {

bool wants_fresh_sign_in(std::string_view deed) { return std::find(kFreshDeeds.begin(), kFreshDeeds.end(), deed) != kFreshDeeds.end(); }

Result<void> check_fresh(std::string_view deed, std::optional<Instant> signed_in_at, Instant now, std::chrono::seconds window) {
  // The issuer's clock may be a minute ahead of ours, as for its tokens.
  static constexpr std::chrono::seconds kSkew{60};
  if (!wants_fresh_sign_in(deed)) return success();
  if (signed_in_at && *signed_in_at <= now + kSkew && now - *signed_in_at <= window) return success();
  return Error{Fault::kRejected, fmt::format("{}: found no sign-in of the last {} s, want a fresh one", deed, window.count())};
}

}  // namespace daybook
