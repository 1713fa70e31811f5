#include "ledger/init.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

#include "ledger/ledger_folder.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

struct Place {
  TempFolder folder;
  FakeClock clock;
  SeededRandomness randomness;
  InitPlaces places{folder.path("season"), folder.path("root-key"), folder.path("log-key"), ""};

  Result<LedgerConfig> init() { return init_ledger(places, "test@host", clock, randomness); }
  // What stands in the folder, by name.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder.path())) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a new ledger opens by its own keys, and no key stands inside it", "[init]") {
  Place place;

  const auto made = place.init();

  REQUIRE(made.has_value());
  CHECK(place.names() == Names{"log-key", "root-key", "season", "season.key-ring"});
  CHECK(Ledger::open(place.places.folder, {}, place.clock, place.randomness).has_value());
  for (const auto& entry : fs::recursive_directory_iterator(place.places.folder)) {
    CHECK(entry.path().filename() != "root-key");
    CHECK(entry.path().filename() != "log-key");
  }
}

TEST_CASE("an init that fails leaves nothing behind", "[init]") {
  Place place;
  place.places.log_key_file = place.folder.path("no-such-folder/log-key");

  const auto made = place.init();

  REQUIRE(made.has_error());
  CHECK(place.names().empty());
}

TEST_CASE("what an init that was cut short has left is named, keys and all, and once it is gone init works", "[init]") {
  Place place;
  fs::create_directories(place.places.folder + ".unfinished/programme");
  std::ofstream(place.places.root_key_file) << "half";

  const auto refused = place.init();
  fs::remove_all(place.places.folder + ".unfinished");
  fs::remove(place.places.root_key_file);
  const auto made = place.init();

  REQUIRE(refused.has_error());
  CHECK(refused.error().fault == Fault::kRejected);
  CHECK(refused.error().message.find("season.unfinished and ") != std::string::npos);
  CHECK(refused.error().message.find("root-key") != std::string::npos);
  CHECK(made.has_value());
}

TEST_CASE("an origin with a scheme is refused, for it is signed for good", "[init]") {
  Place place;
  place.places.origin = "https://ledger.example/season";

  const auto made = place.init();

  REQUIRE(made.has_error());
  CHECK(made.error().message.find("without its scheme") != std::string::npos);
  CHECK(place.names().empty());
}

}  // namespace daybook::test
