#include "ledger/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/backup_copy.h"
#include "ledger/durable_file.h"
#include "ledger/ledger_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

std::string below(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }
std::string whole_path(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }
std::string key_place(const std::string& place) { return is_credential(place) ? place : whole_path(place); }
bool there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<std::string> whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Fault::kRejected, path + ": cannot be read"};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The number behind `base`, as in BASE/3; 1 for BASE itself, 0 for anything else.
uint64_t generation(const std::string& origin, const std::string& base) {
  if (origin == base) return 1;
  const auto digits = origin.starts_with(base + "/") ? origin.substr(base.size() + 1) : "";
  const bool number = !digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::stoull(digits) : 0;
}

// What is known of the newest signed heads of one book.
struct KnownHead {
  TreeHead newest;              // the largest that is known
  bool from_elsewhere = false;  // from others than the backup itself
};

// A ledger that grows beside its place; what is left of it when this goes, because something failed, goes with it.
class Unfinished {
 public:
  explicit Unfinished(std::string folder) : folder_(std::move(folder)) {}
  ~Unfinished() {
    std::error_code ignored;
    if (finished_) return;
    fs::remove_all(folder_, ignored);
    for (const auto& key : new_keys_) fs::remove(key, ignored);
  }
  const std::string& folder() const { return folder_; }
  Result<void> add_key(const std::string& path, std::string_view text) {
    DAYBOOK_TRY(write_new_file(path, text, 0600));
    new_keys_.push_back(path);
    return success();
  }
  Result<void> finish(const std::string& as) {
    finished_ = true;  // from here on nothing is taken back
    return move_folder(folder_, as);
  }

 private:
  const std::string folder_;
  std::vector<std::string> new_keys_;
  bool finished_ = false;
};

class Restoring {
 public:
  Restoring(const RestoreOptions& options, const Clock& clock, Randomness& randomness)
      : options_(options), clock_(clock), randomness_(randomness), unfinished_(options.folder + ".unfinished") {}

  Result<Restored> run() {
    DAYBOOK_TRY(check_places());
    DAYBOOK_TRY(look_at_backup());
    DAYBOOK_TRY(gather_heads());
    DAYBOOK_TRY(verify());
    DAYBOOK_TRY(gather_erasures());
    DAYBOOK_TRY(judge_loss());
    DAYBOOK_TRY(make_config());
    for (const auto book : kBooks) {
      DAYBOOK_TRY(build(book));
    }
    DAYBOOK_TRY(check_keys());
    if (out_.goes_on_anew) {
      DAYBOOK_TRY(record_restore());
    }
    DAYBOOK_TRY(finish_erasures());
    DAYBOOK_TRY(out_.config, read_config(unfinished_.folder()));
    DAYBOOK_TRY(unfinished_.finish(options_.folder));
    return std::move(out_);
  }

 private:
  Result<void> check_places() const {
    const auto& folder = options_.folder;
    std::error_code failed;
    if (options_.accept_loss && options_.accept_loss->empty()) return Error{Fault::kRejected, "--accept-loss: found nothing, want a reason"};
    if (there(folder) && !(fs::is_directory(folder, failed) && fs::is_empty(folder, failed)))
      return Error{Fault::kRejected, folder + ": found files, want an empty folder"};
    if (there(unfinished_.folder()))
      return Error{Fault::kRejected, unfinished_.folder() + ": found what is left of a restore that did not end, want it removed first"};
    if (lies_in(folder, options_.backup)) return Error{Fault::kRejected, folder + ": found a place inside the backup, want one outside"};
    return success();
  }

  Result<void> look_at_backup() {
    const auto runs = runs_in(options_.backup);
    if (runs.empty()) return Error{Fault::kRejected, options_.backup + ": found no backup"};
    const auto run = options_.run > 0 ? options_.run : runs.back();
    if (std::find(runs.begin(), runs.end(), run) == runs.end())
      return Error{Fault::kRejected, fmt::format("{}: found no run {}", options_.backup, run)};
    DAYBOOK_TRY(const auto stored, read_manifest(options_.backup, run));
    const auto* config = stored.manifest.find(kConfigStem);
    if (!config) return Error{Fault::kCorrupt, fmt::format("{}: found no file {}, want one", manifest_name(run), kConfigStem)};
    DAYBOOK_TRY(config_, read_config_file(below(options_.backup, config->name)));
    if (options_.keys.empty()) return success();
    DAYBOOK_TRY(keys_, read_key_backup(options_.keys));
    if (keys_->ledger != config_.id) return Error{Fault::kRejected, options_.keys + ": found the keys of another ledger"};
    return success();
  }

