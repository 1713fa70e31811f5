// What the editions that are due are made from, fetched from vault and log in the turn in which they are decided.
#pragma once

#include <map>
#include <vector>

#include "ledger/decide.h"
#include "ledger/event_log.h"
#include "ledger/vault.h"

namespace daybook {

// How many editions of the cycle were published: all audiences have theirs on the same days.
uint32_t editions_published(const CycleState& cycle);

// The days of the cycle's editions that have passed by `now` without one, in order.
std::vector<Day> editions_due(const CycleState& cycle, Instant now);

// For each cycle that has an edition due. What was told before is read from `log`, and must be in it by then.
Result<std::map<CycleId, EditionFacts>> edition_facts(const State& state, const Vault& vault, const EventLog& log, Instant now);

}  // namespace daybook
