// The two clocks on the season of the spreadsheets: what had happened by a moment, and what was known at a position, are
// what a ledger knows that was told no more.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <random>
#include <set>

#include "ledger/csv.h"
#include "projections/state_lines.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;
const Instant kLongAgo = *parse_instant("2022-01-01T00:00:00Z"), kForever = *parse_instant("2030-01-01T00:00:00Z");
constexpr Position kNoEnd{~uint64_t{0}};

// A row, when it happened, and where the whole season has it.
struct SeasonRow {
  std::vector<std::string> cells;
  Instant at;
  Position recorded{};
};
struct Sheet {
  std::string name;
  std::vector<std::string> header;
  std::vector<SeasonRow> rows;
};
// A cycle's applications are decided a week after its last.
struct Decided {
  std::string cycle, at;
  Appended recorded{};
};

std::optional<Instant> moment_of(const std::string& sheet, const std::vector<std::string>& cells) {
  if (sheet == "applications") return parse_instant(cells[4]);
  if (sheet == "activity") return parse_instant(cells[0]);
  if (sheet != "coaches") return kLongAgo;
  const auto day = parse_day(cells[10].empty() ? cells[9] : cells[10]);  // reviewed_on, else pledged_on
  return day ? Zone::utc().last_instant(*day) : parse_instant("2026-01-01T00:00:00Z");
}

Sheet read_sheet(const std::string& name) {
  std::ifstream file(std::string(DAYBOOK_SOURCE_DIR) + "/tools/demo/" + name + ".csv", std::ios::binary);
  CsvReader csv([&](char* buffer, size_t room) { return static_cast<size_t>(file.read(buffer, static_cast<std::streamsize>(room)).gcount()); });
  Sheet sheet{name, made(csv.next()).value().cells, {}};
  while (auto record = made(csv.next())) {
    const auto at = moment_of(name, record->cells);
    sheet.rows.push_back({std::move(record->cells), at.value()});
  }
  return sheet;
}

// Some of a season, and the ledger that was told all of it.
class Season {
 public:
  // `one_in`: so many of the applicants, with what is theirs; 1: everybody.
  explicit Season(unsigned one_in) {
    for (const auto* name : {"staff", "participations", "coaches", "applications", "activity"}) sheets_.push_back(read_sheet(name));
    if (one_in > 1) thin_out(one_in);
    tell(whole_, kNoEnd, kForever, &decided_);
    find_positions();
  }

  TestLedger& whole() { return whole_; }
  Position end() { return whole_.log().end(); }

  // Tells `ledger` what the whole ledger was told before `end`, of that what had happened by then.
  void tell(TestLedger& ledger, Position end, Instant by, std::vector<Decided>* decided = nullptr) const {
    for (const auto& sheet : sheets_) {
      if (sheet.name == "activity") decide(ledger, end, by, decided);
      std::string text = csv_line(sheet.header);
      for (const auto& row : sheet.rows) {
        if (row.recorded < end && row.at <= by) text += csv_line(row.cells);
      }
      made(ledger.import(sheet.name, text, nullptr, kLongAgo));
    }
  }

  // A position at which a ledger can end: one decision of a cycle is written whole or not at all.
  Position near(Position position) const {
    for (const auto& decided : decided_) {
      if (position > decided.recorded.first && position < decided.recorded.end) return decided.recorded.end;
    }
    return position;
  }

 private:
  void decide(TestLedger& ledger, Position end, Instant by, std::vector<Decided>* decided) const {
    static const std::vector<Decided> kAll = {{"un-coaching/2023-pilot", "2023-03-07T12:00:00Z"},
                                              {"iom-coaching/2024", "2024-02-05T12:00:00Z"},
                                              {"iom-executive-coaching/2024", "2024-04-07T12:00:00Z"}};
    for (auto cycle : decided_.empty() ? kAll : decided_) {
      if (cycle.recorded.first >= end || *parse_instant(cycle.at) > by) continue;
      const auto answer = ledger.run(DecideCycle{TestLedger::cycle_id(cycle.cycle)}, cycle.at);
      cycle.recorded = answer.range;
      if (decided) decided->push_back(cycle);
    }
  }

