#include "tools/remembered.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "ledger/durable_file.h"
#include "ledger/private_file.h"

namespace daybook {

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
