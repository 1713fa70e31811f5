#include "ledger/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "ledger/big_endian.h"
#include "ledger/civil_time.h"
#include "ledger/csv.h"
#include "ledger/proof.h"
#include "ledger/record_owners.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr int kSignatureTries = 60;  // with a pause of 50 ms: a writer signs every second
constexpr std::chrono::milliseconds kSignaturePause{50};

std::string below(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

// Passes parts on to a sink until it fails.
class Pouring {
 public:
  explicit Pouring(const Sink& sink) : sink_(sink) {}
  bool operator()(std::string_view part) {
    poured_ = sink_(part);
    return poured_.has_value();
  }
  Result<void> after(Result<void> read) { return read ? std::move(poured_) : std::move(read); }

 private:
  const Sink& sink_;
  Result<void> poured_ = success();
};

Source rows_of(const VaultRows& rows, std::string prefix) {
  return [&rows, prefix = std::move(prefix)](const Sink& sink) {
    Pouring pour(sink);
    return pour.after(rows.scan(prefix, [&](std::string_view key, std::string_view value) { return pour(row_part(key, value)); }));
  };
}

// The sealed records of a segment: their positions differ in the last two bytes alone.
Source sealed_of(const VaultRows& rows, uint64_t segment) { return rows_of(rows, kSealedTable + big_endian(segment * kBackupSegment).substr(0, 6)); }

Source other_rows_of(const VaultRows& rows) {
  return [&rows](const Sink& sink) -> Result<void> {
    for (const char table : kBackedUpTables) {
      DAYBOOK_TRY(rows_of(rows, std::string(1, table))(sink));
    }
    return success();
  };
}

Source entries_of(const EventLog& log, uint64_t segment) {
  return [&log, segment](const Sink& sink) {
    Pouring pour(sink);
    return pour.after(log.read(std::max(log.first(), Position{segment * kBackupSegment}), Position{(segment + 1) * kBackupSegment},
                               [&](Position, Bytes entry) { return pour(entry_part(as_text(entry))); }));
  };
}

// The hashes of the entries that were dropped.
Source dropped_of(const EventLog& log) {
  return [&log](const Sink& sink) -> Result<void> {
    for (uint64_t bundle = 0; bundle * kTileWidth < log.first().value; ++bundle) {
      DAYBOOK_TRY(const auto leaves, log.tile(0, bundle, kTileWidth));
      for (const auto& leaf : leaves) {
        DAYBOOK_TRY(sink(as_text(leaf)));
      }
    }
    return success();
  };
}

Source checkpoints_of(const EventLog& log) {
  return [&log](const Sink& sink) {
    Pouring pour(sink);
    return pour.after(log.checkpoints([&](uint64_t size, std::string_view note) { return pour(row_part(big_endian(size), note)); }));
  };
}

Source text_source(const std::string& text) {
  return [&text](const Sink& sink) { return sink(text); };
}

// A table that nobody thought of would be missing in every restore.
Result<void> check_tables(const VaultRows& rows) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char table = static_cast<char>(byte);
    if (table == kSealedTable || table == kWrappedKeys || kBackedUpTables.find(table) != std::string_view::npos) continue;
    bool found = false;
    DAYBOOK_TRY(rows.scan(std::string(1, table), [&](std::string_view, std::string_view) { return found = true, false; }));
    if (found) return Error{Fault::kCorrupt, fmt::format("vault: found rows of a table {:02x} that a backup does not know", byte)};
  }
  return success();
}

Result<uint64_t> count_rows(const VaultRows& rows, char table) {
  uint64_t count = 0;
  DAYBOOK_TRY(rows.scan(std::string(1, table), [&](std::string_view, std::string_view) { return ++count, true; }));
  return count;
}

// Whether somebody's records, or looks, went with an event from `from` on.
Result<bool> holds_erasure(const EventLog& log, uint64_t from) {
  bool found = false;
  DAYBOOK_TRY(read_events(log, std::max(log.first(), Position{from}), log.end(), [&](const Event& event) {
    found = !owner_erased_by(event).empty() || std::holds_alternative<LooksExpired>(event.body);
    return !found;
  }));
  return found;
}

// A book as it was when the run began.
struct Book {
  std::string_view name;
  const EventLog& log;
  const TreeHead head;
};

class Run {
 public:
  Run(Ledger& ledger, const BackupOptions& options, std::optional<Manifest> earlier)
      : ledger_(ledger), options_(options), earlier_(std::move(earlier)) {
    out_.manifest.run = earlier_ ? earlier_->run + 1 : 1;
  }

