#include "ledger/edition.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <set>

#include "ledger/require.h"

namespace daybook {
namespace {

namespace json = boost::json;

constexpr size_t kTableBytesMax = 8'000;  // six of them, the most that a charter has, fit an event

using Names = std::set<Group>;  // of groups; {} is always among them

bool is_by_goal(const std::string& by) { return by == "goal"; }

// How narrow a group may be, in names.
size_t depth_of(const std::string& by) { return by.empty() ? 0 : by == "country" ? 2 : by == "station" ? 3 : 1; }

bool counts_in(const std::string& population, const Participant& participant) {
  if (population == "eligible") return participant.eligible;
  if (population == "seated") return participant.seated;
  if (population == "paired") return participant.paired;
  if (population == "completed") return participant.completed;
  return true;
}

// How many of a population belong to each group that they are known by.
GroupCounts counted(std::span<const Participant> participants, const std::string& population, const std::string& by) {
  GroupCounts groups;
  for (const auto& one : participants) {
    if (counts_in(population, one)) ++groups[is_by_goal(by) ? one.goal : one.place];
  }
  return groups;
}

Names names_of(const GroupCounts& groups) {
  Names names;
  for (const auto& [group, unused] : groups) names.insert(group);
  return names;
}

// The same counts under fewer names.
GroupCounts regrouped(const GroupCounts& groups, const Names& names) {
  GroupCounts out;
  for (const auto& name : names) out[name] = 0;
  for (const auto& [group, count] : groups) {
    auto name = group;
    while (!names.contains(name)) name.pop_back();
    out[name] += count;
  }
  return out;
}

// The groups of a table that may not be told as they are.
struct Flaws {
  std::vector<Group> groups;
  bool may_be_merged = true;  // false: they are groups of an earlier table, which merging within them does not change
};

// Of many groups the narrowest: they are merged first, and what they make together is looked at again.
std::vector<Group> narrowest(std::vector<Group> groups) {
  size_t depth = 0;
  for (const auto& group : groups) depth = std::max(depth, group.size());
  std::erase_if(groups, [&](const Group& group) { return group.size() < depth; });
  return groups;
}

// One table on its way to groups that can be told.
class Merging {
 public:
  // All are borrowed. `everybody`: all who applied, by the same field.
  Merging(const ToldTable& table, const GroupCounts& counts, const GroupCounts& everybody, const std::vector<ToldTable>& told, uint64_t minimum)
      : table_(table), counts_(counts), everybody_(everybody), told_(told), minimum_(minimum) {}

  // The table in the groups that merging leads to from these on; nullopt if it leads to none that can be told.
  std::optional<ToldTable> from(Names names) const {
    for (;;) {
      auto table = table_;
      table.groups = regrouped(counts_, names);
      const auto occupied = regrouped(everybody_, names);
      auto flaws = flaws_of(table, occupied);
      if (flaws.groups.empty()) return table;
      if (!flaws.may_be_merged) return std::nullopt;
      // What is left over of everything has nothing to be merged into: the smallest of the others joins it.
      if (flaws.groups.front().empty()) flaws.groups = smallest(table.groups, occupied, 1);
      if (flaws.groups.empty()) return std::nullopt;
      for (const auto& group : flaws.groups) names.erase(group);
    }
  }

 private:
  Flaws flaws_of(const ToldTable& table, const GroupCounts& occupied) const {
    if (auto small = too_small(table.groups, occupied); !small.empty()) return {std::move(small)};
    for (const auto& told : told_) {
      if (auto flaws = against(table, told); !flaws.groups.empty()) return flaws;
    }
    if (tables_text({&table, 1}).size() > kTableBytesMax) return {smallest(table.groups, occupied, table.groups.size() / 2)};
    return {};
  }

  // Nought counts as small where somebody of the group applied: of those who are told apart, none is told that they all failed.
  std::vector<Group> too_small(const GroupCounts& groups, const GroupCounts& occupied) const {
    std::vector<Group> small;
    for (const auto& [group, count] : groups) {
      if (count < minimum_ && (occupied.at(group) > 0 || groups.size() == 1)) small.push_back(group);
    }
    return narrowest(std::move(small));
  }