  KnownHead& known(std::string_view book) { return book == "access" ? known_access_ : known_programme_; }
  void take_head(std::string_view book, const Checkpoint& checkpoint, bool from_elsewhere) {
    auto& head = known(book);
    head.from_elsewhere |= from_elsewhere;
    if (checkpoint.head.size >= head.newest.size) head.newest = checkpoint.head;
    heads_.push_back(checkpoint);
  }

  // A note of one of the two books; kRejected if it is of neither.
  Result<void> take_note(const std::string& source, std::string_view note, bool from_elsewhere) {
    for (const auto book : kBooks) {
      const auto checkpoint = open_checkpoint(note, config_.key_of(book));
      if (checkpoint) return take_head(book, checkpoint.value(), from_elsewhere), success();
    }
    return Error{Fault::kRejected, source + ": found no checkpoint that this ledger signed"};
  }

  // Whatever can tell how far this ledger had come: watermarks that were handed in, the former ledger where it still
  // stands, the key backup, later runs of the backup.
  Result<void> gather_heads() {
    for (const auto& file : options_.watermarks) {
      DAYBOOK_TRY(const auto note, whole_file(file));
      DAYBOOK_TRY(take_note(file, note, true));
    }
    if (keys_) {
      for (const auto& [book, note] : keys_->checkpoints) {
        DAYBOOK_TRY(take_note(options_.keys, note, false));
      }
    }
    return success();
  }

  // The former ledger may be in any state: what it cannot say, it does not say.
  void ask_former(const Manifest& manifest) {
    const auto& folder = manifest.folder;
    const auto config = folder.empty() ? Result<LedgerConfig>(Error{Fault::kNotFound, ""}) : read_config(folder);
    if (!config || config.value().id != config_.id) return;
    out_.former = folder;
    former_origin_ = config.value().programme_key.name;
    for (const auto book : kBooks) {
      const auto watermark = read_watermark(watermark_file(folder, book), config_.key_of(book));
      const bool never_signed = !manifest.find(book_stem(book, "head"));
      if (watermark && watermark.value()) take_head(book, watermark.value()->checkpoint, true);
      if (watermark && !watermark.value() && never_signed) known(book).from_elsewhere = true;  // nor has it been since
    }
  }

  Result<void> verify() {
    DAYBOOK_TRY(const auto stored, read_manifest(options_.backup, options_.run > 0 ? options_.run : runs_in(options_.backup).back()));
    ask_former(stored.manifest);
    VerifyBackupOptions how;
    how.run = stored.manifest.run;
    how.heads = heads_;
    how.progress = options_.progress;
    DAYBOOK_TRY(backup_, verify_backup(options_.backup, how));
    DAYBOOK_TRY(const auto newest, read_manifest(options_.backup, runs_in(options_.backup).back()));
    for (const auto book : kBooks) {
      const auto& later = newest.manifest.head(book);
      if (later.size > known(book).newest.size) known(book).newest = later;
      if (verified(book).covered.size > known(book).newest.size) known(book).newest = verified(book).covered;
    }
    out_.programme = backup_.manifest.programme;
    out_.access = backup_.manifest.access;
    return success();
  }
  const VerifiedBook& verified(std::string_view book) const { return book == "access" ? backup_.access : backup_.programme; }

  Result<Erased> listed_erasures() const {
    if (!options_.erasures.empty()) return read_erasures(options_.erasures);
    return options_.keys.empty() ? Result<Erased>(Erased()) : read_erasures_beside_keys(options_.keys);
  }

  // Those that the former ledger knows of; of a book that does not open, it says nothing.
  Erased former_erasures() const {
    Erased erased;
    if (out_.former.empty()) return erased;
    for (const auto book : kBooks) {
      const auto log = open_rocks_log(below(out_.former, book), OpenMode::kReadOnly);
      const auto found = log ? erasures_in(*log.value()) : Result<Erased>(log.error());
      if (found) erased.insert(found.value().begin(), found.value().end());
    }
    return erased;
  }

