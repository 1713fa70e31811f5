// What an edition tells: groups that are large enough, by themselves and beside all that was told before.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include "ledger/edition.h"
#include "tests/ledger/edition_history.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;
const Group kNairobi = {"Africa", "Kenya", "Nairobi"}, kMombasa = {"Africa", "Kenya", "Mombasa"}, kKisumu = {"Africa", "Kenya", "Kisumu"},
            kAccra = {"Africa", "Ghana", "Accra"}, kBerlin = {"Europe", "Germany", "Berlin"}, kBonn = {"Europe", "Germany", "Bonn"};

FigureTable wanted(const std::string& counts, const std::string& by = "") {
  return {by.empty() ? counts : counts + "-by-" + by, counts, by, {"sponsor"}};
}
Charter charter_of(std::vector<FigureTable> tables) {
  Charter charter;
  charter.seats = 1000;
  charter.tables = std::move(tables);
  return charter;
}

using People = std::vector<Participant>;
void add(People& people, size_t count, const Group& place, const Participant& like = {}) {
  for (size_t i = 0; i < count; ++i) {
    people.push_back(like);
    people.back().place = place;
  }
}
Participant seated() {
  Participant one;
  one.eligible = one.seated = true;
  return one;
}

// "Africa/Kenya 12, others 20, total 32"
std::string text_of(const ToldTable& told) {
  std::string text;
  for (const auto& [group, count] : told.groups) {
    if (count > 0) text += fmt::format("{} {}, ", group.empty() ? "others" : fmt::format("{}", fmt::join(group, "/")), count);
  }
  return text + fmt::format("total {}", told.total());
}
std::string text_of(const std::vector<ToldTable>& tables) {
  std::string text;
  for (const auto& each : tables) text += fmt::format("{} [{}]: {}\n", each.name, each.edition, text_of(each));
  return text;
}

}  // namespace

TEST_CASE("stations that are too small are told with the rest of their country, countries with their region", "[edition][C5]") {
  People people;
  add(people, 30, kNairobi);
  add(people, 6, kMombasa);
  add(people, 5, kKisumu);
  add(people, 3, kAccra);
  add(people, 12, kBerlin);
  add(people, 8, {"Asia", "Nepal", "Kathmandu"});

  const auto told = next_edition(charter_of({wanted("applications", "station")}), people, {}, 1);

  CHECK(text_of(told) == "applications-by-station [1]: others 11, Africa/Kenya 11, Africa/Kenya/Nairobi 30, Europe/Germany/Berlin 12, total 64\n");
}

TEST_CASE("what is left over of everything takes the smallest group with it", "[edition][C5]") {
  People people;
  add(people, 30, kNairobi);
  add(people, 12, kBerlin);
  add(people, 1, {});

  const auto told = next_edition(charter_of({wanted("applications", "country")}), people, {}, 1);

  CHECK(text_of(told) == "applications-by-country [1]: others 13, Africa/Kenya 30, total 43\n");
}

TEST_CASE("nothing is told of fewer people than the minimum, nor of nobody", "[edition][C5]") {
  People people;
  add(people, GENERATE(0U, 1U, 10U), kNairobi);

  CHECK(next_edition(charter_of({wanted("applications"), wanted("seated", "region")}), people, {}, 1).empty());
}

TEST_CASE("a change that tells of a few is not told: the edition repeats what was told before, as if nothing had changed", "[edition][C5]") {
  const auto charter = charter_of({wanted("applications", "country")});
  People people;
  add(people, 20, kNairobi);
  add(people, 20, kBerlin);
  const auto first = next_edition(charter, people, {}, 1);
  const size_t more = GENERATE(0U, 1U, 10U);
  add(people, more, kBonn);
  add(people, more == 0 ? 0 : 11, kMombasa);

  const auto second = next_edition(charter, people, first, 2);

  CHECK(second == first);
}

TEST_CASE("changes of the minimum and more in every group, all one way, are told", "[edition][C5]") {
  const auto charter = charter_of({wanted("applications", "country")});
  People people;
  add(people, 20, kNairobi);
  add(people, 20, kBerlin);
  const auto first = next_edition(charter, people, {}, 1);
  add(people, 11, kMombasa);
  add(people, 12, kBonn);

  const auto second = next_edition(charter, people, first, 2);

  CHECK(text_of(second) == "applications-by-country [2]: Africa/Kenya 31, Europe/Germany 32, total 63\n");
}

TEST_CASE("changes that go two ways are not told, for together they tell of a few", "[edition][C5]") {
  const auto charter = charter_of({wanted("applications", "country")});
  People before, after;
  add(before, 30, kNairobi);
  add(before, 30, kBerlin);
  add(after, 42, kNairobi);
  add(after, 19, kBerlin);
  const auto first = next_edition(charter, before, {}, 1);

  CHECK(next_edition(charter, after, first, 2) == first);
}

