#include "ledger/access_book.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "ledger/civil_time.h"
#include "ledger/erasure.h"
#include "ledger/labels.h"
#include "ledger/ledger_folder.h"
#include "ledger/pending_rows.h"
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

// What is about to be written from the book's end on, all at one moment, and the vault as it will be then.
struct AccessBook::Draft {
  Draft(const VaultRows& vault, Position at, Instant moment) : stored(vault), recorded_at(moment), rows(std::in_place, vault) { batch.expected = at; }

  Position end() const { return Position{batch.expected->value + batch.entries.size()}; }
  // The batch's new rows count from here on.
  void settle() {
    for (; settled < batch.vault.size(); ++settled) rows->put(batch.vault[settled]);
  }
  // Back to what there was with so many entries and rows.
  void cut(size_t entries, size_t vault_rows) {
    batch.entries.resize(entries);
    batch.labels.resize(entries);
    batch.vault.resize(vault_rows);
    rows.emplace(stored);
    settled = 0;
    settle();
  }

  const VaultRows& stored;
  const Instant recorded_at;
  std::optional<PendingRows> rows;
  Batch batch;
  size_t settled = 0;  // rows of the batch that count
};

// A look whose thread waits for its answer.
struct AccessBook::Waiting {
  const Look& look;
  std::optional<Result<Position>> answer;
};

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

// The id of a name, `known` if that is not empty, else as this book has it, else a new one; it stands in the book after the draft.
Result<PersonId> AccessBook::named(const std::string& name, PersonId known, Draft& draft) {
  const Vault vault(*log_, *draft.rows, keys_);
  if (known.empty()) {
    DAYBOOK_TRY(const auto found, vault.person(name));
    if (found) return *found;
    known = PersonId{random_id(randomness_)};
  }
  DAYBOOK_TRY(vault.add_name(known, name, randomness_, draft.batch.vault));
  draft.settle();
  return known;
}

// An empty draft of what is written next; an error while nothing may be.
Result<AccessBook::Draft> AccessBook::draft() const {
  if (broken_) return *broken_;
  DAYBOOK_TRY(const auto moment, recorded_at());
  return Draft(log_->vault(), log_->end(), moment);
}

// The event's place, at the end of the draft and of its stream.
Result<void> AccessBook::begin(Event& event, Draft& draft) {
  auto& envelope = event.envelope;
  envelope.recorded_at = envelope.happened_at = draft.recorded_at;
  envelope.correlation = random_bytes();
  envelope.position = draft.end();
  DAYBOOK_TRY(const auto stored, draft.rows->get(version_key(envelope.stream)));
  envelope.version = stored ? std::stoull(*stored) : 0;
  return success();
}

// Adds the event to the draft, and moves it on to the next place.
Result<void> AccessBook::stage(Event& event, Draft& draft) {
  const Vault vault(*log_, *draft.rows, keys_);
  auto& envelope = event.envelope;
  auto& batch = draft.batch;
  envelope.event_id = random_bytes();
  DAYBOOK_TRY(auto encoded, encode(event, {}, randomness_));
  batch.entries.push_back(std::move(encoded.entry));
  batch.labels.push_back(labels_of(envelope, event.body));
  for (const auto& [field_class, sealed] : encoded.sealed) {
    DAYBOOK_TRY(vault.add_record(event, field_class, sealed, randomness_, batch.vault));
  }
  draft.settle();
  ++envelope.position.value;
  ++envelope.version;
  return success();
}

// The event's stream goes on after it.
void AccessBook::end(const Event& event, Draft& draft) const {
  draft.batch.vault.push_back({version_key(event.envelope.stream), std::to_string(event.envelope.version)});
  draft.settle();
}

// Durable and signed, or an error: then keys that were made for it are forgotten.
Result<void> AccessBook::write(const Draft& draft) {
  if (draft.batch.entries.empty()) return success();
  if (auto appended = log_->append(draft.batch); !appended) {
    keys_.owners->forget_all();
    return appended.error();
  }
  const auto signed_note = checkpointer_->sign();
  if (signed_note) return success();
  if (signed_note.error().fault == Fault::kCorrupt) broken_ = signed_note.error();
  return signed_note.error();
}

