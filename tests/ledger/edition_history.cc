#include "tests/ledger/edition_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace daybook::test {
namespace {

size_t up_to(std::mt19937& random, size_t most) { return random() % (most + 1); }
template <class Items>
const auto& one_of(std::mt19937& random, const Items& items) {
  return items[random() % std::size(items)];
}

std::vector<Group> random_places(std::mt19937& random) {
  std::vector<Group> places;
  for (size_t region = 0; region <= up_to(random, 2); ++region) {
    for (size_t country = 0; country <= up_to(random, 2); ++country) {
      for (size_t station = 0; station <= up_to(random, 2); ++station) {
        places.push_back({fmt::format("R{}", region), fmt::format("C{}{}", region, country), fmt::format("S{}{}{}", region, country, station)});
      }
    }
  }
  return places;
}

Charter random_charter(std::mt19937& random) {
  Charter charter;
  charter.seats = static_cast<uint32_t>(up_to(random, 200));
  charter.published_minimum = one_of(random, std::vector<uint32_t>{3, 3, 5, 11});
  const auto tables = 1 + up_to(random, 4);
  for (size_t i = 0; i < tables; ++i) {
    FigureTable table{fmt::format("t{}", i), std::string(one_of(random, kPopulations)), "", {"sponsor"}};
    if (random() % 6 > 0) table.by = random() % 2 > 0 ? "station" : std::string(one_of(random, kGroupings));
    charter.tables.push_back(std::move(table));
  }
  return charter;
}

Participant newcomer(std::mt19937& random, const std::vector<Group>& places) {
  Participant one;
  if (random() % 40 > 0) one.place = places[std::min(random() % places.size(), random() % places.size())];  // some are much larger than others
  if (random() % 40 > 0) one.goal = {one_of(random, std::vector<std::string>{"professional", "personal", "both", "both"})};
  return one;
}

// One step further, or with `back` one step back.
void move_on(Participant& one, bool back) {
  bool* const steps[] = {&one.eligible, &one.seated, &one.paired, &one.completed};
  for (size_t i = 0; i < 4; ++i) {
    auto* step = steps[back ? 3 - i : i];
    if (*step == back) {
      *step = !back;
      return;
    }
  }
}

void live(std::mt19937& random, const std::vector<Group>& places, bool only_grows, std::vector<Participant>& people) {
  const size_t pace = one_of(random, std::vector<size_t>{0, 3, 40, 150});
  for (size_t i = up_to(random, pace); i > 0; --i) people.push_back(newcomer(random, places));
  if (people.empty()) return;
  for (size_t i = up_to(random, 3 * pace); i > 0; --i) move_on(people[random() % people.size()], false);
  if (only_grows) return;
  for (size_t i = up_to(random, pace / 2); i > 0; --i) move_on(people[random() % people.size()], true);
  for (size_t i = up_to(random, 4); i > 0 && people.size() > 1; --i)
    people.erase(people.begin() + static_cast<std::ptrdiff_t>(random() % people.size()));
  if (random() % 4 == 0) people[random() % people.size()].place.clear();  // an erasure
}

bool belongs(const std::string& population, const Participant& one) {
  if (population == "completed") return one.completed;
  if (population == "paired") return one.paired;
  if (population == "seated") return one.seated;
  return population == "eligible" ? one.eligible : true;
}

bool by_goal(const ToldTable& table) { return table.by == "goal"; }

class Check {
 public:
  explicit Check(const EditionHistory& history) : history_(history), minimum_(static_cast<int64_t>(history.charter.published_minimum)) {}

  std::vector<std::string> faults() {
    for (size_t i = 0; i < history_.editions.size(); ++i) {
      for (const auto& table : history_.editions[i].tables) {
        if (table.edition == i + 1) {
          groups_are_true(table);
          told_.push_back(table);
        } else if (std::find(told_.begin(), told_.end(), table) == told_.end()) {
          add(table, "repeats what was not told");
        }
      }
    }
    for (size_t a = 0; a < told_.size(); ++a) {
      for (size_t b = 0; b < a; ++b) differences(told_[a], told_[b]);
      if (told_[a].counts == "seated")
        small(told_[a], "seats that are free", int64_t{history_.charter.seats} - static_cast<int64_t>(told_[a].total()));
    }
    return std::move(faults_);
  }

 private:
  void add(const ToldTable& table, const std::string& what) {
    faults_.push_back(fmt::format("{} of edition {}: {}", table.name, table.edition, what));
  }
  void small(const ToldTable& table, const std::string& what, int64_t count) {
    if (count != 0 && std::abs(count) < minimum_) add(table, fmt::format("{}: {}", what, count));
  }

