#include "ledger/cohort.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledger/codec.h"
#include "ledger/happened.h"
#include "ledger/labels.h"
#include "ledger/proof.h"

namespace daybook {
namespace {

bool has_one(const Labels& of_entry, std::span<const uint32_t> labels) {
  return std::any_of(labels.begin(), labels.end(), [&](uint32_t label) { return of_entry.has(label); });
}

Result<std::vector<uint64_t>> bundles_with_one(const EventLog& log, std::span<const uint32_t> labels) {
  std::vector<uint64_t> bundles;
  for (const uint32_t label : labels) {
    DAYBOOK_TRY(const auto found, log.bundles_with(label));
    bundles.insert(bundles.end(), found.begin(), found.end());
  }
  std::sort(bundles.begin(), bundles.end());
  bundles.erase(std::unique(bundles.begin(), bundles.end()), bundles.end());
  return bundles;
}

// Reads single entries of bundles, all into one event.
class EventReader {
 public:
  EventReader(const EventLog& log, const std::function<bool(const Event&)>& use) : log_(log), use_(use) {}

  // Of the range, which lies in one bundle, the entries that `wanted` names. False: no more.
  Result<bool> read(Position from, Position to, const std::function<bool(Position)>& wanted) {
    bool more = true;
    std::optional<Error> broken;
    DAYBOOK_TRY(log_.read(from, to, [&](Position at, Bytes entry) {
      if (!wanted(at)) return true;
      auto read = decode_into(event_, entry);
      if (read && event_.envelope.position != at) {
        read = Error{Fault::kCorrupt, fmt::format("found the entry of position {}", event_.envelope.position.value)};
      }
      if (!read) broken = Error{Fault::kCorrupt, fmt::format("position {}: {}", at.value, read.error().message)};
      more = !broken && use_(event_);
      return more;
    }));
    if (broken) return std::move(*broken);
    return more;
  }

 private:
  const EventLog& log_;
  const std::function<bool(const Event&)>& use_;
  Event event_;
};

Result<Instant> recorded_at(const EventLog& log, uint64_t position) {
  Instant recorded{};
  const Position at{position};
  DAYBOOK_TRY(read_events(log, at, Position{position + 1}, [&](const Event& event) { return recorded = event.envelope.recorded_at, true; }));
  return recorded;
}

// Whether an event belongs to the fold of a cycle: labels are short, a programme's other cycles are not asked for, and what
// nothing stands for is left out. An event that names no cohort follows one of its pairing that did.
bool belongs(const State& state, const Event& event, const CycleId& cycle) {
  const auto named = cohort_of(event.body);
  if (named == CycleId{cycle.programme, ""}) return true;
  if (const auto* opened = std::get_if<CycleOpened>(&event.body)) {
    const auto* programme = state.programme(cycle.programme);
    return named == cycle && programme && programme->versions.size() >= opened->charter_version;
  }
  if (!state.cycle(cycle)) return false;
  const std::string_view stream = event.envelope.stream;
  return named.programme.empty() ? stream.starts_with("pairing/") && state.pairing(std::string(stream.substr(8))) : named == cycle;
}

}  // namespace

Result<void> read_events_about(const EventLog& log, std::span<const uint32_t> labels, Position from, Position to,
                               const std::function<bool(const Event&)>& use) {
  DAYBOOK_TRY(const auto bundles, bundles_with_one(log, labels));
  EventReader reader(log, use);
  for (const uint64_t bundle : bundles) {
    const uint64_t first = bundle * kTileWidth;
    if (first + kTileWidth <= from.value) continue;
    if (first >= to.value) break;
    DAYBOOK_TRY(const auto directory, log.directory(bundle));
    const Position begin{std::max(first, from.value)}, end{std::min(first + directory.size(), to.value)};
    DAYBOOK_TRY(const bool more, reader.read(begin, end, [&](Position at) { return has_one(directory[at.value - first], labels); }));
    if (!more) break;
  }
  return success();
}

// Recorded-at never decreases, so the moment is found by halves.
Result<Position> end_as_of(const EventLog& log, const AsOf& as_of) {
  uint64_t end = log.end().value;
  if (as_of.position) end = std::min(end, as_of.position->value);
  if (!as_of.recorded) return Position{end};
  uint64_t first = std::min(log.first().value, end);  // what was dropped was recorded before what is there
  while (first < end) {
    const uint64_t middle = first + (end - first) / 2;
    DAYBOOK_TRY(const auto recorded, recorded_at(log, middle));
    recorded <= * as_of.recorded ? first = middle + 1 : end = middle;
  }
  return Position{first};
}

Result<std::optional<CycleId>> cycle_of(const EventLog& log, const std::string& ref) {
  const std::string application = "application/" + ref, pairing = "pairing/" + ref;
  const uint32_t labels[] = {short_hash(application), short_hash(pairing)};
  std::set<CycleId> cycles;
  DAYBOOK_TRY(read_events_about(log, labels, Position{}, log.end(), [&](const Event& event) {
    const auto& stream = event.envelope.stream;
    const auto named = cohort_of(event.body);
    if (!named.cycle.empty() && (stream == application || stream == pairing)) cycles.insert(named);
    return true;
  }));
  return cycles.size() == 1 ? std::optional(*cycles.begin()) : std::nullopt;
}

Result<State> fold_cohort(const EventLog& log, const CycleId& cycle, const AsOf& as_of) {
  DAYBOOK_TRY(const auto end, end_as_of(log, as_of));
  const uint32_t labels[] = {label_of(cycle), label_of({cycle.programme, ""})};
  State state;
  DAYBOOK_TRY(read_events_about(log, labels, Position{}, end, [&](const Event& event) {
    if (!belongs(state, event, cycle)) return true;
    state.end = event.envelope.position;                               // over what was left out
    evolve_by(state, event, as_of.happened.value_or(Instant::max()));  // asks for the ground of each event
    return true;
  }));
  state.end = end;
  if (end.value > 0) {
    DAYBOOK_TRY(state.last_recorded_at, recorded_at(log, end.value - 1));
  }
  return state;
}

Result<Replayed> replay_cohort(const EventLog& log, const CycleId& cycle, const AsOf& as_of) {
  Replayed replayed;
  DAYBOOK_TRY(replayed.state, fold_cohort(log, cycle, as_of));
  if (!replayed.state.cycle(cycle)) return replay(log, as_of);
  replayed.head.size = replayed.state.end.value;
  DAYBOOK_TRY(replayed.head.root, tree_root(log, replayed.head.size));
  return replayed;
}

}  // namespace daybook
