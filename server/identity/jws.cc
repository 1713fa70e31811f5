#include "server/identity/jws.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "server/identity/base64url.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr size_t kDepthMax = 8;

Error rejected(std::string words) { return {Fault::kRejected, "token: form: " + std::move(words)}; }

Result<std::string> bytes_of(std::string_view part, std::string_view name) {
  auto bytes = from_base64url(part);
  if (!bytes) return rejected(fmt::format("{}: found other characters or another spelling than base64url has for its value", name));
  if (bytes->empty()) return rejected(fmt::format("{}: found nothing", name));
  return *std::move(bytes);
}

Result<boost::json::object> object_of(std::string_view part, std::string_view name) {
  DAYBOOK_TRY(const auto bytes, bytes_of(part, name));
  auto value = read_json(bytes, {.bytes_max = kTokenBytesMax, .depth_max = kDepthMax});
  if (value.has_error()) return rejected(fmt::format("{}: {}", name, value.error().message));
  if (!value.value().is_object()) return rejected(fmt::format("{}: found JSON that is no object", name));
  return std::move(value.value().get_object());
}

}  // namespace

Result<Jws> read_jws(std::string_view text) {
  if (text.size() > kTokenBytesMax) return rejected(fmt::format("found {} bytes, want at most {}", text.size(), kTokenBytesMax));
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return rejected("found no three parts");
  DAYBOOK_TRY(auto header, object_of(text.substr(0, first), "header"));
  DAYBOOK_TRY(auto claims, object_of(text.substr(first + 1, second - first - 1), "claims"));
  DAYBOOK_TRY(auto signature, bytes_of(text.substr(second + 1), "signature"));
  return Jws{std::move(header), std::move(claims), text.substr(0, second), std::move(signature)};
}

}  // namespace daybook
