#include "ledger/access_book.h"

#include <algorithm>

#include "ledger/civil_time.h"
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

AccessBook::AccessBook(std::unique_ptr<BookLock> lock, std::unique_ptr<EventLog> log, std::unique_ptr<Checkpointer> checkpointer,
                       const VaultKeys& keys, const Clock& clock, Randomness& randomness)
    : lock_(std::move(lock)), log_(std::move(log)), checkpointer_(std::move(checkpointer)), keys_(keys), clock_(clock), randomness_(randomness) {}
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
  const Vault vault(log_->vault(), keys_);
  if (known.empty()) {
    DAYBOOK_TRY(const auto found, vault.person(name));
    if (found) return *found;
    known = PersonId{random_id(randomness_)};
  }
  batch.vault.push_back(vault.person_row(name, known));
  batch.vault.push_back(Vault::name_row(known, name));
  return known;
}

Result<void> AccessBook::record(const Look& look) {
  Batch batch;
  Event event;
  auto& envelope = event.envelope;
  DAYBOOK_TRY(const auto actor, named(look.actor, look.actor_id, batch));
  DAYBOOK_TRY(const auto recorded_by, named(look.operator_name, {}, batch));
  envelope.stream = "access/" + actor.value;
  DAYBOOK_TRY(envelope.recorded_at, recorded_at());
  envelope.happened_at = envelope.recorded_at;
  envelope.provenance = {actor, look.role, recorded_by, Channel::kCli, ""};
  envelope.correlation = random_bytes();
  envelope.position = log_->end();
  DAYBOOK_TRY(const auto stored, log_->vault().get(version_key(envelope.stream)));
  envelope.version = stored ? std::stoull(*stored) : 0;
  batch.expected = envelope.position;
  for (auto& subjects : in_parts(look.subjects)) {
    event.body = view_of(look, std::move(subjects));
    envelope.event_id = random_bytes();
    DAYBOOK_TRY(auto encoded, encode(event, {}, randomness_));
    batch.entries.push_back(std::move(encoded.entry));
    batch.labels.push_back(labels_of(envelope, event.body));
    for (const auto& [field_class, sealed] : encoded.sealed) batch.vault.push_back(Vault::record_row(envelope.position, field_class, sealed));
    ++envelope.position.value;
    ++envelope.version;
  }
  batch.vault.push_back({version_key(envelope.stream), std::to_string(envelope.version)});
  DAYBOOK_TRY(log_->append(batch));
  DAYBOOK_TRY(checkpointer_->sign());
  return success();
}

}  // namespace daybook
