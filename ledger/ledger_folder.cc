#include "ledger/ledger_folder.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "ledger/cohort.h"
#include "ledger/proof.h"
#include "ledger/state_snapshot.h"
#include "ledger/torn_tail.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr int kTriesBeside = 2;

// RocksDB, the zone database and the sheets all open files; where none can be opened any more, a zone that exists looks
// like one that does not. So a process that may open too few does not begin.
Result<void> check_descriptors() {
  constexpr rlim_t kWanted = 320;  // 256 of them for RocksDB
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return success();
  return Error{Fault::kStorage, fmt::format("found a limit of {} open files, want {} or more: see `ulimit -n`", limit.rlim_cur, kWanted)};
}

std::string path_in(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

// Whether something is there that can be seen; whatever stands in the way of seeing it is named when it is opened.
bool there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

std::string watermark_file(const std::string& folder, std::string_view book) { return path_in(folder, std::string(book) + ".checkpoint"); }

namespace {

// A book opened and held against its watermark.
struct OpenBook {
  std::unique_ptr<EventLog> log;
  std::optional<SignedCheckpoint> watermark;
};
Result<OpenBook> try_book(const std::string& folder, std::string_view name, OpenMode mode, const VerifierKey& key, const DiskRule& rule, bool held,
                          rocksdb::Env* env) {
  OpenBook book;
  std::unique_ptr<DiskSpace> space;
  if (mode == OpenMode::kReadWrite) {
    space = std::make_unique<DiskSpace>(ballast_file(folder, name), rule);
    DAYBOOK_TRY(space->room_for(0));  // RocksDB writes already when it opens
    DAYBOOK_TRY(note_torn_tails(folder, name));
  }
  const auto file = watermark_file(folder, name);
  DAYBOOK_TRY(book.watermark, read_watermark(file, key));
  DAYBOOK_TRY(book.log, open_rocks_log(path_in(folder, name), mode, env, std::move(space)));
  if (!held) return book;
  if (book.watermark) {
    DAYBOOK_TRY(check_watermark(*book.log, book.watermark->checkpoint));
  }
  DAYBOOK_TRY(check_kept(*book.log, file, key));
  return book;
}

Result<OpenBook> open_book(const std::string& folder, std::string_view name, OpenMode mode, const VerifierKey& key, const DiskRule& rule, bool held,
                           rocksdb::Env* env) {
  // A writer beside a reader moves and deletes files while they are being opened. Before a reader calls that damage, it
  // looks again: three times, and for ten seconds if somebody writes.
  for (int tries = 0;; ++tries) {
    auto book = try_book(folder, name, mode, key, rule, held, env);
    if (book) return book;
    const bool again = mode == OpenMode::kReadOnly && (tries < 3 || (tries < 500 && somebody_writes(folder, name)));
    if (!again) return Error{book.error().fault, fmt::format("{} book: {}", name, book.error().message)};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

// What an open has dropped, of either book, becomes part of the record. Recorded twice is recorded once: a log's number is
// never used again.
Result<void> record_torn_tails(const std::string& folder, Sequencer& sequencer) {
  for (const auto* book : {"programme", "access"}) {
    DAYBOOK_TRY(const auto tails, noted_torn_tails(folder, book));
    if (tails.empty()) continue;
    for (const auto& tail : tails) {
      Command command;
      command.body = RecordTornTail{tail};
      command.channel = Channel::kClock;
      command.idempotency_key = fmt::format("torn tail of {} at {}", tail.file, tail.offset);
      if (const auto answer = sequencer.execute(std::move(command)); answer.outcome == Outcome::kFailed) return answer.error;
    }
    DAYBOOK_TRY(forget_torn_tails(folder, book));
  }
  return success();
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(std::unique_ptr<Checkpointer> checkpointer, const EventLog& log, std::function<void(const Error&)> on_damage)
    : checkpointer_(std::move(checkpointer)), log_(log), on_damage_(std::move(on_damage)), thread_([this] { run(); }) {}

CheckpointKeeper::~CheckpointKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

Result<SignedCheckpoint> CheckpointKeeper::sign_now() {
  const std::lock_guard lock(mutex_);
  return checkpointer_->sign();
}

void CheckpointKeeper::run() {
  Position signed_end{};  // what an earlier process left unsigned is signed too
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds{900}, [&] { return stopping_; })) {
    if (log_.end() == signed_end) continue;
    const auto checkpoint = checkpointer_->sign();
    if (!checkpoint) {
      if (on_damage_) on_damage_(checkpoint.error());
      return;
    }
    signed_end = Position{checkpoint.value().checkpoint.head.size};
  }
}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& folder, const OpenOptions& options, const Clock& clock, Randomness& randomness) {
  std::unique_ptr<Ledger> ledger(new Ledger);
  ledger->folder_ = folder;
  DAYBOOK_TRY(check_descriptors());
  DAYBOOK_TRY(ledger->config_, read_config(folder));
  if (!options.root_key_file.empty()) ledger->config_.root_key = options.root_key_file;
  for (const auto* name : {"programme", "access"}) {
    if (!options.create && !there(path_in(folder, name) + "/CURRENT")) return Error{Fault::kCorrupt, folder + ": the " + name + " book is gone"};
  }
  const bool writes = options.mode == OpenMode::kReadWrite;
  if (writes) {
    DAYBOOK_TRY(ledger->lock_, BookLock::take(path_in(folder, "programme.lock"), options.holder));
  }
  DAYBOOK_TRY(auto keys, ledger->keys_now());  // of a writer under the lock: nobody changes them any more
  ledger->root_key_ = keys.root;
  ledger->ring_ = std::move(keys.ring);
  ledger->keys_ = derive_vault_keys(ledger->ring_, ledger->config_.id + "/programme");
  DAYBOOK_TRY(auto book,
              open_book(folder, "programme", options.mode, ledger->config_.programme_key, ledger->config_.disk, options.held, options.env));
  ledger->held_ = options.held;
  ledger->env_ = options.env;
  ledger->log_ = std::move(book.log);
  ledger->watermark_ = std::move(book.watermark);
  ledger->say_ = options.say;
  if (!writes) {
    DAYBOOK_TRY(const bool changed, ledger->keys_changed());
    return changed ? open(folder, options, clock, randomness) : Result<std::unique_ptr<Ledger>>(std::move(ledger));
  }
  DAYBOOK_TRY(auto signers, read_log_key(ledger->config_));
  auto checkpointer = std::make_unique<Checkpointer>(*ledger->log_, signers.programme, watermark_file(folder, "programme"), ledger->watermark_);
  ledger->keeper_ = std::make_unique<CheckpointKeeper>(std::move(checkpointer), *ledger->log_, options.on_damage);
  auto known = kept_state(ledger->snapshots(), *ledger->log_, options.say);
  ledger->kept_ = known.end.value;
  DAYBOOK_TRY(ledger->sequencer_,
              Sequencer::start(*ledger->log_, ledger->keys_, clock, randomness, options.clock_confirmed, options.on_damage, std::move(known)));
  DAYBOOK_TRY(record_torn_tails(folder, *ledger->sequencer_));
  return ledger;
}

// Beside a change of the root key the config may be the one of before it, and the key the one of after.
Result<LedgerKeys> Ledger::keys_now() const {
  for (int tries = 0;; ++tries) {
    DAYBOOK_TRY(auto config, read_config(folder_));
    config.root_key = config_.root_key;
    auto keys = read_keys(config);
    if (keys || tries == kTriesBeside) return keys;
  }
}

// Beside a change of keys the book may have been read after it, and the keys before: then both are read again.
Result<bool> Ledger::keys_changed() const {
  DAYBOOK_TRY(const auto keys, keys_now());
  return keys.ring.newest() != ring_.newest();
}

KeyRing Ledger::ring_now() const {
  const std::lock_guard lock(ring_mutex_);
  return ring_;
}

// From now on: of the ledger, and of both books.
void Ledger::use(const KeyRing& ring, AccessBook& access) {
  keys_.owners->use(ring);
  access.owners().use(ring);
  const std::lock_guard lock(ring_mutex_);
  ring_ = ring;
}

Result<SignedCheckpoint> Ledger::checkpoint() { return keeper_->sign_now(); }

Result<void> Ledger::close() {
  if (sequencer_) keep_snapshot();
  sequencer_.reset();
  if (keeper_) {
    DAYBOOK_TRY(keeper_->sign_now());
  }
  keeper_.reset();
  return success();
}

// Without one the next open is slow, no more: a disk that has no room for it is not worth a failure.
void Ledger::keep_snapshot() {
  sequencer_->look([&](const State& state) {
    if (!worth_keeping(kept_, state.end.value)) return;
    const auto kept = keep_state(snapshots(), *log_, state);
    if (!kept && say_) say_("the snapshot of the state was not written: " + kept.error().message);
  });
}

namespace {

// Wraps all keys of a book with the newest wrapping key, between the writes of others.
Result<uint64_t> wrap_anew(EventLog& log, OwnerKeys& owners, Randomness& randomness,
                           const std::function<void(const std::function<void()>&)>& between) {
  constexpr size_t kAtATime = 1000;
  uint64_t wrapped = 0;
  for (;;) {
    Result<std::vector<VaultRow>> rows = std::vector<VaultRow>{};
    Result<void> written = success();
    between([&] {
      rows = owners.rewrapped(log.vault(), kAtATime, randomness);
      if (rows && !rows.value().empty()) written = log.rewrite(rows.value());
    });
    if (!rows) return rows.error();
    if (!written) return written.error();
    if (rows.value().empty()) return wrapped;
    wrapped += rows.value().size();
  }
}

}  // namespace

// The new version is durable before anything is wrapped with it, and those before are destroyed when no file holds anything that they open. A change
// that was cut short is not gone on with: what was erased since was wrapped with the version that it had made.
Result<Answer> Ledger::change_wrapping_key(AccessBook& access, Command record, Randomness& randomness) {
  DAYBOOK_TRY(keys_.owners->check_wrapped(log_->vault()));
  DAYBOOK_TRY(access.owners().check_wrapped(access.log().vault()));
  auto ring = ring_now();
  ring.add(randomness);
  DAYBOOK_TRY(ring.write(config_.key_ring, root_key_, config_.id, randomness));
  const auto retired = ring.oldest();
  use(ring, access);
  DAYBOOK_TRY(const auto of_programme,
              wrap_anew(*log_, *keys_.owners, randomness, [&](const auto& work) { sequencer_->look([&](const State&) { work(); }); }));
  DAYBOOK_TRY(const auto of_access, wrap_anew(access.log(), access.owners(), randomness, [&](const auto& work) { access.alone(work); }));
  DAYBOOK_TRY(log_->purge());
  DAYBOOK_TRY(access.purge());
  ring.drop_before(ring.newest());
  DAYBOOK_TRY(ring.write(config_.key_ring, root_key_, config_.id, randomness));
  use(ring, access);
  record.body = RecordKeyChange{retired, ring.newest(), of_programme + of_access};
  return own_command(std::move(record));
}

namespace {

// Of the ledger itself, as time passes.
Command by_itself(CommandBody body) {
  Command command;
  command.body = std::move(body);
  command.channel = Channel::kClock;
  return command;
}

}  // namespace

Result<Answer> Ledger::rotate_keys(bool root, Command asked, const std::string& holder, const Clock& clock, Randomness& randomness) {
  DAYBOOK_TRY(const auto access, access_book(holder, clock, randomness));
  return rotate_keys(root, std::move(asked), *access, randomness);
}

Result<Answer> Ledger::rotate_keys(bool root, Command asked, AccessBook& access, Randomness& randomness) {
  const std::unique_lock changing(changing_keys_, std::try_to_lock);
  if (!changing) return Error{Fault::kBusy, "keys are being changed already"};
  DAYBOOK_TRY(const auto before, sequencer_->asked_before(asked));
  if (before) {
    asked.body = RecordKeyChange{};
    return own_command(std::move(asked));
  }
  if (root) {
    auto config = config_;  // others read ours meanwhile, and nobody its check of the key
    LedgerKeys keys{root_key_, ring_now()};
    DAYBOOK_TRY(change_root_key(folder_, config, keys, randomness));
    root_key_ = keys.root;
  }
  return change_wrapping_key(access, std::move(asked), randomness);
}

Result<Answer> Ledger::own_command(Command command) {
  auto answer = sequencer_->execute(std::move(command));
  if (answer.outcome == Outcome::kFailed) return answer.error;
  return answer;
}

namespace {

// When the wrapping key was last changed; Position{0}, which another event has, if it never was.
Result<Position> newest_key_change(const EventLog& log) {
  Position newest;
  const uint32_t label = short_hash("book/programme");
  DAYBOOK_TRY(read_events_about(log, std::span(&label, 1), Position{}, log.end(), [&](const Event& event) {
    if (std::holds_alternative<WrappingKeyChanged>(event.body)) newest = event.envelope.position;
    return true;
  }));
  return newest;
}

// Whether a cohort expired since the keys of owners were last wrapped anew. Where none ever did, nothing is read.
Result<bool> expired_since(const EventLog& log, const std::optional<Position>& expired) {
  if (!expired) return false;
  DAYBOOK_TRY(const auto changed, newest_key_change(log));
  return changed < *expired;
}

}  // namespace

// What erasures have left to do.
struct Ledger::Unfinished {
  std::map<PersonId, Position> waiting;  // for a certificate, by the event that erased them
  std::optional<Instant> changed_at;     // the wrapping key, if it ever was
  std::optional<Position> expired;       // the newest cohort whose key may still be wrapped with a version that is there
  bool any() const { return !waiting.empty() || expired; }
  // One past the newest event of them.
  Position end() const {
    Position newest = expired.value_or(Position{});
    for (const auto& [person, erased] : waiting) newest = std::max(newest, erased);
    return Position{newest.value + 1};
  }
};

Result<Ledger::Unfinished> Ledger::unfinished() const {
  Unfinished left;
  sequencer_->look([&](const State& state) {
    left.waiting = state.uncertified, left.changed_at = state.key_changed_at;
    for (const auto& [id, cycle] : state.cycles) left.expired = std::max(left.expired, cycle.expired);
  });
  DAYBOOK_TRY(const bool cohorts_wait, expired_since(*log_, left.expired));
  if (!cohorts_wait) left.expired.reset();
  return left;
}

// Everything but the keys: the access book drops what it holds of them, and no file of either book holds any of it.
Result<void> Ledger::take_from_files(const Unfinished& left, AccessBook& access) {
  DAYBOOK_TRY(auto partings, vault().partings());
  std::vector<VaultRow> parted;
  for (const auto& [person, erased] : left.waiting) {
    DAYBOOK_TRY(access.erase(person, partings[person], Day{}));
    for (const auto& name : partings[person]) parted.push_back({Vault::parting_key(name), std::nullopt});
  }
  Result<void> written = success();
  sequencer_->look([&](const State&) { written = parted.empty() ? success() : log_->rewrite(parted); });
  DAYBOOK_TRY(std::move(written));
  DAYBOOK_TRY(log_->purge());
  DAYBOOK_TRY(access.purge());
  purged_ = left.end();
  return success();
}

Result<void> Ledger::finish_erasures(const std::string& holder, const Clock& clock, Randomness& randomness) {
  DAYBOOK_TRY(const auto left, unfinished());
  if (!left.any()) return success();
  DAYBOOK_TRY(const auto access, access_book(holder, clock, randomness));
  return finish_erasures(*access, clock, randomness);
}

Result<void> Ledger::finish_erasures(AccessBook& access, const Clock& clock, Randomness& randomness) {
  const std::lock_guard changing(changing_keys_);
  DAYBOOK_TRY(const auto left, unfinished());
  if (!left.any()) return success();
  if (purged_ < left.end()) {
    DAYBOOK_TRY(take_from_files(left, access));
  }
  const auto ring = ring_now();
  const bool lately = left.changed_at && clock.now() < *left.changed_at + std::chrono::hours{24} && ring.oldest() == ring.newest();
  if (lately) return success();
  DAYBOOK_TRY(change_wrapping_key(access, by_itself(RecordKeyChange{}), randomness));
  const auto today = std::chrono::floor<std::chrono::days>(clock.now());
  for (const auto& [person, erased] : left.waiting) {
    DAYBOOK_TRY(own_command(by_itself(CertifyErasure{person, ring_.newest(), today + std::chrono::days{config_.key_backup_days}})));
  }
  return success();
}

Result<bool> Ledger::is_finished(const Event& erased) const {
  const auto at = erased.envelope.position;
  if (std::holds_alternative<CohortExpired>(erased.body)) {
    DAYBOOK_TRY(const bool waits, expired_since(*log_, at));
    return !waits;
  }
  bool waits = false;
  sequencer_->look([&](const State& state) {
    const auto it = state.uncertified.find(erased.envelope.subject);
    waits = it != state.uncertified.end() && it->second == at;
  });
  return !waits;
}

Result<void> Ledger::drop_outlived(const Clock& clock) {
  const auto today = std::chrono::floor<std::chrono::days>(clock.now());
  bool any = false;
  Result<void> written = success();
  sequencer_->look([&](const State&) {
    const auto rows = vault().outlived(today);
    any = rows && !rows.value().empty();
    written = !rows ? Result<void>(rows.error()) : any ? log_->rewrite(rows.value()) : success();
  });
  DAYBOOK_TRY(std::move(written));
  return any ? log_->purge() : success();
}

Result<Replayed> Ledger::state(const AsOf& as_of) const {
  Replayed replayed;
  auto known = as_of.happened ? State{} : kept_state(snapshots(), *log_, say_);  // of the first clock alone
  DAYBOOK_TRY(replayed.state, fold(*log_, as_of, std::move(known)));
  replayed.head.size = replayed.state.end.value;
  DAYBOOK_TRY(replayed.head.root, tree_root(*log_, replayed.head.size));
  return replayed;
}

Result<std::unique_ptr<AccessBook>> Ledger::access_book(const std::string& holder, const Clock& clock, Randomness& randomness) const {
  for (int tries = 0;; ++tries) {
    auto lock = BookLock::take(path_in(folder_, "access.lock"), holder);
    if (!lock && (lock.error().fault != Fault::kBusy || tries == 50)) return std::move(lock).error();
    if (lock) {
      DAYBOOK_TRY(auto signers, read_log_key(config_));
      DAYBOOK_TRY(const auto keys, keys_now());  // they may have been changed while it was held by another
      DAYBOOK_TRY(auto book, open_book(folder_, "access", OpenMode::kReadWrite, config_.access_key, config_.disk, true, env_));
      auto checkpointer = std::make_unique<Checkpointer>(*book.log, signers.access, watermark_file(folder_, "access"), std::move(book.watermark));
      return std::make_unique<AccessBook>(std::move(lock).value(), std::move(book.log), std::move(checkpointer),
                                          derive_vault_keys(keys.ring, config_.id + "/access"), clock, randomness);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

VaultKeys Ledger::access_keys() const { return derive_vault_keys(ring_now(), config_.id + "/access"); }

Result<Ledger::BookView> Ledger::book_now(std::string_view name) const {
  DAYBOOK_TRY(auto book, open_book(folder_, name, OpenMode::kReadOnly, config_.key_of(name), config_.disk, held_, env_));
  return BookView{std::move(book.log), std::move(book.watermark)};
}

}  // namespace daybook
