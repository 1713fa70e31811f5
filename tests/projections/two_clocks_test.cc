// The two clocks on one season: what was known by a position, and what had happened by a moment.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <random>
#include <sstream>

#include "ledger/csv.h"
#include "projections/state_lines.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;
const std::string kInput = std::string(DAYBOOK_SOURCE_DIR) + "/tools/demo/";
const CycleId kCycle{"iom-coaching", "2024"}, kSmallCycle{"un-coaching", "2023-pilot"};
const std::string kDecidedAt = "2024-02-05T12:00:00Z";

// A sheet's text without the rows that happened later: `moment` tells a row's time from its cells.
using Moment = std::function<std::optional<Instant>(const std::vector<std::string>&)>;
std::string rows_by(const std::string& sheet, const Moment& moment, Instant by) {
  std::ifstream file(kInput + sheet + ".csv", std::ios::binary);
  CsvReader csv([&](char* buffer, size_t room) { return static_cast<size_t>(file.read(buffer, static_cast<std::streamsize>(room)).gcount()); });
  std::string text;
  bool header = true;
  for (;;) {
    const auto record = csv.next().value();
    if (!record) return text;
    if (header || moment(record->cells) <= by) text += csv_line(record->cells);
    header = false;
  }
}

std::optional<Instant> coach_moment(const std::vector<std::string>& cells) {
  const auto day = parse_day(cells[10].empty() ? cells[9] : cells[10]);  // reviewed_on, else pledged_on
  return day ? Zone::utc().last_instant(*day) : parse_instant("2026-01-01T00:00:00Z");
}

// A season of which only what had happened by then was ever recorded.
void run_season(TestLedger& ledger, Instant by) {
  const auto long_ago = parse_instant("2022-01-01T00:00:00Z");
  const auto always = [&](const std::vector<std::string>&) { return long_ago; };
  for (const auto* sheet : {"staff", "participations"}) REQUIRE(ledger.import(sheet, rows_by(sheet, always, by), nullptr, long_ago).has_value());
  REQUIRE(ledger.import("coaches", rows_by("coaches", coach_moment, by)).has_value());
  REQUIRE(ledger.import("applications", rows_by("applications", [](const auto& cells) { return parse_instant(cells[4]); }, by)).has_value());
  if (parse_instant(kDecidedAt) <= by) {
    for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) {
      ledger.run(DecideCycle{TestLedger::cycle_id(cycle)}, kDecidedAt);
    }
  }
  REQUIRE(ledger.import("activity", rows_by("activity", [](const auto& cells) { return parse_instant(cells[0]); }, by)).has_value());
}

const Instant kForever = *parse_instant("2030-01-01T00:00:00Z");

TestLedger& whole_season() {
  static TestLedger ledger;
  [[maybe_unused]] static const bool ran = (run_season(ledger, kForever), true);
  return ledger;
}

// The lines that say the same in two ledgers, which differ in positions and random ids.
std::map<std::string, std::string> comparable(const State& state) {
  std::map<std::string, std::string> lines;
  for (const auto& [path, line] : lines_of(state, *state.cycle(kCycle))) {
    const auto thing = path.substr(0, path.find('/')), name = path.substr(path.rfind(' ') + 1);
    if (thing != "application" && thing != "pairing") continue;
    if (name == "person" || name == "client" || name == "coach" || name == "feedback" || name.starts_with("missed/")) continue;
    lines.emplace(path, line.value);
  }
  return lines;
}

}  // namespace

