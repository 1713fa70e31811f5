// Where a key comes from: a file of its own, or systemd's credentials.
#include "ledger/ledger_config.h"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

const std::string kKey(64, '7');

// What systemd hands over to a service: files of its own modes in a folder that the environment names.
class Credentials {
 public:
  Credentials() { ::setenv("CREDENTIALS_DIRECTORY", folder_.path("").c_str(), 1); }
  ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  void put(const std::string& name, const std::string& text) {
    const auto path = folder_.path(name);
    std::ofstream(path) << text << "\n";
    REQUIRE(::chmod(path.c_str(), 0440) == 0);  // readable for the service by an access list, which shows as the group's bits
  }

 private:
  TempFolder folder_;
};

bool says(const Result<std::vector<Hash>>& refused, std::string_view words) {
  REQUIRE(!refused);
  CHECK(refused.error().fault == Fault::kRejected);
  return refused.error().message.find(words) != std::string::npos;
}

TEST_CASE("systemd hands a root key over by the name of its credential", "[config][C3]") {
  Credentials credentials;
  credentials.put("root-key", kKey);

  const auto key = read_root_keys("credential:root-key");

  REQUIRE(key);
  CHECK(key.value().at(0).front() == 0x77);
}

TEST_CASE("a credential that was not handed over is refused with what is wanted", "[config][C3][bad-input]") {
  CHECK(says(read_root_keys("credential:root-key"), "LoadCredential=root-key"));
  Credentials credentials;
  CHECK(says(read_root_keys("credential:root-key"), "credential:root-key: found no key"));
  CHECK(says(read_root_keys("credential:"), "the name of a credential"));
  CHECK(says(read_root_keys("credential:../root-key"), "the name of a credential"));
}

}  // namespace
}  // namespace daybook::test
