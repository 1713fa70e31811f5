// One cycle, or one person, found through the directory instead of folding the whole log: the cost grows with what was
// asked for. What is read was summed by the database; that nobody wrote it anew is for `verify` to say, which also holds
// the directory against the events: an event that it hid would be missing here.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "ledger/replay.h"

namespace daybook {

// Calls `use` for each event of the half-open range that has one of `labels` (labels.h), in order, decoded, until it
// returns false. A label is a short hash: now and then an event of something else comes along. kCorrupt as `fold`.
Result<void> read_events_about(const EventLog& log, std::span<const uint32_t> labels, Position from, Position to,
                               const std::function<bool(const Event&)>& use);

// One past the newest event that was known at a moment. The happened clock has no say in it.
Result<Position> end_as_of(const EventLog& log, const AsOf& as_of);

// The cycle of the application and the pairing that go by this reference, whenever they were recorded; nullopt where there
// is neither, or where the two are of different cycles.
Result<std::optional<CycleId>> cycle_of(const EventLog& log, const std::string& ref);

// What was known of a cycle at a moment: the part of fold()'s state that answers for it, which is
//  - whole and the same: the cycle, its applications and pairings, their people as clients; its programme's rulebooks;
//    `end` and `last_recorded_at`;
//  - as far as the cycle goes: coaches (their review and capacity, but only the pairings of this cycle are in `active`),
//    what people were accepted for, stream versions;
//  - not there: what a forged directory hides, and what built on that; other cycles and programmes, personnel records, participations, imports.
// Where no such cycle had opened, `state.cycle` is null; also in a ledger whose cycles were opened before the directory
// told of them: then only the whole fold knows.
Result<State> fold_cohort(const EventLog& log, const CycleId& cycle, const AsOf& as_of = {});

// The same with the head at that moment, from the stored tiles. Where the cycle is not there, the whole is folded, which
// tells what is.
Result<Replayed> replay_cohort(const EventLog& log, const CycleId& cycle, const AsOf& as_of = {});

}  // namespace daybook
