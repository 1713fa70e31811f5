#include "server/idempotency_key.h"

#include <fmt/format.h>

#include <string_view>

#include "server/problem.h"

namespace daybook {
namespace {

constexpr size_t kKeyBytesMax = 200;

// nullopt: no such form.
std::optional<std::string> read_idempotency_key(std::string_view field) {
  const bool quoted = field.size() >= 2 && field.front() == '"' && field.back() == '"';
  if (quoted) field = field.substr(1, field.size() - 2);
  std::string key;
  for (size_t i = 0; i < field.size(); ++i) {
    const bool escape = quoted && field[i] == '\\';
    if (escape && (++i == field.size() || (field[i] != '"' && field[i] != '\\'))) return std::nullopt;
    if (field[i] < 0x20 || field[i] > 0x7e || (field[i] == '"' && !escape)) return std::nullopt;
    key += field[i];
  }
  return key.empty() || key.size() > kKeyBytesMax ? std::nullopt : std::optional(key);
}

}  // namespace

std::optional<Response> want_idempotency_key(const Request& request, std::string& key) {
  const auto field = request.field("idempotency-key");
  if (field.empty()) return problem("key-wanted", "", request.trace);
  auto read = read_idempotency_key(field);
  if (!read) return problem("wrong-field", fmt::format("Idempotency-Key: want 1 to {} letters of ASCII, in quotes", kKeyBytesMax), request.trace);
  key = std::move(*read);
  return std::nullopt;
}

}  // namespace daybook
