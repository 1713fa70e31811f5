#include "server/identity/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ledger/printable.h"
#include "server/address.h"

namespace daybook {
namespace {

constexpr size_t kUrlBytesMax = 2048, kHostBytesMax = 253;

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// A name in small letters, or an address in its usual form: a name that ends in a number is read as an address by some, so it must be one.
bool good_host(std::string_view host, bool in_brackets) {
  if (in_brackets) return host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos && is_address(host);
  if (host.empty() || host.size() > kHostBytesMax) return false;
  const std::string_view last = host.substr(host.rfind('.') == std::string_view::npos ? 0 : host.rfind('.') + 1);
  if (last.empty() || (last.front() >= '0' && last.front() <= '9')) return is_address(host);
  bool begins = true;  // a label
  for (const char c : host) {
    if (!letter_or_digit(c) && (begins || (c != '-' && c != '.'))) return false;
    begins = c == '.';
  }
  return true;
}

bool good_target(std::string_view target) {
  static constexpr std::string_view kOthers = "/?-._~!$&'()*+,;=:@%";
  return std::all_of(target.begin(), target.end(),
                     [](char c) { return letter_or_digit(c) || (c >= 'A' && c <= 'Z') || kOthers.find(c) != std::string_view::npos; });
}

// none: no port of this form
bool read_port(std::string_view text, uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0 && text.front() != '0';
}

}  // namespace

bool Url::loopback() const { return host == "localhost" || is_loopback_address(host); }

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (scheme == "https" ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::origin() const { return scheme + "://" + authority(); }
std::string Url::text() const { return origin() + target; }

Result<Url> read_url(std::string_view text) {
  const auto rejected = [&](std::string_view what) {
    return Error{Fault::kRejected, fmt::format("address \"{}\": found {}", printable(text.substr(0, 200)), what)};
  };
  if (text.size() > kUrlBytesMax) return rejected("more than 2,048 bytes");
  const auto colon = text.find("://");
  Url url;
  url.scheme = text.substr(0, std::min(colon, text.size()));
  if (colon == std::string_view::npos || (url.scheme != "https" && url.scheme != "http")) return rejected("no https:// or http:// in front");
  url.port = url.scheme == "https" ? 443 : 80;
  std::string_view rest = text.substr(colon + 3);
  const auto slash = rest.find_first_of("/?");
  url.target = slash == std::string_view::npos ? "" : rest.substr(slash);
  rest = rest.substr(0, slash);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (!good_target(url.target)) return rejected("a character that an address does not have as it is");
  const bool in_brackets = rest.starts_with('[') && rest.find(']') != std::string_view::npos;
  const auto end = in_brackets ? rest.find(']') + 1 : std::min(rest.find(':'), rest.size());
  url.host = in_brackets ? rest.substr(1, end - 2) : rest.substr(0, end);
  if (!good_host(url.host, in_brackets)) return rejected("no host in small letters, or one that could be read in two ways");
  rest.remove_prefix(end);
  if (!rest.empty() && (rest.front() != ':' || rest.size() < 2 || !read_port(rest.substr(1), url.port))) return rejected("no port of 1 to 65535");
  return url;
}

Result<Url> read_safe_url(std::string_view text) {
  DAYBOOK_TRY(auto url, read_url(text));
  if (url.scheme == "https" || url.loopback()) return url;
  return Error{Fault::kRejected, fmt::format("address \"{}\": found http, want https (http only to this machine)", printable(text.substr(0, 200)))};
}

}  // namespace daybook
