#include "ledger/private_file.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

void write_file(const std::string& path, const std::string& text, unsigned mode = 0600) {
  std::ofstream(path) << text;
  std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
}

}  // namespace

TEST_CASE("a private file that others may read or change is refused, and nothing of it told", "[ledger][private_file]") {
  const TempFolder folder;
  for (const unsigned mode : {0640U, 0604U, 0620U, 0601U}) {
    CAPTURE(mode);
    write_file(folder.path("token"), "a.b.c", mode);

    const auto read = read_private_file(folder.path("token"));

    REQUIRE(read.has_error());
    CHECK(read.error().fault == Fault::kRejected);
    CHECK(read.error().message.find("a.b.c") == std::string::npos);
    CHECK(want_private(folder.path("token")).error().message == read.error().message);
  }
  write_file(folder.path("token"), "a.b.c");
  CHECK(want_private(folder.path("token")).has_value());
  CHECK(want_private(folder.path("none")).has_value());
}

TEST_CASE("the text of a private file is told without the ends of its last line", "[ledger][private_file]") {
  const TempFolder folder;
  const auto text_of = [&](const std::string& text) {
    write_file(folder.path("token"), text);
    return read_private_file(folder.path("token"));
  };

  CHECK(text_of("a.b.c\n").value() == "a.b.c");
  CHECK(text_of("a\nb\r\n").value() == "a\nb");
  CHECK(text_of("").value().empty());
  CHECK(text_of(std::string(64 * 1024, 'x')).value().size() == 64 * 1024);
  CHECK(text_of(std::string(64 * 1024 + 1, 'x')).error().fault == Fault::kRejected);
  CHECK(read_private_file(folder.path("none")).error().fault == Fault::kNotFound);
  CHECK(read_private_file(folder.path()).error().fault == Fault::kRejected);
}

}  // namespace daybook::test
