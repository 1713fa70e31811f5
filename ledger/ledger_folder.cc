#include "ledger/ledger_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger/charter.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigName = "daybook.toml";

Error system_error(const std::string& what) { return {Fault::kStorage, what + ": " + std::strerror(errno)}; }

std::string path_in(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

// Writes a new file whole and durable; never over one that is there.
Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    auto error = system_error(path);
    if (errno == EEXIST) error.fault = Fault::kRejected;
    return error;
  }
  const bool good = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const auto error = system_error(path);
  ::close(fd);
  if (!good) return error;
  const int folder = ::open(fs::absolute(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  return kept ? Result<void>(success()) : Result<void>(system_error(path));
}

Result<Hash> read_root_key(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word)) return Error{Fault::kRejected, "root key " + path + ": found no key, want the file that init made"};
  const auto bytes = from_hex(word);
  Hash key;
  if (!bytes || bytes->size() != key.size()) return Error{Fault::kRejected, "root key " + path + ": want 64 hex digits"};
  std::copy(bytes->begin(), bytes->end(), key.begin());
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return Error{Fault::kRejected, fmt::format("root key {}: found mode {:04o}, want 0600: others can read it", path, info.st_mode & 07777)};
  }
  return key;
}

Result<LedgerConfig> read_config(const std::string& folder) {
  const auto path = path_in(folder, kConfigName);
  if (!fs::exists(path)) return Error{Fault::kRejected, folder + ": found no ledger; `daybook init` makes one"};
  try {
    const auto table = toml::parse_file(path);
    const auto format = table["format"].value<int64_t>();
    if (format != 1) return Error{Fault::kRejected, fmt::format("{}: found format {}, want 1", path, format.value_or(0))};
    return LedgerConfig{table["id"].value_or<std::string>(""), table["root_key"].value_or<std::string>("")};
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kCorrupt, fmt::format("{}:{}: {}", path, broken.source().begin.line, broken.description())};
  }
}

std::string toml_text(const LedgerConfig& config) {
  const toml::table table{{"format", 1}, {"id", config.id}, {"root_key", config.root_key}};
  std::ostringstream text;
  text << "# Made by `daybook init`. The root key opens every confidential value: keep it, and keep it apart.\n" << table << "\n";
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

BookLock::~BookLock() {
  [[maybe_unused]] const int emptied = ::ftruncate(fd_, 0);  // nobody holds it: a name left behind would mislead
  ::close(fd_);
}

Result<LedgerConfig> init_ledger(const std::string& folder, const std::string& root_key_file, const Provenance& by, const std::string& operator_name,
                                 const Clock& clock, Randomness& randomness) {
  std::error_code failed;
  if (fs::exists(path_in(folder, kConfigName))) return Error{Fault::kRejected, folder + ": found a ledger, want an empty folder"};
  if (fs::exists(folder) && !fs::is_empty(folder, failed)) return Error{Fault::kRejected, folder + ": found files, want an empty folder"};
  if (fs::exists(root_key_file)) return Error{Fault::kRejected, root_key_file + ": found a file, want a place for the new root key"};
  fs::create_directories(folder, failed);
  if (failed) return Error{Fault::kStorage, folder + ": " + failed.message()};
  ::chmod(folder.c_str(), 0700);
  Hash key;
  randomness.fill(key);
  DAYBOOK_TRY(write_new(root_key_file, to_hex(key) + "\n", 0600));
  const LedgerConfig config{random_id(randomness), fs::absolute(root_key_file).lexically_normal().string()};
  DAYBOOK_TRY(write_new(path_in(folder, kConfigName), toml_text(config), 0600));

  OpenOptions options;
  options.mode = OpenMode::kReadWrite;
  options.holder = "daybook init";
  DAYBOOK_TRY(const auto ledger, Ledger::open(folder, options, clock, randomness));
  DAYBOOK_TRY(const auto access, ledger->access_book(options.holder, clock, randomness));
  for (const auto& charter : shipped_charters()) {
    Command command;
    command.body = AdoptCharter{std::string(charter.text)};
    command.actor = command.recorded_by = operator_name;
    command.role = by.role;
    command.channel = by.channel;
    const auto answer = ledger->sequencer().execute(std::move(command));
    if (answer.outcome == Outcome::kFailed) return answer.error;
    if (answer.outcome != Outcome::kRecorded) return Error{Fault::kRejected, fmt::format("charter {}: {}", charter.name, answer.refusal.saw)};
  }
  return config;
}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& folder, const OpenOptions& options, const Clock& clock, Randomness& randomness) {
  std::unique_ptr<Ledger> ledger(new Ledger);
  ledger->folder_ = folder;
  DAYBOOK_TRY(ledger->config_, read_config(folder));
  DAYBOOK_TRY(const auto root_key, read_root_key(options.root_key_file.empty() ? ledger->config_.root_key : options.root_key_file));
  ledger->keys_ = derive_vault_keys(root_key);
  if (options.mode == OpenMode::kReadWrite) {
    DAYBOOK_TRY(ledger->lock_, BookLock::take(path_in(folder, "programme.lock"), options.holder));
  }
  DAYBOOK_TRY(ledger->log_, open_rocks_log(path_in(folder, "programme"), options.mode));
  if (options.mode == OpenMode::kReadWrite) {
    DAYBOOK_TRY(ledger->sequencer_, Sequencer::start(*ledger->log_, ledger->keys_, clock, randomness, options.clock_confirmed));
  }
  return ledger;
}

Result<std::unique_ptr<AccessBook>> Ledger::access_book(const std::string& holder, const Clock& clock, Randomness& randomness) const {
  for (int tries = 0;; ++tries) {
    auto lock = BookLock::take(path_in(folder_, "access.lock"), holder);
    if (!lock && (lock.error().fault != Fault::kBusy || tries == 50)) return std::move(lock).error();
    if (lock) {
      DAYBOOK_TRY(auto log, open_rocks_log(path_in(folder_, "access"), OpenMode::kReadWrite));
      return std::make_unique<AccessBook>(std::move(lock).value(), std::move(log), keys_, clock, randomness);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

Result<std::unique_ptr<EventLog>> Ledger::access_log() const { return open_rocks_log(path_in(folder_, "access"), OpenMode::kReadOnly); }

}  // namespace daybook
