#include "ledger/import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>

namespace daybook {
namespace {

constexpr uint64_t kProgressEvery = 1024;    // rows
constexpr uint64_t kBytesOutMax = 16 << 20;  // of rows that are with the sequencer

// What is imported: bytes that are read twice, each time from the start.
class Source {
 public:
  Source(std::string name, uint64_t bytes) : size(bytes), name_(std::move(name)) {}
  virtual ~Source() = default;

  // Bytes for one reading.
  std::function<size_t(char*, size_t)> reading(Sha256Stream& digest) {
    offset = 0;
    return [this, &digest](char* buffer, size_t room) -> size_t {
      const size_t got = read_at(offset, buffer, room);
      offset += got;
      digest.update(as_bytes({buffer, got}));
      return got;
    };
  }
  const std::string& name() const { return name_; }

  const uint64_t size;
  uint64_t offset = 0;
  std::string failed;  // why a reading ended early; empty: it did not

 private:
  // 0 at the end, and where it fails.
  virtual size_t read_at(uint64_t at, char* buffer, size_t room) = 0;
  const std::string name_;
};

class File final : public Source {
 public:
  static Result<std::unique_ptr<Source>> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not hold us
    if (fd < 0) return Error{Fault::kRejected, path + ": " + std::strerror(errno)};
    struct stat info{};
    const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    auto file = std::unique_ptr<Source>(new File(path, fd, static_cast<uint64_t>(info.st_size)));
    if (!regular) return Error{Fault::kRejected, path + ": found no regular file, want one: it is read twice"};
    return file;
  }
  ~File() override { ::close(fd_); }

 private:
  File(const std::string& path, int fd, uint64_t bytes) : Source(path, bytes), fd_(fd) {}
  size_t read_at(uint64_t at, char* buffer, size_t room) override {
    ssize_t got;
    do got = ::pread(fd_, buffer, room, static_cast<off_t>(at));
    while (got < 0 && errno == EINTR);
    if (got < 0) failed = name() + ": " + std::strerror(errno);
    return got < 0 ? 0 : static_cast<size_t>(got);
  }
  const int fd_;
};

class Text final : public Source {
 public:
  explicit Text(std::string_view bytes) : Source("the spreadsheet", bytes.size()), bytes_(bytes) {}

