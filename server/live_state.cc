#include "server/live_state.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "ledger/replay.h"

namespace daybook {
namespace {

constexpr std::chrono::milliseconds kWait{250};  // at most, between a stop that is asked for and the end of following
constexpr uint64_t kMarksAtOnce = 1 << 16;       // events whose marks are read before it is asked again whether to stop

// Whether the event, which `state` has taken in, may have changed what the tables hold of its subject.
bool changes_row(const Event& event, const State& state, const DeskTables& tables) {
  if (std::holds_alternative<PersonErased>(event.body)) return true;
  const auto& subject = event.envelope.subject;
  const auto* person = state.person(subject);
  const auto* row = tables.find(subject);
  const auto recorded = person ? person->staff : std::nullopt;
  return recorded != (row ? std::optional(row->recorded) : std::nullopt);
}

}  // namespace

Result<std::unique_ptr<LiveState>> LiveState::start(Ledger& ledger) {
  std::unique_ptr<LiveState> live(new LiveState(ledger));
  DAYBOOK_TRY(auto replayed, ledger.state());
  live->newest_.state = std::move(replayed.state);
  live->newest_.head = replayed.head;
  DAYBOOK_TRY(live->newest_.tables, DeskTables::build(live->newest_.state, ledger.vault()));
  live->known_ = replayed.head.size;
  live->whole_ = true;
  DAYBOOK_TRY(live->catch_up());
  return live;
}

bool LiveState::is_newest(const TreeHead& head) {
  const std::shared_lock lock(mutex_);
  return whole_ && newest_.head.size >= head.size;
}

Result<void> LiveState::catch_up() {
  const auto head = ledger_.programme().head();
  if (is_newest(head)) return success();
  const std::unique_lock lock(mutex_);
  if (whole_ && newest_.head.size >= head.size) return success();  // somebody else did it meanwhile
  whole_ = false;
  DAYBOOK_TRY(take_events(Position{head.size}));
  DAYBOOK_TRY(renew_rows());
  newest_.head = head;
  known_ = head.size;
  whole_ = true;
  return success();
}

Result<void> LiveState::take_events(Position end) {
  auto& state = newest_.state;
  return read_events(ledger_.programme(), state.end, end, [&](const Event& event) {
    evolve(state, event);
    if (changes_row(event, state, newest_.tables)) changed_.insert(event.envelope.subject);
    return true;
  });
}

Result<void> LiveState::renew_rows() {
  const auto vault = ledger_.vault();
  while (!changed_.empty()) {
    DAYBOOK_TRY(newest_.tables.renew(*changed_.begin(), newest_.state, vault));
    changed_.erase(changed_.begin());
  }
  return success();
}

Result<LiveState::Reading> LiveState::read() {
  DAYBOOK_TRY(catch_up());
  std::shared_lock lock(mutex_);
  if (!whole_) return Error{Fault::kBusy, "the state could not be moved on to the newest event"};
  return Reading(std::move(lock), newest_);
}

Result<std::unique_ptr<Newest>> LiveState::copied() {
  auto made = std::make_unique<Newest>();
  {
    const std::lock_guard taking(spare_->mutex);
    std::swap(made->state, spare_->state);
  }
  const auto move_on = [&](const AsOf& to) -> Result<void> {
    DAYBOOK_TRY(made->state, fold(ledger_.programme(), to, std::move(made->state)));
    return success();
  };
  if (made->state.end > Position{}) {
    DAYBOOK_TRY(move_on({}));  // most of it before the newest is held: who holds that keeps everybody from what comes next
  }
  DAYBOOK_TRY(const auto reading, read());
  if (made->state.end == Position{}) made->state = reading->state;
  DAYBOOK_TRY(move_on({reading->state.end, {}, {}}));
  made->head = reading->head;
  made->tables = reading->tables;
  return made;
}

Result<std::shared_ptr<const Newest>> LiveState::kept() {
  const auto wanted = ledger_.programme().head().size;
  const std::lock_guard lock(copying_);
  auto copy = copy_.lock();
  if (copy && copy->head.size >= wanted) return copy;
  copy.reset();
  DAYBOOK_TRY(auto made, copied());
  copy_ = copy = std::shared_ptr<const Newest>(made.release(), [spare = spare_](Newest* left) {
    const std::unique_ptr<Newest> gone(left);
    const std::lock_guard giving(spare->mutex);
    if (spare->state.end < gone->state.end) std::swap(spare->state, gone->state);
  });
  return copy;
}

Result<LiveState::Fold> LiveState::at(const AsOf& as_of, std::chrono::steady_clock::time_point deadline) {
  DAYBOOK_TRY(auto place, folds_.take(deadline));
  DAYBOOK_TRY(auto replayed, ledger_.state(as_of));
  return Fold{std::move(replayed), std::move(place)};
}

Result<bool> LiveState::erased_since(const std::set<PersonId>& people, Position known_to) {
  DAYBOOK_TRY(const auto newest, read());
  return std::any_of(people.begin(), people.end(), [&](const PersonId& id) {
    const auto* person = newest->state.person(id);
    return person && person->erased && *person->erased >= known_to;
  });
}

uint64_t LiveState::behind() const {
  const uint64_t known = known_;  // read first: the record only grows
  return ledger_.programme().end().value - known;
}

Result<void> LiveState::follow(const std::stop_token& stop) {
  auto seen = ledger_.programme().end();
  for (Position marked; !stop.stop_requested(); seen = marked) {
    const auto end = ledger_.programme().wait(seen, kWait);
    DAYBOOK_TRY(catch_up());
    marked = std::min(end, Position{marked.value + kMarksAtOnce});
    DAYBOOK_TRY(marks_.reach(marked));
  }
  return success();
}

}  // namespace daybook
