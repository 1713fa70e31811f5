#include "server/secret_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/printable.h"
#include "ledger/private_file.h"

namespace daybook {

Result<std::string> read_secret_file(const std::string& path) {
  constexpr size_t kSecretBytesMax = 1000;
  auto secret = read_private_file(path);
  if (!secret) return Error{Fault::kRejected, secret.error().message};
  const auto& text = secret.value();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!text.empty() && text.size() <= kSecretBytesMax && plain) return secret;
  return Error{Fault::kRejected, fmt::format("{}: want one line of 1 to 1,000 letters of ASCII", printable(path))};
}

}  // namespace daybook
