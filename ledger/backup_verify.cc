#include "ledger/backup_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "ledger/backup.h"
#include "ledger/big_endian.h"
#include "ledger/proof.h"
#include "ledger/record_owners.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

std::string below(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

template <class... Args>
Error damage(std::string_view name, fmt::format_string<Args...> found, Args&&... args) {
  return {Fault::kCorrupt, fmt::format("{}: found {}", name, fmt::format(found, std::forward<Args>(args)...))};
}

Result<void> check_file(const std::string& folder, const BackupFile& file, uint64_t run) {
  const auto path = below(folder, file.name);
  std::error_code failed;
  if (!fs::exists(path, failed)) return damage(file.name, "no such file, want the one that {} names", manifest_name(run));
  DAYBOOK_TRY(const auto found, measure_file(path));
  if (found.bytes != file.bytes) return damage(file.name, "{} bytes, want {} as {} has it", found.bytes, file.bytes, manifest_name(run));
  if (found.digest != file.digest)
    return damage(file.name, "other bytes: their SHA-256 is {}, want {} as {} has it", to_hex(found.digest), to_hex(file.digest), manifest_name(run));
  return success();
}

// What somebody signed about a book, as the entries come past its size.
struct WantedRoot {
  Hash root;
  std::string source;  // who says so
};
using WantedRoots = std::multimap<uint64_t, WantedRoot>;  // by size

// The body of a witness's add-checkpoint, as a run keeps it for each book.
struct KeptHead {
  uint64_t from = 0;  // a size that the run has
  Proof proof;        // leads from there to the checkpoint
  Checkpoint checkpoint;
};
Result<KeptHead> parse_head(const std::string& name, std::string_view text, const VerifierKey& key) {
  const auto body_end = text.find("\n\n");
  if (!text.starts_with("old ") || body_end == std::string_view::npos) return damage(name, "no proof and checkpoint");
  KeptHead head;
  auto checkpoint = open_checkpoint(text.substr(body_end + 2), key);
  if (!checkpoint) return damage(name, "a checkpoint that {} did not sign: {}", key.name, checkpoint.error().message);
  head.checkpoint = std::move(checkpoint).value();
  auto lines = text.substr(4, body_end - 4 + 1);
  for (bool first = true; !lines.empty(); first = false) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (first) {
      if (line.empty() || line.size() > 19 || line.find_first_not_of("0123456789") != std::string_view::npos) return damage(name, "no size");
      head.from = std::stoull(std::string(line));
      continue;
    }
    const auto hash = from_base64(line);
    if (!hash || hash->size() != 32) return damage(name, "a line that is no hash");
    std::copy(hash->begin(), hash->end(), head.proof.emplace_back().begin());
  }
  return head;
}

// One book of a run, its entries taken in order.
class BookCheck {
 public:
  // `elsewhere`: the erasures that stand in another book.
  BookCheck(const std::string& folder, const Manifest& manifest, std::string_view book, const VerifierKey& key,
            const std::map<std::string, Position>& elsewhere)
      : folder_(folder), manifest_(manifest), book_(book), key_(key), elsewhere_(elsewhere) {}

  void want(uint64_t size, const Hash& root, std::string source) { wanted_.emplace(size, WantedRoot{root, std::move(source)}); }

  Result<VerifiedBook> check(const std::function<void(uint64_t)>& progress) {
    want(manifest_.head(book_).size, manifest_.head(book_).root, manifest_name(manifest_.run));
    DAYBOOK_TRY(take_checkpoints());
    DAYBOOK_TRY(take_head());
    DAYBOOK_TRY(check_roots(manifest_name(manifest_.run)));  // of no entries
    DAYBOOK_TRY(take_dropped());
    const uint64_t end = manifest_.head(book_).size;
    for (uint64_t segment = manifest_.first(book_) / kBackupSegment; segment * kBackupSegment < end; ++segment) {
      DAYBOOK_TRY(check_segment(segment, std::min(end, (segment + 1) * kBackupSegment)));
      if (progress) progress(tree_.size());
    }
    DAYBOOK_TRY(check_covered());
    if (manifest_.first(book_) > expired_)
      return damage(manifest_.find(book_stem(book_, "dropped"))->name, "{} entries dropped, want no more than the {} of which an event says so",
                    manifest_.first(book_), expired_);
    for (const auto& missing : missing_) {
      if (out_.erasures.contains(missing.owner) || elsewhere_.contains(missing.owner)) {
        ++out_.erased;
      } else {
        return damage(missing.file, "no record of position {}, class {}, want one: nothing in the log says that it was erased", missing.at.value,
                      class_name(missing.field_class));
      }
    }
    out_.head = tree_.head();
    return out_;
  }