  Result<void> begin(const Clock& clock) {
    auto& manifest = out_.manifest;
    manifest.made_at = to_text(std::chrono::floor<std::chrono::seconds>(clock.now()));
    manifest.ledger = ledger_.config().id;
    const auto folder = fs::absolute(ledger_.folder()).lexically_normal().string();
    const bool plain = std::none_of(folder.begin(), folder.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
    if (plain && find_bad_text(folder) == std::string_view::npos) manifest.folder = folder;
    std::ifstream config(config_file(ledger_.folder()), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(config), {});
    return put(std::string(kConfigStem), text_source(text));
  }

  Result<void> copy(const Book& book) {
    DAYBOOK_TRY(check_continues(book));
    DAYBOOK_TRY(check_tables(book.log.vault()));
    DAYBOOK_TRY(const auto keys, count_rows(book.log.vault(), kWrappedKeys));
    (book.name == "access" ? out_.manifest.access_keys : out_.manifest.programme_keys) = keys;
    (book.name == "access" ? out_.manifest.access : out_.manifest.programme) = book.head;
    const uint64_t first = book.log.first().value;
    if (first > 0) {
      DAYBOOK_TRY(put(book_stem(book.name, "dropped"), dropped_of(book.log)));
    }
    for (uint64_t segment = first / kBackupSegment; segment * kBackupSegment < book.head.size; ++segment) {
      const auto stem = entries_stem(book.name, segment);
      const bool same = earlier_ && (earlier_->first(book.name) == first || segment * kBackupSegment >= first);
      const bool was_full = same && (segment + 1) * kBackupSegment <= earlier_->head(book.name).size;
      if (!was_full || !keep(stem)) {
        DAYBOOK_TRY(put(stem, entries_of(book.log, segment)));
      }
      DAYBOOK_TRY(put(sealed_stem(book.name, segment), sealed_of(book.log.vault(), segment)));
    }
    DAYBOOK_TRY(put(book_stem(book.name, "rows"), other_rows_of(book.log.vault())));
    DAYBOOK_TRY(put(book_stem(book.name, "checkpoints"), checkpoints_of(book.log)));
    return look_for_erasures(book);
  }

  // The newest signed checkpoint, and what leads to it from the end of the copy: a writer signs within a second, so this comes last.
  Result<void> cover(const Book& book) {
    const auto file = watermark_file(ledger_.folder(), book.name);
    for (int tries = 0; tries < kSignatureTries && somebody_writes(ledger_.folder(), book.name); ++tries) {
      DAYBOOK_TRY(const auto newest, read_watermark(file, ledger_.config().key_of(book.name)));
      if (newest && newest->checkpoint.head.size >= book.head.size) break;
      std::this_thread::sleep_for(kSignaturePause);
    }
    DAYBOOK_TRY(const auto now, ledger_.book_now(book.name));
    const uint64_t covered = now.watermark ? now.watermark->checkpoint.head.size : 0;
    if (covered < book.head.size) (book.name == "access" ? out_.unsigned_access : out_.unsigned_programme) = book.head.size - covered;
    if (!now.watermark) return success();
    const uint64_t from = std::min(covered, book.head.size);
    DAYBOOK_TRY(const auto proof, prove_consistency(*now.log, from, covered));
    const auto text = consistency_text(proof, from, now.watermark->note);
    return put(book_stem(book.name, "head"), text_source(text));
  }

  Result<BackedUp> finish(const SignerKey& signer) {
    auto& manifest = out_.manifest;
    std::sort(manifest.files.begin(), manifest.files.end(), [](const BackupFile& a, const BackupFile& b) { return a.name < b.name; });
    const auto name = manifest_name(manifest.run);
    DAYBOOK_TRY(replace_file(below(options_.folder, name), sign_note(manifest.text(), signer), 0600));
    if (options_.wrote) options_.wrote(name);
    DAYBOOK_TRY(remove_old());
    return out_;
  }

 private:
  // Since the oldest run that is there: one that was cut short before it removed the others has left them to this one.
  Result<void> look_for_erasures(const Book& book) {
    if (!earlier_) return success();
    DAYBOOK_TRY(const auto oldest, read_manifest(options_.folder, runs_in(options_.folder).front()));
    DAYBOOK_TRY(const bool erases, holds_erasure(book.log, oldest.manifest.head(book.name).size));
    erases_ |= erases;
    return success();
  }

  // The newest run's end is a place that this book went through.
  Result<void> check_continues(const Book& book) const {
    if (!earlier_) return success();
    const auto& before = earlier_->head(book.name);
    const auto root = before.size <= book.head.size ? tree_root(book.log, before.size) : Result<Hash>(Hash{});
    if (!root) return root.error();
    if (root.value() == before.root) return success();
    return Error{Fault::kCorrupt, fmt::format("{} book: found {} events that do not go on from the {} of run {}: it was cut, rewritten or restored; "
                                              "begin a new backup in another folder",
                                              book.name, book.head.size, before.size, earlier_->run)};
  }

  // Takes the earlier run's file over; false if there is none, or not whole.
  bool keep(std::string_view stem) {
    const auto* before = earlier_ ? earlier_->find(stem) : nullptr;
    std::error_code failed;
    if (!before || fs::file_size(below(options_.folder, before->name), failed) != before->bytes || failed) return false;
    out_.manifest.files.push_back(*before);
    return true;
  }

  Result<void> put(const std::string& stem, const Source& source) {
    DAYBOOK_TRY(auto measured, measure(source));
    const auto* before = earlier_ ? earlier_->find(stem) : nullptr;
    if (before && before->bytes == measured.bytes && before->digest == measured.digest && keep(stem)) return success();
    measured.name = fmt::format("{}.{}", stem, out_.manifest.run);
    const auto path = below(options_.folder, measured.name);
    DAYBOOK_TRY(make_folder(fs::path(path).parent_path().string()));
    DAYBOOK_TRY(replace_file(path, source, 0600));
    ++out_.files;
    out_.bytes += measured.bytes;
    out_.manifest.files.push_back(measured);
    if (options_.wrote) options_.wrote(measured.name);
    return success();
  }

  // Manifests first: a run whose files are gone must not look like one.
  Result<void> remove_old() const {
    auto runs = runs_in(options_.folder);
    const size_t keep = erases_ ? 1 : std::max<uint64_t>(options_.keep, 1);
    for (; runs.size() > keep; runs.erase(runs.begin())) {
      DAYBOOK_TRY(remove(manifest_name(runs.front())));
    }
    std::set<std::string> needed;
    for (const auto run : runs) {
      DAYBOOK_TRY(const auto stored, read_manifest(options_.folder, run));
      needed.insert(manifest_name(run));
      for (const auto& file : stored.manifest.files) needed.insert(file.name);
    }
    DAYBOOK_TRY(const auto names, names_in(options_.folder));
    for (const auto& name : names) {
      if (needed.contains(name) || !is_backup_name(name)) continue;
      DAYBOOK_TRY(remove(name));
    }
    return success();
  }

  Result<void> remove(const std::string& name) const {
    std::error_code failed;
    fs::remove(below(options_.folder, name), failed);
    return failed ? Result<void>(Error{Fault::kStorage, name + ": " + failed.message()}) : Result<void>(success());
  }

  Ledger& ledger_;
  const BackupOptions& options_;
  const std::optional<Manifest> earlier_;
  bool erases_ = false;
  BackedUp out_;
};

Result<void> check_place(const Ledger& ledger, const std::string& folder) {
  if (lies_in(folder, ledger.folder())) return Error{Fault::kRejected, folder + ": found a place inside the ledger, want one outside"};
  if (lies_in(ledger.folder(), folder)) return Error{Fault::kRejected, folder + ": found the ledger in it, want a place of its own"};
  DAYBOOK_TRY(make_folder(folder));
  DAYBOOK_TRY(const auto names, names_in(folder));
  const auto foreign = std::find_if(names.begin(), names.end(), [](const std::string& name) { return !is_backup_name(name); });
  if (foreign == names.end()) return success();
  return Error{Fault::kRejected, fmt::format("{}: found {}, want an empty folder or a backup", folder, *foreign)};
}

// The newest run that ended, if it is one of this ledger.
Result<std::optional<Manifest>> newest_run(const Ledger& ledger, const std::string& folder) {
  const auto runs = runs_in(folder);
  if (runs.empty()) return std::nullopt;
  DAYBOOK_TRY(auto stored, read_manifest(folder, runs.back()));
  if (stored.manifest.ledger != ledger.config().id) return Error{Fault::kRejected, folder + ": found the backup of another ledger"};
  const auto& key = ledger.config().programme_key;
  const auto good = check_signed(stored, key);
  if (good) return std::optional(std::move(stored.manifest));
  const auto* file = stored.manifest.find(kConfigStem);
  const auto config = file ? read_config_file(below(folder, file->name)) : Result<LedgerConfig>(good.error());
  if (!config || !check_signed(stored, config.value().programme_key)) return good.error();
  return Error{Fault::kRejected,
               fmt::format("{}: found the backup of {}, want another folder for {}", folder, config.value().programme_key.name, key.name)};
}

}  // namespace

Result<BackedUp> back_up(Ledger& ledger, const BackupOptions& options, const Clock& clock) {
  DAYBOOK_TRY(const auto signers, read_log_key(ledger.config()));
  DAYBOOK_TRY(check_place(ledger, options.folder));
  DAYBOOK_TRY(const auto lock, BookLock::take(below(options.folder, "lock"), options.holder));
  DAYBOOK_TRY(auto earlier, newest_run(ledger, options.folder));
  Run run(ledger, options, std::move(earlier));
  DAYBOOK_TRY(run.begin(clock));
  DAYBOOK_TRY(const auto access, ledger.access_log());
  const Book books[] = {{"programme", ledger.programme(), ledger.programme().head()}, {"access", *access.log, access.log->head()}};
  for (const auto& book : books) {
    DAYBOOK_TRY(run.copy(book));
  }
  for (const auto& book : books) {
    DAYBOOK_TRY(run.cover(book));
  }
  return run.finish(signers.programme);
}

}  // namespace daybook
