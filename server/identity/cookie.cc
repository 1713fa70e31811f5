#include "server/identity/cookie.h"

#include <fmt/format.h>

#include <algorithm>

namespace daybook {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string_view cookie_name(CookieUse use, Transport transport) {
  if (transport == Transport::kTls) return use == CookieUse::kSession ? "__Host-daybook" : "__Host-daybook-sign-in";
  return use == CookieUse::kSession ? "daybook-demo" : "daybook-demo-sign-in";
}

std::string set_cookie(CookieUse use, Transport transport, std::string_view value, std::optional<std::chrono::seconds> lifetime) {
  const std::string age = lifetime ? fmt::format("; Max-Age={}", lifetime->count()) : "";
  const std::string_view secure = transport == Transport::kTls ? "; Secure" : "";
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}", cookie_name(use, transport), value, secure, age);
}

std::string clear_cookie(CookieUse use, Transport transport) { return set_cookie(use, transport, "", std::chrono::seconds(0)); }

std::string_view cookie_value(std::string_view cookie_field, CookieUse use, Transport transport) {
  std::string_view found;
  bool seen = false;
  while (!cookie_field.empty()) {
    const auto end = std::min(cookie_field.find(';'), cookie_field.size());
    const auto pair = trimmed(cookie_field.substr(0, end));
    cookie_field.remove_prefix(std::min(end + 1, cookie_field.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != cookie_name(use, transport)) continue;
    if (seen) return {};
    seen = true;
    found = pair.substr(equals + 1);
  }
  return found;
}

}  // namespace daybook
