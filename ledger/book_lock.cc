#include "ledger/book_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace daybook {
namespace {

Error system_error(const std::string& what) { return {Fault::kStorage, what + ": " + std::strerror(errno)}; }

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

bool somebody_writes(const std::string& folder, std::string_view name) {
  const int fd = ::open((std::filesystem::path(folder) / (std::string(name) + ".lock")).c_str(), O_RDONLY | O_CLOEXEC);
  const bool held = fd >= 0 && ::flock(fd, LOCK_SH | LOCK_NB) != 0;
  if (fd >= 0) ::close(fd);
  return held;
}

}  // namespace daybook
