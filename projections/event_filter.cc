#include "projections/event_filter.h"

#include <algorithm>
#include <set>

#include "ledger/codec.h"
#include "ledger/cohort.h"
#include "ledger/event_log.h"
#include "projections/event_marks.h"

namespace daybook {
namespace {

// The pairing that an event belongs to; null if it belongs to none.
const PairingState* pairing_of(const Event& event, const State& state) {
  const auto& stream = event.envelope.stream;
  if (stream.starts_with("pairing/")) return state.pairing(stream.substr(8));
  const auto* refused = std::get_if<RowRefused>(&event.body);
  return refused && refused->sheet == "activity" ? state.pairing(refused->ref) : nullptr;
}

bool carries(const Event& event, const std::string& ref) {
  const auto& stream = event.envelope.stream;
  if (stream == "pairing/" + ref || stream == "application/" + ref) return true;
  const auto* refused = std::get_if<RowRefused>(&event.body);
  return refused && refused->ref == ref;
}

bool is_one_of(const std::vector<std::string>& kinds, const Event& event) {
  return std::find(kinds.begin(), kinds.end(), kind_of(event.body).name) != kinds.end();
}

bool in_time(const EventFilter& filter, const Envelope& envelope) {
  if (filter.since && envelope.recorded_at < *filter.since) return false;
  if (filter.until && envelope.recorded_at >= *filter.until) return false;
  if (filter.happened_since && envelope.happened_at < *filter.happened_since) return false;
  if (filter.happened_until && envelope.happened_at >= *filter.happened_until) return false;
  return !filter.happened_by || envelope.happened_at <= *filter.happened_by;
}

// Where the events of the half-open range that may pass stand, ascending, if that is known without reading them; no question about a person is
// answered so. nullopt: it is not, in whatever range.
Result<std::optional<std::vector<Position>>> find_candidates(const EventFilter& filter, Position from, Position to) {
  std::optional<std::vector<Position>> found;
  if (filter.person || !filter.marks) return found;
  if (!filter.chain) return filter.marks->candidates(filter, from, to);
  found.emplace();
  for (auto it = filter.chain->lower_bound(from); it != filter.chain->end() && it->first < to; ++it) found->push_back(it->first);
  return found;
}

// All of the range or, where the question is about a person, those that the directory finds for them.
Result<void> read_unmarked(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position to,
                           const std::function<bool(const Event&)>& use) {
  if (!filter.person) return read_events(log, from, to, use);
  std::set<uint32_t> labels = {short_hash(filter.person->value)};
  for (const auto& [ref, pairing] : state.pairings) {
    if (pairing.coach == *filter.person) labels.insert(short_hash(pairing.client.value));
  }
  return read_events_about(log, std::vector(labels.begin(), labels.end()), from, to, use);
}

}  // namespace

bool concerns(const Event& event, const PersonId& person, const State& state) {
  if (event.envelope.subject == person) return true;
  const auto* pairing = pairing_of(event, state);
  return pairing && pairing->coach == person && event.envelope.subject == pairing->client;
}

bool passes(const EventFilter& filter, const Event& event, const State& state) {
  const auto& envelope = event.envelope;
  if (!in_time(filter, envelope)) return false;
  if (filter.chain && !filter.chain->contains(envelope.position)) return false;
  if (!filter.stream.empty() && envelope.stream != filter.stream) return false;
  if (!filter.kinds.empty() && !is_one_of(filter.kinds, event)) return false;
  if (filter.actor && envelope.provenance.actor != *filter.actor) return false;
  if (!filter.role.empty() && envelope.provenance.role != filter.role) return false;
  if (!filter.correlation.empty() && envelope.correlation != filter.correlation) return false;
  if (!filter.ref.empty() && !carries(event, filter.ref)) return false;
  if (filter.person && !concerns(event, *filter.person, state)) return false;
  return !filter.reaches || filter.reaches(event);
}

Result<void> read_candidates(const EventLog& log, const State& state, const EventFilter& filter, Position from, Position to,
                             const std::function<bool(const Event&)>& use) {
  bool more = true;
  const auto use_more = [&](const Event& event) { return more = use(event); };
  for (to = std::min(to, log.end()); more && from < to;) {  // a bundle at a time: a page may be full with the first
    const Position next{std::min(to.value, (from.value / kTileWidth + 1) * kTileWidth)};
    DAYBOOK_TRY(const auto found, find_candidates(filter, from, next));
    if (!found) return read_unmarked(log, state, filter, from, to, use);
    DAYBOOK_TRY(read_events_at(log, *found, use_more));
    from = next;
  }
  return success();
}

}  // namespace daybook
