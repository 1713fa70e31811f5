#include "server/secret_file.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using std::filesystem::perms;

// The fault of a file with that text and mode; empty where there is none.
std::string fault_of(const std::string& path, const std::string& text, perms mode = perms::owner_read | perms::owner_write) {
  write(path, text);
  std::filesystem::permissions(path, mode);
  const auto secret = read_secret_file(path);
  return secret ? "" : secret.error().message;
}

}  // namespace

TEST_CASE("a secret is the one line of a file that its owner alone can read", "[server][config]") {
  const TempFolder folder(memory_folder());
  const auto path = folder.path("secret");

  CHECK(fault_of(path, "s3cret/+ x\n").empty());
  CHECK(made(read_secret_file(path)) == "s3cret/+ x");
  CHECK(fault_of(path, std::string(1000, 'x')).empty());
  CHECK(says(fault_of(path, "secret", perms::owner_read | perms::owner_write | perms::group_read), "found mode 0640, want 0600"));
  CHECK(says(fault_of(path, "secret", perms::owner_read | perms::others_read), "found mode 0404"));
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
  for (const auto& text :
       {std::string(), std::string("\n"), std::string("one\ntwo\n"), std::string("a\0b", 3), std::string(1001, 'x'), std::string("\xc3\xa9")}) {
    const auto fault = fault_of(path, text);
    CHECK(says(fault, "want one line"));
    CHECK((text.size() < 3 || !says(fault, text)));
  }
  CHECK(says(read_secret_file(folder.path("none")).error().message, "cannot be opened"));
  CHECK(says(read_secret_file(folder.path()).error().message, "found no plain file"));
}

}  // namespace daybook::test
