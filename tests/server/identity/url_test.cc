#include "server/identity/url.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

namespace daybook {

TEST_CASE("an address of the web is read into its parts and written as it was", "[identity][url]") {
  struct Read {
    std::string text, host, target;
    uint16_t port;
  };
  const auto [text, host, target, port] = GENERATE(values<Read>({
      {"https://login.example.org/", "login.example.org", "/", 443},
      {"https://login.example.org/a/b?c=d&e=%20f", "login.example.org", "/a/b?c=d&e=%20f", 443},
      {"https://login.example.org:8443/", "login.example.org", "/", 8443},
      {"http://127.0.0.1:9000/keys", "127.0.0.1", "/keys", 9000},
      {"http://[::1]:9000/keys", "::1", "/keys", 9000},
      {"https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/", 443},
  }));
  CAPTURE(text);

  const auto url = read_url(text);

  REQUIRE(url.has_value());
  CHECK(url.value().host == host);
  CHECK(url.value().target == target);
  CHECK(url.value().port == port);
  CHECK(url.value().text() == text);
}

TEST_CASE("an address that could be read in two ways is refused", "[identity][url]") {
  const std::string text =
      GENERATE("", "login.example.org", "//login.example.org/", "ftp://login.example.org/", "HTTPS://login.example.org/", "https:/login.example.org",
               "https://", "https:///keys", "https://user@login.example.org/", "https://user:word@login.example.org/",
               "https://login.example.org#part", "https://login.example.org/#part", "https://login.example.org\\@forger.org/",
               "https://login.example.org/a b", "https://login.example.org/\r\nHost: forger.org", "https://LOGIN.example.org/",
               "https://login_1.example.org/", "https://login..example.org/", "https://.example.org/", "https://example.org./",
               "https://b\xc3\xbc"
               "cher.example/",
               "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.01/", "https://example.0/",
               "https://login.example.org:/", "https://login.example.org:0/", "https://login.example.org:65536/", "https://login.example.org:0443/",
               "https://login.example.org:+443/", "https://login.example.org:443x/", "https://[::1/", "https://[::1]x/", "https://[127.0.0.1]:/",
               "https://[fe80::1%25eth0]/");
  CAPTURE(text);

  const auto url = read_url(text);

  REQUIRE(url.has_error());
  CHECK(url.error().fault == Fault::kRejected);
}

TEST_CASE("without TLS only this machine is asked", "[identity][url]") {
  CHECK(read_safe_url("https://login.example.org/").has_value());
  CHECK(read_safe_url("http://127.0.0.1:9000/").has_value());
  CHECK(read_safe_url("http://localhost:9000/").has_value());
  CHECK(read_safe_url("http://[::1]:9000/").has_value());
  CHECK(read_safe_url("http://login.example.org/").has_error());
  CHECK(read_safe_url("http://127.0.0.1.example.org/").has_error());
  CHECK(read_safe_url("http://localhost.example.org/").has_error());
  CHECK(read_safe_url("http://10.0.0.1/").has_error());
}

}  // namespace daybook
