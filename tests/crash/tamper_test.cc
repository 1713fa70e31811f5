// Every kind of tampering, at three random places each of a ledger of 2,000 events; and no alarm where nobody tampered.
// `--rng-seed` brings the places back.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "ledger/segment_index.h"
#include "tests/crash/tampering.h"

namespace daybook::test {

TEST_CASE("each kind of tampering is found at once, by whom it must, where it is", "[crash][tamper]") {
  const uint64_t seed = Catch::getSeed();
  const Victim victim(2'000, seed);
  const TempFolder scratch(memory_folder());

  const auto& kinds = tamper_kinds();
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    for (int place = 0; place < 3; ++place) {
      const int way = (3 * static_cast<int>(kind) + place) % kinds[kind].ways;  // so that five kinds go all the ways of five
      const auto found = tamper(victim, kind, way, seed + static_cast<uint64_t>(place), scratch.path("copy"));
      INFO(fmt::format("{} {}, way {}, seed {}, place {}: {}: {}", kinds[kind].number, kinds[kind].name, way, seed, place, found.party, found.said));
      CHECK(found.fault == "");
    }
  }
}

TEST_CASE("an index of the directory that was changed or is missing is found by verify, which names the segment's positions", "[crash][tamper]") {
  const uint64_t seed = Catch::getSeed();
  const Victim victim(kSegmentEvents + 300, seed);
  const TempFolder scratch(memory_folder());
  const auto& kinds = tamper_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [](const TamperKind& each) { return each.number == 31; });
  REQUIRE(kind != kinds.end());

  for (int way = 0; way < kind->ways; ++way) {
    const auto found = tamper(victim, static_cast<size_t>(kind - kinds.begin()), way, seed, scratch.path("copy"));
    INFO(fmt::format("way {}, seed {}: {}: {}", way, seed, found.party, found.said));
    CHECK(found.fault == "");
  }
}

TEST_CASE("no alarm is given over a hundred ledgers that nobody tampered with, crashed and recovered", "[crash][tamper]") {
  const uint64_t seed = Catch::getSeed();

  for (uint64_t i = 0; i < 100; ++i) {
    const auto alarm = crash_and_recover(seed + i);
    INFO("seed " << seed + i);
    REQUIRE(alarm.said == "");
  }
}

}  // namespace daybook::test
