#include "ledger/access_book.h"

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/erasure.h"
#include "ledger/labels.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

std::string version_key(const std::string& stream) { return "s" + stream; }  // the next version of a stream, decimal

std::vector<std::vector<std::string>> in_parts(const std::set<PersonId>& subjects) {
  std::vector<std::vector<std::string>> parts(1);
  for (const auto& subject : subjects) {
    if (parts.back().size() == AccessBook::kSubjectsMax) parts.emplace_back();
    parts.back().push_back(subject.value);
  }
  return parts;
}

}  // namespace

AccessBook::AccessBook(std::unique_ptr<BookLock> lock, std::unique_ptr<EventLog> log, std::unique_ptr<Checkpointer> checkpointer, VaultKeys keys,
                       const Clock& clock, Randomness& randomness)
    : lock_(std::move(lock)),
      log_(std::move(log)),
      checkpointer_(std::move(checkpointer)),
      keys_(std::move(keys)),
      clock_(clock),
      randomness_(randomness) {}
AccessBook::~AccessBook() = default;

// Now, but never before the newest look; a clock that stands more than five minutes before it is refused.
Result<Instant> AccessBook::recorded_at() const {
  Instant newest{};
  const auto end = log_->end();
  if (end > Position{}) {
    DAYBOOK_TRY(read_events(*log_, Position{end.value - 1}, end, [&](const Event& event) {
      newest = event.envelope.recorded_at;
      return true;
    }));
  }
  const auto now = clock_.now();
  if (now < newest - std::chrono::minutes{5}) {
    return Error{Fault::kStorage, "the clock says " + to_text(now) + ", but the newest look was recorded at " + to_text(newest)};
  }
  return std::max(now, newest);
}

namespace {

RecordViewed view_of(const Look& look, std::vector<std::string> subjects) {
  RecordViewed viewed;
  viewed.verb = look.verb;
  viewed.subjects = std::move(subjects);
  for (const auto field_class : look.classes) viewed.classes.emplace_back(class_name(field_class));
  viewed.programme = look.cycle.programme;
  viewed.cycle = look.cycle.cycle;
  viewed.book_end = look.book_end.value;
  viewed.authenticated = look.authenticated;
  viewed.purpose = look.purpose;
  viewed.operator_name = look.operator_name;
  viewed.denied = look.denied;
  viewed.glass = look.glass ? look.glass->value + 1 : 0;
  viewed.unit = look.unit;
  return viewed;
}

}  // namespace