 private:
  struct Missing {
    std::string file;
    Position at;
    FieldClass field_class;
    std::string owner;
  };

  Result<const BackupFile*> needed(const std::string& stem) const {
    const auto* file = manifest_.find(stem);
    if (!file) return damage(manifest_name(manifest_.run), "no file {}, want one", stem);
    return file;
  }

  Result<void> take_checkpoints() {
    DAYBOOK_TRY(const auto* file, needed(book_stem(book_, "checkpoints")));
    DAYBOOK_TRY(auto reader, PartsReader::open(below(folder_, file->name)));
    std::string key, note;
    for (;; ++out_.checkpoints) {
      DAYBOOK_TRY(const bool more, reader.next_row(key, note));
      if (!more) return success();
      const auto checkpoint = open_checkpoint(note, key_);
      if (!checkpoint || big_endian(checkpoint.value().head.size) != key) return damage(file->name, "a checkpoint that {} did not sign", key_.name);
      if (checkpoint.value().head.size > manifest_.head(book_).size)
        return damage(file->name, "a checkpoint of {} events, want {} at most", checkpoint.value().head.size, manifest_.head(book_).size);
      want(checkpoint.value().head.size, checkpoint.value().head.root, file->name);
    }
  }

  // What had been dropped before the run counts by its hashes.
  Result<void> take_dropped() {
    const auto* file = manifest_.find(book_stem(book_, "dropped"));
    if (!file) return success();
    DAYBOOK_TRY(const auto leaves, read_dropped(folder_, *file));
    for (const auto& leaf : leaves) {
      tree_.append(leaf);
      DAYBOOK_TRY(check_roots(file->name));
    }
    return success();
  }

  // Only a book that was never signed has none.
  Result<void> take_head() {
    const auto* file = manifest_.find(book_stem(book_, "head"));
    if (!file) return success();
    std::string text;
    DAYBOOK_TRY(read_whole(below(folder_, file->name), text));
    DAYBOOK_TRY(head_, parse_head(file->name, text, key_));
    if (head_->from != std::min(head_->checkpoint.head.size, manifest_.head(book_).size)) return damage(file->name, "a proof from another size");
    out_.covered = head_->checkpoint.head;
    if (head_->from == out_.covered.size) want(head_->from, out_.covered.root, file->name);
    return success();
  }

