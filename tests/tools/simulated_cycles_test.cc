// The charters of a simulated organisation, year after year.
#include "tools/simulated_cycles.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

#include "ledger/civil_time.h"

namespace daybook::test {

TEST_CASE("every programme opens a cycle in each year, the shipped ones first, each under a name of its own", "[organisation]") {
  const auto charters = yearly_charters(*parse_day("2023-01-01"), *parse_day("2026-01-01"), 400);

  const std::set<std::string> shipped = {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"};
  std::vector<std::string> opened;
  for (const auto& charter : charters) {
    opened.push_back(charter.id().text() + " " + to_text(charter.rules.opens_on));
    CHECK(charter.shipped == shipped.contains(charter.id().text()));
    CHECK(charter.charter.cycles.size() == 1);
    CHECK(parse_charter(charter.charter.text, "test").has_value());
  }

  CHECK(opened == std::vector<std::string>{"un-coaching/2023-pilot 2023-01-09", "iom-coaching/2024 2023-12-01", "un-coaching/2024 2024-01-09",
                                           "iom-executive-coaching/2024 2024-03-01", "iom-coaching/2025 2024-12-01", "un-coaching/2025 2025-01-09",
                                           "iom-executive-coaching/2025 2025-03-01", "iom-coaching/2026 2025-12-01"});
}

TEST_CASE("a later year has its own days and seats for its people, and the rules that ship", "[organisation]") {
  const auto charters = yearly_charters(*parse_day("2030-01-01"), *parse_day("2031-01-01"), 5600);

  REQUIRE(charters.size() == 3);
  const auto& pilot = charters[0];
  CHECK(pilot.id().text() == "un-coaching/2030");
  CHECK(to_text(pilot.rules.closes_on) == "2030-02-28");
  CHECK(to_text(pilot.rules.facts_as_of) == "2030-02-28");
  CHECK(to_text(pilot.rules.window_last_day.value()) == "2030-07-31");
  CHECK(pilot.charter.seats == 240);
  CHECK(pilot.charter.introduction);
  CHECK(charters[2].charter.seats == 700);
  CHECK(charters[2].charter.criteria.size() == 5);
}

}  // namespace daybook::test