std::string AccessBook::random_bytes() {
  std::string bytes(16, '\0');
  randomness_.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

// The id of a name, `known` if that is not empty, else as this book has it, else a new one; it stands in the book after `batch`.
Result<PersonId> AccessBook::named(const std::string& name, PersonId known, Batch& batch) {
  const Vault vault(*log_, keys_);
  if (known.empty()) {
    DAYBOOK_TRY(const auto found, vault.person(name));
    if (found) return *found;
    known = PersonId{random_id(randomness_)};
  }
  DAYBOOK_TRY(vault.add_name(known, name, randomness_, batch.vault));
  return known;
}

// Adds the event to the batch, at the next place of its stream and of the book.
Result<void> AccessBook::stage(Event& event, Batch& batch) {
  const Vault vault(*log_, keys_);
  auto& envelope = event.envelope;
  envelope.event_id = random_bytes();
  DAYBOOK_TRY(auto encoded, encode(event, {}, randomness_));
  batch.entries.push_back(std::move(encoded.entry));
  batch.labels.push_back(labels_of(envelope, event.body));
  for (const auto& [field_class, sealed] : encoded.sealed) {
    DAYBOOK_TRY(vault.add_record(event, field_class, sealed, randomness_, batch.vault));
  }
  ++envelope.position.value;
  ++envelope.version;
  return success();
}

// The event's place, where the book now ends.
Result<void> AccessBook::begin(Event& event, Batch& batch) {
  auto& envelope = event.envelope;
  DAYBOOK_TRY(envelope.recorded_at, recorded_at());
  envelope.happened_at = envelope.recorded_at;
  envelope.correlation = random_bytes();
  envelope.position = log_->end();
  DAYBOOK_TRY(const auto stored, log_->vault().get(version_key(envelope.stream)));
  envelope.version = stored ? std::stoull(*stored) : 0;
  batch.expected = envelope.position;
  return success();
}

// The event's stream goes on after it; then as write().
Result<void> AccessBook::finish(const Event& event, Batch& batch) {
  batch.vault.push_back({version_key(event.envelope.stream), std::to_string(event.envelope.version)});
  return write(batch);
}

// Durable and signed, or an error: then keys that were made for it are forgotten.
Result<void> AccessBook::write(const Batch& batch) {
  if (auto appended = log_->append(batch); !appended) {
    keys_.owners->forget_all();
    return appended.error();
  }
  DAYBOOK_TRY(checkpointer_->sign());
  return success();
}

Result<Position> AccessBook::record(const Look& look) {
  Batch batch;
  Event event;
  DAYBOOK_TRY(const auto actor, named(look.actor, look.actor_id, batch));
  DAYBOOK_TRY(const auto recorded_by, named(look.operator_name, {}, batch));
  event.envelope.stream = "access/" + actor.value;
  event.envelope.provenance = {actor, look.role, recorded_by, Channel::kCli, ""};
  DAYBOOK_TRY(begin(event, batch));
  for (auto& subjects : in_parts(look.subjects)) {
    event.body = view_of(look, std::move(subjects));
    DAYBOOK_TRY(stage(event, batch));
  }
  DAYBOOK_TRY(finish(event, batch));
  return *batch.expected;
}

Result<void> AccessBook::erase(const PersonId& person, Day known_until) {
  const Vault vault(*log_, keys_);
  const auto owner = "person/" + person.value;
  DAYBOOK_TRY(const auto row, log_->vault().get(OwnerKeys::row_key(owner)));
  if (!row || OwnerKeys::is_destroyed(*row)) return success();
  DAYBOOK_TRY(auto erasure, plan_erasure(*log_, vault, person, {}, known_until, randomness_));
  Batch batch;
  Event event;
  event.envelope.stream = "person/" + person.value;
  event.envelope.subject = person;
  event.body = PersonErased{erasure.records, 0, Day{}};
  DAYBOOK_TRY(begin(event, batch));
  const auto at = event.envelope.position;
  DAYBOOK_TRY(stage(event, batch));
  batch.vault.insert(batch.vault.end(), erasure.rows.begin(), erasure.rows.end());
  batch.vault.push_back(OwnerKeys::destroyed_row(owner, at));
  keys_.owners->forget(owner);
  return finish(event, batch);
}

namespace {

// One past the newest bundle whose last entry was recorded before `oldest`.
Result<Position> older_than(const EventLog& log, Instant oldest) {
  Position first = log.first();
  for (;; first.value += kTileWidth) {
    const Position last{first.value + kTileWidth - 1};
    if (last >= log.end()) return first;
    bool old = false;
    DAYBOOK_TRY(
        read_events(log, last, Position{last.value + 1}, [&](const Event& event) { return old = event.envelope.recorded_at < oldest, true; }));
    if (!old) return first;
  }
}

}  // namespace

Result<void> AccessBook::expire(uint32_t kept_days) {
  DAYBOOK_TRY(const auto through, older_than(*log_, clock_.now() - std::chrono::days{kept_days}));
  if (through == log_->first()) return success();
  Batch batch;
  Event event;
  event.envelope.stream = "book/access";
  event.body = LooksExpired{through.value, kept_days};
  DAYBOOK_TRY(begin(event, batch));
  DAYBOOK_TRY(stage(event, batch));
  DAYBOOK_TRY(finish(event, batch));
  return log_->drop_before(through);
}

namespace {

// The events of a restore, each on its stream.
std::vector<Event> events_of(const RecordRestore& restore) {
  std::vector<Event> events(1);
  events.front().envelope.stream = "book/access";
  events.front().body = restore.restored;
  for (const auto& erased : restore.erased) {
    if (!erased.owner.starts_with("person/")) continue;
    auto& event = events.emplace_back();
    event.envelope.stream = erased.owner;
    event.envelope.subject = PersonId{erased.owner.substr(7)};
    event.body = PersonErased{erased.records, erased.rows, erased.known_until};
  }
  return events;
}

}  // namespace

Result<void> AccessBook::record_restore(const RecordRestore& restore, const std::string& operator_name) {
  Batch batch;
  DAYBOOK_TRY(const auto operator_id, named(operator_name, {}, batch));
  const auto correlation = random_bytes();
  for (auto& event : events_of(restore)) {
    auto& envelope = event.envelope;
    envelope.provenance = {operator_id, "", operator_id, Channel::kCli, ""};
    const auto staged = batch.entries.size();
    DAYBOOK_TRY(begin(event, batch));
    envelope.correlation = correlation;
    envelope.position.value += staged;
    DAYBOOK_TRY(stage(event, batch));
    batch.vault.push_back({version_key(envelope.stream), std::to_string(envelope.version)});
  }
  return write(batch);
}

}  // namespace daybook
