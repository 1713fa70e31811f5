#include "tools/simulated_cycles.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/require.h"

namespace daybook {
namespace {

// The shipped programmes have 350 seats at most: with so many people each, some wait.
constexpr uint64_t kPeopleASeat = 8, kSeatsShipped = 350;

CycleRules years_later(CycleRules rules, int years) {
  const auto closes = std::chrono::year_month_day(rules.closes_on).year();
  rules.name = std::to_string(static_cast<int>(closes) + years);
  for (auto* day : {&rules.opens_on, &rules.closes_on, &rules.facts_as_of}) *day = add_months(*day, 12 * years);
  if (rules.window_last_day) rules.window_last_day = add_months(*rules.window_last_day, 12 * years);
  for (auto& day : rules.editions) day = add_months(day, 12 * years);
  return rules;
}

// The shipped text up to its cycles, with other seats, and one cycle.
std::string text_of(const Charter& shipped, const CycleRules& rules, uint64_t people) {
  const auto seats_at = shipped.text.find("seats = "), cycles_at = shipped.text.find("[[cycles]]");
  require(seats_at != std::string::npos && seats_at < cycles_at, "a charter that ships has seats, then cycles");
  const auto seats = std::max<uint64_t>(2, people * shipped.seats / kSeatsShipped / kPeopleASeat);
  auto text = shipped.text.substr(0, seats_at) + fmt::format("seats = {}", seats) +
              shipped.text.substr(shipped.text.find('\n', seats_at), cycles_at - shipped.text.find('\n', seats_at));
  text += fmt::format("[[cycles]]\nname = \"{}\"\nopens_on = {}\ncloses_on = {}\ntime_zone = \"{}\"\nfacts_as_of = {}\n", rules.name,
                      to_text(rules.opens_on), to_text(rules.closes_on), rules.time_zone, to_text(rules.facts_as_of));
  if (rules.window_last_day) text += fmt::format("window_last_day = {}\n", to_text(*rules.window_last_day));
  std::vector<std::string> editions;
  for (const auto day : rules.editions) editions.push_back(to_text(day));
  if (!editions.empty()) text += fmt::format("editions = [{}]\n", fmt::join(editions, ", "));
  return text;
}

YearlyCharter of_year(const Charter& shipped, int years, uint64_t people) {
  if (years == 0) return {shipped, shipped.cycles.front(), true};
  const auto text = text_of(shipped, years_later(shipped.cycles.front(), years), people);
  auto charter = parse_charter(text, shipped.programme);
  require(charter.has_value(), "a shipped charter of a later year is a charter");
  const auto rules = charter.value().cycles.front();
  return {std::move(charter).value(), rules, false};
}

}  // namespace

std::vector<YearlyCharter> yearly_charters(Day from, Day to, uint64_t people) {
  std::vector<YearlyCharter> all;
  for (const auto& file : shipped_charters()) {
    const auto shipped = parse_charter(file.text, file.name).value();
    for (int years = 0; add_months(shipped.cycles.front().opens_on, 12 * years) < to; ++years) {
      auto charter = of_year(shipped, years, people);
      if (charter.rules.opens_on >= from) all.push_back(std::move(charter));
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.rules.opens_on < b.rules.opens_on; });
  return all;
}

}  // namespace daybook