  // Every row of an import is one event, in order.
  void find_positions() {
    auto sheet = sheets_.begin();
    size_t row = 0;
    fine(read_events(whole_.log(), Position{}, end(), [&](const Event& event) {
      if (event.envelope.provenance.batch.empty() || std::holds_alternative<ImportStarted>(event.body)) return true;
      if (std::holds_alternative<ImportFinished>(event.body)) {
        REQUIRE(row == sheet->rows.size());
        ++sheet, row = 0;
      } else {
        sheet->rows.at(row++).recorded = event.envelope.position;
      }
      return true;
    }));
    REQUIRE(sheet == sheets_.end());
  }

  Sheet& sheet(const std::string& name) {
    return *std::find_if(sheets_.begin(), sheets_.end(), [&](const Sheet& other) { return other.name == name; });
  }
  static void keep(Sheet& sheet, const std::function<bool(const std::vector<std::string>&)>& wanted) {
    std::erase_if(sheet.rows, [&](const SeasonRow& row) { return !wanted(row.cells); });
  }

  // Applicants by chance, their pairings, the coaches of those.
  void thin_out(unsigned one_in) {
    std::mt19937_64 random(kSeed);
    std::set<std::string> people, coaches, pairings;
    for (const auto& row : sheet("applications").rows) {
      if (random() % one_in == 0) people.insert(row.cells[3]);
    }
    for (const auto& row : sheet("activity").rows) {
      if (people.contains(row.cells[6])) pairings.insert(row.cells[3]), coaches.insert(row.cells[7]);
    }
    const auto either = [&](const std::string& number) { return people.contains(number) || coaches.contains(number); };
    keep(sheet("staff"), [&](const auto& cells) { return either(cells[0]); });
    keep(sheet("participations"), [&](const auto& cells) { return people.contains(cells[0]); });
    keep(sheet("coaches"), [&](const auto& cells) { return either(cells[1]); });
    keep(sheet("applications"), [&](const auto& cells) { return people.contains(cells[3]); });
    keep(sheet("activity"), [&](const auto& cells) { return pairings.contains(cells[3]); });
  }

  std::vector<Sheet> sheets_;
  std::vector<Decided> decided_;
  TestLedger whole_;
};

Season& whole_season() {
  static Season season(1);
  return season;
}
Season& small_season() {
  static Season season(15);
  return season;
}

// What says the same in two ledgers, which differ in positions and random ids.
struct Comparable {
  std::map<std::string, std::string> lines;
  std::vector<std::vector<std::pair<std::string, std::string>>> figures;  // of each cycle
  size_t sessions = 0;
  bool operator==(const Comparable&) const = default;
};

Comparable comparable(const State& state, const Vault& vault) {
  Comparable all;
  for (const auto& [id, cycle] : state.cycles) {
    for (const auto& [path, line] : lines_of(state, cycle)) {
      const auto thing = path.substr(0, path.find('/')), name = path.substr(path.rfind(' ') + 1);
      if (thing != "application" && thing != "pairing") continue;
      if (name == "person" || name == "client" || name == "coach" || name == "feedback" || name.starts_with("missed/")) continue;
      all.lines.emplace(path, line.value);
    }
    const auto statistics_of = made(statistics(state, cycle, vault));
    all.sessions += statistics_of.sessions_done;
    all.figures.push_back(named_figures(statistics_of));
  }
  return all;
}

class Moments {
 public:
  Instant instant() {
    const auto first = *parse_instant("2023-01-09T00:00:00Z"), last = *parse_instant("2024-12-01T00:00:00Z");
    return first + std::chrono::microseconds{random_() % static_cast<uint64_t>((last - first).count())};
  }
  Position position(Position end) { return Position{6 + random_() % (end.value - 6)}; }

