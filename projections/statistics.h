// The figures of a cycle (contract section 4): counts over the state, and ratings, which are the one second input.
#pragma once

#include <optional>
#include <string>

#include "ledger/state.h"
#include "ledger/vault.h"
#include "projections/desk.h"

namespace daybook {

struct Statistics {
  uint64_t applications = 0, refused_applications = 0, eligible = 0, not_eligible = 0, referred = 0, seats = 0, seated = 0, waitlisted = 0,
           pairing_requests = 0, pairings = 0, active_pairings = 0, re_pairings = 0, sessions_done = 0, sponsored_sessions = 0,
           unsponsored_sessions = 0, sessions_ceiling = 0, introductions_done = 0, sessions_missed = 0, outside_window = 0, completed = 0,
           feedback_count = 0;
  std::optional<std::string> rating_mean;  // two decimals, rounded half up; none with fewer ratings behind it than the charter's team_minimum
  bool by_few = false;                     // fewer people than that gave those ratings
};

// `cycle` is one of `state`. The error is the vault's.
Result<Statistics> statistics(const State& state, const CycleState& cycle, const Vault& vault);

// The same as a reader may be told them: without the mean of ratings as of another moment, for two means that lie one rating apart tell that
// rating (C5), where few people gave them, or where the table does not count ratings for the reader. A mean that is told is a look.
Statistics as_told(Statistics statistics, const CycleId& cycle, bool earlier, Desk& desk);

// Whether applications, pairings and coaches of a cycle, or of a programme where its cycle is empty, are all in the reader's reach: only then
// does it tell them nothing more how many events there are.
bool reaches_all(const CycleId& cycle, Desk& desk);
// Whether the reader may be told a count over the events that `state` was folded from. As of now the table alone says so; as of another
// moment two counts that lie one event apart tell which event that was, so it takes reaches_all.
bool may_count(const State& state, const CycleId& cycle, Desk& desk);

// Each figure by its name in the contract, in its order.
std::vector<std::pair<std::string, std::string>> named_figures(const Statistics& statistics);

// `sum` / `count`, rounded half up to two decimals.
std::string mean_text(uint64_t sum, uint64_t count);

}  // namespace daybook
