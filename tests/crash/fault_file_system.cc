#include "tests/crash/fault_file_system.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "ledger/require.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// One way for every call: the operation is counted, then done; only if it was done the model of the disk follows.
class FaultyWritable final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyWritable(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, FaultFileSystem& disk,
                 std::shared_ptr<FaultFileSystem::Inode> inode)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk), inode_(std::move(inode)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    uint64_t torn = 0;
    const auto allowed = disk_.step(Op::kAppend, path_, data.size(), &torn);
    const Slice arrives = allowed.ok() ? data : Slice(data.data(), std::min<size_t>(torn, data.size()));
    if (arrives.empty()) return allowed;
    const auto status = target()->Append(arrives, options, context);
    if (status.ok()) disk_.grown(inode_, arrives.size());
    return allowed.ok() ? status : allowed;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("direct writes are not modelled");
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* context) override {
    if (auto status = disk_.step(Op::kTruncate, path_); !status.ok()) return status;
    auto status = target()->Truncate(size, options, context);
    if (status.ok()) disk_.cut(inode_, size);
    return status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    const auto allowed = disk_.step(Op::kClose, path_);
    const auto status = target()->Close(options, context);  // the descriptor goes in any case
    return allowed.ok() ? status : allowed;
  }
  // The real disk is not synced: what would survive is the model's business, and the tests are that much faster.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    if (auto status = disk_.step(Op::kSync, path_); !status.ok()) return status;
    disk_.synced(path_, inode_);
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override { return Sync(options, context); }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  // Nothing is allocated ahead: it would change no outcome and take time.
  void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}
  IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  const std::string path_;
  FaultFileSystem& disk_;
  const std::shared_ptr<FaultFileSystem::Inode> inode_;
};

class FaultySequential final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FaultySequential(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultFileSystem& disk)
      : FSSequentialFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch, IODebugContext* context) override {
    auto status = target()->Read(n, options, result, scratch, context);
    return status.ok() ? disk_.after_read(*result, scratch) : status;
  }

 private:
  FaultFileSystem& disk_;
};

class FaultyRandomAccess final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyRandomAccess(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultFileSystem& disk)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch, IODebugContext* context) const override {
    auto status = target()->Read(offset, n, options, result, scratch, context);
    return status.ok() ? disk_.after_read(*result, scratch) : status;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options, IODebugContext* context) override {
    return FSRandomAccessFile::MultiRead(requests, count, options, context);  // one Read each
  }

 private:
  FaultFileSystem& disk_;
};

class FaultyFolder final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyFolder(std::unique_ptr<rocksdb::FSDirectory> folder, std::string path, FaultFileSystem& disk)
      : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), disk_(disk) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    if (auto status = disk_.step(Op::kSyncFolder, path_); !status.ok()) return status;
    disk_.folder_synced(path_);
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context, const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, context);
  }

 private:
  const std::string path_;
  FaultFileSystem& disk_;
};

std::string plain(const std::string& path) { return fs::path(path).lexically_normal().string(); }
std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

}  // namespace

FaultFileSystem::FaultFileSystem(std::string root, const Plan& plan)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), root_(plain(root)), plan_(plan) {
  fs::create_directories(root_);
  for (int n = 1; inodes_folder_.empty() || !fs::create_directory(inodes_folder_); ++n) inodes_folder_ = fmt::format("{}.inodes-{}", root_, n);
  scan();
}

FaultFileSystem::~FaultFileSystem() {
  std::error_code ignored;
  fs::remove_all(inodes_folder_, ignored);
}

bool FaultFileSystem::counts(const std::string& path) const {
  return path.starts_with(root_ + "/") && !fs::path(path).filename().string().starts_with("LOG") && fs::path(path).filename() != "LOCK";
}

std::string FaultFileSystem::kept(const Inode& inode) const { return fmt::format("{}/{}", inodes_folder_, inode.id); }

// A file that has just appeared at `path`: a second name keeps it, whatever becomes of the first.
std::shared_ptr<FaultFileSystem::Inode> FaultFileSystem::adopt(const std::string& path, uint64_t size, uint64_t synced) {
  auto inode = std::make_shared<Inode>(Inode{++inodes_, size, synced});
  fs::create_hard_link(path, kept(*inode));
  return now_[path] = inode;
}

void FaultFileSystem::scan() {
  now_.clear(), renames_.clear();
  for (const auto& item : fs::recursive_directory_iterator(root_)) {
    const auto path = plain(item.path().string());
    if (item.is_regular_file() && counts(path)) adopt(path, item.file_size(), item.file_size());
  }
  durable_ = now_;
}

std::vector<Operation> FaultFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

