#include "server/secret_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "ledger/printable.h"

namespace daybook {
namespace {

constexpr size_t kSecretBytesMax = 1000;

Error rejected(const std::string& path, std::string_view words) { return {Fault::kRejected, fmt::format("{}: {}", printable(path), words)}; }

// The mode is of the file that is read, whatever its name leads to a moment later.
Result<std::string> read_opened(int file, const std::string& path) {
  struct stat info{};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) return rejected(path, "found no plain file");
  if ((info.st_mode & 077) != 0) return rejected(path, fmt::format("found mode {:04o}, want 0600: others can read it", info.st_mode & 07777));
  std::string text(kSecretBytesMax + 2, '\0');
  const auto bytes = ::read(file, text.data(), text.size());
  if (bytes < 0) return rejected(path, "cannot be read");
  text.resize(static_cast<size_t>(bytes));
  if (text.ends_with('\n')) text.pop_back();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (text.empty() || text.size() > kSecretBytesMax || !plain) return rejected(path, "want one line of 1 to 1,000 letters of ASCII");
  return text;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return rejected(path, "cannot be opened");
  auto secret = read_opened(file, path);
  ::close(file);
  return secret;
}

}  // namespace daybook
