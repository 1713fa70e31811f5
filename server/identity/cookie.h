// The cookies by which a browser is known again, and no others.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace daybook {

enum class Transport {
  kTls,       // __Host-: only this host sets it, only over TLS it is sent
  kLoopback,  // the demo over http to this machine: a name of its own, so that neither is ever taken for the other
};

enum class CookieUse { kSession, kSignIn };  // kSignIn: between leaving for the provider and coming back

std::string_view cookie_name(CookieUse use, Transport transport);

// The value of a Set-Cookie field: HttpOnly, SameSite=Lax, Path=/, no Domain, over TLS Secure. Lax and not Strict, as the way back from the
// provider is a navigation from elsewhere. `lifetime`: none lets the browser end it when it closes.
std::string set_cookie(CookieUse use, Transport transport, std::string_view value, std::optional<std::chrono::seconds> lifetime = std::nullopt);
std::string clear_cookie(CookieUse use, Transport transport);

// The value in a Cookie field; empty where there is none, or where it stands twice: then somebody else set one of them.
std::string_view cookie_value(std::string_view cookie_field, CookieUse use, Transport transport);

}  // namespace daybook