  static Result<void> read_whole(const std::string& path, std::string& text) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{Fault::kStorage, path + ": cannot be read"};
    text.assign(std::istreambuf_iterator<char>(file), {});
    return success();
  }

  Result<void> check_segment(uint64_t segment, uint64_t end) {
    DAYBOOK_TRY(const auto* entries, needed(entries_stem(book_, segment)));
    DAYBOOK_TRY(const auto* sealed, needed(sealed_stem(book_, segment)));
    DAYBOOK_TRY(auto reader, PartsReader::open(below(folder_, entries->name)));
    DAYBOOK_TRY(auto rows, PartsReader::open(below(folder_, sealed->name)));
    DAYBOOK_TRY(next_record(rows, sealed->name));
    for (std::string entry; tree_.size() < end;) {
      DAYBOOK_TRY(const bool more, reader.next_entry(entry));
      if (!more) return damage(entries->name, "its end at position {}, want {}", tree_.size(), end);
      DAYBOOK_TRY(check_entry(entries->name, entry));
      DAYBOOK_TRY(check_records(rows, sealed->name));
      DAYBOOK_TRY(check_roots(entries->name));
    }
    std::string entry;
    DAYBOOK_TRY(const bool more, reader.next_entry(entry));
    if (more) return damage(entries->name, "more entries than up to position {}", end);
    if (record_) return damage(sealed->name, "a record of position {} that no entry asks for", record_->first.value);
    return success();
  }

  Result<void> check_entry(const std::string& name, const std::string& entry) {
    const auto decoded = decode_into(event_, commitments_, as_bytes(entry));
    if (!decoded) return damage(name, "at position {}: {}", tree_.size(), decoded.error().message);
    if (event_.envelope.position.value != tree_.size())
      return damage(name, "the entry of position {} at position {}", event_.envelope.position.value, tree_.size());
    auto owner = owner_erased_by(event_);
    if (!owner.empty()) out_.erasures.emplace(std::move(owner), event_.envelope.position);
    if (const auto* restored = std::get_if<LedgerRestored>(&event_.body)) out_.restored_origin = restored->origin;
    if (const auto* expired = std::get_if<LooksExpired>(&event_.body)) expired_ = std::max(expired_, expired->through);
    tree_.append(leaf_hash(as_bytes(entry)));
    return success();
  }

  // The records of the entry that was just taken are the next in their file; those of an owner who was erased are not there.
  Result<void> check_records(PartsReader& rows, const std::string& name) {
    const Position at = event_.envelope.position;
    auto owners = record_owners(event_, commitments_, cohorts_.next(event_));
    std::sort(owners.begin(), owners.end(), [](const RecordOwner& a, const RecordOwner& b) { return a.field_class < b.field_class; });
    for (auto& [field_class, owner] : owners) {
      if (!record_ || *record_ != std::pair(at, field_class)) {
        missing_.push_back({name, at, field_class, std::move(owner)});
        continue;
      }
      ++out_.records;
      DAYBOOK_TRY(next_record(rows, name));
    }
    if (record_ && record_->first <= at)
      return damage(name, "a record of position {}, class {}, that its entry does not ask for", at.value, static_cast<int>(record_->second));
    return success();
  }

  Result<void> next_record(PartsReader& rows, const std::string& name) {
    std::string key, value;
    DAYBOOK_TRY(const bool more, rows.next_row(key, value));
    record_.reset();
    if (!more) return success();
    if (key.size() != 10 || key.front() != kSealedTable) return damage(name, "a row that is no sealed record");
    record_.emplace(Position{from_big_endian(std::string_view(key).substr(1, 8))}, static_cast<FieldClass>(static_cast<uint8_t>(key.back())));
    return success();
  }

  Result<void> check_roots(const std::string& name) {
    const auto [begin, end] = wanted_.equal_range(tree_.size());
    if (begin == end) return success();
    const Hash root = tree_.root();
    for (auto it = begin; it != end; ++it) {
      if (it->second.root != root)
        return damage(name, "{} entries with root {}, want {} as {} has it", tree_.size(), to_base64(root), to_base64(it->second.root),
                      it->second.source);
    }
    return success();
  }

  // The checkpoint that was signed past the end has what is here as its beginning.
  Result<void> check_covered() const {
    if (!head_ || head_->from == head_->checkpoint.head.size) return success();
    const auto wrong = check_consistency(head_->proof, tree_.head(), head_->checkpoint.head);
    return wrong.empty() ? Result<void>(success()) : Result<void>(damage(manifest_.find(book_stem(book_, "head"))->name, "{}", wrong));
  }

  const std::string& folder_;
  const Manifest& manifest_;
  const std::string_view book_;
  const VerifierKey& key_;
  const std::map<std::string, Position> elsewhere_;
  WantedRoots wanted_;
  std::optional<KeptHead> head_;
  MerkleTree tree_;
  Event event_;  // read into again and again
  Commitments commitments_;
  RunningCohorts cohorts_;
  std::optional<std::pair<Position, FieldClass>> record_;  // the next in the file
  std::vector<Missing> missing_;
  uint64_t expired_ = 0;  // entries before it may have been dropped: an event says so
  VerifiedBook out_;
};

// Everything of a backup but what the entries say.
class FolderCheck {
 public:
  FolderCheck(const std::string& folder, const VerifyBackupOptions& options) : folder_(folder), options_(options) {}

