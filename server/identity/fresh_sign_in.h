// Actions for which it is not enough to be signed in: somebody must have shown who they are a short while ago.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "ledger/result.h"
#include "ledger/types.h"

namespace daybook {

// The deeds of ledger/do_table.h, and what is beside them, that want it: what takes much away at once, what cannot be undone, and what
// changes who may do so. To second is one of them whatever was proposed: what that is, is not told to whoever may not second it.
inline constexpr auto kFreshDeeds = std::to_array<std::string_view>(
    {"backup", "break-glass", "erase", "expire-cohort", "export", "role-begin", "role-end", "role-grant", "rotate-keys", "second", "undo-import"});

bool wants_fresh_sign_in(std::string_view deed);

// kRejected where `deed` wants a fresh sign-in and `signed_in_at` is none, more than `window` ago, or in the future.
Result<void> check_fresh(std::string_view deed, std::optional<Instant> signed_in_at, Instant now,
                         std::chrono::seconds window = std::chrono::minutes(10));

}  // namespace daybook
