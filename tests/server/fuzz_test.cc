#include "tests/server/fuzz_entry.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace daybook;

TEST_CASE("bytes that nearly are what is wanted stop nothing and break no promise", "[server][fuzz]") {
  const std::array<std::string, 3> seeds = {
      "POST /v1/x%20y/z?at=1&limit=%32 HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 12\r\nConnection: close\r\n\r\nbody",
      R"({"a":[1,2.5e3,{"b":"x\u00e9\n","c":null}],"d":-17,"e":[[[true]]]})", "at=2024-01-29T23%3A59%3A59%2B01:00&limit=5+6"};
  constexpr std::array<std::string_view, 12> kWords = {"\r\n",
                                                       "\r\n\r\n",
                                                       "Transfer-Encoding: chunked\r\n",
                                                       "Content-Length: 5\r\n",
                                                       "%2e",
                                                       "%00",
                                                       "\"a\":",
                                                       "[[[[",
                                                       "&",
                                                       "=",
                                                       "\\u0000",
                                                       "99999999999999999999"};
  std::mt19937 random(17);

  for (int round = 0; round < 20'000; ++round) {
    auto text = seeds[static_cast<size_t>(round) % seeds.size()];
    for (auto n = random() % 4; n > 0; --n) {
      const size_t at = random() % (text.size() + 1);
      switch (random() % 4) {
        case 0:
          text.insert(at, kWords[random() % kWords.size()]);
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random()));
          break;
        case 2:
          text.erase(at, random() % 8);
          break;
        default:
          text.resize(at);
          break;
      }
    }
    fuzz_admission(text);
    fuzz_json(text);
    fuzz_query(text);
  }
}
