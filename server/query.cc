#include "server/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/printable.h"

namespace daybook {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != std::string_view::npos;
}

Error rejected(std::string message) { return {Fault::kRejected, std::move(message)}; }

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  const auto as_it_is = [&](char c) { return c >= ' ' && c <= '~' && c != '%' && !(c == '+' && plus_is_space); };
  if (std::all_of(text.begin(), text.end(), as_it_is)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (printable(out) != out) return std::nullopt;  // what it would have to make visible, nobody types
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_unreserved(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

Result<Parameters> parse_query(std::string_view query, std::span<const std::string_view> known) {
  Parameters out;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const auto equals = part.find('=');
    const auto name = percent_decoded(part.substr(0, equals), true);
    if (!name || name->empty()) return rejected("found a parameter without a name that can be read");
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      return rejected(known.empty() ? "found a parameter, want none" : fmt::format("found a parameter that is none of: {}", fmt::join(known, ", ")));
    }
    auto value = percent_decoded(equals == std::string_view::npos ? "" : part.substr(equals + 1), true);
    if (!value) return rejected(fmt::format("{}: found percent-encoding that is malformed, or no plain text", *name));
    if (!out.emplace(*name, std::move(*value)).second) return rejected(fmt::format("{}: found it twice, want it once", *name));
  }
  return out;
}

Result<Parameters> read_form(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) return rejected(fmt::format("found {} bytes, want at most {}", text.size(), bytes_max));
  Parameters out;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = std::min(part.find('='), part.size());
    auto name = percent_decoded(part.substr(0, equals), true), value = percent_decoded(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return rejected("found a parameter that cannot be decoded");
    if (!out.emplace(std::move(*name), std::move(*value)).second) return rejected("found a parameter twice");
  }
  return out;
}

std::string_view parameter_of(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view() : found->second;
}

}  // namespace daybook