uint64_t FaultFileSystem::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

void FaultFileSystem::become(const Plan& plan) {
  const std::lock_guard lock(mutex_);
  plan_ = plan;
  planned_at_ = log_.size();
}

void FaultFileSystem::cut_power() {
  const std::lock_guard lock(mutex_);
  dead_ = true;
}

IOStatus FaultFileSystem::step(Op op, const std::string& path, uint64_t bytes, uint64_t* torn) {
  const std::lock_guard lock(mutex_);
  if (dead_) return IOStatus::IOError("the power is cut");
  log_.push_back({op, path, bytes});
  const uint64_t k = log_.size() - planned_at_;
  if (k == plan_.kill_at) ::raise(SIGKILL);
  if (k == plan_.power_cut_at) {
    dead_ = true;
    if (torn) *torn = plan_.torn_bytes;
    return IOStatus::IOError("the power is cut");
  }
  const bool grows = op == Op::kCreate || (op == Op::kAppend && bytes > 0);
  if (plan_.full_at > 0 && k >= plan_.full_at && grows) return IOStatus::NoSpace("No space left on device");
  const bool fails = plan_.fail_at > 0 && (k == plan_.fail_at || (plan_.fail_for_good && k > plan_.fail_at));
  return fails ? IOStatus::IOError("Input/output error") : IOStatus::OK();
}

void FaultFileSystem::grown(const std::shared_ptr<Inode>& inode, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  inode->size += bytes;
}

void FaultFileSystem::cut(const std::shared_ptr<Inode>& inode, uint64_t size) {
  const std::lock_guard lock(mutex_);
  inode->size = size;
  inode->synced = std::min(inode->synced, size);
}

void FaultFileSystem::synced(const std::string& path, const std::shared_ptr<Inode>& inode) {
  const std::lock_guard lock(mutex_);
  const bool planted = path.ends_with(".log") && (plan_.syncs_lie || (plan_.sync_forgotten > 0 && ++syncs_ % plan_.sync_forgotten == 0));
  if (planted) return;
  inode->synced = inode->size;
}

void FaultFileSystem::folder_synced(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (plan_.folder_syncs_lie) return;
  const auto settle = [&](const std::string& path) {
    const auto it = now_.find(path);
    if (it == now_.end()) {
      durable_.erase(path);
    } else {
      durable_[path] = it->second;
    }
  };
  std::set<std::string> paths;
  for (const auto* names : {&now_, &durable_}) {
    for (const auto& [path, inode] : *names) {
      if (folder_of(path) == folder) paths.insert(path);
    }
  }
  std::erase_if(renames_, [&](const auto& rename) {
    if (folder_of(rename.first) != folder && folder_of(rename.second) != folder) return false;
    paths.insert({rename.first, rename.second});
    return true;
  });
  for (const auto& path : paths) settle(path);
}

IOStatus FaultFileSystem::after_read(const Slice& result, char* scratch) {
  const std::lock_guard lock(mutex_);
  if (dead_) return IOStatus::IOError("the power is cut");
  if (result.empty() || ++reads_ != plan_.flip_read) return IOStatus::OK();
  require(result.data() >= scratch, "a read fills its caller's buffer");
  const uint64_t bit = plan_.flip_bit % (8 * result.size());
  scratch[static_cast<size_t>(result.data() - scratch) + bit / 8] ^= static_cast<char>(1U << (bit % 8));
  return IOStatus::OK();
}

// Names are as they were when their folder was last synced, or as they are now: a file system that keeps a journal of
// its names commits them in order, never a rename without the file that was made before it.
FaultFileSystem::Names FaultFileSystem::names_after(Left left, std::mt19937_64& random) const {
  std::set<std::string> paths;
  for (const auto* names : {&now_, &durable_}) {
    for (const auto& [path, inode] : *names) paths.insert(path);
  }
  Names names;
  const bool committed = left == Left::kAll || (left == Left::kSome && random() % 2 == 0);
  for (const auto& path : paths) {
    const auto& source = committed ? now_ : durable_;
    if (const auto it = source.find(path); it != source.end()) names[path] = it->second;
  }
  const auto has = [](const Names& all, const auto& inode) {
    return std::any_of(all.begin(), all.end(), [&](const auto& name) { return name.second == inode; });
  };
  for (const auto& [path, inode] : durable_) {
    if (has(now_, inode) && !has(names, inode)) names[path] = inode;
  }
  return names;
}