 private:
  size_t read_at(uint64_t at, char* buffer, size_t room) override { return bytes_.copy(buffer, room, at); }
  const std::string_view bytes_;
};

// Reads the file once, record by record. `record` returns false to stop.
Result<void> read_records(Source& file, SheetReader& sheet, Sha256Stream& digest, std::vector<BadCell>& bad,
                          const std::function<Result<bool>(SheetReader::RowCommand)>& record) {
  CsvReader csv(file.reading(digest));
  DAYBOOK_TRY(const auto header, csv.next());
  if (!file.failed.empty()) return Error{Fault::kStorage, file.failed};
  if (!header) return Error{Fault::kRejected, "line 1: found an empty file, want a header row"};
  bad = sheet.take_header(*header);
  if (!bad.empty()) return success();
  csv.name_columns(header->cells);
  for (;;) {
    auto next = csv.next();
    if (!file.failed.empty()) return Error{Fault::kStorage, file.failed};
    if (!next) {
      if (bad.empty()) return std::move(next).error();
      bad.push_back({0, "", std::move(next).error().message, ""});
      return success();
    }
    if (!next.value()) return success();
    DAYBOOK_TRY(const bool more, record(sheet.take_record(*next.value(), bad)));
    if (!more) return success();
  }
}

Error refused_whole(const std::vector<BadCell>& bad, uint64_t more) {
  std::string text;
  for (const auto& cell : bad) text += (text.empty() ? "" : "\n") + (cell.line == 0 ? cell.found : cell.text());
  if (more > 0) text += fmt::format("\nand {} more bad cells", more);
  return {Fault::kRejected, std::move(text)};
}

// The first reading: every cell has its form, or the file is refused. Gives the file's digest.
Result<Hash> check_file(Source& file, const SheetInfo& info, const ImportOptions& options, const ImportWatcher& watcher) {
  SheetReader sheet(info, std::nullopt);
  Sha256Stream digest;
  std::vector<BadCell> bad, named;
  uint64_t rows = 0, more = 0;
  const auto keep_first = [&] {
    for (auto& cell : bad) named.size() < kBadCellsNamed ? named.push_back(std::move(cell)) : (void)++more;
    bad.clear();
  };
  const auto read = read_records(file, sheet, digest, bad, [&](SheetReader::RowCommand) -> Result<bool> {
    keep_first();
    if (++rows % kProgressEvery == 0 && watcher.progress) watcher.progress({true, rows, file.offset, file.size});
    return rows <= options.rows_max;
  });
  if (!read && read.error().fault == Fault::kRejected && watcher.refused) watcher.refused({{0, "", read.error().message, ""}}, 0);
  DAYBOOK_TRY(read);
  keep_first();
  if (rows > options.rows_max) bad.push_back({0, "", fmt::format("found more than {} rows, want as many at most in a file", options.rows_max), ""});
  keep_first();
  if (!named.empty() && watcher.refused) watcher.refused(named, more);
  if (!named.empty()) return refused_whole(named, more);
  if (watcher.progress) watcher.progress({true, rows, file.size, file.size, true});
  return digest.finish();
}

// Rows that are with the sequencer, and their answers as they come back, in order.
class InFlight {
 public:
  // Waits while too many bytes are out: memory grows with the largest row, not with the file.
  void sent(uint64_t bytes) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return out_ == 0 || bytes_ + bytes <= kBytesOutMax; });
    ++out_;
    bytes_ += bytes;
  }
  void answered(ReportRow row, Answer answer, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    back_.emplace_back(std::move(row), std::move(answer));
    --out_;
    bytes_ -= bytes;
    came_.notify_one();
  }
  std::deque<std::pair<ReportRow, Answer>> take(bool wait_for_all) {
    std::unique_lock lock(mutex_);
    if (wait_for_all) came_.wait(lock, [&] { return out_ == 0; });
    return std::exchange(back_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  size_t out_ = 0;
  uint64_t bytes_ = 0;
  std::deque<std::pair<ReportRow, Answer>> back_;
};

class Import {
 public:
  Import(Sequencer& sequencer, const ImportWatcher& watcher) : sequencer_(sequencer), watcher_(watcher) {}

  void send(ReportRow row, Command command, uint64_t bytes) {
    in_flight_.sent(bytes);
    sequencer_.submit(std::move(command),
                      [this, bytes, row = std::move(row)](Answer answer) mutable { in_flight_.answered(std::move(row), std::move(answer), bytes); });
  }

  // Reports what has come back. The error is that of the first row that failed.
  Result<void> settle(bool wait_for_all) {
    for (auto& [row, answer] : in_flight_.take(wait_for_all)) {
      if (answer.outcome == Outcome::kFailed) {
        if (!failed_) failed_ = answer.error;
        continue;
      }
      row.flags = answer.flags;
      if (answer.outcome == Outcome::kRecorded) ++summary.recorded, row.outcome = "recorded";
      if (answer.outcome == Outcome::kUnchanged) ++summary.unchanged, row.outcome = "unchanged";
      if (answer.outcome == Outcome::kRefused) {
        ++summary.refused, row.outcome = "refused";
        row.reason = answer.refusal.rule;
        row.saw = answer.refusal.saw;
        row.because = answer.refusal.because;
      }
      if (answer.outcome != Outcome::kUnchanged) tell_appended(answer.range);
      if (watcher_.row) watcher_.row(row);
    }
    if (failed_) return *failed_;
    return success();
  }

  // The end of the import, when every row is settled.
  Result<void> finish(Command command) {
    command.body = FinishImport{summary.recorded, summary.refused, summary.unchanged};
    const auto answer = sequencer_.execute(std::move(command));
    if (answer.outcome == Outcome::kFailed) return answer.error;
    if (answer.outcome == Outcome::kRecorded) tell_appended(answer.range);
    return success();
  }

  ImportSummary summary;

 private:
  void tell_appended(const Appended& range) const {
    if (watcher_.appended) watcher_.appended(range);
  }

  Sequencer& sequencer_;
  const ImportWatcher& watcher_;
  InFlight in_flight_;
  std::optional<Error> failed_;
};

// The second reading: row after row to the sequencer.
Result<ImportSummary> take_rows(Source& file, const Hash& digest, const SheetInfo& info, Sequencer& sequencer, const VaultKeys& keys,
                                Randomness& randomness, const ImportOptions& options, const ImportWatcher& watcher) {
  const auto import =
      std::make_shared<const ImportInfo>(ImportInfo{random_id(randomness), std::string(info.name), options.operator_name, to_hex(digest)});
  const auto dress = [&](Command& command) {
    if (command.actor.empty()) command.actor = options.actor.empty() ? options.operator_name : options.actor;
    command.recorded_by = options.operator_name;
    command.channel = Channel::kImport;
    command.import = import;
  };
  SheetReader sheet(info, options.effective);
  Sha256Stream again;
  std::vector<BadCell> bad;
  Import rows(sequencer, watcher);
  uint64_t number = 0;
  const auto begin_group = [&]() -> Result<void> {
    if (options.group_rows == 0 || number % options.group_rows != 0) return success();
    DAYBOOK_TRY(rows.settle(true));
    return options.may_go_on ? options.may_go_on() : Result<void>(success());
  };
  const auto read = read_records(file, sheet, again, bad, [&](SheetReader::RowCommand row) -> Result<bool> {
    if (!bad.empty()) return false;
    DAYBOOK_TRY(begin_group());
    dress(row.command);
    row.command.row = Row{++number, hmac_sha256(keys.fingerprint, {as_bytes(row.cells)}), info.name != "activity"};
    rows.send({number, std::move(row.ref), "", "", "", "", std::nullopt}, std::move(row.command), row.cells.size());
    DAYBOOK_TRY(rows.settle(false));
    if (number % kProgressEvery == 0 && watcher.progress) watcher.progress({false, number, file.offset, file.size});
    return true;
  });
  DAYBOOK_TRY(rows.settle(true));
  DAYBOOK_TRY(read);
  if (!bad.empty() || again.finish() != digest) {
    return Error{Fault::kStorage, file.name() + ": the file changed while it was read; the rows up to there are recorded"};
  }
  Command finish;
  dress(finish);
  DAYBOOK_TRY(rows.finish(std::move(finish)));
  return rows.summary;
}

}  // namespace

Result<ImportSummary> import_file(const std::string& path, const SheetInfo& info, Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness,
                                  const ImportOptions& options, const ImportWatcher& watcher) {
  DAYBOOK_TRY(const auto file, File::open(path));
  DAYBOOK_TRY(const auto digest, check_file(*file, info, options, watcher));
  return take_rows(*file, digest, info, sequencer, keys, randomness, options, watcher);
}

Result<ImportSummary> import_text(std::string_view csv, const SheetInfo& info, Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness,
                                  const ImportOptions& options, const ImportWatcher& watcher) {
  Text text(csv);
  DAYBOOK_TRY(const auto digest, check_file(text, info, options, watcher));
  return take_rows(text, digest, info, sequencer, keys, randomness, options, watcher);
}

}  // namespace daybook