  // Every value that somebody may have in the field.
  std::vector<Group> values_of(const ToldTable& table) const {
    if (by_goal(table)) return {{}, {"professional"}, {"personal"}, {"both"}};
    auto all = history_.places;
    all.push_back({});
    return all;
  }
  int64_t count(const ToldTable& table, const Group& value) const {
    int64_t found = 0;
    for (const auto& one : history_.editions[table.edition - 1].people) {
      found += belongs(table.counts, one) && (by_goal(table) ? one.goal : one.place) == value;
    }
    return found;
  }

  void groups_are_true(const ToldTable& table) {
    std::map<Group, int64_t> counted;
    for (const auto& value : values_of(table)) counted[told_group(table, value)] += count(table, value);
    for (const auto& [group, told] : table.groups) {
      if (counted[group] != static_cast<int64_t>(told)) add(table, fmt::format("{} told, {} counted", told, counted[group]));
      small(table, "a group", counted[group]);
    }
  }

  // Every set of values that both tables tell the size of is made of these; each with its difference.
  std::vector<int64_t> common_differences(const ToldTable& a, const ToldTable& b) const {
    if (by_goal(a) != by_goal(b)) return {static_cast<int64_t>(a.total()) - static_cast<int64_t>(b.total())};
    std::vector<std::set<Group>> parts;  // groups of a that hang together by groups of b
    std::map<Group, std::set<Group>> met;
    for (const auto& value : values_of(a)) met[told_group(b, value)].insert(told_group(a, value));
    for (const auto& [group, ours] : met) {
      std::set<Group> joined = ours;
      std::erase_if(parts, [&](const std::set<Group>& part) {
        const bool meets = std::any_of(part.begin(), part.end(), [&](const Group& each) { return ours.contains(each); });
        if (meets) joined.insert(part.begin(), part.end());
        return meets;
      });
      parts.push_back(std::move(joined));
    }
    std::vector<int64_t> all;
    for (const auto& part : parts) {
      int64_t difference = 0;
      for (const auto& value : values_of(a)) {
        if (part.contains(told_group(a, value))) difference += count(a, value) - count(b, value);
      }
      all.push_back(difference);
    }
    return all;
  }

  void differences(const ToldTable& a, const ToldTable& b) {
    std::set<int64_t> sums = {0};  // of every choice of parts
    for (const auto difference : common_differences(a, b)) {
      auto more = sums;
      for (const auto sum : sums) more.insert(sum + difference);
      sums = std::move(more);
    }
    for (const auto sum : sums) small(a, fmt::format("beside {} of edition {}", b.name, b.edition), sum);
  }

  const EditionHistory& history_;
  const int64_t minimum_;
  std::vector<ToldTable> told_;
  std::vector<std::string> faults_;
};

}  // namespace

EditionHistory random_history(std::mt19937& random, size_t editions, const Publisher& publisher) {
  EditionHistory history;
  history.charter = random_charter(random);
  history.places = random_places(random);
  history.only_grows = random() % 2 > 0;
  std::vector<Participant> people;
  std::vector<ToldTable> told;
  for (size_t i = 0; i < editions; ++i) {
    live(random, history.places, history.only_grows, people);
    auto tables = publisher(history.charter, people, told, static_cast<uint32_t>(i + 1));
    told.insert(told.end(), tables.begin(), tables.end());
    history.editions.push_back({people, std::move(tables)});
  }
  return history;
}

std::vector<ToldTable> fresh_tables(const EditionHistory& history, size_t edition) {
  std::vector<ToldTable> fresh;
  for (const auto& table : history.editions[edition].tables) {
    if (table.edition == edition + 1) fresh.push_back(table);
  }
  return fresh;
}

bool is_within(const Group& group, const Group& wider) {
  return group.size() >= wider.size() && std::equal(wider.begin(), wider.end(), group.begin());
}

uint64_t true_count(const TrueEdition& edition, const std::string& population, const std::vector<Group>& places) {
  return static_cast<uint64_t>(std::count_if(edition.people.begin(), edition.people.end(), [&](const Participant& one) {
    return belongs(population, one) && std::find(places.begin(), places.end(), one.place) != places.end();
  }));
}

Group told_group(const ToldTable& table, const Group& place) {
  Group narrowest;
  for (const auto& [group, unused] : table.groups) {
    if (is_within(place, group) && group.size() >= narrowest.size()) narrowest = group;
  }
  return narrowest;
}

std::vector<std::string> faults_of(const EditionHistory& history) { return Check(history).faults(); }

}  // namespace daybook::test
