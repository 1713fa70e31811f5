// The table of rights against what the requirements say, and the sentences against a table with any one cell given away.
#include "tests/ledger/rights_sentences.h"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

namespace daybook::test {
namespace {

std::string cell(std::string_view deed, const Standing& standing) { return fmt::format("{} as {}", deed, text(standing)); }

TEST_CASE("every sentence holds of the table that ships", "[rights]") {
  const RightsWorld world;

  CHECK(sentences().size() >= 60);
  CHECK(broken_by(world, shipped_do_table()) == "");
}

TEST_CASE("each cell of the table is what somebody who stands so is told", "[rights]") {
  const RightsWorld world;
  const auto shipped = shipped_do_table();
  std::vector<std::string> other;

  for (const auto verdict_of_all : {Verdict::kNever, Verdict::kSecond, Verdict::kMay}) {
    for (const auto deed : kDeeds) {
      for (const auto& standing : standings()) {
        auto table = shipped;
        table.set(deed, standing, verdict_of_all);
        const auto [who, about] = world.example(standing);
        if (verdict(world, table, deed, who, role_name(standing.role), about) != verdict_of_all) other.push_back(cell(deed, standing));
      }
    }
  }

  CHECK(other == std::vector<std::string>{});
}

TEST_CASE("whichever cell is given away, a sentence is broken", "[rights]") {
  const RightsWorld world;
  const auto shipped = shipped_do_table();
  std::vector<std::string> unnoticed;
  size_t given_away = 0;

  for (const auto deed : kDeeds) {
    for (const auto& standing : standings()) {
      if (shipped.at(deed, standing) == Verdict::kMay) continue;
      auto table = shipped;
      table.set(deed, standing, Verdict::kMay);
      ++given_away;
      if (broken_by(world, table, deed).empty()) unnoticed.push_back(cell(deed, standing));
    }
  }

  CHECK(given_away > 850);
  CHECK(unnoticed == std::vector<std::string>{});
}

TEST_CASE("whichever cell is taken away, a sentence is broken", "[rights]") {
  const RightsWorld world;
  const auto shipped = shipped_do_table();
  std::vector<std::string> unnoticed;

  for (const auto deed : kDeeds) {
    for (const auto& standing : standings()) {
      if (shipped.at(deed, standing) == Verdict::kNever) continue;
      auto table = shipped;
      table.set(deed, standing, Verdict::kNever);
      if (broken_by(world, table, deed).empty()) unnoticed.push_back(cell(deed, standing));
    }
  }

  CHECK(unnoticed == std::vector<std::string>{});
}

}  // namespace
}  // namespace daybook::test