TEST_CASE("a table that leaves a few between itself and another one is merged, or not told", "[edition][C5]") {
  People people;
  add(people, 20, kNairobi, seated());
  add(people, 1, kNairobi);
  add(people, 20, kBerlin, seated());
  add(people, 10, kBerlin);
  const auto charter = charter_of({wanted("applications", "country"), wanted("seated", "country")});

  CHECK(text_of(next_edition(charter, people, {}, 1)) ==
        "applications-by-country [1]: Africa/Kenya 21, Europe/Germany 30, total 51\nseated-by-country [1]: others 40, total 40\n");
  people.pop_back();  // ten without a seat
  CHECK(text_of(next_edition(charter, people, {}, 1)) == "applications-by-country [1]: Africa/Kenya 21, Europe/Germany 29, total 50\n");
}

TEST_CASE("a total that another table told is held against it, also where it was for another audience or by another field", "[edition][C5]") {
  People people;
  add(people, 40, kNairobi);
  for (size_t i = 0; i < people.size(); ++i) people[i].goal = {i % 2 > 0 ? "both" : "personal"};
  auto charter = charter_of({wanted("applications", "goal")});
  charter.tables.front().audiences = {"public"};
  const auto first = next_edition(charter, people, {}, 1);
  REQUIRE(text_of(first) == "applications-by-goal [1]: both 20, personal 20, total 40\n");
  charter.tables.push_back(wanted("applications", "country"));
  add(people, GENERATE(1U, 10U), kBerlin);

  CHECK(next_edition(charter, people, first, 2) == first);
}

TEST_CASE("seats that are free are a remainder too", "[edition][C5]") {
  auto charter = charter_of({wanted("seated")});
  charter.seats = 40;
  const auto [taken, told] = GENERATE(table<size_t, bool>({{40, true}, {39, false}, {30, false}, {29, true}}));
  CAPTURE(taken);
  People people;
  add(people, taken, kNairobi, seated());

  CHECK(next_edition(charter, people, {}, 1).empty() != told);
}

TEST_CASE("groups that were told stay whole or are split, but never overlap", "[edition][C5]") {
  People people;
  add(people, 30, kNairobi, seated());
  add(people, 12, kMombasa, seated());
  add(people, 12, kMombasa);
  add(people, 30, kBerlin, seated());
  const auto charter = charter_of({wanted("seated", "region"), wanted("applications", "station")});

  const auto told = next_edition(charter, people, {}, 1);

  CHECK(text_of(told) ==
        "seated-by-region [1]: Africa 42, Europe 30, total 72\n"
        "applications-by-station [1]: Africa/Kenya/Mombasa 24, Africa/Kenya/Nairobi 30, Europe/Germany/Berlin 30, total 84\n");
}

TEST_CASE("an edition is read as it was written, whatever the names", "[edition]") {
  const std::vector<ToldTable> tables = {{"a", "applications", "station", 3, {{{}, 12}, {{"R\"\n", "C\\/", "Sãoé\x7f"}, UINT32_MAX}}},
                                         {"b", "completed", "", 1, {{{}, 11}}}};

  CHECK(made(read_tables(tables_text(tables))) == tables);
  CHECK(made(read_tables("[]")).empty());
}

TEST_CASE("what is no edition is said to be damaged", "[edition]") {
  const std::string broken = GENERATE("", "{}", "[", "[1]", R"([{"name":"a"}])", R"([{"name":1,"counts":"seated","by":"","edition":1,"groups":[]}])",
                                      R"([{"name":"a","counts":"seated","by":"","edition":-1,"groups":[]}])");
  CAPTURE(broken);

  const auto read = read_tables(broken);

  REQUIRE(read.has_error());
  CHECK(read.error().fault == Fault::kCorrupt);
}

TEST_CASE("tables of any number of places with names of any length fit an event", "[edition]") {
  People people;
  const size_t length = GENERATE(1U, 200U, 9000U);
  for (size_t i = 0; i < 300; ++i) add(people, 11 + i % 7, {"R", fmt::format("C{}", i / 10), fmt::format("S{}", i) + std::string(length, 's')});

  const auto told = next_edition(charter_of({wanted("applications", "station")}), people, {}, 1);

  REQUIRE(told.size() == 1);
  CHECK(told.front().total() == people.size());
  CHECK(tables_text(told).size() <= 8000);
  if (length < 9000) CHECK(told.front().groups.size() > 10);
}

TEST_CASE("whatever follows from random editions tells of nobody or of the minimum", "[edition][C5]") {
  std::mt19937 random(kSeed);
  size_t told = 0, fresh = 0, groups = 0;
  for (int i = 0; i < 600; ++i) {
    const auto history = random_history(random, 1 + random() % 5);
    CAPTURE(i);

    const auto faults = faults_of(history);

    CAPTURE(faults);
    REQUIRE(faults.empty());
    for (size_t edition = 0; edition < history.editions.size(); ++edition) {
      told += history.editions[edition].tables.size();
      for (const auto& each : fresh_tables(history, edition)) ++fresh, groups += each.groups.size();
    }
  }
  CAPTURE(told, fresh, groups);
  CHECK(fresh > 600);
  CHECK(told > fresh);
  CHECK(groups > 2 * fresh);
}

}  // namespace daybook::test
