// A disk that fails on command, between RocksDB and the real file system. It counts the operations that change files,
// fails the one it is told to, tears a write, or loses its power there; then it can leave the folder as a power cut may:
// bytes that were not synced are gone, and so are names whose folder was not synced.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <cstdint>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace daybook::test {

enum class Op { kCreate, kAppend, kSync, kTruncate, kClose, kRename, kUnlink, kSyncFolder };

struct Operation {
  Op op;
  std::string path;
  uint64_t bytes = 0;  // of an append
};

// What goes wrong. Operations and reads are counted from 1; 0 is never.
struct Plan {
  uint64_t power_cut_at = 0;    // this operation and all after it fail
  uint64_t torn_bytes = 0;      // ... but so many bytes of it arrive, if it is an append
  uint64_t fail_at = 0;         // this operation fails with EIO: it has no effect
  bool fail_for_good = false;   // ... and so do all after it
  uint64_t kill_at = 0;         // here the process is killed by signal 9
  uint64_t full_at = 0;         // from this operation on nothing can be made or grow: the disk is full
  uint64_t flip_read = 0;       // this read gives one wrong bit
  uint64_t flip_bit = 0;        // ... this one, modulo what was read
  bool syncs_lie = false;       // planted: every sync of a write-ahead log says OK and does nothing
  uint64_t sync_forgotten = 0;  // planted: every n-th of them does nothing
  bool folder_syncs_lie = false;
};

// How much of what was not synced a power cut leaves: none of it, a part that the seed picks, or all (a killed process).
enum class Left { kNothing, kSome, kAll };

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // What stands below `root` now counts as synced. Beside it, ROOT.inodes-N keeps every file until this object goes.
  FaultFileSystem(std::string root, const Plan& plan);
  ~FaultFileSystem() override;
  const char* Name() const override { return "FaultFileSystem"; }

  // How many operations there were so far, and which. RocksDB's own log texts (LOG) are passed through and not counted.
  std::vector<Operation> operations() const;
  uint64_t reads() const;
  // From now on this goes wrong, and nothing that was planned before. Operations are counted anew for it.
  void become(const Plan& plan);
  // The power is cut now, at no operation in particular.
  void cut_power();
  // Writes what a cut leaves to another folder, as often as one likes: `seed` picks what of it.
  void copy_left(const std::string& folder, Left left, uint64_t seed) const;
  // Rewrites `root` to what the cut leaves. Nothing may have a file open.
  void drop_unsynced(Left left, uint64_t seed = 0);

  // ---- called by the files ----
  struct Inode {
    uint64_t id = 0, size = 0, synced = 0;
  };
  rocksdb::IOStatus step(Op op, const std::string& path, uint64_t bytes = 0, uint64_t* torn = nullptr);
  void grown(const std::shared_ptr<Inode>& inode, uint64_t bytes);
  void cut(const std::shared_ptr<Inode>& inode, uint64_t size);
  void synced(const std::string& path, const std::shared_ptr<Inode>& inode);
  void folder_synced(const std::string& folder);
  rocksdb::IOStatus after_read(const rocksdb::Slice& result, char* scratch);

  // ---- FileSystem ----
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file, rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size, const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override;

 private:
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // by path

  bool counts(const std::string& path) const;
  std::string kept(const Inode& inode) const;
  std::shared_ptr<Inode> adopt(const std::string& path, uint64_t size, uint64_t synced);
  void scan();
  Names names_after(Left left, std::mt19937_64& random) const;

  const std::string root_;
  std::string inodes_folder_;
  mutable std::mutex mutex_;
  Plan plan_;
  uint64_t planned_at_ = 0;                                   // operations before it count for no plan
  Names now_, durable_;                                       // what a name leads to: as programs see it, as a power cut leaves it
  std::vector<std::pair<std::string, std::string>> renames_;  // not synced yet: a sync of either folder makes both ends durable
  std::vector<Operation> log_;
  uint64_t inodes_ = 0, syncs_ = 0, reads_ = 0;
  bool dead_ = false;
};

}  // namespace daybook::test
