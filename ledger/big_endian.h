// Numbers as they stand in keys and values: eight bytes, the highest first, so that keys sort by number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

inline void append_big_endian(std::string& out, uint64_t value, int bytes = 8) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}
inline std::string big_endian(uint64_t value) {
  std::string bytes;
  append_big_endian(bytes, value);
  return bytes;
}
inline uint64_t from_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace daybook
