// A reader who has every edition of every audience, knows which population holds which and, where that is so, that nobody
// leaves one, and works out between which numbers each hidden count must lie.
#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

#include "tests/ledger/edition_history.h"
#include "tests/ledger/linear_program.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;

// How many lie within {}: all values of a field. A named set of them is what the reader is after.
struct Target {
  std::string name;
  std::vector<size_t> values;  // places in Attack::values_
};

class Attack {
 public:
  // By place or by goal: tables of the other field tell their totals.
  Attack(const EditionHistory& history, bool by_goal)
      : history_(history), by_goal_(by_goal), values_(values_of(history, by_goal)), populations_(populations_of(history.charter)), program_(size()) {
    for (size_t edition = 0; edition < history.editions.size(); ++edition) {
      for (const auto& table : fresh_tables(history, edition)) learn(edition, table);
    }
    if (history.only_grows) nobody_leaves();
    possible_ = program_.solve();
  }

  bool possible() const { return possible_; }

  // Every hidden count that is known to be one of a few people: 1 to the minimum less one.
  std::vector<std::string> narrowed() {
    std::vector<std::string> found;
    for (const auto& target : targets()) {
      for (size_t p = 0; p < populations_.size(); ++p) {
        for (size_t edition = 0; edition < history_.editions.size(); ++edition) {
          const auto here = sum(edition, p, target);
          look(here, truth(edition, p, target), fmt::format("{} of {} in edition {}", populations_[p], target.name, edition + 1), found);
          for (size_t before = 0; before < edition; ++before) {
            look(minus(here, sum(before, p, target)), truth(edition, p, target) - truth(before, p, target),
                 fmt::format("{} of {} from edition {} to {}", populations_[p], target.name, before + 1, edition + 1), found);
          }
          for (size_t q = p + 1; q < populations_.size(); ++q) {
            look(minus(here, sum(edition, q, target)), truth(edition, p, target) - truth(edition, q, target),
                 fmt::format("{} but not {} of {} in edition {}", populations_[p], populations_[q], target.name, edition + 1), found);
          }
        }
      }
    }
    return found;
  }

 private:
  using Sum = LinearProgram::Sum;

  static std::vector<Group> values_of(const EditionHistory& history, bool by_goal) {
    std::vector<Group> values = {{}};
    if (by_goal) values.insert(values.end(), {{"professional"}, {"personal"}, {"both"}});
    if (!by_goal) values.insert(values.end(), history.places.begin(), history.places.end());
    return values;
  }
  // Those that any table counts, the widest first: each holds the next.
  static std::vector<std::string> populations_of(const Charter& charter) {
    std::vector<std::string> all;
    for (const auto population : kPopulations) {
      for (const auto& table : charter.tables) {
        if (table.counts == population && (all.empty() || all.back() != population)) all.emplace_back(population);
      }
    }
    return all;
  }
  size_t size() const { return history_.editions.size() * populations_.size() * values_.size(); }

  // Those of a value who got as far as this population and no further, as one variable.
  size_t variable(size_t edition, size_t population, size_t value) const {
    return (edition * populations_.size() + population) * values_.size() + value;
  }
  Sum sum(size_t edition, size_t population, const Target& target) const {
    Sum out;
    for (size_t p = population; p < populations_.size(); ++p) {
      for (const auto value : target.values) out[variable(edition, p, value)] = 1;
    }
    return out;
  }
  static Sum minus(Sum a, const Sum& b) {
    for (const auto& [variable, factor] : b) {
      if (std::abs(a[variable] -= factor) < 0.5) a.erase(variable);
    }
    return a;
  }
  double truth(size_t edition, size_t population, const Target& target) const {
    double found = 0;
    for (const auto& one : history_.editions[edition].people) {
      for (const auto value : target.values) {
        TrueEdition alone{{one}, {}};
        alone.people.front().place = by_goal_ ? one.goal : one.place;
        found += static_cast<double>(true_count(alone, populations_[population], {values_[value]}));
      }
    }
    return found;
  }

  Target everywhere() const {
    Target all{"everywhere", {}};
    for (size_t i = 0; i < values_.size(); ++i) all.values.push_back(i);
    return all;
  }
  // Each value, each country and each region.
  std::vector<Target> targets() const {
    std::map<Group, Target> nodes;
    for (size_t i = 0; i < values_.size(); ++i) {
      for (Group group = values_[i]; !group.empty(); group.pop_back()) {
        nodes[group].name = fmt::format("{}", fmt::join(group, "/"));
        nodes[group].values.push_back(i);
      }
    }
    std::vector<Target> all;
    for (auto& [group, target] : nodes) all.push_back(std::move(target));
    return all;
  }

