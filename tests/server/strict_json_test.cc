#include "server/strict_json.h"

#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <random>

using namespace daybook;

TEST_CASE("plain JSON is read as what it says", "[server][json]") {
  const auto read = read_json(R"( {"a": [1, -2, 18446744073709551615, 1.5e3, true, null, "\u00e9\n"], "": {}} )");

  REQUIRE(read.has_value());
  CHECK(boost::json::serialize(read.value()) == "{\"a\":[1,-2,18446744073709551615,1.5E3,true,null,\"\xc3\xa9\\n\"],\"\":{}}");
  CHECK(read_json("1").has_value());
  CHECK(read_json("\"x\"").has_value());
}

TEST_CASE("JSON that another reader could take for something else is refused", "[server][json]") {
  const auto [wanted, text] = GENERATE(table<std::string, std::string>({
      {"twice", R"({"a":1,"a":1})"},
      {"twice", R"({"a":1,"b":{"c":1,"\u0063":2}})"},
      {"twice", R"({"":1,"":2})"},
      {"too large", "18446744073709551616"},
      {"too large", "-9223372036854775809"},
      {"too large", "100000000000000000000000000000000000000000000000"},
      {"too large", "[1e999]"},
      {"", ""},
      {"", " "},
      {"", "{"},
      {"", "[1,]"},
      {"", "{\"a\":1,}"},
      {"", "{'a':1}"},
      {"", "{a:1}"},
      {"", "[1] [2]"},
      {"", "1 2"},
      {"", "01"},
      {"", "+1"},
      {"", ".5"},
      {"", "1."},
      {"", "0x1"},
      {"", "NaN"},
      {"", "Infinity"},
      {"", "truE"},
      {"", "// c\n1"},
      {"", "/* c */ 1"},
      {"",
       "\xef\xbb\xbf"
       "1"},
      {"", "\"\x01\""},
      {"", "\"\n\""},
      {"", "\"\xff\""},
      {"", "\"\xc0\xae\""},
      {"", "\"\xed\xa0\x80\""},
      {"", "\"\\ud800\""},
      {"", "\"\\x41\""},
      {"", "\"\\u00g0\""},
      {"", std::string("1\0", 2)},
  }));
  CAPTURE(text);

  const auto read = read_json(text);

  REQUIRE(read.has_error());
  CHECK(read.error().fault == Fault::kRejected);
  CHECK(read.error().message.find(wanted) != std::string::npos);
}

TEST_CASE("depth, size and number of values have limits that hold at the value", "[server][json]") {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  const auto list = [](size_t count) {
    std::string text = "[0";
    for (size_t i = 1; i < count; ++i) text += ",0";
    return text + "]";
  };

  CHECK(read_json(nested(32)).has_value());
  CHECK(read_json(nested(33)).has_error());
  CHECK(read_json(std::string(200'000, '[')).has_error());
  CHECK(read_json(list(9), {.values_max = 10}).has_value());
  CHECK(read_json(list(10), {.values_max = 10}).has_error());
  CHECK(read_json("\"1234567\"", {.bytes_max = 9}).has_value());
  CHECK(read_json("\"1234567\"", {.bytes_max = 8}).has_error());
}

TEST_CASE("a text cut anywhere is refused, and none with a byte changed stops the process", "[server][json][property]") {
  const std::string good = R"({"a":[1,2.5,{"b":"x\u00e9y","c":null}],"d":-17,"e":"\\"})";
  std::mt19937 random(3);

  for (size_t end = 0; end < good.size(); ++end) CHECK(read_json(good.substr(0, end)).has_error());
  for (int round = 0; round < 5000; ++round) {
    auto text = good;
    for (int n = 0; n < 1 + round % 3; ++n) text[random() % text.size()] = static_cast<char>(random());
    const auto read = read_json(text);
    if (read) REQUIRE(read_json(boost::json::serialize(read.value())).has_value());
  }
}

TEST_CASE("any bytes as a JSON string are ASCII that reads back, the same where they are text", "[server][json][property]") {
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (size_t n = random() % 12; n > 0; --n) bytes += static_cast<char>(round % 2 ? random() : random() % 128);
    const auto text = json_string(bytes);
    for (const char c : text) REQUIRE((c >= ' ' && c < '\x7f'));
    const auto back = read_json(text);
    REQUIRE(back.has_value());
    if (round % 2 == 0) REQUIRE(back.value().as_string() == bytes);
  }
  CHECK(json_string("\xc3\xa9\xf0\x9f\x99\x82\xff") == R"("\u00e9\ud83d\ude42\ufffd")");
}
