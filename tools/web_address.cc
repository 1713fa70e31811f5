#include "tools/web_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "ledger/printable.h"

namespace daybook {
namespace {

constexpr size_t kAddressBytesMax = 2048;

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return letter_or_digit(c) || others.find(c) != std::string_view::npos; });
}

bool read_port(std::string_view text, uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

// Takes host and port out of "host", "host:port", "[address]:port". False: no such form.
bool read_authority(std::string_view text, WebAddress& address) {
  const bool in_brackets = text.starts_with('[') && text.find(']') != std::string_view::npos;
  const auto end = in_brackets ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  address.host = in_brackets ? text.substr(1, end - 2) : text.substr(0, end);
  std::transform(address.host.begin(), address.host.end(), address.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (address.host.empty() || address.host.size() > 253 || !all_of(address.host, in_brackets ? ":." : "-.")) return false;
  text.remove_prefix(end);
  return text.empty() || (text.front() == ':' && read_port(text.substr(1), address.port));
}

}  // namespace

bool WebAddress::on_this_machine() const {
  boost::system::error_code no_address;
  const auto found = boost::asio::ip::make_address(host, no_address);
  return host == "localhost" || (!no_address && found.is_loopback());
}

std::string WebAddress::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (scheme == "https" ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string WebAddress::origin() const { return scheme + "://" + authority(); }

std::string WebAddress::file_name() const {
  auto name = fmt::format("{}_{}_{}", scheme, host, port);
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
}

Result<WebAddress> read_web_address(std::string_view text) {
  const auto rejected = [&](std::string_view what) {
    return Error{Fault::kRejected, fmt::format("found the address \"{}\", want {}", printable(text.substr(0, 200)), what)};
  };
  WebAddress address;
  const auto colon = text.find("://");
  address.scheme = text.substr(0, std::min(colon, text.size()));
  if (text.size() > kAddressBytesMax || colon == std::string_view::npos || (address.scheme != "https" && address.scheme != "http")) {
    return rejected("https://HOST[:PORT]");
  }
  address.port = address.scheme == "https" ? 443 : 80;
  const auto rest = text.substr(colon + 3);
  const auto slash = std::min(rest.find_first_of("/?"), rest.size());
  if (!read_authority(rest.substr(0, slash), address)) return rejected("https://HOST[:PORT]");
  address.target = rest.substr(slash);
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  if (!all_of(address.target, "/?-._~!$&'()*+,;=:@%")) return rejected("a path without what would have to be escaped");
  if (address.scheme == "http" && !address.on_this_machine()) return rejected("https (http only to this machine)");
  return address;
}

Result<WebAddress> read_server_address(std::string_view text) {
  DAYBOOK_TRY(auto address, read_web_address(text));
  if (address.target == "/") return address;
  return Error{Fault::kRejected, fmt::format("found the address \"{}\", want one without a path", printable(text.substr(0, 200)))};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string form_of(const NamedTexts& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : "&", escaped(name), escaped(value));
  }
  return text;
}

std::string query_of(const NamedTexts& parameters) {
  const auto text = form_of(parameters);
  return text.empty() ? text : "?" + text;
}

}  // namespace daybook
