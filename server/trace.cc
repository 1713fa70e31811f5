#include "server/trace.h"

#include <fmt/format.h>

#include <algorithm>

namespace daybook {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

// `bytes` random bytes as hex, not all of them 0.
std::string fresh_id(size_t bytes, Randomness& randomness) {
  std::array<uint8_t, 16> id{};
  const auto part = std::span(id).first(bytes);
  do randomness.fill(part);
  while (std::all_of(part.begin(), part.end(), [](uint8_t byte) { return byte == 0; }));
  return to_hex(part);
}

}  // namespace

std::string Trace::text() const { return fmt::format("00-{}-{}-{}", trace_id, span_id, sampled ? "01" : "00"); }

Trace continue_trace(std::string_view text, Randomness& randomness) {
  Trace trace;
  trace.span_id = fresh_id(8, randomness);
  const bool dashes = text.size() == 55 && text[2] == '-' && text[35] == '-' && text[52] == '-';
  if (dashes && text.starts_with("00") && is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_hex(text.substr(53))) {
    trace.trace_id = text.substr(3, 32);
    trace.parent_id = text.substr(36, 16);
    trace.sampled = std::string_view("13579bdf").find(text[54]) != std::string_view::npos;
  } else {
    trace.trace_id = fresh_id(16, randomness);
  }
  return trace;
}

}  // namespace daybook
