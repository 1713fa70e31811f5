// The form of a CSV file, case by case, and against slow code written from the rules.
#include "ledger/csv.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstring>
#include <random>

#include "ledger/digest.h"

namespace daybook::test {
namespace {

const std::string kBom = "\xef\xbb\xbf";

struct Parsed {
  std::vector<std::vector<std::string>> records;
  std::vector<uint64_t> lines;
  std::string fault;  // the message; empty for none
  bool operator==(const Parsed&) const = default;
};

// Reads all of `text`, which the source hands out in pieces of at most `piece` bytes.
Parsed parse(std::string_view text, size_t piece = SIZE_MAX) {
  size_t at = 0;
  CsvReader reader([&](char* buffer, size_t size) {
    const size_t count = std::min({size, piece, text.size() - at});
    std::memcpy(buffer, text.data() + at, count);
    at += count;
    return count;
  });
  Parsed parsed;
  while (true) {
    auto next = reader.next();
    if (next.has_error()) {
      CHECK(next.error().fault == Fault::kRejected);
      parsed.fault = next.error().message;
      REQUIRE_FALSE(parsed.fault.empty());
      return parsed;
    }
    if (!next.value()) return parsed;
    parsed.lines.push_back(next.value()->line);
    parsed.records.push_back(std::move(next.value()->cells));
  }
}

using Records = std::vector<std::vector<std::string>>;

bool names_line(const std::string& message, uint64_t line) { return message.find("line " + std::to_string(line) + ":") != std::string::npos; }

}  // namespace

TEST_CASE("a file of records is read with LF, CRLF or both, with a byte-order mark or without", "[csv]") {
  const Records want = {{"a", "b"}, {"1", "2"}};

  for (const auto* text : {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r\n1,2\n", "a,b\n1,2", "a,b\r\n1,2"}) {
    INFO(text);
    CHECK(parse(text) == Parsed{want, {1, 2}, ""});
    CHECK(parse(kBom + text) == Parsed{want, {1, 2}, ""});
  }
}

TEST_CASE("blank lines are passed over and counted as lines", "[csv]") {
  CHECK(parse("\n\r\na,b\n\n\r\n1,2\n\n\n") == Parsed{{{"a", "b"}, {"1", "2"}}, {3, 6}, ""});
  CHECK(parse("") == Parsed{});
  CHECK(parse("\n\r\n\n") == Parsed{});
  CHECK(parse(kBom) == Parsed{});
  CHECK(parse(kBom + "\n") == Parsed{});
}

TEST_CASE("a line with a quoted nothing or with spaces is a record, not a blank line", "[csv]") {
  CHECK(parse("\"\"\n") == Parsed{{{""}}, {1}, ""});
  CHECK(parse(" \n") == Parsed{{{" "}}, {1}, ""});
  CHECK(parse(",\n") == Parsed{{{"", ""}}, {1}, ""});
}

TEST_CASE("cells are as given: not trimmed, empty ones kept, also the last", "[csv]") {
  CHECK(parse(" a ,\tb\t\n") == Parsed{{{" a ", "\tb\t"}}, {1}, ""});
  CHECK(parse("a,,\n") == Parsed{{{"a", "", ""}}, {1}, ""});
  CHECK(parse("a,") == Parsed{{{"a", ""}}, {1}, ""});
  CHECK(parse(",,") == Parsed{{{"", "", ""}}, {1}, ""});
  CHECK(parse("a,\"\"") == Parsed{{{"a", ""}}, {1}, ""});
}

TEST_CASE("a quoted cell holds commas, doubled quotes and line ends, which count as lines", "[csv]") {
  CHECK(parse("\"a,b\",c\n") == Parsed{{{"a,b", "c"}}, {1}, ""});
  CHECK(parse("\"say \"\"hi\"\"\"\n") == Parsed{{{"say \"hi\""}}, {1}, ""});
  CHECK(parse("\"\"\"\"\n") == Parsed{{{"\""}}, {1}, ""});
  CHECK(parse("\"a\nb\r\n\nc\",d\ne,f\n") == Parsed{{{"a\nb\r\n\nc", "d"}, {"e", "f"}}, {1, 5}, ""});
  CHECK(parse("\"a\rb\"\n") == Parsed{{{"a\rb"}}, {1}, ""});
  CHECK(parse("\"a\"") == Parsed{{{"a"}}, {1}, ""});
  CHECK(parse("\"a\"\r\n\"b\"\r\n") == Parsed{{{"a"}, {"b"}}, {1, 2}, ""});
}

TEST_CASE("a byte-order mark is passed over at the start only", "[csv]") {
  CHECK(parse("a\n" + kBom + "b\n") == Parsed{{{"a"}, {kBom + "b"}}, {1, 2}, ""});
  CHECK(parse(kBom + kBom + "a\n").records == Records{{kBom + "a"}});
  CHECK(parse(kBom + "\"a,b\"\n") == Parsed{{{"a,b"}}, {1}, ""});
}

TEST_CASE("an unclosed quote is named with the line where its record starts", "[csv]") {
  const Parsed parsed = parse("a,b\n\n1,\"two\nthree\nfour\n");

  CHECK(parsed.records == Records{{"a", "b"}});
  INFO(parsed.fault);
  CHECK(names_line(parsed.fault, 3));
}

TEST_CASE("what is no CSV is refused with the line", "[csv]") {
  const std::string text =
      GENERATE("x\n\"a\"b,c\n", "x\na\"b,c\n", "x\na,\"b\" ,c\n", "x\na\rb\n", "x\na\r\r\n", "x\n\"a\"\rb\n", "x\na,\"", "x\n\"a\"\"\n");

  const Parsed parsed = parse(text);

  INFO(text << " -> " << parsed.fault);
  CHECK(parsed.records == Records{{"x"}});
  CHECK(names_line(parsed.fault, 2));
  CHECK(parsed.fault.find("found") != std::string::npos);
  CHECK(parsed.fault.find("want") != std::string::npos);
}

TEST_CASE("cells, numbers of cells and records have limits, up to which they are read", "[csv]") {
  const std::string cell(CsvReader::kCellBytesMax, 'x');
  CHECK(parse(cell + ",b\n").records == Records{{cell, "b"}});
  CHECK(parse("\"" + cell + "\",b\n").records == Records{{cell, "b"}});
  CHECK(names_line(parse("a\n" + cell + "x,b\n").fault, 2));
  CHECK(names_line(parse("a\n\"" + cell + "x\",b\n").fault, 2));

  const std::string commas(CsvReader::kCellsMax - 1, ',');
  CHECK(parse(commas + "\n").records == Records{std::vector<std::string>(CsvReader::kCellsMax)});
  CHECK(names_line(parse("a\n" + commas + ",\n").fault, 2));

  for (const auto& one : {cell, "\"" + cell + "\""}) {
    std::string record = one;
    for (int i = 0; i < 14; ++i) record += "," + one;
    CHECK(parse(record + "\n").records.size() == 1);
    for (int i = 0; i < 3; ++i) record += "," + one;
    CHECK(names_line(parse("a\n" + record + "\n").fault, 2));
  }
}

TEST_CASE("an endless quoted cell is refused long before the file ends", "[csv]") {
  size_t given = 0;
  CsvReader reader([&](char* buffer, size_t size) {
    std::memset(buffer, given == 0 ? '"' : 'x', size);
    if (given == 0) std::memset(buffer + 1, 'x', size - 1);
    given += size;
    return given > (64u << 20) ? 0 : size;
  });

  CHECK(reader.next().has_error());
  CHECK(given < (4u << 20));
}

TEST_CASE("however the source cuts its bytes, the answer is the same", "[csv]") {
  std::mt19937_64 random(4180);
  const std::vector<std::string> pieces = {"a", "b c", ",", "\n", "\r\n", "\"", "\"\"", "\r", kBom, "\xc3\xa9", ",,", "\"x\"", "\"y\nz\""};
  for (int round = 0; round < 3'000; ++round) {
    std::string text = "x,";
    for (size_t i = random() % 14; i > 0; --i) text += pieces[random() % pieces.size()];

    const Parsed whole = parse(text);

    INFO("text " << text);
    REQUIRE(parse(text, 1) == whole);
    REQUIRE(parse(text, 3) == whole);
  }
}

TEST_CASE("a byte-order mark is passed over also where it comes in pieces", "[csv]") {
  for (const size_t piece : {1, 2, 3, 4}) CHECK(parse(kBom + "a,b\n", piece) == Parsed{{{"a", "b"}}, {1}, ""});
}

TEST_CASE("what csv_line writes is read back as it was", "[csv]") {
  std::mt19937_64 random(42);
  const std::vector<std::string> pieces = {"a",  "7",    " ", ",", "\"", "\n",       "\r\n",         "\r",
                                           "\t", "=1+1", "-", "'", ";",  "\xc3\xa9", "\xe6\x97\xa5", kBom};
  for (int round = 0; round < 300; ++round) {
    Records records(1 + random() % 6);
    std::string text = csv_line({"header"});
    for (auto& record : records) {
      record.resize(2 + random() % 5);
      for (auto& cell : record) {
        for (size_t i = random() % 5; i > 0; --i) cell += pieces[random() % pieces.size()];
      }
      text += csv_line(record);
    }

    const Parsed parsed = parse(text);

    INFO("text " << text);
    records.insert(records.begin(), {"header"});
    REQUIRE(parsed.fault == "");
    REQUIRE(parsed.records == records);
  }
}

TEST_CASE("a record of one empty cell is written so that it is no blank line", "[csv]") { CHECK(parse(csv_line({""})).records == Records{{""}}); }

TEST_CASE("csv_line quotes only where it has to and ends with CRLF", "[csv]") {
  CHECK(csv_line({"a", "b c", "", "d;e"}) == "a,b c,,d;e\r\n");
  CHECK(csv_line({"a,b", "say \"hi\"", "x\ny", "p\rq"}) == "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\",\"p\rq\"\r\n");
  CHECK(csv_line({"=1", "+1", "-1", "@x"}) == "=1,+1,-1,@x\r\n");
}

TEST_CASE("for a spreadsheet, a leading sign that would make a formula is guarded, and nothing else", "[csv]") {
  const auto guarded = [](const std::vector<std::string>& cells) { return parse(csv_line(cells, true)).records; };
  CHECK(guarded({"=1+1", "+1", "-1", "@x"}) == Records{{"'=1+1", "'+1", "'-1", "'@x"}});
  CHECK(guarded({"a=1", "", "'x", " =1", "5", "\n-"}) == Records{{"a=1", "", "'x", " =1", "5", "\n-"}});
  CHECK(guarded({"=a,\"b\""}) == Records{{"'=a,\"b\""}});
  CHECK(parse(csv_line({"\tx", "\ry"}, true)).records == Records{{"'\tx", "'\ry"}});
}

namespace {

// One character at the start of `text`, read as Unicode 15 table 3-7 has it; 0 bytes if there is none.
size_t slow_character(std::string_view text, uint32_t& point) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto follows = [&](size_t count) {
    if (text.size() < count + 1) return false;
    for (size_t i = 1; i <= count; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xbf) return false;
      point = point * 64 + (byte(i) - 0x80);
    }
    return true;
  };
  if (byte(0) < 0x80) return point = byte(0), 1;
  if (byte(0) >= 0xc0 && byte(0) < 0xe0) return point = byte(0) - 0xc0, follows(1) && point >= 0x80 ? 2 : 0;
  if (byte(0) >= 0xe0 && byte(0) < 0xf0) return point = byte(0) - 0xe0, follows(2) && point >= 0x800 && (point < 0xd800 || point > 0xdfff) ? 3 : 0;
  if (byte(0) >= 0xf0 && byte(0) < 0xf8) return point = byte(0) - 0xf0, follows(3) && point >= 0x10000 && point <= 0x10ffff ? 4 : 0;
  return 0;
}

size_t slow_bad_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    uint32_t point = 0;
    const size_t size = slow_character(text.substr(at), point);
    if (size == 0) return at;
    if (point < 0x20 && point != '\t' && point != '\n' && point != '\r') return at;
    if (point == 0x7f) return at;
    at += size;
  }
  return std::string::npos;
}

}  // namespace

