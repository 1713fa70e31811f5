#include "ledger/backup_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "ledger/backup.h"
#include "ledger/big_endian.h"
#include "ledger/labels.h"
#include "ledger/record_owners.h"
#include "ledger/vault.h"

namespace daybook {
namespace {

constexpr size_t kGroupEntries = 4096;  // appended with one fsync
constexpr size_t kRowsPerEntry = 16;    // other rows of the vault, so that none of the writes is large
constexpr Day kForGood{std::chrono::year{9999} / 12 / 31};

Result<PartsReader> open_file(const CopyOptions& options, const std::string& stem) {
  const auto* file = options.manifest->find(stem);
  if (!file) return Error{Fault::kCorrupt, fmt::format("{}: found no file {}, want one", manifest_name(options.manifest->run), stem)};
  return PartsReader::open((std::filesystem::path(options.backup) / file->name).string());
}

Position position_in(std::string_view bytes) { return Position{from_big_endian(bytes.substr(0, 8))}; }

class BookCopy {
 public:
  BookCopy(const CopyOptions& options, EventLog& log) : options_(options), log_(log), end_(options.manifest->head(options.book).size) {}

  Result<Copied> copy() {
    if (const auto* dropped = options_.manifest->find(book_stem(options_.book, "dropped"))) {
      DAYBOOK_TRY(const auto leaves, read_dropped(options_.backup, *dropped));
      DAYBOOK_TRY(log_.begin_past(leaves));
    }
    DAYBOOK_TRY(find_tombstones());
    DAYBOOK_TRY(auto rows, open_file(options_, book_stem(options_.book, "rows")));
    rows_.emplace(std::move(rows));
    for (uint64_t segment = first_segment(); segment * kBackupSegment < end_; ++segment) {
      DAYBOOK_TRY(copy_segment(segment));
    }
    DAYBOOK_TRY(flush(true));
    const auto head = log_.head();
    for (const auto& [owner, since] : left_out_) out_.left_out.push_back(since);
    if (head == options_.manifest->head(options_.book)) return std::move(out_);
    return Error{Fault::kCorrupt, fmt::format("{} book: copied {} events with root {}, want {} with {}", options_.book, head.size,
                                              to_base64(head.root), end_, to_base64(options_.manifest->head(options_.book).root))};
  }

 private:
  uint64_t first_segment() const { return options_.manifest->first(options_.book) / kBackupSegment; }

  // The events that are about a person who is erased now: rows of imports are known by them.
  Result<void> find_tombstones() {
    if (options_.since->empty()) return success();
    Event event;
    std::string entry;
    for (uint64_t segment = first_segment(); segment * kBackupSegment < end_; ++segment) {
      DAYBOOK_TRY(auto entries, open_file(options_, entries_stem(options_.book, segment)));
      for (;;) {
        DAYBOOK_TRY(const bool more, entries.next_entry(entry));
        if (!more) break;
        DAYBOOK_TRY(decode_into(event, as_bytes(entry)));
        auto owner = "person/" + event.envelope.subject.value;
        if (options_.since->contains(owner)) tombstones_.emplace(event.envelope.position, std::move(owner));
      }
    }
    return success();
  }

  Result<void> copy_segment(uint64_t segment) {
    DAYBOOK_TRY(auto entries, open_file(options_, entries_stem(options_.book, segment)));
    DAYBOOK_TRY(auto sealed, open_file(options_, sealed_stem(options_.book, segment)));
    DAYBOOK_TRY(next_record(sealed));
    for (std::string entry;;) {
      DAYBOOK_TRY(const bool more, entries.next_entry(entry));
      if (!more) break;
      DAYBOOK_TRY(decode_into(event_, commitments_, as_bytes(entry)));
      DAYBOOK_TRY(auto* batch, batch_for(event_.envelope.idempotency_key));
      const auto cohort = cohorts_.next(event_);
      batch->entries.push_back(entry);
      batch->labels.push_back(labels_of(event_.envelope, event_.body, cohort));
      ++waiting_;
      DAYBOOK_TRY(take_records(sealed, cohort, *batch));
    }
    return success();
  }

  // The events of one command share its key and went in one batch: they do again.
  Result<Batch*> batch_for(const std::string& key) {
    const bool joins = !group_.empty() && group_.back().idempotency_key == key && (!key.empty() || group_.back().entries.size() < kTileWidth);
    if (joins) return &group_.back();
    if (waiting_ >= kGroupEntries) {
      DAYBOOK_TRY(flush(false));
    }
    auto& batch = group_.emplace_back();
    batch.idempotency_key = key;
    return &batch;
  }

  Result<void> next_record(PartsReader& sealed) {
    std::string key, value;
    DAYBOOK_TRY(const bool more, sealed.next_row(key, value));
    record_.reset();
    if (more) record_ = VaultRow{std::move(key), std::move(value)};
    return success();
  }

