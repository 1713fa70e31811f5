#include "server/address.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

namespace daybook {

TEST_CASE("an address that the whole internet reaches is public", "[server][address]") {
  const std::string address = GENERATE("1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "192.167.255.255",
                                       "223.255.255.255", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::8.8.8.8", "2002:101:101::1");
  CAPTURE(address);

  CHECK(is_public_address(address));
}

TEST_CASE("an address that is ours, private, reserved or none is not public", "[server][address]") {
  const std::string address = GENERATE(
      "127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
      "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
      "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fdff::1", "ff02::1",
      "2001:db8::1", "2001::1", "3fff::1", "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1",
      "2002:7f00:1::1", "2002:a9fe:a9fe::1", "", "localhost", "1.1.1", "0x01010101", "16843009", "01.1.1.1", "1.1.1.1 ", "example.org");
  CAPTURE(address);

  CHECK_FALSE(is_public_address(address));
}

TEST_CASE("this machine is known by its addresses", "[server][address]") {
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

TEST_CASE("an address is one text, however it was written", "[server][address]") {
  CHECK(canonical_address("192.0.2.7") == "192.0.2.7");
  CHECK(canonical_address("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(canonical_address("2001:DB8:0:0::0:1") == "2001:db8::1");
  CHECK(canonical_address("64:ff9b::192.0.2.7") == "64:ff9b::c000:207");
  CHECK_FALSE(canonical_address("192.0.2").has_value());
  CHECK_FALSE(canonical_address("").has_value());
  CHECK_FALSE(canonical_address("localhost").has_value());
}

}  // namespace daybook
