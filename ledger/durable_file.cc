#include "ledger/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace daybook {
namespace {

Error system_error(const std::string& path) { return {errno == EEXIST ? Fault::kRejected : Fault::kStorage, path + ": " + std::strerror(errno)}; }

Result<void> write_and_sync(const std::string& path, std::string_view text, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, mode);
  if (fd < 0) return system_error(path);
  while (!text.empty()) {
    const auto wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  const bool good = text.empty() && ::fsync(fd) == 0;
  const auto error = system_error(path);
  ::close(fd);
  return good ? Result<void>(success()) : Result<void>(error);
}

Result<void> sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::absolute(path).parent_path();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && ::fsync(fd) == 0;
  const auto error = system_error(folder.string());
  if (fd >= 0) ::close(fd);
  return good ? Result<void>(success()) : Result<void>(error);
}

}  // namespace

Result<void> write_new_file(const std::string& path, std::string_view text, unsigned mode) {
  DAYBOOK_TRY(write_and_sync(path, text, O_EXCL, mode));
  return sync_folder_of(path);
}

Result<void> make_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (path.empty() || fs::is_directory(path, failed)) return success();
  DAYBOOK_TRY(make_folder(fs::path(path).parent_path().string()));
  fs::create_directory(path, failed);
  if (failed) return Error{Fault::kStorage, path + ": " + failed.message()};
  return sync_folder_of(path);
}

Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode) {
  const auto next = path + ".next";
  DAYBOOK_TRY(write_and_sync(next, text, O_TRUNC, mode));
  if (std::rename(next.c_str(), path.c_str()) != 0) return system_error(path);
  return sync_folder_of(path);
}

Result<void> move_folder(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_error(to);
  return sync_folder_of(to);
}

}  // namespace daybook
