// One season of three programmes, as administrators keep it, against answers worked out by a separate program.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>

#include "ledger/codec.h"
#include "ledger/csv.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

const std::string kInput = DAYBOOK_SOURCE_DIR "/tools/demo/", kExpected = DAYBOOK_SOURCE_DIR "/tests/season/expected/";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(file.good());
  return text.str();
}

std::string report_text(const std::vector<ReportRow>& rows) {
  std::string text = csv_line({"row", "ref", "outcome", "reason", "flags"});
  for (const auto& row : rows) text += csv_line({std::to_string(row.row), row.ref, row.outcome, row.reason, row.flags});
  return text;
}

std::string decisions_text(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  std::string text = csv_line(names);
  for (const auto& row : table.rows) text += csv_line(row);
  return text;
}

// The figures as the expected file writes them, a line each.
std::string stats_text(const Statistics& statistics) {
  std::string text;
  for (const auto& [name, value] : named_figures(statistics)) text += (text.empty() ? "{\n \"" : ",\n \"") + name + "\": " + value;
  return text + "\n}\n";
}

struct Season {
  TestLedger ledger;
  std::map<std::string, std::vector<ReportRow>> reports;

  void take(const std::string& sheet) {
    auto& report = reports[sheet];
    report.clear();
    REQUIRE(ledger.import(sheet, read_file(kInput + sheet + ".csv"), &report).has_value());
  }
  void run() {
    for (const auto* sheet : {"staff", "participations", "coaches", "applications"}) take(sheet);
    for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) ledger.decide(cycle);
    take("activity");
  }
};

std::string dashed(std::string cycle) {
  cycle[cycle.find('/')] = '-';
  return cycle;
}

}  // namespace

TEST_CASE("the season gives the expected reports, decisions and figures", "[season][S0-43][S1-44]") {
  Season season;

  season.run();

  for (const auto* sheet : {"coaches", "applications", "activity"}) {
    CHECK(report_text(season.reports[sheet]) == read_file(kExpected + sheet + ".csv"));
  }
  for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) {
    CHECK(decisions_text(season.ledger.decisions(cycle)) == read_file(kExpected + "decisions-" + dashed(cycle) + ".csv"));
    CHECK(stats_text(season.ledger.stats(cycle)) == read_file(kExpected + "stats-" + dashed(cycle) + ".json"));
  }
}

TEST_CASE("the same season again changes nothing", "[season][E-38]") {
  Season season;
  season.run();
  const auto end = season.ledger.log().end();

  season.run();

  CHECK(season.ledger.log().end() == end);
  for (const auto& [sheet, rows] : season.reports) {
    for (const auto& row : rows) REQUIRE(row.outcome == "unchanged");
  }
}

// Activity comes a month at a time, and each month begins with a tick.
TEST_CASE("deadlines recorded in between change no answer and no figure of the season", "[season][clock][E-01][S1-44]") {
  Season season;
  for (const auto* sheet : {"staff", "participations", "coaches", "applications"}) season.take(sheet);
  season.ledger.tick();
  for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) season.ledger.decide(cycle);
  std::istringstream activity(read_file(kInput + "activity.csv"));
  CsvReader csv([&](char* buffer, size_t room) { return static_cast<size_t>(activity.read(buffer, static_cast<std::streamsize>(room)).gcount()); });
  const auto header = csv.next().value()->cells;
  std::map<std::string, std::string> months;  // the sheets, by month of `at`
  for (auto record = csv.next().value(); record; record = csv.next().value()) {
    auto& sheet = months.try_emplace(record->cells[0].substr(0, 7), csv_line(header)).first->second;
    sheet += csv_line(record->cells);
  }

  auto& report = season.reports["activity"];
  for (const auto& [month, sheet] : months) {
    season.ledger.clock.reach(std::max(season.ledger.clock.wall, *parse_instant(month + "-01T12:00:00Z")));
    season.ledger.tick();
    REQUIRE(season.ledger.import("activity", sheet, &report).has_value());
  }
  season.ledger.clock.reach(*parse_instant("2026-01-01T00:00:00Z"));
  season.ledger.tick();

  for (size_t i = 0; i < report.size(); ++i) report[i].row = i + 1;
  CHECK(report_text(report) == read_file(kExpected + "activity.csv"));
  for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) {
    CHECK(decisions_text(season.ledger.decisions(cycle)) == read_file(kExpected + "decisions-" + dashed(cycle) + ".csv"));
    CHECK(stats_text(season.ledger.stats(cycle)) == read_file(kExpected + "stats-" + dashed(cycle) + ".json"));
  }
  std::map<std::string, int> recorded;
  for (const auto& event : season.ledger.events()) ++recorded[std::string(kind_of(event.body).name)];
  CHECK(recorded["CycleClosed"] == 3);
  CHECK(recorded["WindowElapsed"] > 100);
  CHECK(said(season.ledger.tick()) == "unchanged");
}

}  // namespace daybook::test