 private:
  std::mt19937_64 random_{kSeed};
};

// Asks the whole season, and one that was told no more; gives how much there was to compare.
Comparable compare(Season& season, std::optional<Position> end, Instant by) {
  TestLedger told_no_more;
  season.tell(told_no_more, end.value_or(kNoEnd), by);
  AsOf as_of;
  as_of.position = end;
  as_of.happened = by;

  const auto asked = comparable(made(fold(season.whole().log(), as_of)), season.whole().vault());

  INFO("seed " << kSeed << ": by " << to_text(by) << (end ? ", position " + std::to_string(end->value) : ""));
  CHECK((asked == comparable(told_no_more.state(), told_no_more.vault())));  // not taken apart by the test's framework: they are long
  return asked;
}

}  // namespace

TEST_CASE("what had happened by a moment is what a ledger knows that was told no more", "[clocks][E-38]") {
  Moments moments;
  size_t lines = 0, sessions = 0;

  for (int round = 0; round < 200; ++round) {
    const auto compared = compare(small_season(), std::nullopt, moments.instant());
    lines += compared.lines.size(), sessions += compared.sessions;
  }

  CHECK(lines > 100'000);
  CHECK(sessions > 5'000);
}

TEST_CASE("what was known at a position of what had happened by a moment is what a ledger knows that was told no more", "[clocks][E-38][S1-44]") {
  Moments moments;
  size_t lines = 0, sessions = 0;

  for (int round = 0; round < 200; ++round) {
    const auto end = small_season().near(moments.position(small_season().end()));
    const auto compared = compare(small_season(), end, moments.instant());
    lines += compared.lines.size(), sessions += compared.sessions;
  }

  CHECK(lines > 20'000);
  CHECK(sessions > 1'000);
}

TEST_CASE("in the whole season too, what had happened by a moment is what a ledger knows that was told no more", "[clocks][E-38]") {
  Moments moments;
  size_t lines = 0;

  for (int round = 0; round < 4; ++round) lines += compare(whole_season(), std::nullopt, moments.instant()).lines.size();

  CHECK(lines > 10'000);
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
  const auto before = made(fold(ledger.log(), as_of));
  const auto now = made(fold(ledger.log()));

  const auto used = [](const State& state) { return state.cycle({"iom-coaching", "2024"})->clients.begin()->second.sponsored; };
  CHECK(used(before) == 1);
  CHECK(used(now) == 1);
}

TEST_CASE("a pairing whose window was set by one that had not happened yet does not count", "[clocks][E-38]") {
  TestLedger ledger;
  ledger.staff("S1");
  ledger.apply("A1", "S1", "iom-coaching/2024", "2024-01-10T12:00:00Z");
  ledger.run(DecideCycle{{"iom-coaching", "2024"}}, "2024-02-05T12:00:00Z");
  ledger.accepted_coach("K1", "iom-coaching", 3);
  ledger.request("Q1", "iom-coaching/2024", "S1", "K1", "2024-03-01T00:00:00Z");
  ledger.act("accept-pairing", "Q1", "2024-05-01T00:00:00Z");
  ledger.act("end-pairing", "Q1", "2024-05-02T00:00:00Z");
  ledger.request("Q2", "iom-coaching/2024", "S1", "K1", "2024-03-02T00:00:00Z");
  REQUIRE(said(ledger.act("accept-pairing", "Q2", "2024-03-03T00:00:00Z")) == "recorded");

  const auto by = [&](const std::string& moment) { return fold(ledger.log(), {std::nullopt, std::nullopt, parse_instant(moment)}).value(); };

  CHECK(by("2024-03-10T00:00:00Z").pairing("Q2")->status == PairingStatus::kRequested);
  CHECK(by("2024-05-10T00:00:00Z").pairing("Q2")->status == PairingStatus::kActive);
}

}  // namespace daybook::test
