// Addresses of issuers, clients and this service: absolute, in one spelling, without a name or a password in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

struct Url {
  std::string scheme;   // https or http
  std::string host;     // in small letters; an IPv6 address without its brackets
  uint16_t port = 443;  // of the scheme where the text named none
  std::string target;   // path and query, from the first slash

  bool loopback() const;          // localhost, 127.0.0.0/8 or ::1: this machine by name
  std::string authority() const;  // host, and port unless it is the scheme's
  std::string origin() const;     // scheme and authority
  std::string text() const;       // the whole
};

// kRejected unless it is http or https with a host and nothing but these parts: no user, no fragment, no backslash, space or
// character that needs escaping, at most 2,048 bytes. A host of digits is an IPv4 address in its usual form.
Result<Url> read_url(std::string_view text);

// As read_url, and https, or http to this machine.
Result<Url> read_safe_url(std::string_view text);

}  // namespace daybook
