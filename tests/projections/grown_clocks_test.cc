// The two clocks on a ledger that three simulated years have grown: what was recorded late, or wrong and mended, tells the
// clocks apart. A position cuts it like a ledger that ends there, and what changed between two moments leads from one to
// the other.
#include <catch2/catch_test_macros.hpp>

#include <random>

#include "ledger/cohort.h"
#include "ledger/state_bytes.h"
#include "ledger/state_snapshot.h"
#include "projections/event_filter.h"
#include "projections/replay_check.h"
#include "projections/state_lines.h"
#include "tests/support/grown_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;

class Moments {
 public:
  Position position() { return Position{100 + random_() % (three_years().end().value - 100)}; }
  Instant instant() {
    const auto first = life_begins(), last = *parse_instant("2026-01-01T00:00:00Z");
    return first + std::chrono::microseconds{random_() % static_cast<uint64_t>((last - first).count())};
  }
  uint64_t below(uint64_t end) { return random_() % end; }

 private:
  std::mt19937_64 random_{kSeed};
};

AsOf as_of(std::optional<Position> position, std::optional<Instant> happened) { return {position, std::nullopt, happened}; }

// What somebody sees who asks for a cycle, and for the history of one of its people.
struct Views {
  StateLines lines;
  std::vector<std::vector<std::string>> decisions;
  std::vector<std::pair<std::string, std::string>> figures;
  uint64_t history = 0;
};

Views views_of(const EventLog& log, const AsOf& moment, uint64_t any) {
  const State state = made(fold(log, moment));
  const auto& cycle = std::next(state.cycles.begin(), static_cast<std::ptrdiff_t>(any % state.cycles.size()))->second;
  const Vault vault(log, three_years().keys());
  Desk sealed(state, vault, nullptr);
  EventFilter filter;
  filter.happened_by = moment.happened;
  if (!cycle.applications.empty()) filter.person = state.application(cycle.applications[any % cycle.applications.size()])->person;
  Views views{lines_of(state), list("decisions", state, cycle, Day{}, sealed)->rows, named_figures(made(statistics(state, cycle, vault))), 0};
  fine(read_events(log, Position{}, state.end, [&](const Event& event) { return views.history += passes(filter, event, state), true; }));
  return views;
}

