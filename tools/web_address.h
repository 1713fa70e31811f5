// Where a service or a provider of sign-ins is, and how names go into what is asked of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/result.h"

namespace daybook {

struct WebAddress {
  std::string scheme;   // https or http
  std::string host;     // in small letters; an IPv6 address without its brackets
  uint16_t port = 443;  // of the scheme where the text named none
  std::string target = "/";

  bool on_this_machine() const;   // by its name: localhost, or an address of the loopback
  std::string authority() const;  // host, and port unless it is the scheme's
  std::string origin() const;     // scheme and authority
  std::string file_name() const;  // by which a folder can be named after it: https_ledger.example_443
};

// kRejected unless it is https, or http to this machine, with a host and nothing but host, port and target.
Result<WebAddress> read_web_address(std::string_view text);
// The same, and its target is the whole service's: none, or one slash.
Result<WebAddress> read_server_address(std::string_view text);

// One segment of a path, or a name or value of a query or form: what is no letter, digit or one of -._~ stands as %XX.
std::string escaped(std::string_view text);

// "?name=value&..", those alone that have a value; empty for none.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;
std::string query_of(const NamedTexts& parameters);
// "name=value&..", likewise: what a form posts.
std::string form_of(const NamedTexts& parameters);

}  // namespace daybook
