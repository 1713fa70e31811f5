// Which addresses of the network are whose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace daybook {

// Whether an address in text form is one that the whole internet reaches. Not so: this machine, private and link-local networks,
// the shared space of carriers, what is reserved or for many at once, and anything that is no address. An IPv4 address inside an IPv6
// one (mapped, 6to4, NAT64) counts as the IPv4 address.
bool is_public_address(std::string_view address);

// `text` as we spell addresses, so that one address is one text: small letters, the longest run of zeros as "::", an IPv4 address inside an
// IPv6 one (mapped) as itself. None if it is no address.
std::optional<std::string> canonical_address(std::string_view text);

bool is_address(std::string_view text);  // IPv4 or IPv6, in a form that is read in one way

// 127.0.0.0/8, ::1, or the first of them inside an IPv6 address.
bool is_loopback_address(std::string_view address);

}  // namespace daybook
