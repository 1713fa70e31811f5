// The few plain types that every part of the house speaks in.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace daybook {

// The place of an event in its book: 0 for the first, no gaps. As an end of a range: one past.
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
};

// A SHA-256 digest or a key of that size.
using Hash = std::array<uint8_t, 32>;

// A moment, UTC, to the microsecond.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// A calendar day, of no zone by itself: whose day it is stands beside it.
using Day = std::chrono::sys_days;

// A person as the log knows them: a random word that says nothing. Who it is stands in the vault.
struct PersonId {
  std::string value;
  auto operator<=>(const PersonId&) const = default;
  bool empty() const { return value.empty(); }
};

// One run of a programme, such as iom-coaching/2024.
struct CycleId {
  std::string programme;
  std::string cycle;
  auto operator<=>(const CycleId&) const = default;
  std::string text() const { return programme + "/" + cycle; }
};
// PROGRAMME/CYCLE; nullopt: another form.
inline std::optional<CycleId> parse_cycle(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) return std::nullopt;
  return CycleId{text.substr(0, slash), text.substr(slash + 1)};
}

// Bytes borrowed for a call only.
using Bytes = std::span<const uint8_t>;

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace daybook

template <>
struct std::hash<daybook::PersonId> {
  size_t operator()(const daybook::PersonId& id) const { return std::hash<std::string>{}(id.value); }
};
