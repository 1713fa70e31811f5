#include "tools/remembered.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "ledger/durable_file.h"
#include "ledger/printable.h"

namespace daybook {
namespace {

constexpr size_t kBytesMax = 64 * 1024;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

}  // namespace

Result<std::string> read_private_file(const std::string& path) {
  const auto rejected = [&](const char* found) { return Error{Fault::kRejected, fmt::format("{}: {}", printable(path), found)}; };
  const OpenFile file(path);
  if (file.get() < 0 && errno == ENOENT) return Error{Fault::kNotFound, fmt::format("{}: is not there", printable(path))};
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return rejected("want a file that can be read");
  if ((about.st_mode & 077U) != 0) return rejected("others may read or change it; `chmod 600` it first");
  std::string text(kBytesMax + 1, '\0');
  size_t filled = 0;
  for (ssize_t got = 1; got > 0 && filled < text.size(); filled += static_cast<size_t>(std::max<ssize_t>(got, 0))) {
    got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0) return rejected("cannot be read");
  }
  if (filled > kBytesMax) return rejected("is too large");
  text.resize(filled);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<Remembered> Remembered::of(const WebAddress& server) {
  const char *state = std::getenv("XDG_STATE_HOME"), *home = std::getenv("HOME");
  const bool named = state && state[0] == '/';  // others are not valid, says the specification
  if (!named && (!home || home[0] != '/')) return Error{Fault::kRejected, "where to keep the sign-in? XDG_STATE_HOME or HOME says it"};
  return Remembered(fmt::format("{}/daybook/{}", named ? std::string(state) : std::string(home) + "/.local/state", server.file_name()));
}

std::string Remembered::path(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

Result<std::string> Remembered::read(std::string_view name) const {
  auto text = read_private_file(path(name));
  if (!text && text.error().fault == Fault::kNotFound) return std::string();
  return text;
}

Result<void> Remembered::keep(std::string_view name, std::string_view text) const {
  DAYBOOK_TRY(make_folder(folder_));
  return replace_file(path(name), std::string(text) + "\n", 0600);
}

Result<void> Remembered::forget(std::string_view name) const {
  std::error_code unknown;
  if (!std::filesystem::exists(path(name), unknown)) return success();
  return overwrite_and_remove(path(name));
}

}  // namespace daybook
