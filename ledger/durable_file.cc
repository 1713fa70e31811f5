#include "ledger/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace daybook {
namespace {

Error system_error(const std::string& path) { return {errno == EEXIST ? Fault::kRejected : Fault::kStorage, path + ": " + std::strerror(errno)}; }

Result<void> write_all(int fd, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error(path);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return success();
}

// Parts are gathered, so that a small one costs no call of its own.
Result<void> write_parts(int fd, const std::string& path, const Source& source) {
  constexpr size_t kGather = 1 << 18;
  std::string gathered;
  DAYBOOK_TRY(source([&](std::string_view part) -> Result<void> {
    gathered += part;
    if (gathered.size() < kGather) return success();
    const auto wrote = write_all(fd, path, gathered);
    gathered.clear();
    return wrote;
  }));
  return write_all(fd, path, gathered);
}

Result<void> write_and_sync(const std::string& path, const Source& source, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, mode);
  if (fd < 0) return system_error(path);
  auto wrote = write_parts(fd, path, source);
  if (wrote && ::fsync(fd) != 0) wrote = system_error(path);
  ::close(fd);
  return wrote;
}
Result<void> write_and_sync(const std::string& path, std::string_view text, int flags, unsigned mode) {
  return write_and_sync(path, [&](const Sink& sink) { return sink(text); }, flags, mode);
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
  return replace_file(path, [&](const Sink& sink) { return sink(text); }, mode);
}

Result<void> replace_file(const std::string& path, const Source& source, unsigned mode) {
  const auto next = path + ".next";
  DAYBOOK_TRY(write_and_sync(next, source, O_TRUNC, mode));
  if (std::rename(next.c_str(), path.c_str()) != 0) return system_error(path);
  return sync_folder_of(path);
}

Result<void> replace_key_file(const std::string& path, std::string_view text) {
  const int former = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  auto written = replace_file(path, text, 0600);
  if (former < 0) return written;
  struct stat info{};
  if (written && ::fstat(former, &info) == 0) {
    const std::string nothing(static_cast<size_t>(info.st_size), '\0');
    if (::pwrite(former, nothing.data(), nothing.size(), 0) >= 0) ::fsync(former);
  }
  ::close(former);
  return written;
}

Result<void> overwrite_and_remove(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return Error{Fault::kStorage, path + ": " + failed.message()};
  DAYBOOK_TRY(write_and_sync(path, std::string(size, '\0'), 0, 0600));
  if (::unlink(path.c_str()) != 0) return system_error(path);
  return sync_folder_of(path);
}

Result<void> move_folder(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_error(to);
  return sync_folder_of(to);
}

}  // namespace daybook