  Result<VerifiedBackup> check() {
    DAYBOOK_TRY(read_manifests());
    DAYBOOK_TRY(check_names());
    DAYBOOK_TRY(check_files());
    DAYBOOK_TRY(check_signatures());
    for (const auto book : kBooks) {
      DAYBOOK_TRY(check_book(book));
    }
    out_.runs = stored_.size();
    return std::move(out_);
  }

 private:
  Result<void> read_manifests() {
    const auto runs = runs_in(folder_);
    if (runs.empty()) return Error{Fault::kRejected, folder_ + ": found no backup"};
    for (const auto run : runs) {
      DAYBOOK_TRY(auto stored, read_manifest(folder_, run));
      stored_.push_back(std::move(stored));
    }
    const auto wanted = options_.run > 0 ? options_.run : runs.back();
    const auto it = std::find_if(stored_.begin(), stored_.end(), [&](const StoredManifest& s) { return s.manifest.run == wanted; });
    if (it == stored_.end()) return Error{Fault::kRejected, fmt::format("{}: found no run {}", folder_, wanted)};
    out_.manifest = it->manifest;
    return success();
  }

  Result<void> check_names() {
    std::set<std::string> named;
    for (const auto& stored : stored_) {
      named.insert(manifest_name(stored.manifest.run));
      for (const auto& file : stored.manifest.files) named.insert(file.name);
    }
    DAYBOOK_TRY(const auto names, names_in(folder_));
    for (const auto& name : names) {
      if (named.contains(name)) continue;
      if (!is_backup_name(name)) return damage(name, "a file that no manifest names");
      out_.left_over.push_back(name);
    }
    return success();
  }

  // A file that several runs have is read once.
  Result<void> check_files() {
    std::map<std::string, BackupFile> seen;
    uint64_t done = 0, of = 0;
    for (const auto& stored : stored_) {
      for (const auto& file : stored.manifest.files) of += file.bytes;
    }
    for (const auto& stored : stored_) {
      for (const auto& file : stored.manifest.files) {
        if (const auto it = seen.find(file.name); it == seen.end() || it->second != file) {
          DAYBOOK_TRY(check_file(folder_, file, stored.manifest.run));
          seen.emplace(file.name, file);
        }
        done += file.bytes;
        if (options_.progress) options_.progress("bytes", done, of);
      }
    }
    out_.files = seen.size();
    return success();
  }

  Result<void> check_signatures() {
    const auto* config = out_.manifest.find(kConfigStem);
    if (!config) return damage(manifest_name(out_.manifest.run), "no file {}, want one", kConfigStem);
    out_.config_name = config->name;
    DAYBOOK_TRY(out_.config, read_config_file(below(folder_, config->name)));
    const auto& key = out_.config.programme_key;
    if (options_.trust && options_.trust->text() != key.text())
      return Error{Fault::kRejected, fmt::format("{}: found the key {}, want the trusted {}", config->name, key.text(), options_.trust->text())};
    for (const auto& stored : stored_) {
      DAYBOOK_TRY(check_signed(stored, key));
    }
    return success();
  }

  Result<void> check_book(std::string_view book) {
    BookCheck check(folder_, out_.manifest, book, out_.config.key_of(book), out_.programme.erasures);  // the programme book comes first
    const uint64_t end = out_.manifest.head(book).size;
    for (const auto& stored : stored_) {
      const auto& head = stored.manifest.head(book);
      if (head.size <= end) check.want(head.size, head.root, manifest_name(stored.manifest.run));
    }
    for (const auto& known : options_.heads) {
      if (known.origin == out_.config.key_of(book).name && known.head.size <= end)
        check.want(known.head.size, known.head.root, "a checkpoint from elsewhere");
    }
    const auto checked = check.check([&](uint64_t entries) {
      if (options_.progress) options_.progress(fmt::format("{} book", book), entries, end);
    });
    if (!checked) return checked.error();
    (book == "access" ? out_.access : out_.programme) = checked.value();
    return success();
  }

  const std::string& folder_;
  const VerifyBackupOptions& options_;
  std::vector<StoredManifest> stored_;  // oldest first
  VerifiedBackup out_;
};

}  // namespace

Result<VerifiedBackup> verify_backup(const std::string& folder, const VerifyBackupOptions& options) { return FolderCheck(folder, options).check(); }

}  // namespace daybook
