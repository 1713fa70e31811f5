#include "server/cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledger/civil_time.h"
#include "server/identity/base64url.h"
#include "server/identity/secret.h"

namespace daybook {
namespace {

constexpr size_t kTagBytes = 16, kTextBytesMax = 1000;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Cursors::Cursors(Randomness& randomness) { randomness.fill(key_); }

std::string Cursors::sealed(std::string_view list, std::string_view text) const {
  const Hash tag = hmac_sha256(key_, {as_bytes(list), as_bytes("\n"), as_bytes(text)});
  return to_base64url(as_bytes(std::string(as_text(tag).substr(0, kTagBytes)) + std::string(text)));
}

std::string Cursors::write(std::string_view list, const Cursor& cursor) const {
  const auto today = cursor.today ? to_text(*cursor.today) : std::string();
  return sealed(list, fmt::format("{}\n{}\n{}\n{}\n{}", cursor.at.value, cursor.row, cursor.sort, cursor.happened_by, today));
}

std::optional<Cursor> Cursors::read(std::string_view list, std::string_view text) const {
  const auto bytes = text.size() <= kTextBytesMax ? from_base64url(text) : std::nullopt;
  if (!bytes || bytes->size() < kTagBytes) return std::nullopt;
  const auto words = std::string_view(*bytes).substr(kTagBytes);
  if (!same_secret(text, sealed(list, words))) return std::nullopt;
  const auto lines = lines_of(words);  // ours, from here on
  return Cursor{Position{std::stoull(lines.at(0))}, lines.at(3), lines.at(2), std::stoull(lines.at(1)), parse_day(lines.at(4))};
}

}  // namespace daybook
