#include "ledger/printable.h"

#include <fmt/format.h>

#include "ledger/csv.h"

namespace daybook {
namespace {

// The number of the character at the front of good UTF-8, and its length.
std::pair<uint32_t, size_t> take_character(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t number = length == 1 ? first : first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) number = number << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
  return {number, length};
}

bool acts(uint32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x200e || character == 0x200f ||
         (character >= 0x2028 && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '\n' || text[0] == '\t') {
      out += text[0] == '\n' ? "\\n" : "\\t";
      text.remove_prefix(1);
    } else if (const auto byte = static_cast<uint8_t>(text[0]); byte < 0x20 || find_bad_text(text.substr(0, 4)) == 0) {
      out += fmt::format("\\x{:02x}", byte);
      text.remove_prefix(1);
    } else {
      const auto [character, length] = take_character(text);
      out += acts(character) ? fmt::format("\\u{:04x}", character) : std::string(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace daybook