  // Where the difference to a table that was told, group by group as far as both tell groups apart, is neither nought nor at
  // least the minimum, or goes another way than the whole.
  Flaws against(const ToldTable& table, const ToldTable& told) const {
    auto here = names_of(table.groups), there = names_of(told.groups);
    if (is_by_goal(table.by) != is_by_goal(told.by)) here = there = {Group{}};
    const bool coarser = std::includes(there.begin(), there.end(), here.begin(), here.end());
    const bool finer = std::includes(here.begin(), here.end(), there.begin(), there.end());
    if (!coarser && !finer) return {{Group{}}, false};  // groups that overlap
    const auto& common = coarser ? here : there;
    const auto ours = regrouped(table.groups, common), theirs = regrouped(told.groups, common);
    const bool grew = table.total() >= told.total();
    std::vector<Group> bad;
    for (const auto& [group, count] : ours) {
      const auto other = theirs.at(group);
      const auto difference = std::max(count, other) - std::min(count, other);
      if (difference > 0 && (difference < minimum_ || (count > other) != grew)) bad.push_back(group);
    }
    return {narrowest(std::move(bad)), common.size() == table.groups.size()};
  }

  // The groups with the fewest people, of those that somebody belongs to; {} is not among them.
  static std::vector<Group> smallest(const GroupCounts& groups, const GroupCounts& occupied, size_t how_many) {
    std::vector<std::pair<uint64_t, Group>> order;
    for (const auto& [group, count] : groups) {
      if (!group.empty() && occupied.at(group) > 0) order.emplace_back(count, group);
    }
    std::sort(order.begin(), order.end());
    order.resize(std::min(order.size(), how_many));
    std::vector<Group> out;
    for (auto& [count, group] : order) out.push_back(std::move(group));
    return out;
  }