  // Of all that is known, whoever was erased after the backup.
  Result<void> gather_erasures() {
    DAYBOOK_TRY(auto listed, listed_erasures());
    auto erased = former_erasures();
    erased.merge(listed);
    for (const auto& [owner, until] : erased) {
      const bool of_access = backup_.access.erasures.contains(owner);
      if (!of_access && !backup_.programme.erasures.contains(owner)) since_programme_.emplace(owner, until);
      if (!of_access) since_access_.emplace(owner, until);
    }
    return success();
  }

  // Whether the origin may have signed what the backup does not have; then only a new one may go on. Whoever accepts a loss
  // that cannot be seen knows of one.
  Result<void> judge_loss() {
    std::string found;
    for (const auto book : kBooks) {
      const uint64_t end = backup_.manifest.head(book).size, newest = known(book).newest.size;
      if (newest > end) {
        found = fmt::format("the {} book of the backup ends at {} events, the newest signed checkpoint has {}", book, end, newest);
      } else if (!known(book).from_elsewhere && !options_.at_rest && found.empty()) {
        found = fmt::format(
            "nothing says that the backup has the {} book's newest events: --watermark FILE gives the newest checkpoint that anybody holds, "
            "--at-rest vouches that nothing was recorded after the backup",
            book);
      }
    }
    if (found.empty() && !since_programme_.empty()) found = "the list of erasures, or the former ledger, has some that came after the backup";
    if (found.empty() && !former_origin_.empty() && former_origin_ != config_.programme_key.name)
      found = "the ledger went on under another origin: " + former_origin_;
    if (found.empty() && !options_.accept_loss) return success();
    if (!options_.accept_loss)
      return Error{Fault::kRejected, found + "; --accept-loss REASON goes on without what is lost, under a new origin and key"};
    out_.goes_on_anew = true;
    const auto& end = backup_.manifest.programme;
    if (known_programme_.newest.size > end.size) out_.lost = known_programme_.newest.size - end.size;
    return success();
  }

  // ORIGIN/2, then /3: past every one that is known.
  std::string next_origin() const {
    const auto& origin = config_.programme_key.name;
    const bool restored_before = backup_.programme.restored_origin == origin;
    const auto base = restored_before ? origin.substr(0, origin.rfind('/')) : origin;
    const auto newest = std::max(generation(origin, base), generation(former_origin_, base));
    return fmt::format("{}/{}", base, newest + 1);
  }

  Result<void> make_config() {
    DAYBOOK_TRY(make_folder(unfinished_.folder()));
    config_.root_key = key_place(options_.root_key.empty() ? config_.root_key : options_.root_key);
    DAYBOOK_TRY(const auto opened, open_keys());
    std::map<std::string, std::string> values = {{"root_key", config_.root_key}, {"root_key_check", root_key_check(opened.root)}};
    if (out_.goes_on_anew) {
      DAYBOOK_TRY(make_log_key(values));
    } else {
      values["log_key"] = config_.log_key = key_place(options_.log_key.empty() ? config_.log_key : options_.log_key);
      DAYBOOK_TRY(read_log_key(config_));
    }
    if (keys_) {
      DAYBOOK_TRY(values["key_ring"], place_key_ring());
    }
    DAYBOOK_TRY(const auto text, changed_config(below(options_.backup, backup_.config_name), values));
    DAYBOOK_TRY(write_new_file(config_file(unfinished_.folder()), text, 0600));
    DAYBOOK_TRY(config_, read_config(unfinished_.folder()));
    return success();
  }

  // The root key may have been changed between the backup of the books and that of the keys: the ring says which it is. A copy whose ring
  // does not open its keys would make a ledger whose values nobody reads.
  Result<LedgerKeys> open_keys() const {
    DAYBOOK_TRY(const auto ring, keys_ ? Result<std::string>(keys_->key_ring) : whole_file(config_.key_ring));
    DAYBOOK_TRY(auto opened, open_ring(config_, keys_ ? options_.keys : config_.key_ring, ring));
    const auto opens = keys_ ? check_opens(opened.ring, *keys_) : success();
    if (!opens) return Error{opens.error().fault, fmt::format("{}: {}", options_.keys, opens.error().message)};
    return opened;
  }