// How much there was to compare: a test of empty answers is none.
struct Compared {
  size_t lines = 0, decisions = 0, applications = 0, sessions = 0, history = 0;
  void add(const Views& views) {
    lines += views.lines.size();
    decisions += views.decisions.size();
    for (const auto& [name, value] : views.figures) {
      if (name == "applications") applications += std::stoull(value);
      if (name == "sessions_done") sessions += std::stoull(value);
    }
    history += views.history;
  }
  void check() const {
    CHECK(lines > 200'000);
    CHECK(decisions > 2'000);
    CHECK(applications > 2'000);
    CHECK(sessions > 2'000);
    CHECK(history > 2'000);
  }
};

bool same(const Views& a, const Views& b) {
  return changes(a.lines, b.lines).empty() && a.lines.size() == b.lines.size() && a.decisions == b.decisions && a.figures == b.figures &&
         a.history == b.history;
}

// Asks the whole ledger as of `rounds` random positions, and ledgers that end there.
Compared compare_cuts(int rounds, const std::function<std::optional<Instant>(Moments&)>& happened) {
  const auto& whole = three_years().log();
  Moments moments;
  std::vector<Position> positions;
  for (int i = 0; i < rounds; ++i) positions.push_back(moments.position());
  std::sort(positions.begin(), positions.end());
  const auto cut = make_memory_log();
  Compared compared;
  for (const auto position : positions) {
    three_years().grow(*cut, position);
    const auto by = happened(moments);
    const uint64_t any = moments.below(1'000'000);
    const auto asked = views_of(whole, as_of(position, by), any);
    INFO("seed " << kSeed << ": position " << position.value << (by ? ", by " + to_text(*by) : ""));
    REQUIRE(cut->end() == position);
    CHECK(same(asked, views_of(*cut, as_of(std::nullopt, by), any)));
    compared.add(asked);
  }
  return compared;
}

}  // namespace

TEST_CASE("a grown ledger asked as of a position answers like one that ends there", "[clocks][S1-44]") {
  compare_cuts(200, [](Moments&) { return std::nullopt; }).check();
}

TEST_CASE("a grown ledger asked by both clocks answers like one that ends there, asked by one", "[clocks][S1-44][E-38]") {
  compare_cuts(200, [](Moments& moments) { return std::optional(moments.instant()); }).check();
}

TEST_CASE("the clocks tell different things of a grown ledger", "[clocks][E-38]") {
  Moments moments;
  size_t apart = 0;

  for (int round = 0; round < 20; ++round) {
    const auto moment = moments.instant();
    AsOf known;
    known.recorded = moment;
    const auto then = lines_of(made(fold(three_years().log(), known)));
    const auto had_happened = lines_of(made(fold(three_years().log(), as_of(std::nullopt, moment))));
    apart += changes(then, had_happened).size();
  }

  CHECK(apart > 500);
}

TEST_CASE("the changes between two moments of a grown ledger, made to the first, give the second", "[clocks]") {
  Moments moments;
  std::vector<std::map<CycleId, StateLines>> known;
  for (int i = 0; i < 64; ++i) {
    const auto state = made(fold(three_years().log(), as_of(i % 3 == 1 ? std::nullopt : std::optional(moments.position()),
                                                            i % 3 == 0 ? std::nullopt : std::optional(moments.instant()))));
    auto& cycles = known.emplace_back();
    for (const auto& [id, cycle] : state.cycles) cycles.emplace(id, lines_of(state, cycle));
  }
  const auto values = [](const StateLines& lines) {
    std::map<std::string, std::string> all;
    for (const auto& [path, line] : lines) all.emplace(path, line.value);
    return all;
  };
  size_t changed = 0, pairs = 0;

  for (int round = 0; round < 500; ++round) {
    const auto &from = known[moments.below(known.size())], &to = known[moments.below(known.size())];
    for (const auto& [id, after] : to) {
      if (!from.contains(id)) continue;
      const auto& before = from.at(id);
      auto made_up = values(before);
      bool fits = true;
      for (const auto& change : changes(before, after)) {
        fits &= made_up[change.path] == change.from;
        made_up[change.path] = change.to;
        if (!after.contains(change.path)) made_up.erase(change.path);
        ++changed;
      }
      INFO("seed " << kSeed << " round " << round << ": " << id.text());
      CHECK(fits);
      CHECK((made_up == values(after)));  // not taken apart by the test's framework: they are long
      ++pairs;
    }
  }

  CHECK(pairs > 1'000);
  CHECK(changed > 50'000);
}

TEST_CASE("by no moment has a client used more sponsored sessions than were held", "[clocks][E-38]") {
  Moments moments;
  size_t used = 0;

  for (int round = 0; round < 100; ++round) {
    const auto moment = as_of(round % 2 == 0 ? std::nullopt : std::optional(moments.position()), moments.instant());
    const State state = made(fold(three_years().log(), moment));
    std::map<std::pair<CycleId, PersonId>, uint32_t> held;
    for (const auto& [ref, pairing] : state.pairings) {
      for (const auto& [number, session] : pairing.sessions) held[{pairing.cycle, pairing.client}] += session.done && session.sponsored;
    }
    for (const auto& [id, cycle] : state.cycles) {
      for (const auto& [person, client] : cycle.clients) {
        INFO("seed " << kSeed << " round " << round << ": by " << to_text(*moment.happened) << ", " << id.text());
        CHECK(client.sponsored == held[{id, person}]);
        used += client.sponsored;
      }
    }
  }

  CHECK(used > 1'000);
}

TEST_CASE("a cycle that is folded from its own events is the one of the whole fold, on three simulated years", "[clocks][directory]") {
  auto& ledger = three_years();
  Moments moments;
  size_t lines = 0;
  for (int round = 0; round < 60; ++round) {
    const auto moment = as_of(moments.position(), round % 2 == 0 ? std::nullopt : std::optional(moments.instant()));
    const State whole = made(fold(ledger.log(), moment));
    const auto& cycle = std::next(whole.cycles.begin(), static_cast<std::ptrdiff_t>(moments.below(whole.cycles.size())))->second;
    const State own = made(fold_cohort(ledger.log(), cycle.id, moment));

    const auto wanted = lines_of(whole, cycle), found = lines_of(own, *own.cycle(cycle.id));

    CAPTURE(round, cycle.id.text());
    for (const auto& change : changes(found, wanted)) FAIL(change.path << ": " << change.from << " | " << change.to);
    REQUIRE(own.end == whole.end);
    lines += wanted.size();
  }
  CHECK(lines > 20'000);
}

TEST_CASE("the kept view of three simulated years is what the events say", "[clocks][views]") {
  auto& ledger = three_years();
  const TempFolder folder;
  const Snapshots snapshots(folder.path(), Hash{});
  const auto end = ledger.end();
  const auto state = made(fold(ledger.log(), {Position{end.value / 2}, std::nullopt, std::nullopt}));
  fine(keep_state(snapshots, ledger.log(), state));

  const auto checked = made(check_views(ledger_views(), snapshots, ledger.log()));

  REQUIRE(checked.size() == 1);
  CHECK(checked.front().kept == state.end);
  CHECK_FALSE(checked.front().difference.has_value());
  CHECK(save_state(made(fold(ledger.log(), {}, state))) == save_state(ledger.state()));
}

}  // namespace daybook::test