Result<Position> AccessBook::record(const Look& look) {
  Waiting mine{look, std::nullopt};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  answered_.wait(lock, [&] { return mine.answer || !led_; });
  if (!mine.answer) lead(lock);
  return *mine.answer;
}

Result<void> AccessBook::writable() {
  const std::unique_lock writing(write_mutex_, std::try_to_lock);
  if (!writing) return Error{Fault::kBusy, "the access book is being written"};
  if (const auto next = draft(); !next) return next.error();
  DAYBOOK_TRY(log_->unbroken());
  return log_->room();
}

// Writes what waits, the caller's own look with it. Meanwhile others come and wait; one of them is the next to lead.
void AccessBook::lead(std::unique_lock<std::mutex>& lock) {
  led_ = true;
  const auto group = std::exchange(waiting_, {});
  lock.unlock();
  auto answers = write_looks(group);
  lock.lock();
  for (size_t i = 0; i < group.size(); ++i) group[i]->answer = std::move(answers[i]);
  led_ = false;
  answered_.notify_all();
}

std::vector<Result<Position>> AccessBook::write_looks(std::span<Waiting* const> group) {
  const std::lock_guard writing(write_mutex_);
  try {
    return write_group(group);
  } catch (const std::exception& e) {  // of a library: ours are values. Whether anything was written is not known
    keys_.owners->forget_all();
    broken_ = Error{Fault::kStorage, std::string("access book: an exception: ") + e.what()};
    return std::vector(group.size(), Result<Position>(*broken_));
  }
}

std::vector<Result<Position>> AccessBook::write_group(std::span<Waiting* const> group) {
  auto next = draft();
  if (!next) return std::vector(group.size(), Result<Position>(next.error()));
  std::vector<Result<Position>> answers;
  for (const auto* waiting : group) answers.push_back(add(waiting->look, next.value()));
  if (const auto written = write(next.value()); !written) {
    std::replace_if(answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); }, Result<Position>(written.error()));
  }
  return answers;
}

// One that cannot be put into events leaves the draft as it was: the others of its group are written.
Result<Position> AccessBook::add(const Look& look, Draft& draft) {
  const auto entries = draft.batch.entries.size(), rows = draft.batch.vault.size();
  const auto added = add_events(look, draft);
  if (!added) {
    draft.cut(entries, rows);
    keys_.owners->forget_all();  // one that was made for it is not kept
  }
  return added;
}

Result<Position> AccessBook::add_events(const Look& look, Draft& draft) {
  const auto first = draft.end();
  Event event;
  DAYBOOK_TRY(const auto actor, named(look.actor, look.actor_id, draft));
  DAYBOOK_TRY(const auto recorded_by, named(look.operator_name, {}, draft));
  event.envelope.stream = "access/" + actor.value;
  event.envelope.provenance = {actor, look.role, recorded_by, Channel::kCli, ""};
  DAYBOOK_TRY(begin(event, draft));
  for (auto& subjects : in_parts(look.subjects)) {
    event.body = view_of(look, std::move(subjects));
    DAYBOOK_TRY(stage(event, draft));
  }
  end(event, draft);
  return first;
}

Result<std::vector<PersonId>> AccessBook::all_named() const {
  std::vector<PersonId> people;
  const auto table = Vault::name_key({});
  DAYBOOK_TRY(log_->vault().scan(table, [&](std::string_view key, std::string_view) {
    people.push_back(PersonId{std::string(key.substr(table.size()))});
    return true;
  }));
  return people;
}

Result<void> AccessBook::erase(const PersonId& person, const std::set<std::string>& names, Day known_until) {
  const std::lock_guard writing(write_mutex_);
  const Vault vault(*log_, keys_);
  std::set<PersonId> all = {person};
  DAYBOOK_TRY(const auto people, all_named());
  for (const auto& other : people) {
    DAYBOOK_TRY(const auto name, vault.name(other));
    if (!name) continue;
    const bool known = names.contains(vault.person_row(*name, other).key) || names.contains(vault.person_row(Vault::address_name(*name), other).key);
    if (known) all.insert(other);
  }
  for (const auto& one : all) {
    DAYBOOK_TRY(erase_one(one, known_until));
  }
  return success();
}