TEST_CASE("what had happened by a moment is what a ledger knows that was told no more", "[clocks][E-38]") {
  auto& whole = whole_season();
  std::mt19937_64 random(kSeed);
  const auto first = *parse_instant("2023-12-01T00:00:00Z"), last = *parse_instant("2024-12-01T00:00:00Z");
  size_t compared = 0;

  for (int round = 0; round < 6; ++round) {
    const Instant by = first + std::chrono::microseconds{random() % static_cast<uint64_t>((last - first).count())};
    TestLedger told_no_more;
    run_season(told_no_more, by);
    AsOf as_of;
    as_of.happened = by;

    const auto had_happened = comparable(replay(whole.log(), as_of).value().state);

    INFO("seed " << kSeed << " round " << round << ": by " << to_text(by));
    CHECK((had_happened == comparable(told_no_more.state())));
    compared += had_happened.size();
  }

  CHECK(compared > 10'000);
}

TEST_CASE("what was known at a position is what a ledger knows that was cut there", "[clocks][S1-44]") {
  auto& whole = whole_season();
  std::mt19937_64 random(kSeed);
  size_t compared = 0;

  for (int round = 0; round < 20; ++round) {
    const Position end{3000 + random() % (whole.log().end().value - 3000)};
    State cut;
    REQUIRE(read_events(whole.log(), Position{}, end, [&](const Event& event) { return evolve(cut, event), true; }).has_value());
    AsOf as_of;
    as_of.position = end;

    const auto known = lines_of(replay(whole.log(), as_of).value().state, *cut.cycle(kCycle));

    const auto wanted = lines_of(cut, *cut.cycle(kCycle));
    INFO("seed " << kSeed << " round " << round << ": end " << end.value);
    CHECK(changes(known, wanted).empty());
    compared += known.size();
  }

  CHECK(compared > 10'000);
}

TEST_CASE("the changes between two moments, made to the first, give the second", "[clocks]") {
  auto& whole = whole_season();
  std::mt19937_64 random(kSeed);
  std::vector<StateLines> moments;
  for (int i = 0; i < 32; ++i) {
    AsOf as_of;
    if (i % 2 == 0) as_of.position = Position{3000 + random() % (whole.log().end().value - 3000)};
    if (i % 3 == 0) as_of.happened = *parse_instant("2023-01-01T00:00:00Z") + std::chrono::hours{random() % (24 * 365)};
    const auto state = replay(whole.log(), as_of).value().state;
    moments.push_back(lines_of(state, *state.cycle(kSmallCycle)));
  }
  size_t changed = 0;

  for (int round = 0; round < 500; ++round) {
    const auto &from = moments[random() % moments.size()], &to = moments[random() % moments.size()];
    StateLines lines = from;
    bool fits = true;
    for (const auto& change : changes(from, to)) {
      auto& line = lines[change.path];
      fits &= line.value == change.from;
      line = {change.to, change.event};
      if (!to.contains(change.path)) lines.erase(change.path);
      ++changed;
    }

    std::map<std::string, std::string> made, wanted;
    for (const auto& [path, line] : lines) made.emplace(path, line.value);
    for (const auto& [path, line] : to) wanted.emplace(path, line.value);
    CHECK(fits);
    CHECK((made == wanted));  // not taken apart by the test's framework: they are long
  }

  CHECK(changed > 10'000);
}

TEST_CASE("an event that builds on one that had not happened by then does not count", "[clocks][E-38]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.request("P1", "iom-coaching/2024", "U1", "C1", "2024-07-10T10:00:00Z");
  ledger.act("accept-pairing", "P1", "2024-07-05T10:00:00Z");  // recorded later, happened earlier
  ledger.done("P1", 1, "2024-07-06", "2024-07-06T10:00:00Z");
  AsOf as_of;

  as_of.happened = *parse_instant("2024-07-08T00:00:00Z");
  const auto before = replay(ledger.log(), as_of).value();
  as_of.happened = *parse_instant("2024-07-10T10:00:00Z");
  const auto after = replay(ledger.log(), as_of).value();

  CHECK(before.state.pairing("P1") == nullptr);
  CHECK(before.state.end == ledger.log().end());
  CHECK(before.head == ledger.log().head());
  REQUIRE(after.state.pairing("P1") != nullptr);
  CHECK(after.state.pairing("P1")->sessions.at(1).done);
}

TEST_CASE("a session that was taken back and marked again with its own time counts once before that", "[clocks][E-38]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-07-01T10:00:00Z");
  ledger.done("P1", 1, "2024-07-06", "2024-07-06T10:00:00Z");
  ledger.withdraw("P1", 1, "2024-07-20T10:00:00Z");
  ledger.done("P1", 1, "2024-07-06", "2024-07-06T10:00:00Z");
  AsOf as_of;

  as_of.happened = *parse_instant("2024-07-10T00:00:00Z");
  const auto before = fold(ledger.log(), as_of).value();
  const auto now = fold(ledger.log()).value();

  const auto used = [](const State& state) { return state.cycle({"iom-coaching", "2024"})->clients.begin()->second.sponsored; };
  CHECK(used(before) == 1);
  CHECK(used(now) == 1);
}

}  // namespace daybook::test
