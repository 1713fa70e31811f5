// Digests against the published vectors: FIPS 180 for SHA-256, RFC 4231 for HMAC, RFC 4648 for base64.
#include "ledger/digest.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <numeric>
#include <random>
#include <set>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

std::string unhex(std::string_view text) {
  const auto bytes = from_hex(text);
  REQUIRE(bytes.has_value());
  return *bytes;
}

// A key of up to 32 bytes as HMAC pads it: with zeros.
Hash padded_key(const std::string& key) {
  REQUIRE(key.size() <= 32);
  Hash padded{};
  std::copy(key.begin(), key.end(), padded.begin());
  return padded;
}

}  // namespace

TEST_CASE("SHA-256 gives the digests that FIPS 180 publishes", "[digest]") {
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256({as_bytes("abc")})) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256({as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")})) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256({as_bytes(std::string(1'000'000, 'a'))})) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the parts of a digest are hashed one after the other", "[digest]") {
  CHECK(to_hex(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")})) == to_hex(sha256({as_bytes("abc")})));
  CHECK(to_hex(hmac_sha256(Hash{1}, {as_bytes("a"), as_bytes(""), as_bytes("bc")})) == to_hex(hmac_sha256(Hash{1}, {as_bytes("abc")})));
}

TEST_CASE("HMAC-SHA-256 gives the codes that RFC 4231 publishes", "[digest]") {
  struct Vector {
    std::string key, data, code;
  };
  // Cases 1 to 4: the keys that are not longer than ours.
  const std::vector<Vector> vectors = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
  };

  for (const auto& [key, data, code] : vectors) CHECK(to_hex(hmac_sha256(padded_key(key), {as_bytes(data)})) == code);
}

TEST_CASE("a key that is kept for many messages gives each the code it has by itself", "[digest]") {
  Hash bytes{};
  std::iota(bytes.begin(), bytes.end(), uint8_t{1});
  const HmacKey key(bytes);

  for (size_t size = 0; size < 200; ++size) {
    const std::string message(size, 'm');
    Hash inner_pad, outer_pad;  // RFC 2104, from the definition
    std::transform(bytes.begin(), bytes.end(), inner_pad.begin(), [](uint8_t b) { return static_cast<uint8_t>(b ^ 0x36); });
    std::transform(bytes.begin(), bytes.end(), outer_pad.begin(), [](uint8_t b) { return static_cast<uint8_t>(b ^ 0x5c); });
    const std::string inner_rest(32, '\x36'), outer_rest(32, '\x5c');
    const Hash inner = sha256({inner_pad, as_bytes(inner_rest), as_bytes(message)});
    CHECK(to_hex(key({as_bytes(message)})) == to_hex(sha256({outer_pad, as_bytes(outer_rest), inner})));
  }
}

TEST_CASE("a stream gives the digest of its bytes, however they are cut", "[digest]") {
  std::mt19937_64 random(180);
  for (int round = 0; round < 50; ++round) {
    std::string text(random() % 1'000, '\0');
    for (auto& byte : text) byte = static_cast<char>(random());
    Sha256Stream stream;

    for (size_t at = 0; at < text.size();) {
      const size_t size = std::min(text.size() - at, static_cast<size_t>(random() % 130));
      stream.update(as_bytes(std::string_view(text).substr(at, size)));
      at += size;
    }

    REQUIRE(to_hex(stream.finish()) == to_hex(sha256({as_bytes(text)})));
  }
}

TEST_CASE("hex is lower case, two digits a byte, and comes back", "[digest]") {
  const std::string bytes("\x00\x01\x7f\x80\xab\xff", 6);

  CHECK(to_hex(as_bytes("")) == "");
  CHECK(to_hex(as_bytes(bytes)) == "00017f80abff");
  CHECK(from_hex("00017f80abff") == bytes);
  CHECK(from_hex("") == "");
}

TEST_CASE("what is not whole bytes of hex is not read", "[digest]") {
  for (const auto* text : {"0", "abc", "0g", "g0", "0x10", " 00", "00 ", "-1", "+1", "\xff\xff"}) {
    INFO(text);
    CHECK(from_hex(text) == std::nullopt);
  }
}

TEST_CASE("base64 is as RFC 4648 has it", "[digest]") {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {"\xfb\xff\xfe", "+//+"}};

  for (const auto& [bytes, text] : vectors) CHECK(to_base64(as_bytes(bytes)) == text);
}

TEST_CASE("random ids are 26 letters and digits, and no two are the same", "[digest]") {
  SeededRandomness seeded;
  SystemRandomness system;
  std::set<std::string> ids;

  for (int i = 0; i < 2'000; ++i) {
    for (Randomness* randomness : {static_cast<Randomness*>(&seeded), static_cast<Randomness*>(&system)}) {
      const std::string id = random_id(*randomness);
      REQUIRE(id.size() == 26);
      REQUIRE(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string::npos);
      REQUIRE(ids.insert(id).second);
    }
  }
}

TEST_CASE("the system's randomness fills all it is given and does not give the same bytes again", "[digest]") {
  SystemRandomness randomness;
  std::set<std::string> seen;

  for (const size_t size : {size_t{16}, size_t{8'000}, size_t{200}, size_t{16}, size_t{8'192}, size_t{32}}) {
    std::string bytes(size, '\0');
    randomness.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});

    REQUIRE(bytes.substr(0, 16) != std::string(16, '\0'));
    REQUIRE(bytes.substr(size - 8) != std::string(8, '\0'));
    REQUIRE(seen.insert(bytes.substr(0, 16)).second);
    REQUIRE(seen.insert("end " + bytes.substr(size - 16)).second);
  }
}

TEST_CASE("after a fork, parent and child draw different bytes", "[digest]") {
  SystemRandomness randomness;
  std::array<uint8_t, 32> mine, theirs;
  randomness.fill(mine);  // the buffer is full now, and the child has a copy
  int ends[2];
  REQUIRE(::pipe(ends) == 0);

  const pid_t child = ::fork();
  if (child == 0) {
    randomness.fill(theirs);
    ::_exit(::write(ends[1], theirs.data(), theirs.size()) == static_cast<ssize_t>(theirs.size()) ? 0 : 1);
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(::read(ends[0], theirs.data(), theirs.size()) == static_cast<ssize_t>(theirs.size()));
  randomness.fill(mine);
  ::close(ends[0]);
  ::close(ends[1]);

  CHECK(mine != theirs);
}

}  // namespace daybook::test