Result<void> AccessBook::erase_one(const PersonId& person, Day known_until) {
  const Vault vault(*log_, keys_);
  const auto owner = "person/" + person.value;
  DAYBOOK_TRY(const auto row, log_->vault().get(OwnerKeys::row_key(owner)));
  if (!row || OwnerKeys::is_destroyed(*row)) return success();
  DAYBOOK_TRY(auto erasure, plan_erasure(*log_, vault, {person, {}, {}, known_until}, randomness_));
  DAYBOOK_TRY(auto next, draft());
  Event event;
  event.envelope.stream = "person/" + person.value;
  event.envelope.subject = person;
  event.body = PersonErased{erasure.records, 0, Day{}};
  DAYBOOK_TRY(begin(event, next));
  const auto at = event.envelope.position;
  DAYBOOK_TRY(stage(event, next));
  next.batch.vault.insert(next.batch.vault.end(), erasure.rows.begin(), erasure.rows.end());
  next.batch.vault.push_back(OwnerKeys::destroyed_row(owner, at));
  keys_.owners->forget(owner);
  end(event, next);
  return write(next);
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

// Of whom no event from `first` on tells: their names, what leads to them, and their keys. Of the erased it stays that they were.
Result<void> AccessBook::drop_names(Position first, Batch& batch) const {
  std::set<PersonId> still;
  DAYBOOK_TRY(read_events(*log_, first, log_->end(), [&](const Event& event) {
    still.insert({event.envelope.provenance.actor, event.envelope.provenance.recorded_by});
    return true;
  }));
  const Vault vault(*log_, keys_);
  DAYBOOK_TRY(const auto people, all_named());
  for (const auto& person : people) {
    if (still.contains(person)) continue;
    DAYBOOK_TRY(const auto name, vault.name(person));
    const auto index = vault.person_row(*name, person).key;
    DAYBOOK_TRY(const auto found, vault.person(*name));
    if (found == person) batch.vault.push_back({index, std::nullopt});
    batch.vault.push_back({Vault::name_key(person), std::nullopt});
    batch.vault.push_back({OwnerKeys::row_key("person/" + person.value), std::nullopt});
    keys_.owners->forget("person/" + person.value);
  }
  return success();
}

Result<void> AccessBook::expire(uint32_t kept_days) {
  const std::lock_guard writing(write_mutex_);
  DAYBOOK_TRY(const auto through, older_than(*log_, clock_.now() - std::chrono::days{kept_days}));
  if (through == log_->first()) return log_->drop_before(through);  // what was cut short goes on
  DAYBOOK_TRY(auto next, draft());
  Event event;
  event.envelope.stream = "book/access";
  event.body = LooksExpired{through.value, kept_days};
  DAYBOOK_TRY(begin(event, next));
  DAYBOOK_TRY(stage(event, next));
  DAYBOOK_TRY(drop_names(through, next.batch));
  end(event, next);
  DAYBOOK_TRY(write(next));
  return log_->drop_before(through);
}

Result<void> AccessBook::purge() {
  const std::lock_guard writing(write_mutex_);
  return log_->purge();
}

void AccessBook::alone(const std::function<void()>& work) {
  const std::lock_guard writing(write_mutex_);
  work();
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
  const std::lock_guard writing(write_mutex_);
  DAYBOOK_TRY(auto next, draft());
  DAYBOOK_TRY(const auto operator_id, named(operator_name, {}, next));
  const auto correlation = random_bytes();
  for (auto& event : events_of(restore)) {
    event.envelope.provenance = {operator_id, "", operator_id, Channel::kCli, ""};
    DAYBOOK_TRY(begin(event, next));
    event.envelope.correlation = correlation;
    DAYBOOK_TRY(stage(event, next));
    end(event, next);
  }
  return write(next);
}

}  // namespace daybook
