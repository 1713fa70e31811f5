#include "ledger/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ledger/printable.h"

namespace daybook {
namespace {

constexpr size_t kBytesMax = 64 * 1024;

Error rejected(const std::string& path, std::string_view words) { return {Fault::kRejected, fmt::format("{}: {}", printable(path), words)}; }

Result<void> want_mode(const std::string& path, unsigned mode) {
  if ((mode & 077) == 0) return success();
  return rejected(path, fmt::format("found mode {:04o}, want 0600: others can read it", mode & 07777));
}

// The mode is of the file that is read, whatever its name leads to a moment later.
Result<std::string> read_opened(int file, const std::string& path) {
  struct stat info{};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) return rejected(path, "found no plain file");
  DAYBOOK_TRY(want_mode(path, info.st_mode));
  std::string text(kBytesMax + 1, '\0');
  size_t filled = 0;
  for (ssize_t got = 1; got > 0 && filled < text.size(); filled += static_cast<size_t>(got)) {
    got = ::read(file, text.data() + filled, text.size() - filled);
    if (got < 0) return rejected(path, "cannot be read");
  }
  if (filled > kBytesMax) return rejected(path, fmt::format("want {} bytes at most", kBytesMax));
  text.resize(filled);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

Result<void> want_private(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return success();
  return want_mode(path, info.st_mode);
}

Result<std::string> read_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return Error{errno == ENOENT ? Fault::kNotFound : Fault::kRejected, printable(path) + ": cannot be opened"};
  auto text = read_opened(file, path);
  ::close(file);
  return text;
}

}  // namespace daybook