TEST_CASE("bad text is found where a slow reader of UTF-8 finds it", "[csv]") {
  std::mt19937_64 random(3629);
  // Bytes at the borders of what may follow what.
  const std::string borders(
      "\x00\x08\x09\x0a\x0d\x1f\x20\x41\x7e\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xf7\xf8\xff", 34);
  const auto pointed = [&](uint32_t c) {
    return std::string{static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)), static_cast<char>(0x80 | (c >> 6 & 63)),
                       static_cast<char>(0x80 | (c & 63))};
  };
  size_t good = 0;
  for (int round = 0; round < 300'000; ++round) {
    std::string text;
    for (size_t i = random() % 5; i > 0; --i) {
      switch (random() % 5) {
        case 0:
          text += borders[random() % borders.size()];
          break;
        case 1:
          text += static_cast<char>(random());
          break;
        case 2:
          text += "\xe6\x97\xa5";
          break;
        case 3:
          text += pointed(static_cast<uint32_t>(0x10000 + random() % 0x100000));
          break;
        default:
          text += "a\xc3\xa9";
      }
    }
    const size_t want = slow_bad_text(text);
    good += want == std::string::npos;
    if (find_bad_text(text) != want) FAIL("bytes " << to_hex(as_bytes(text)) << ": want " << want << ", found " << find_bad_text(text));
  }
  CHECK(good > 10'000);
}

TEST_CASE("every pair and every border triple of bytes is judged as the slow reader judges it", "[csv]") {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      for (const int c : {0x20, 0x7f, 0x80, 0xbf, 0xc2}) {
        for (const int d : {0x20, 0x80, 0xbf}) {
          const std::string text{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c), static_cast<char>(d)};
          for (size_t size = 1; size <= 4; ++size) {
            const auto part = std::string_view(text).substr(0, size);
            if (find_bad_text(part) != slow_bad_text(part)) FAIL(a << " " << b << " " << c << " " << d << " first " << size);
          }
        }
      }
    }
  }
  CHECK(find_bad_text("") == std::string::npos);
}

}  // namespace daybook::test
