#include "ledger/ledger_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger/charter.h"
#include "ledger/durable_file.h"
#include "ledger/torn_tail.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigName = "daybook.toml";

Error system_error(const std::string& what) { return {Fault::kStorage, what + ": " + std::strerror(errno)}; }

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

bool lies_below(const std::string& path, const std::string& folder) {
  const auto inner = fs::absolute(path).lexically_normal(), outer = (fs::absolute(folder) / "").lexically_normal();
  return inner.string().starts_with(outer.string());
}

Result<void> check_mode(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return success();
  return Error{Fault::kRejected, fmt::format("{}: found mode {:04o}, want 0600: others can read it", path, info.st_mode & 07777)};
}

// A key's file; kStorage where it may well be there and the system refuses, for want of descriptors or by a fault of the disk.
Result<std::ifstream> open_key(const std::string& what, const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file.is_open() && errno != 0 && errno != ENOENT && errno != EACCES && errno != ENOTDIR) return system_error(what + " " + path);
  return file;
}

Result<Hash> read_root_key(const std::string& path) {
  DAYBOOK_TRY(auto file, open_key("root key", path));
  std::string word;
  if (!(file >> word)) return Error{Fault::kRejected, "root key " + path + ": found no key, want the file that init made"};
  const auto bytes = from_hex(word);
  Hash key;
  if (!bytes || bytes->size() != key.size()) return Error{Fault::kRejected, "root key " + path + ": want 64 hex digits"};
  std::copy(bytes->begin(), bytes->end(), key.begin());
  DAYBOOK_TRY(check_mode(path));
  return key;
}

// Tells whether a root key is the ledger's, and nothing of the key.
std::string root_key_check(const Hash& root_key) { return to_hex(hmac_sha256(root_key, {as_bytes("daybook root key check 1")})); }

struct BookSigners {
  SignerKey programme, access;
};

Result<BookSigners> read_log_key(const LedgerConfig& config) {
  DAYBOOK_TRY(auto file, open_key("log key", config.log_key));
  std::string programme, access;
  if (!(file >> programme >> access))
    return Error{Fault::kRejected, "log key " + config.log_key + ": found no two signing keys, want the file that init made"};
  DAYBOOK_TRY(check_mode(config.log_key));
  DAYBOOK_TRY(auto first, SignerKey::parse(programme));
  DAYBOOK_TRY(auto second, SignerKey::parse(access));
  if (first.verifier().text() != config.programme_key.text() || second.verifier().text() != config.access_key.text()) {
    return Error{Fault::kRejected, "log key " + config.log_key + ": its keys are not those of this ledger"};
  }
  return BookSigners{std::move(first), std::move(second)};
}

Result<LedgerConfig> read_config(const std::string& folder) {
  const auto path = path_in(folder, kConfigName);
  if (!there(path)) return Error{Fault::kRejected, folder + ": found no ledger; `daybook init` makes one"};
  try {
    const auto table = toml::parse_file(path);
    const auto format = table["format"].value<int64_t>();
    if (format != 1) return Error{Fault::kRejected, fmt::format("{}: found format {}, want 1", path, format.value_or(0))};
    const auto text = [&](const char* key) { return table[key].value_or<std::string>(""); };
    LedgerConfig config{text("id"), text("root_key"), text("root_key_check"), text("log_key"), {}, {}, {}};
    const auto mebibytes = [&](const char* key, uint64_t otherwise) {
      const auto given = table["disk"][key].value<int64_t>();
      return given && *given >= 0 && *given < int64_t{1} << 40 ? static_cast<uint64_t>(*given) << 20 : otherwise;
    };
    config.disk.floor_bytes = mebibytes("floor_mib", config.disk.floor_bytes);
    config.disk.ballast_bytes = mebibytes("ballast_mib", config.disk.ballast_bytes);
    auto programme = VerifierKey::parse(text("programme_key")), access = VerifierKey::parse(text("access_key"));
    if (!programme || !access)
      return Error{Fault::kCorrupt, path + ": programme_key or access_key: " + (programme ? access : programme).error().message};
    config.programme_key = std::move(programme).value();
    config.access_key = std::move(access).value();
    return config;
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kCorrupt, fmt::format("{}:{}: {}", path, broken.source().begin.line, broken.description())};
  }
}

std::string toml_text(const LedgerConfig& config) {
  const toml::table table{{"format", 1},
                          {"id", config.id},
                          {"root_key", config.root_key},
                          {"root_key_check", config.root_key_check},
                          {"log_key", config.log_key},
                          {"programme_key", config.programme_key.text()},
                          {"access_key", config.access_key.text()}};
  std::ostringstream text;
  text << "# Made by `daybook init`. The root key opens every confidential value, the log key signs the books: keep them, and keep them apart.\n"
       << table << "\n";
  return text.str();
}

}  // namespace

