#include "server/identity/address.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

#include "server/identity/url.h"

namespace daybook {

TEST_CASE("an address that the whole internet reaches is public", "[identity][address]") {
  const std::string address = GENERATE("1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "192.167.255.255",
                                       "223.255.255.255", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::8.8.8.8", "2002:101:101::1");
  CAPTURE(address);

  CHECK(is_public_address(address));
}

TEST_CASE("an address that is ours, private, reserved or none is not public", "[identity][address]") {
  const std::string address = GENERATE(
      "127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
      "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
      "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fdff::1", "ff02::1",
      "2001:db8::1", "2001::1", "3fff::1", "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1",
      "2002:7f00:1::1", "2002:a9fe:a9fe::1", "", "localhost", "1.1.1", "0x01010101", "16843009", "01.1.1.1", "1.1.1.1 ", "example.org");
  CAPTURE(address);

  CHECK_FALSE(is_public_address(address));
}

TEST_CASE("this machine is known by its addresses", "[identity][address]") {
  CHECK(is_loopback_address("127.0.0.1"));
  CHECK(is_loopback_address("127.8.9.10"));
  CHECK(is_loopback_address("::1"));
  CHECK(is_loopback_address("::ffff:127.0.0.1"));
  CHECK_FALSE(is_loopback_address("128.0.0.1"));
  CHECK_FALSE(is_loopback_address("0.0.0.0"));
  CHECK_FALSE(is_loopback_address("::2"));
  CHECK_FALSE(is_loopback_address("localhost"));
  CHECK_FALSE(is_loopback_address(""));
}

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