  void learn(size_t edition, const ToldTable& table) {
    const auto found = std::find(populations_.begin(), populations_.end(), table.counts);
    const auto population = static_cast<size_t>(found - populations_.begin());
    if ((table.by == "goal") != by_goal_) return program_.equal(sum(edition, population, everywhere()), static_cast<double>(table.total()));
    for (const auto& [group, count] : table.groups) {
      Target members{"", {}};
      for (size_t i = 0; i < values_.size(); ++i) {
        if (told_group(table, values_[i]) == group) members.values.push_back(i);
      }
      program_.equal(sum(edition, population, members), static_cast<double>(count));
    }
  }
  void nobody_leaves() {
    for (size_t edition = 1; edition < history_.editions.size(); ++edition) {
      for (size_t p = 0; p < populations_.size(); ++p) {
        for (size_t i = 0; i < values_.size(); ++i) program_.at_most(minus(sum(edition - 1, p, {"", {i}}), sum(edition, p, {"", {i}})), 0);
      }
    }
  }

  void look(const Sum& hidden, double actual, const std::string& what, std::vector<std::string>& found) {
    const double least = std::ceil(program_.least(hidden) - 1e-6), most = std::floor(program_.most(hidden) + 1e-6);
    if (least > actual || most < actual) throw std::logic_error(fmt::format("{}: found {} to {}, want {} within", what, least, most, actual));
    const double few = history_.charter.published_minimum - 1;
    if ((least >= 1 && most <= few) || (most <= -1 && least >= -few)) found.push_back(fmt::format("{}: {} to {}", what, least, most));
  }

  const EditionHistory& history_;
  const bool by_goal_;
  const std::vector<Group> values_;
  const std::vector<std::string> populations_;
  LinearProgram program_;
  bool possible_ = false;
};

// What the reader finds in so many histories, and in how many of them; a sentence for each of the first.
struct Found {
  size_t histories = 0;
  std::vector<std::string> first;
};
Found attack(size_t histories, const Publisher& publisher) {
  std::mt19937 random(kSeed);
  Found all;
  for (size_t i = 0; i < histories; ++i) {
    const auto history = random_history(random, 2 + i % 3, publisher);
    std::vector<std::string> found;
    for (const bool by_goal : {false, true}) {
      Attack attack(history, by_goal);
      REQUIRE(attack.possible());
      const auto more = attack.narrowed();
      found.insert(found.end(), more.begin(), more.end());
    }
    if (found.empty()) continue;
    ++all.histories;
    all.first.push_back(fmt::format("history {}, minimum {}: {}", i, history.charter.published_minimum, found.front()));
  }
  return all;
}

// Every group by itself, as it is.
std::vector<ToldTable> unmerged(const Charter& charter, const std::vector<Participant>& people, const std::vector<ToldTable>&, uint32_t number) {
  std::vector<ToldTable> tables;
  for (const auto& wanted : charter.tables) {
    ToldTable table{wanted.name, wanted.counts, wanted.by, number, {{Group{}, 0}}};
    const size_t depth = wanted.by == "station" ? 3 : wanted.by == "country" ? 2 : wanted.by.empty() ? 0 : 1;
    for (const auto& one : people) {
      auto group = wanted.by == "goal" ? one.goal : one.place;
      if (group.size() > depth) group.resize(depth);
      table.groups[group] += true_count({{one}, {}}, wanted.counts, {one.place});
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

// Merged, but for a question of any moment, as if nothing had been told before.
std::vector<ToldTable> undated(const Charter& charter, const std::vector<Participant>& people, const std::vector<ToldTable>&, uint32_t number) {
  return next_edition(charter, people, {}, number);
}

}  // namespace

TEST_CASE("a linear program bounds what equations leave open", "[edition][attack]") {
  LinearProgram program(3);
  program.equal({{0, 1}, {1, 1}, {2, 1}}, 10);
  program.equal({{0, 2}, {1, 2}, {2, 2}}, 20);  // says nothing new
  program.at_most({{0, 1}, {1, -1}}, 0);
  program.equal({{2, -1}}, -4);

  REQUIRE(program.solve());

  CHECK(program.most({{0, 1}}) == 3);
  CHECK(program.least({{0, 1}}) == 0);
  CHECK(program.least({{1, 1}}) == 3);
  CHECK(program.most({{1, 1}, {0, -1}}) == 6);
  LinearProgram contradiction(1);
  contradiction.equal({{0, 1}}, 1);
  contradiction.equal({{0, 1}}, 2);
  CHECK_FALSE(contradiction.solve());
}

TEST_CASE("a reader of all editions narrows no count and no change to a few people", "[edition][attack][C5]") {
  const auto found = attack(600, publish);

  CAPTURE(found.first);
  CHECK(found.histories == 0);
}

TEST_CASE("the same reader finds a few people where groups are not merged", "[edition][attack][C5]") { CHECK(attack(60, unmerged).histories >= 40); }

TEST_CASE("the same reader finds a few people where figures can be had at any moment", "[edition][attack][C5]") {
  CHECK(attack(200, undated).histories >= 40);
}

}  // namespace daybook::test