  // Beside the ledger, unless it stands there already.
  Result<std::string> place_key_ring() {
    auto ring = whole_path(options_.folder + ".key-ring");
    const auto known = there(ring) ? whole_file(ring) : Result<std::string>(std::string());
    if (known && known.value() == keys_->key_ring) return ring;
    if (there(ring)) return Error{Fault::kRejected, ring + ": found another key ring, want it moved away: the backup's goes there"};
    DAYBOOK_TRY(unfinished_.add_key(ring, keys_->key_ring));
    return ring;
  }

  Result<void> make_log_key(std::map<std::string, std::string>& values) {
    former_ = config_;
    const auto origin = next_origin();
    DAYBOOK_TRY(const auto programme, SignerKey::make(origin, randomness_));
    DAYBOOK_TRY(const auto access, SignerKey::make(origin + "/access", randomness_));
    const auto generation = origin.substr(origin.rfind('/') + 1);  // the former key's file may still stand beside
    const auto file = whole_path(options_.log_key.empty() ? options_.folder + ".log-key-" + generation : options_.log_key);
    DAYBOOK_TRY(unfinished_.add_key(file, programme.text() + "\n" + access.text() + "\n"));
    values["log_key"] = file;
    values["programme_key"] = programme.verifier().text();
    values["access_key"] = access.verifier().text();
    return success();
  }

  Result<void> build(std::string_view book) {
    const auto& folder = unfinished_.folder();
    auto space = std::make_unique<DiskSpace>(ballast_file(folder, book), config_.disk);
    DAYBOOK_TRY(space->room_for(0));
    DAYBOOK_TRY(const auto log, open_rocks_log(below(folder, book), OpenMode::kReadWrite, nullptr, std::move(space)));
    const Erased none;
    const auto* since = !out_.goes_on_anew ? &none : book == "access" ? &since_access_ : &since_programme_;
    CopyOptions copy{options_.backup, &backup_.manifest, book, &verified(book).erasures, since, keys_ ? &*keys_ : nullptr, {}};
    copy.progress = [&](uint64_t entries) {
      if (options_.progress) options_.progress(fmt::format("restore of the {} book", book), entries, backup_.manifest.head(book).size);
    };
    DAYBOOK_TRY(auto copied, copy_book(copy, *log));
    for (const auto& owner : copied.left_out) out_.records_erased += owner.records;
    (book == "access" ? access_left_out_ : programme_left_out_) = std::move(copied.left_out);
    keyless_.merge(copied.keyless);
    if (out_.goes_on_anew) return success();  // what the former key signed stays with the backup
    DAYBOOK_TRY(copy_checkpoints(copy, *log));
    return keep_watermark(book);
  }

  // The newest checkpoint that the copy reaches to.
  Result<void> keep_watermark(std::string_view book) const {
    const auto* file = backup_.manifest.find(book_stem(book, "head"));
    if (!file) return success();
    DAYBOOK_TRY(const auto text, whole_file(below(options_.backup, file->name)));
    return replace_file(watermark_file(unfinished_.folder(), book), std::string_view(text).substr(text.find("\n\n") + 2), 0644);
  }

  Result<void> check_keys() const {
    if (keyless_.empty()) return success();
    if (options_.keys.empty())
      return Error{Fault::kRejected,
                   fmt::format("the values of {} owners are sealed under keys that are backed up apart: --keys FOLDER gives them", keyless_.size())};
    std::string named;
    for (auto it = keyless_.begin(); it != keyless_.end() && named.size() < 200; ++it) named += (named.empty() ? "" : ", ") + *it;
    return Error{Fault::kRejected,
                 fmt::format("{}: found no key for {} owners with values in the backup, want theirs, or them in the list of erasures: {}",
                             options_.keys, keyless_.size(), named)};
  }

  Result<std::unique_ptr<Ledger>> open(OpenMode mode) {
    OpenOptions how;
    how.mode = mode;
    how.holder = options_.holder;
    how.on_damage = [this](const Error& error) { damage_ = error; };
    return Ledger::open(unfinished_.folder(), how, clock_, randomness_);
  }