void FaultFileSystem::copy_left(const std::string& folder, Left left, uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (const auto& [name, inode] : names_after(left, random)) {
    const auto path = folder + name.substr(root_.size());
    const uint64_t unsynced = inode->size - inode->synced;
    const uint64_t extra = left == Left::kAll ? unsynced : left == Left::kSome ? random() % (unsynced + 1) : 0;
    fs::create_directories(folder_of(path));
    fs::copy_file(kept(*inode), path);
    fs::resize_file(path, inode->synced + extra);
  }
}

void FaultFileSystem::drop_unsynced(Left left, uint64_t seed) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<fs::path> gone;
    for (const auto& item : fs::recursive_directory_iterator(root_)) {
      if (item.is_regular_file() && counts(plain(item.path().string()))) gone.push_back(item.path());
    }
    for (const auto& path : gone) fs::remove(path);
  }
  copy_left(root_, left, seed);
  const std::lock_guard lock(mutex_);
  for (const auto& item : fs::directory_iterator(inodes_folder_)) fs::remove(item.path());
  scan();
}

// ---- FileSystem ----

IOStatus FaultFileSystem::NewWritableFile(const std::string& given, const FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* context) {
  const auto path = plain(given);
  if (!counts(path)) return target()->NewWritableFile(path, options, file, context);
  if (auto status = step(Op::kCreate, path); !status.ok()) return status;
  std::error_code ignored;
  fs::remove(path, ignored);  // a new file takes the name; the old one stays what it was
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (auto status = target()->NewWritableFile(path, options, &real, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  *file = std::make_unique<FaultyWritable>(std::move(real), path, *this, adopt(path, 0, 0));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& given, const FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* context) {
  const auto path = plain(given);
  if (!counts(path)) return target()->ReopenWritableFile(path, options, file, context);
  if (auto status = step(Op::kCreate, path); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (auto status = target()->ReopenWritableFile(path, options, &real, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto known = now_.find(path);
  *file = std::make_unique<FaultyWritable>(std::move(real), path, *this, known != now_.end() ? known->second : adopt(path, 0, 0));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::ReuseWritableFile(const std::string&, const std::string&, const FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>*,
                                            IODebugContext*) {
  return IOStatus::NotSupported("reused files are not modelled");
}

IOStatus FaultFileSystem::NewSequentialFile(const std::string& path, const FileOptions& options, std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                            IODebugContext* context) {
  std::unique_ptr<rocksdb::FSSequentialFile> real;
  if (auto status = target()->NewSequentialFile(path, options, &real, context); !status.ok()) return status;
  *file = std::make_unique<FaultySequential>(std::move(real), *this);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions& options, std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                              IODebugContext* context) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> real;
  if (auto status = target()->NewRandomAccessFile(path, options, &real, context); !status.ok()) return status;
  *file = std::make_unique<FaultyRandomAccess>(std::move(real), *this);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::NewDirectory(const std::string& path, const IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* folder,
                                       IODebugContext* context) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  if (auto status = target()->NewDirectory(path, options, &real, context); !status.ok()) return status;
  auto name = plain(path);
  if (name.ends_with('/')) name.pop_back();
  *folder = std::make_unique<FaultyFolder>(std::move(real), name, *this);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::RenameFile(const std::string& given_from, const std::string& given_to, const IOOptions& options, IODebugContext* context) {
  const auto from = plain(given_from), to = plain(given_to);
  if (!counts(from)) return target()->RenameFile(from, to, options, context);
  if (auto status = step(Op::kRename, to); !status.ok()) return status;
  if (auto status = target()->RenameFile(from, to, options, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  now_[to] = now_.at(from);
  now_.erase(from);
  renames_.emplace_back(from, to);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::LinkFile(const std::string& given_from, const std::string& given_to, const IOOptions& options, IODebugContext* context) {
  const auto from = plain(given_from), to = plain(given_to);
  if (auto status = step(Op::kCreate, to); !status.ok()) return status;
  if (auto status = target()->LinkFile(from, to, options, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  now_[to] = now_.at(from);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::DeleteFile(const std::string& given, const IOOptions& options, IODebugContext* context) {
  const auto path = plain(given);
  if (!counts(path)) return target()->DeleteFile(path, options, context);
  if (auto status = step(Op::kUnlink, path); !status.ok()) return status;
  if (auto status = target()->DeleteFile(path, options, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  now_.erase(path);
  return IOStatus::OK();
}

IOStatus FaultFileSystem::Truncate(const std::string& given, size_t size, const IOOptions& options, IODebugContext* context) {
  const auto path = plain(given);
  if (auto status = step(Op::kTruncate, path); !status.ok()) return status;
  if (auto status = target()->Truncate(path, size, options, context); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto& inode = now_.at(path);
  inode->size = size;
  inode->synced = std::min<uint64_t>(inode->synced, size);
  return IOStatus::OK();
}

}  // namespace daybook::test
