#include "ledger/disk_space.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace daybook {
namespace {

constexpr uint64_t kLookEveryBytes = 1 << 20;
constexpr std::chrono::seconds kLookEvery{1};

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

// Whether the file was made. Without it all works as well; only a disk that is filled by others is met with less in hand.
bool allocate(const std::string& file, uint64_t bytes) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool made = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) == 0;
  ::close(fd);
  if (!made) ::unlink(file.c_str());
  return made;
}

Error full(uint64_t free, uint64_t wanted, const std::string& folder) {
  return {Fault::kFull,
          fmt::format("the disk is nearly full: found {:.1f} MiB free at {}, want {:.1f} MiB; nothing was written, make room and try again",
                      mebibytes(free), folder, mebibytes(wanted))};
}

}  // namespace

Result<uint64_t> free_bytes(const std::string& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0) return Error{Fault::kStorage, path + ": its free space is unknown: " + std::strerror(errno)};
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

std::string ballast_file(const std::string& folder, std::string_view book) {
  return (std::filesystem::path(folder) / (std::string(book) + ".ballast")).string();
}

bool has_ballast(const std::string& file, const DiskRule& rule) {
  if (rule.ballast_bytes == 0) return true;
  struct stat info{};  // a copied one may be a hole: it must have blocks of its own
  return ::stat(file.c_str(), &info) == 0 && static_cast<uint64_t>(info.st_size) >= rule.ballast_bytes &&
         static_cast<uint64_t>(info.st_blocks) * 512 >= rule.ballast_bytes;
}

DiskSpace::DiskSpace(std::string ballast_file, const DiskRule& rule, std::function<Result<uint64_t>(const std::string& folder)> ask)
    : ballast_(std::move(ballast_file)),
      folder_(std::filesystem::absolute(ballast_).parent_path().string()),
      rule_(rule),
      ask_(std::move(ask)),
      has_ballast_(has_ballast(ballast_, rule)) {}

Result<void> DiskSpace::room_for(uint64_t bytes) {
  unseen_bytes_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  if (had_room_ && unseen_bytes_ < kLookEveryBytes && now - looked_ < kLookEvery) return success();
  looked_ = now;
  unseen_bytes_ = bytes;
  DAYBOOK_TRY(const auto free, ask_(folder_));
  // Without its ballast a book wants that much more: else it would go on, at the floor, in the space the ballast left.
  const uint64_t wanted = rule_.floor_bytes + bytes + (has_ballast_ ? 0 : rule_.ballast_bytes);
  had_room_ = free >= wanted;
  if (had_room_) {
    if (!has_ballast_) has_ballast_ = allocate(ballast_, rule_.ballast_bytes);
    return success();
  }
  if (has_ballast_) ::unlink(ballast_.c_str());
  has_ballast_ = false;
  return full(free, wanted, folder_);
}

Result<void> DiskSpace::holds(uint64_t bytes) const {
  DAYBOOK_TRY(const auto free, ask_(folder_));
  const uint64_t wanted = rule_.floor_bytes + bytes;
  return free >= wanted ? Result<void>(success()) : Result<void>(full(free, wanted, folder_));
}

}  // namespace daybook