  Result<void> close(Ledger& ledger) const {
    DAYBOOK_TRY(ledger.close());
    return damage_ ? Result<void>(*damage_) : Result<void>(success());
  }

  // Whether the wrapping key is to be changed for somebody's sake: an erasure was not certified, or a cohort expired, since it last was.
  static Result<bool> erasures_wait(Ledger& ledger) {
    DAYBOOK_TRY(const auto now, ledger.state());
    std::optional<Position> expired;
    for (const auto& [id, cycle] : now.state.cycles) expired = std::max(expired, cycle.expired);
    bool waits = expired.has_value() || !now.state.uncertified.empty();
    if (!waits || !now.state.uncertified.empty()) return waits;
    DAYBOOK_TRY(read_events(ledger.programme(), *expired, ledger.programme().end(),
                            [&](const Event& event) { return waits = !std::holds_alternative<WrappingKeyChanged>(event.body); }));
    return waits;
  }

  // A change that was begun is not put off, however short a time ago the last one was.
  Result<void> begin_key_change() {
    DAYBOOK_TRY(auto keys, read_keys(config_));
    keys.ring.add(randomness_);
    return keys.ring.write(config_.key_ring, keys.root, config_.id, randomness_);
  }

  // The ledger is held against its watermarks, as any opening will. Before anybody reads, nothing of the erased is in any file or in the
  // access book, and no key that opened theirs is left.
  Result<void> finish_erasures() {
    {
      DAYBOOK_TRY(const auto ledger, open(OpenMode::kReadOnly));
      DAYBOOK_TRY(ledger->access_log());
      DAYBOOK_TRY(const bool wait, erasures_wait(*ledger));
      if (!wait) return success();
    }
    DAYBOOK_TRY(begin_key_change());
    DAYBOOK_TRY(const auto ledger, open(OpenMode::kReadWrite));
    DAYBOOK_TRY(ledger->finish_erasures(options_.holder, clock_, randomness_));
    return close(*ledger);
  }

  Result<void> record_restore() {
    out_.owners_erased = programme_left_out_.size();
    DAYBOOK_TRY(const auto ledger, open(OpenMode::kReadWrite));
    Command command;
    command.body = what_happened("programme", programme_left_out_);
    command.actor = command.recorded_by = options_.operator_name;
    const auto answer = ledger->sequencer().execute(std::move(command));
    if (answer.outcome == Outcome::kFailed) return answer.error;
    {
      DAYBOOK_TRY(const auto book, ledger->access_book(options_.holder, clock_, randomness_));
      DAYBOOK_TRY(book->record_restore(what_happened("access", access_left_out_), options_.operator_name));
    }
    return close(*ledger);
  }

  RecordRestore what_happened(std::string_view book, const std::vector<ErasedSince>& left_out) {
    const auto& end = backup_.manifest.head(book);
    const auto& newest = known(book).newest.size > end.size ? known(book).newest : end;
    return {{config_.key_of(book).name, former_->key_of(book).name, newest.size, root_text(newest), *options_.accept_loss}, left_out};
  }

  static std::string root_text(const TreeHead& head) { return head.root == Hash{} ? "" : to_base64(head.root); }

  const RestoreOptions& options_;
  const Clock& clock_;
  Randomness& randomness_;
  Unfinished unfinished_;
  LedgerConfig config_;  // the backup's, then the restored ledger's
  std::optional<LedgerConfig> former_;
  std::string former_origin_;  // of the ledger where it still stands
  std::optional<KeyBackup> keys_;
  KnownHead known_programme_, known_access_;
  std::vector<Checkpoint> heads_;
  VerifiedBackup backup_;
  Erased since_programme_, since_access_;  // erased after the backup, as far as that book says
  std::vector<ErasedSince> programme_left_out_, access_left_out_;
  std::set<std::string> keyless_;
  std::optional<Error> damage_;
  Restored out_;
};

}  // namespace

Result<Restored> restore(const RestoreOptions& options, const Clock& clock, Randomness& randomness) {
  return Restoring(options, clock, randomness).run();
}

}  // namespace daybook