Result<std::unique_ptr<BookLock>> BookLock::take(const std::string& file, const std::string& holder) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("lock " + file);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::string text(300, '\0');
    const auto size = ::pread(fd, text.data(), text.size(), 0);
    ::close(fd);
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return Error{Fault::kBusy, "the ledger is held by " + (text.empty() ? std::string("another process") : text) + "; one process writes at a time"};
  }
  const bool noted = ::ftruncate(fd, 0) == 0 && ::pwrite(fd, holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size());
  if (!noted) {
    const auto error = system_error("lock " + file);
    ::close(fd);
    return error;
  }
  return std::unique_ptr<BookLock>(new BookLock(fd));
}

std::string watermark_file(const std::string& folder, std::string_view book) { return path_in(folder, std::string(book) + ".checkpoint"); }

bool somebody_writes(const std::string& folder, std::string_view name) {
  const int fd = ::open(path_in(folder, std::string(name) + ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  const bool held = fd >= 0 && ::flock(fd, LOCK_SH | LOCK_NB) != 0;
  if (fd >= 0) ::close(fd);
  return held;
}

BookLock::~BookLock() {
  [[maybe_unused]] const int emptied = ::ftruncate(fd_, 0);  // nobody holds it: a name left behind would mislead
  ::close(fd_);
}

namespace {

Result<void> check_places(const InitPlaces& places) {
  std::error_code failed;
  if (there(path_in(places.folder, kConfigName))) return Error{Fault::kRejected, places.folder + ": found a ledger, want an empty folder"};
  if (there(places.folder) && !fs::is_empty(places.folder, failed))
    return Error{Fault::kRejected, places.folder + ": found files, want an empty folder"};
  for (const auto& key : {places.root_key_file, places.log_key_file}) {
    if (there(key)) return Error{Fault::kRejected, key + ": found a file, want a place for the new key"};
    if (lies_below(key, places.folder))
      return Error{Fault::kRejected, key + ": found a place inside the ledger, want one outside: a copy of the one must not carry the other"};
  }
  return success();
}

std::string whole_path(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

// The keys and the config of a new ledger, written.
Result<LedgerConfig> write_config(const InitPlaces& places, const std::string& id, const BookSigners& signers, Randomness& randomness) {
  Hash root_key;
  randomness.fill(root_key);
  DAYBOOK_TRY(write_new_file(places.root_key_file, to_hex(root_key) + "\n", 0600));
  DAYBOOK_TRY(write_new_file(places.log_key_file, signers.programme.text() + "\n" + signers.access.text() + "\n", 0600));
  LedgerConfig config{id,
                      whole_path(places.root_key_file),
                      root_key_check(root_key),
                      whole_path(places.log_key_file),
                      signers.programme.verifier(),
                      signers.access.verifier(),
                      {}};
  DAYBOOK_TRY(write_new_file(path_in(places.folder, kConfigName), toml_text(config), 0600));
  return config;
}

// A book opened and held against its watermark.
struct OpenBook {
  std::unique_ptr<EventLog> log;
  std::optional<SignedCheckpoint> watermark;
};
Result<OpenBook> try_book(const std::string& folder, std::string_view name, OpenMode mode, const VerifierKey& key, const DiskRule& rule, bool held) {
  OpenBook book;
  std::unique_ptr<DiskSpace> space;
  if (mode == OpenMode::kReadWrite) {
    space = std::make_unique<DiskSpace>(ballast_file(folder, name), rule);
    DAYBOOK_TRY(space->room_for(0));  // RocksDB writes already when it opens
    DAYBOOK_TRY(note_torn_tails(folder, name));
  }
  const auto file = watermark_file(folder, name);
  DAYBOOK_TRY(book.watermark, read_watermark(file, key));
  DAYBOOK_TRY(book.log, open_rocks_log(path_in(folder, name), mode, nullptr, std::move(space)));
  if (!held) return book;
  if (book.watermark) {
    DAYBOOK_TRY(check_watermark(*book.log, book.watermark->checkpoint));
  }
  DAYBOOK_TRY(check_kept(*book.log, file, key));
  return book;
}

Result<OpenBook> open_book(const std::string& folder, std::string_view name, OpenMode mode, const VerifierKey& key, const DiskRule& rule,
                           bool held = true) {
  // A writer beside a reader moves and deletes files while they are being opened. Before a reader calls that damage, it
  // looks again: three times, and for ten seconds if somebody writes.
  for (int tries = 0;; ++tries) {
    auto book = try_book(folder, name, mode, key, rule, held);
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

Result<LedgerConfig> init_ledger(const InitPlaces& places, const std::string& operator_name, const Clock& clock, Randomness& randomness) {
  DAYBOOK_TRY(check_places(places));
  DAYBOOK_TRY(check_descriptors());
  const auto id = random_id(randomness);
  const auto origin = places.origin.empty() ? "daybook.localhost/" + id : places.origin;
  DAYBOOK_TRY(const auto programme, SignerKey::make(origin, randomness));
  DAYBOOK_TRY(const auto access, SignerKey::make(origin + "/access", randomness));
  std::error_code failed;
  fs::create_directories(places.folder, failed);
  if (!failed) fs::permissions(places.folder, fs::perms::owner_all, failed);
  if (failed) return Error{Fault::kStorage, places.folder + ": " + failed.message()};
  DAYBOOK_TRY(DiskSpace(ballast_file(places.folder, "programme"), {}).room_for(0));
  DAYBOOK_TRY(const auto config, write_config(places, id, {programme, access}, randomness));

  OpenOptions options;
  options.mode = OpenMode::kReadWrite;
  options.holder = "daybook init";
  options.create = true;
  DAYBOOK_TRY(const auto ledger, Ledger::open(places.folder, options, clock, randomness));
  DAYBOOK_TRY(ledger->access_book(options.holder, clock, randomness));  // made, and closed
  for (const auto& charter : shipped_charters()) {
    Command command;
    command.body = AdoptCharter{std::string(charter.text)};
    command.actor = command.recorded_by = operator_name;
    const auto answer = ledger->sequencer().execute(std::move(command));
    if (answer.outcome == Outcome::kFailed) return answer.error;
    if (answer.outcome != Outcome::kRecorded) return Error{Fault::kRejected, fmt::format("charter {}: {}", charter.name, answer.refusal.saw)};
  }
  DAYBOOK_TRY(ledger->close());
  return config;
}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& folder, const OpenOptions& options, const Clock& clock, Randomness& randomness) {
  std::unique_ptr<Ledger> ledger(new Ledger);
  ledger->folder_ = folder;
  DAYBOOK_TRY(check_descriptors());
  DAYBOOK_TRY(ledger->config_, read_config(folder));
  DAYBOOK_TRY(const auto root_key, read_root_key(options.root_key_file.empty() ? ledger->config_.root_key : options.root_key_file));
  if (root_key_check(root_key) != ledger->config_.root_key_check) return Error{Fault::kRejected, "root key: found the key of another ledger"};
  ledger->keys_ = derive_vault_keys(root_key);
  for (const auto* name : {"programme", "access"}) {
    if (!options.create && !there(path_in(folder, name) + "/CURRENT")) return Error{Fault::kCorrupt, folder + ": the " + name + " book is gone"};
  }
  const bool writes = options.mode == OpenMode::kReadWrite;
  if (writes) {
    DAYBOOK_TRY(ledger->lock_, BookLock::take(path_in(folder, "programme.lock"), options.holder));
  }
  DAYBOOK_TRY(auto book, open_book(folder, "programme", options.mode, ledger->config_.programme_key, ledger->config_.disk, options.held));
  ledger->held_ = options.held;
  ledger->log_ = std::move(book.log);
  ledger->watermark_ = std::move(book.watermark);
  if (!writes) return ledger;
  DAYBOOK_TRY(auto signers, read_log_key(ledger->config_));
  auto checkpointer = std::make_unique<Checkpointer>(*ledger->log_, signers.programme, watermark_file(folder, "programme"), ledger->watermark_);
  ledger->keeper_ = std::make_unique<CheckpointKeeper>(std::move(checkpointer), *ledger->log_, options.on_damage);
  DAYBOOK_TRY(ledger->sequencer_, Sequencer::start(*ledger->log_, ledger->keys_, clock, randomness, options.clock_confirmed, options.on_damage));
  DAYBOOK_TRY(record_torn_tails(folder, *ledger->sequencer_));
  return ledger;
}

Result<SignedCheckpoint> Ledger::checkpoint() { return keeper_->sign_now(); }

Result<void> Ledger::close() {
  sequencer_.reset();
  if (keeper_) {
    DAYBOOK_TRY(keeper_->sign_now());
  }
  keeper_.reset();
  return success();
}

Result<std::unique_ptr<AccessBook>> Ledger::access_book(const std::string& holder, const Clock& clock, Randomness& randomness) const {
  for (int tries = 0;; ++tries) {
    auto lock = BookLock::take(path_in(folder_, "access.lock"), holder);
    if (!lock && (lock.error().fault != Fault::kBusy || tries == 50)) return std::move(lock).error();
    if (lock) {
      DAYBOOK_TRY(auto signers, read_log_key(config_));
      DAYBOOK_TRY(auto book, open_book(folder_, "access", OpenMode::kReadWrite, config_.access_key, config_.disk));
      auto checkpointer = std::make_unique<Checkpointer>(*book.log, signers.access, watermark_file(folder_, "access"), std::move(book.watermark));
      return std::make_unique<AccessBook>(std::move(lock).value(), std::move(book.log), std::move(checkpointer), keys_, clock, randomness);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

Result<Ledger::AccessLog> Ledger::access_log() const {
  DAYBOOK_TRY(auto book, open_book(folder_, "access", OpenMode::kReadOnly, config_.access_key, config_.disk, held_));
  return AccessLog{std::move(book.log), std::move(book.watermark)};
}

}  // namespace daybook
