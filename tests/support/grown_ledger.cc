#include "tests/support/grown_ledger.h"

#include <algorithm>

#include "ledger/require.h"
#include "tests/support/made.h"

namespace daybook::test {

std::vector<Result<Appended>> GrownLedger::KeepingLog::append(std::span<const Batch> group) {
  batches.insert(batches.end(), group.begin(), group.end());
  return ForwardingLog::append(group);
}

GrownLedger::GrownLedger(const OrganisationSize& size) {
  sequencer_ = made(Sequencer::start(log_, keys_, clock_, randomness_));
  const auto must = [&](CommandBody body) {
    Command command;
    command.body = std::move(body);
    command.actor = command.recorded_by = kProgrammeTeam;
    require(sequencer_->execute(std::move(command)).outcome == Outcome::kRecorded, "a grown ledger begins with roles and charters");
  };
  must(BeginRoles{});
  for (const auto& charter : shipped_charters()) must(AdoptCharter{std::string(charter.text)});
  fine(Organisation(*sequencer_, keys_, randomness_, clock_, size).live());
}

State GrownLedger::state() {
  State copy;
  sequencer_->look([&](const State& state) { copy = state; });
  return copy;
}

// A batch that `end` falls into gives its first entries, with all of its vault rows: nobody looks past the end.
void GrownLedger::grow(EventLog& cut, Position end) const {
  Position first{};
  for (const auto& batch : log_.batches) {
    const Position next{first.value + batch.entries.size()};
    const Position from = std::max(first, cut.end()), to = std::min(next, end);
    if (from < to) {
      Batch part = batch;
      part.expected.reset();
      part.idempotency_key.clear();
      part.entries.assign(batch.entries.begin() + static_cast<std::ptrdiff_t>(from.value - first.value),
                          batch.entries.begin() + static_cast<std::ptrdiff_t>(to.value - first.value));
      part.labels.assign(batch.labels.begin() + static_cast<std::ptrdiff_t>(from.value - first.value),
                         batch.labels.begin() + static_cast<std::ptrdiff_t>(to.value - first.value));
      made(cut.append(part));
    }
    first = next;
  }
}

GrownLedger& three_years() {
  static GrownLedger ledger({400, 3, 1});
  return ledger;
}

}  // namespace daybook::test
