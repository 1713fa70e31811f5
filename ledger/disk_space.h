// Keeps a book away from a full disk, on which RocksDB would end the process. Below a floor of free space nothing is
// written. A ballast file stands beside the book: it is given up at the floor, so that what was written before can still
// be flushed and the book be closed, and is made again when there is room for both.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

// The floor must hold what RocksDB may write between two looks: a flush, a compaction's output, its own files.
struct DiskRule {
  uint64_t floor_bytes = uint64_t{256} << 20;
  uint64_t ballast_bytes = uint64_t{16} << 20;  // 0: none
};

// What an ordinary user may still write on the file system that `path` is on.
Result<uint64_t> free_bytes(const std::string& path);

// Where the ballast of a ledger's book stands.
std::string ballast_file(const std::string& folder, std::string_view book);

bool has_ballast(const std::string& file, const DiskRule& rule);

class DiskSpace {
 public:
  // The ballast is made at the first look. `ask` is for tests whose disks answer for themselves.
  DiskSpace(std::string ballast_file, const DiskRule& rule, std::function<Result<uint64_t>(const std::string& folder)> ask = free_bytes);

  // kFull if writing so many bytes would go below the floor; while the ballast is gone, below both. Looks at the file system at the first call, again
  // after each MiB that was written and after a second, and at every call while there is no room.
  Result<void> room_for(uint64_t bytes);

  // kFull if the file system does not hold so many bytes more above the floor. Asked of it each time; the ballast stays.
  Result<void> holds(uint64_t bytes) const;

 private:
  const std::string ballast_;
  const std::string folder_;
  const DiskRule rule_;
  const std::function<Result<uint64_t>(const std::string&)> ask_;
  std::chrono::steady_clock::time_point looked_{};
  uint64_t unseen_bytes_ = 0;  // written since the last look
  bool had_room_ = false;      // at the last look
  bool has_ballast_ = false;
};

}  // namespace daybook