  Result<void> take_records(PartsReader& sealed, const CycleId& cohort, Batch& batch) {
    const auto at = event_.envelope.position;
    const auto owners = record_owners(event_, commitments_, cohort);
    while (record_ && position_in(std::string_view(record_->key).substr(1)) == at) {
      const auto field_class = static_cast<FieldClass>(static_cast<uint8_t>(record_->key.back()));
      const auto owner = std::find_if(owners.begin(), owners.end(), [&](const RecordOwner& known) { return known.field_class == field_class; });
      if (owner != owners.end() && options_.since->contains(owner->owner)) {
        ++left_out(owner->owner).records;
      } else if (owner == owners.end() || !options_.erasures->contains(owner->owner)) {
        if (owner != owners.end() && options_.manifest->keys(options_.book) > 0 && !has_key(owner->owner)) out_.keyless.insert(owner->owner);
        batch.vault.push_back(std::move(*record_));
      }
      DAYBOOK_TRY(next_record(sealed));
    }
    return success();
  }

  bool has_key(const std::string& owner) const { return options_.keys && options_.keys->has_key_of(options_.book, owner); }
  ErasedSince& left_out(const std::string& owner) {
    return left_out_.try_emplace(owner, ErasedSince{owner, options_.since->at(owner), 0, 0}).first->second;
  }

  // Appends what waits, with some of the other rows; with all of them if it is the last.
  Result<void> flush(bool last) {
    if (group_.empty()) return success();
    auto& rows = group_.back().vault;
    DAYBOOK_TRY(take_rows(last ? ~size_t{0} : waiting_ * kRowsPerEntry, rows));
    if (last) put_keys(rows);
    for (auto& answer : log_.append(group_)) {
      if (!answer) return std::move(answer).error();
    }
    group_.clear();
    waiting_ = 0;
    DAYBOOK_TRY(log_.read_back());  // while the write-ahead log is there
    if (options_.progress) options_.progress(log_.end().value);
    return success();
  }

  Result<void> take_rows(size_t at_most, std::vector<VaultRow>& rows) {
    std::string key, value;
    for (; at_most > 0; --at_most) {
      DAYBOOK_TRY(const bool more, rows_->next_row(key, value));
      if (!more) return success();
      if (goes(key, value, rows)) continue;
      if (key.starts_with('f') && value.size() >= 8) bury(value);
      rows.push_back({key, value});
    }
    return success();
  }

  // Names of the erased, and what leads from a name to them: that it did stays until the access book was gone through for the name.
  bool goes(const std::string& key, const std::string& value, std::vector<VaultRow>& rows) {
    const auto owner = "person/" + (key.starts_with('n') ? key.substr(1) : key.starts_with('i') ? value : "");
    if (!options_.since->contains(owner)) return options_.erasures->contains(owner);
    left_out(owner);
    if (options_.book == "programme" && Vault::is_person_key(key)) rows.push_back({Vault::parting_key(key), value});
    return true;
  }

  // A row of an import that was about somebody erased stays as a tombstone: no position, the word, a line end, the last day.
  void bury(std::string& value) {
    const auto row = tombstones_.find(position_in(value));
    if (row == tombstones_.end() || value.find('\n', 8) != std::string::npos) return;
    auto& erased = left_out(row->second);
    ++erased.rows;
    const Day until = erased.known_until == Day{} ? kForGood : erased.known_until;
    value = big_endian(0) + "erased\n" + big_endian(static_cast<uint64_t>(until.time_since_epoch().count()));
  }

  // The keys of owners, and in place of those of the erased that they were destroyed, by which event.
  void put_keys(std::vector<VaultRow>& rows) const {
    if (!options_.keys || options_.keys->rows(options_.book).empty()) return;
    for (const auto& [key, value] : options_.keys->rows(options_.book)) {
      if (!options_.since->contains(key.substr(1))) rows.push_back({key, value});
    }
    for (const auto& [owner, at] : *options_.erasures) rows.push_back({kWrappedKeys + owner, destroyed_key(at)});
    uint64_t next = end_ + 1;
    for (const auto& [owner, since] : left_out_) rows.push_back({kWrappedKeys + owner, destroyed_key(Position{next++})});
  }

  const CopyOptions& options_;
  EventLog& log_;
  const uint64_t end_;
  std::map<Position, std::string> tombstones_;  // owner by position
  std::optional<PartsReader> rows_;
  std::optional<VaultRow> record_;  // the next sealed one
  Event event_;                     // read into again and again
  Commitments commitments_;
  RunningCohorts cohorts_;
  std::vector<Batch> group_;
  size_t waiting_ = 0;                           // entries in the group
  std::map<std::string, ErasedSince> left_out_;  // by owner
  Copied out_;
};

}  // namespace

Result<Copied> copy_book(const CopyOptions& options, EventLog& log) { return BookCopy(options, log).copy(); }

Result<void> copy_checkpoints(const CopyOptions& options, EventLog& log) {
  DAYBOOK_TRY(auto reader, open_file(options, book_stem(options.book, "checkpoints")));
  for (std::string key, note;;) {
    DAYBOOK_TRY(const bool more, reader.next_row(key, note));
    if (!more) return success();
    DAYBOOK_TRY(log.keep_checkpoint(from_big_endian(key), note));
  }
}

}  // namespace daybook