  const ToldTable& table_;
  const GroupCounts& counts_;
  const GroupCounts& everybody_;
  const std::vector<ToldTable>& told_;
  const uint64_t minimum_;
};

Names no_deeper(const Names& names, size_t depth) {
  Names out;
  for (const auto& name : names) {
    if (name.size() <= depth) out.insert(name);
  }
  return out;
}

// Where merging may begin, the finest first: every group that somebody belongs to; then those that were told before by this
// field. They lie within each other, since tables whose groups overlap are not told.
std::vector<Names> beginnings(const GroupCounts& everybody, const std::string& by, const std::vector<ToldTable>& told) {
  Names all = {Group{}};
  for (const auto& [group, unused] : everybody) {
    for (auto name = group; !name.empty(); name.pop_back()) all.insert(name);
  }
  std::vector<Names> before;
  for (const auto& table : told) {
    if (is_by_goal(table.by) == is_by_goal(by)) before.push_back(no_deeper(names_of(table.groups), depth_of(by)));
  }
  std::stable_sort(before.begin(), before.end(), [](const Names& a, const Names& b) { return a.size() > b.size(); });
  before.insert(before.begin(), no_deeper(all, depth_of(by)));
  before.erase(std::unique(before.begin(), before.end()), before.end());
  return before;
}

// Seats are known from the charter: what is told of the seated is held against them too.
ToldTable known_seats(const Charter& charter) { return {"seats", "seated", "", 0, {{Group{}, charter.seats}}}; }

// As narrow as what was told last under this name, and not just the same again.
bool is_worth_telling(const ToldTable& table, const ToldTable& last) {
  const auto names = names_of(table.groups), before = names_of(last.groups);
  return std::includes(names.begin(), names.end(), before.begin(), before.end()) && table.groups != last.groups;
}

std::optional<ToldTable> next_table(const FigureTable& wanted, std::span<const Participant> participants, const std::vector<ToldTable>& told,
                                    const ToldTable& seats, uint64_t minimum, uint32_t number) {
  const auto last = std::find_if(told.rbegin(), told.rend(), [&](const ToldTable& table) { return table.name == wanted.name; });
  const auto again = last == told.rend() ? std::nullopt : std::optional(*last);
  auto beside = told;
  if (wanted.counts == seats.counts) beside.push_back(seats);
  const ToldTable table{wanted.name, wanted.counts, wanted.by, number, {}};
  const auto counts = counted(participants, wanted.counts, wanted.by);
  const auto everybody = counted(participants, std::string(kPopulations[0]), wanted.by);
  const Merging merging(table, counts, everybody, beside, minimum);
  for (auto& names : beginnings(everybody, wanted.by, told)) {
    auto merged = merging.from(std::move(names));
    if (merged && (!again || is_worth_telling(*merged, *again))) return merged;
  }
  return again;
}

bool is_for(const FigureTable& table, std::string_view audience) {
  return std::find(table.audiences.begin(), table.audiences.end(), audience) != table.audiences.end();
}

// ---- as text ----

json::value to_json(const ToldTable& table) {
  json::array groups;
  for (const auto& [group, count] : table.groups) {
    json::array names;
    for (const auto& name : group) names.emplace_back(name);
    groups.push_back(json::object{{"group", std::move(names)}, {"count", count}});
  }
  return json::object{{"name", table.name},       {"counts", table.counts}, {"by", table.by},
                      {"edition", table.edition}, {"total", table.total()}, {"groups", std::move(groups)}};
}

ToldTable from_json(const json::value& value) {
  ToldTable table;
  const auto& object = value.as_object();
  const auto text = [](const json::value& from) { return std::string(from.as_string().data(), from.as_string().size()); };
  table.name = text(object.at("name")), table.counts = text(object.at("counts")), table.by = text(object.at("by"));
  table.edition = object.at("edition").to_number<uint32_t>();
  for (const auto& each : object.at("groups").as_array()) {
    Group group;
    for (const auto& name : each.as_object().at("group").as_array()) group.push_back(text(name));
    table.groups[std::move(group)] = each.as_object().at("count").to_number<uint64_t>();
  }
  table.groups.try_emplace(Group{}, 0);
  return table;
}

}  // namespace

uint64_t ToldTable::total() const {
  uint64_t sum = 0;
  for (const auto& [group, count] : groups) sum += count;
  return sum;
}

std::vector<ToldTable> next_edition(const Charter& charter, std::span<const Participant> participants, const std::vector<ToldTable>& told,
                                    uint32_t number) {
  std::vector<ToldTable> edition, all = told;
  const auto seats = known_seats(charter);
  for (const auto& wanted : charter.tables) {
    auto table = next_table(wanted, participants, all, seats, charter.published_minimum, number);
    if (!table) continue;
    all.push_back(*table);
    edition.push_back(std::move(*table));
  }
  return edition;
}

std::string tables_text(std::span<const ToldTable> tables) {
  json::array all;
  for (const auto& table : tables) all.push_back(to_json(table));
  return json::serialize(all);
}

Result<std::vector<ToldTable>> read_tables(std::string_view text) {
  try {
    std::vector<ToldTable> tables;
    const auto all = json::parse(text);
    for (const auto& table : all.as_array()) tables.push_back(from_json(table));
    return tables;
  } catch (const std::exception& broken) {  // the library's way to say that something is not there, or of another kind
    return Error{Fault::kCorrupt, fmt::format("tables of an edition: {}, want them as EDITIONS.md describes", broken.what())};
  }
}

std::vector<ToldTable> told_to(const std::string& audience, const Charter& charter, const std::vector<ToldTable>& tables) {
  std::vector<ToldTable> out;
  for (const auto& wanted : charter.tables) {
    if (!is_for(wanted, audience)) continue;
    for (const auto& table : tables) {
      if (table.name == wanted.name) out.push_back(table);
    }
  }
  return out;
}

std::vector<std::string> audiences_of(const Charter& charter) {
  std::vector<std::string> audiences;
  for (const auto audience : kAudiences) {
    const bool told = std::any_of(charter.tables.begin(), charter.tables.end(), [&](const auto& table) { return is_for(table, audience); });
    if (told) audiences.emplace_back(audience);
  }
  return audiences;
}

}  // namespace daybook
