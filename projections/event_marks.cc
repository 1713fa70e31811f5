#include "projections/event_marks.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "ledger/codec.h"
#include "ledger/replay.h"
#include "projections/event_filter.h"
#include "projections/refused_rows.h"

namespace daybook {
namespace {

uint32_t hash_of(std::string_view text) { return static_cast<uint32_t>(std::hash<std::string_view>{}(text)); }
uint16_t short_hash_of(std::string_view text) { return static_cast<uint16_t>(hash_of(text)); }

// By index in Body, whether a kind is one of these; of no kind that there is, none is.
std::vector<bool> among(const std::vector<std::string>& names) {
  std::vector<bool> wanted;
  for (const auto& kind : kinds()) wanted.push_back(std::find(names.begin(), names.end(), kind.name) != names.end());
  return wanted;
}

}  // namespace

// The marks that an event has to have.
class EventMarks::Wanted {
 public:
  explicit Wanted(const EventFilter& filter)
      : kinds_(filter.kinds.empty() ? std::vector<bool>() : among(filter.kinds)),
        stream_(asked(filter.stream)),
        correlation_(asked(filter.correlation)),
        ref_(asked(filter.ref)),
        of_application_(hash_of("application/" + filter.ref)),
        of_pairing_(hash_of("pairing/" + filter.ref)) {
    if (filter.actor) actor_ = hash_of(filter.actor->value);
    if (!filter.role.empty()) role_ = short_hash_of(filter.role);
  }

  bool any() const { return !kinds_.empty() || stream_ || actor_ || correlation_ || ref_ || role_; }
  bool fits(const Mark& mark) const {
    if (!kinds_.empty() && !kinds_[mark.kind]) return false;
    if (stream_ && mark.stream != *stream_) return false;
    if (actor_ && mark.actor != *actor_) return false;
    if (correlation_ && mark.correlation != *correlation_) return false;
    if (role_ && mark.role != *role_) return false;
    return !ref_ || mark.ref == *ref_ || mark.stream == of_application_ || mark.stream == of_pairing_;
  }

 private:
  static std::optional<uint32_t> asked(const std::string& text) { return text.empty() ? std::nullopt : std::optional(hash_of(text)); }

  std::vector<bool> kinds_;
  std::optional<uint32_t> stream_, actor_, correlation_, ref_;
  std::optional<uint16_t> role_;
  uint32_t of_application_, of_pairing_;
};

template <class Use>
void EventMarks::each(Position from, Position to, const Use& use) const {
  for (uint64_t at = std::max(from, first_).value; at < std::min(to, end()).value; ++at) use(Position{at}, marks_[at - first_.value]);
}

void EventMarks::add(const Event& event) {
  const auto& envelope = event.envelope;
  const auto& by = envelope.provenance;
  const auto* refused = std::get_if<RowRefused>(&event.body);
  marks_.push_back({envelope.caused_by, hash_of(envelope.stream), hash_of(envelope.subject.value), hash_of(by.actor.value),
                    hash_of(envelope.correlation), refused ? hash_of(refused->ref) : 0,
                    refused ? hash_of(CycleId{refused->programme, refused->cycle}.text()) : 0, static_cast<uint16_t>(event.body.index()),
                    short_hash_of(by.role)});
  if (refused) refused_.push_back(envelope.position);
  if (envelope.corrects > 0) corrections_[Position{envelope.corrects - 1}].emplace_back(envelope.position, envelope.happened_at);
  const auto* undone = std::get_if<RowUndone>(&event.body);
  if (undone && undone->stands_again > 0) standing_again_[Position{undone->stands_again - 1}].push_back(envelope.position);
  const auto cohort = cohorts_.next(event);
  if (!by.batch.empty() && !cohort.programme.empty()) programmes_[by.batch].emplace(cohort.programme, envelope.position);
}

Result<void> EventMarks::reach(Position wanted) {
  wanted = std::min(wanted, log_.end());
  {
    const std::shared_lock lock(mutex_);
    if (wanted <= end()) return success();
  }
  const std::unique_lock lock(mutex_);
  return read_events(log_, end(), wanted, [&](const Event& event) { return add(event), true; });
}

Result<std::optional<std::vector<Position>>> EventMarks::candidates(const EventFilter& filter, Position from, Position to) {
  const Wanted wanted(filter);
  std::optional<std::vector<Position>> found;
  if (!wanted.any()) return found;
  DAYBOOK_TRY(reach(to));
  const std::shared_lock lock(mutex_);
  found.emplace();
  each(from, to, [&](Position at, const Mark& mark) {
    if (wanted.fits(mark)) found->push_back(at);
  });
  return found;
}

Result<std::vector<Position>> EventMarks::refused(const RefusedFilter& filter, Position to) {
  DAYBOOK_TRY(reach(to));
  const auto ref = hash_of(filter.ref), person = filter.person ? hash_of(filter.person->value) : 0,
             cycle = filter.cycle ? hash_of(filter.cycle->text()) : 0;
  std::set<Position> found;
  const auto add_before_end = [&](Position at) {
    if (at < to) found.insert(at);
  };
  const std::shared_lock lock(mutex_);
  for (const auto at : refused_) {
    const auto& mark = marks_[at.value - first_.value];
    if (at >= to || (!filter.ref.empty() && mark.ref != ref)) continue;
    if ((filter.person && mark.subject != person) || (filter.cycle && mark.cycle != cycle)) continue;
    found.insert(at);
    if (const auto later = corrections_.find(at); later != corrections_.end()) {
      for (const auto& [correcting, happened_at] : later->second) add_before_end(correcting);
    }
    if (const auto again = standing_again_.find(at); again != standing_again_.end()) {
      for (const auto undoing : again->second) add_before_end(undoing);
    }
  }
  return std::vector(found.begin(), found.end());
}

Result<std::vector<EventMarks::Correction>> EventMarks::corrections(Position from, Position to) {
  DAYBOOK_TRY(reach(to));
  std::vector<Correction> found;
  const std::shared_lock lock(mutex_);
  for (auto it = corrections_.lower_bound(from); it != corrections_.end(); ++it) {
    for (const auto& [correcting, happened_at] : it->second) {
      if (from <= correcting && correcting < to) found.push_back({it->first, correcting, happened_at});
    }
  }
  return found;
}

Result<void> EventMarks::causes(Position from, Position to, const std::function<void(Position, Position)>& use) {
  DAYBOOK_TRY(reach(to));
  const std::shared_lock lock(mutex_);
  each(from, to, [&](Position at, const Mark& mark) {
    if (mark.caused_by > 0) use(at, Position{mark.caused_by - 1});
  });
  return success();
}

Result<ImportProgrammes> EventMarks::import_programmes(Position to) {
  DAYBOOK_TRY(reach(to));
  ImportProgrammes found;
  const std::shared_lock lock(mutex_);
  for (const auto& [batch, programmes] : programmes_) {
    for (const auto& [programme, first] : programmes) {
      if (first < to) found[batch].insert(programme);
    }
  }
  return found;
}

}  // namespace daybook
