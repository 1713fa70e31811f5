// A charter as a file: what is refused and how the fault is named, and which version of it a cycle keeps.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Matches;
using Catch::Matchers::StartsWith;

const std::string kCoaching = "iom-coaching/2024", kSecondYear = "iom-coaching/2025";

// The message with which a charter is refused; "taken" if it is not.
std::string refusal(const std::string& text, const std::string& name = "mine.toml") {
  const auto charter = parse_charter(text, name);
  if (charter.has_value()) return "taken";
  return charter.error().fault == Fault::kRejected ? charter.error().message : "not kRejected: " + charter.error().message;
}

// The line of the text on which `part` begins, from 1.
std::string line_of(const std::string& text, const std::string& part) {
  return std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(part)), '\n'));
}

// The coaching programme's second edition of its charter: other rules, and a cycle more.
std::string second_edition() {
  auto text = shipped("iom-coaching");
  text = changed(text, "allowance = 4", "allowance = 2");
  text = changed(text, "seats = 350", "seats = 7");
  text = changed(text, "[window]\nmonths = 4", "[window]\nmonths = 2");
  text = changed(text, "rule = \"months-of-service\"\nmonths = 12", "rule = \"months-of-service\"\nmonths = 24");
  return text +
         "\n[[cycles]]\nname = \"2025\"\nopens_on = 2024-03-01\ncloses_on = 2024-03-31\ntime_zone = \"Europe/Zurich\"\nfacts_as_of = 2024-03-31\n";
}

bool may_be_left_out(const std::string& line) {
  static const std::vector<std::string> kBegins = {"referred_grades", "team_minimum",  "published_minimum", "by = \"station",
                                                   "by = \"country",  "by = \"region", "by = \"goal"};
  return std::any_of(kBegins.begin(), kBegins.end(), [&](const std::string& begin) { return line.starts_with(begin); });
}

// How many sessions are sponsored, and whether the day three months after the pairing is within the window.
struct Rules {
  uint32_t allowance = 0;
  bool open_after_three_months = false;
  bool operator==(const Rules&) const = default;
};

Rules rules_met(TestLedger& ledger, const std::string& cycle, const std::string& client) {
  ledger.seated(client, cycle);
  ledger.accepted_coach("K-" + client, "iom-coaching");
  ledger.paired("P-" + client, cycle, client, "K-" + client, "2024-04-10T12:00:00Z");
  Rules met;
  met.open_after_three_months = said(ledger.done("P-" + client, 1, "2024-07-10", "2024-07-10T12:00:00Z")) == "recorded";
  for (uint32_t session = 2; session <= 9; ++session) ledger.done("P-" + client, session, "2024-04-12", "2024-04-12T20:00:00Z");
  const auto state = ledger.state();
  met.allowance = state.cycle(TestLedger::cycle_id(cycle))->clients.at(state.pairing("P-" + client)->client).sponsored;
  return met;
}

// What the months-of-service criterion says of somebody with 18 months by the end of either period.
std::string verdict_on_18_months(TestLedger& ledger, const std::string& cycle, const std::string& at) {
  auto person = staff_of("eighteen");
  person.entry_on_duty = "2022-07-15";
  ledger.staff(person);
  REQUIRE(said(ledger.apply("A-" + cycle.substr(cycle.size() - 4), "eighteen", cycle, at)) == "recorded");
  ledger.decide(cycle);
  return ledger.application("A-" + cycle.substr(cycle.size() - 4)).outcome;
}

}  // namespace

// ---- Faults

TEST_CASE("a wrong value in a charter is refused by name, line and field, with what was found and what is wanted", "[charter]") {
  const auto [programme, from, to, field] = GENERATE(table<std::string, std::string, std::string, std::string>({
      // unknown
      {"iom-coaching", "[matching]", "[matching]\ncolour = \"red\"", "colour"},
      {"iom-coaching", "[matching]\n", "[colours]\nred = 1\n\n[matching]\n", "colours"},
      {"iom-coaching", "rule = \"commitment\"", "rule = \"good-looks\"", "good-looks"},
      {"iom-coaching", "rule = \"commitment\"", "rule = \"Commitment\"", "Commitment"},
      {"iom-coaching", "order = [\"submission\"]", "order = [\"by-lot\"]", "by-lot"},
      {"iom-coaching", "by = \"administrators\"", "by = \"nobody\"", "nobody"},
      {"iom-coaching", "rule = \"commitment\"", "rule = \"commitment\"\nmonths = 3", "months"},
      {"iom-coaching", "\"Europe/Zurich\"", "\"Europe/Atlantis\"", "Europe/Atlantis"},
      {"iom-coaching", "\"Europe/Zurich\"", "\"\"", "time_zone"},
      // of the wrong type
      {"iom-coaching", "seats = 350", "seats = \"350\"", "seats"},
      {"iom-coaching", "seats = 350", "seats = 350.5", "seats"},
      {"iom-coaching", "seats = 350", "seats = true", "seats"},
      {"iom-coaching", "allowance = 4", "allowance = [4]", "allowance"},
      {"iom-coaching", "introduction = false", "introduction = 0", "introduction"},
      {"iom-coaching", "order = [\"submission\"]", "order = \"submission\"", "order"},
      {"iom-coaching", "opens_on = 2023-12-01", "opens_on = \"2023-12-01\"", "opens_on"},
      {"iom-coaching", "closes_on = 2024-01-29", "closes_on = 2024-01-29T12:00:00Z", "closes_on"},
      {"iom-coaching", "[\"icf-certification\", \"icf-training\"]", "[\"icf-certification\", 2]", "credentials"},
      {"iom-coaching", "training_hours_min = 50", "training_hours_min = \"fifty\"", "training_hours_min"},
      {"iom-coaching", "programme = \"iom-coaching\"", "programme = 7", "programme"},
      {"iom-coaching", "[window]\nmonths = 4", "[window]\nmonths = \"4\"", "months"},
      // out of range
      {"iom-coaching", "seats = 350", "seats = -1", "seats"},
      {"iom-coaching", "seats = 350", "seats = 4294967297", "seats"},
      {"iom-coaching", "allowance = 4", "allowance = -4", "allowance"},
      {"iom-coaching", "[window]\nmonths = 4", "[window]\nmonths = -4", "months"},
      {"iom-coaching", "capacity_min = 1 ", "capacity_min = 13 ", "capacity"},
      {"iom-coaching", "programme = \"iom-coaching\"", "programme = \"iom/coaching\"", "programme"},
      {"iom-coaching", "programme = \"iom-coaching\"", "programme = \"\"", "programme"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2040-01-29", "facts_as_of"},
      {"iom-coaching", "team_minimum = 5", "team_minimum = 2", "figures.team_minimum: found 2, want a whole number from 3 to 1000"},
      {"iom-coaching", "published_minimum = 11", "published_minimum = 2", "figures.published_minimum: found 2, want a whole number from 3 to 1000"},
      // figures that nobody knows, for nobody in particular, on days that are none
      {"iom-coaching", "counts = \"seated\"", "counts = \"coaches\"", "tables.counts: found 'coaches'"},
      {"iom-coaching", "by = \"country\"", "by = \"person\"", "tables.by: found 'person'"},
      {"iom-coaching", "audiences = [\"sponsor\"]", "audiences = [\"team\"]", "tables.audiences"},
      {"iom-coaching", "audiences = [\"sponsor\"]", "audiences = []", "tables.audiences"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2024-01-29\neditions = []", "cycles.editions"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2024-01-29\neditions = [2024-05-01, 2024-05-01]", "cycles.editions"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2024-01-29\neditions = [2024-05-01, 2040-05-01]", "cycles.editions"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2024-01-29\neditions = [\"2024-05-01\"]", "cycles.editions"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "facts_as_of = 2024-01-29\neditions = [2023-11-30]", "cycles.editions"},
      // named twice
      {"iom-coaching", "name = \"completed\"", "name = \"seated-by-place\"", "the name seated-by-place twice"},
      {"iom-coaching", "name = \"service\"", "name = \"contract\"", "contract"},
      {"iom-coaching", "[[cycles]]",
       "[[cycles]]\nname = \"2024\"\nopens_on = 2023-12-01\ncloses_on = 2024-01-29\ntime_zone = \"UTC\"\nfacts_as_of = 2024-01-29\n\n[[cycles]]",
       "2024"},
      // a period that ends before it begins
      {"iom-coaching", "closes_on = 2024-01-29", "closes_on = 2023-11-30", "closes_on"},
      // two windows, or none
      {"un-coaching", "[coaches]", "[window]\nmonths = 4\n\n[coaches]", "window"},
      {"iom-coaching", "facts_as_of = 2024-01-29", "window_last_day = 2024-07-31\nfacts_as_of = 2024-01-29", "window"},
      {"iom-coaching", "[window]\nmonths = 4\n", "", "window"},
      {"un-coaching", "window_last_day = 2023-07-31\n", "", "window"},
  }));
  CAPTURE(from, to);

  const auto message = refusal(changed(shipped(programme), from, to));

  CAPTURE(message);
  CHECK_THAT(message, Matches("mine\\.toml:[0-9]+: [^]*"));
  CHECK_THAT(message, ContainsSubstring(field));
  CHECK_THAT(message, ContainsSubstring("found "));
  CHECK_THAT(message, ContainsSubstring("want "));
}

TEST_CASE("the fault of a value is named by the value's own line", "[charter]") {
  const auto [from, to] = GENERATE(table<std::string, std::string>({
      {"seats = 350", "seats = \"many\""},
      {"by = \"administrators\"", "by = \"nobody\""},
      {"introduction = false", "introduction = 0"},
      {"minutes = 60", "minuets = 60"},
      {"rule = \"training-complete\"", "rule = \"training\""},
      {"time_zone = \"Europe/Zurich\"", "time_zone = \"Europe/Atlantis\""},
      {"closes_on = 2024-01-29", "closes_on = 2023-11-30"},
  }));
  const auto text = changed(shipped("iom-coaching"), from, to);

  CHECK_THAT(refusal(text), ContainsSubstring("mine.toml:" + line_of(text, to) + ": "));
}

TEST_CASE("every field of a charter is needed, but for the grades that are referred, the minimums and what tables are by", "[charter]") {
  const auto programme = GENERATE(values<std::string>({"iom-coaching", "iom-executive-coaching", "un-coaching"}));
  const auto text = shipped(programme);
  size_t fields = 0;

  for (size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start) + 1;
    const auto line = text.substr(start, end - start);
    if (line[0] != '#' && line[0] != '[' && line[0] != '\n' && !may_be_left_out(line)) {
      ++fields;
      CAPTURE(line);
      const auto message = refusal(text.substr(0, start) + text.substr(end));
      CHECK_THAT(message, StartsWith("mine.toml:") && ContainsSubstring("want "));
      if (line.find("window_last_day") == std::string::npos) CHECK_THAT(message, ContainsSubstring(line.substr(0, line.find(' '))));
    }
    start = end;
  }

  CHECK(fields > 20);
}

TEST_CASE("all faults of a charter are named at once, a line each", "[charter]") {
  auto text = changed(shipped("iom-coaching"), "seats = 350", "seats = \"many\"");
  text = changed(text, "by = \"administrators\"", "by = \"nobody\"");
  text = changed(text, "\"Europe/Zurich\"", "\"Europe/Atlantis\"");

  const auto message = refusal(text);

  CAPTURE(message);
  for (const auto* part : {"seats = \"many\"", "by = \"nobody\"", "time_zone = "}) {
    CHECK_THAT(message, ContainsSubstring("mine.toml:" + line_of(text, part) + ": "));
  }
  CHECK(std::count(message.begin(), message.end(), '\n') == 2);
}

TEST_CASE("a fault is one line, however long the value that was found", "[charter]") {
  const auto message = refusal(changed(shipped("iom-coaching"), "\"regular\", ", "\"regular\", \"regular\", "));

  CAPTURE(message);
  CHECK_THAT(message, StartsWith("mine.toml:") && ContainsSubstring("accepted"));
  CHECK(std::count(message.begin(), message.end(), '\n') == 0);
}

TEST_CASE("text that is no TOML is refused with its line", "[charter]") {
  const auto text = changed(shipped("iom-coaching"), "seats = 350", "seats = ");

  CHECK_THAT(refusal(text), StartsWith("mine.toml:" + line_of(text, "seats = ") + ": "));
  CHECK_THAT(refusal(""), StartsWith("mine.toml:"));
  CHECK_THAT(refusal(std::string("\0\xff", 2)), StartsWith("mine.toml:"));
  CHECK_THAT(refusal("programme = \"a\"\nprogramme = \"b\"\n"), StartsWith("mine.toml:2: "));
}

TEST_CASE("a charter with a fault is not adopted and changes nothing", "[charter]") {
  TestLedger ledger;
  const auto before = ledger.log().end();

  const auto answer = ledger.run(AdoptCharter{changed(second_edition(), "seats = 7", "seats = \"7\"")});

  CHECK(answer.outcome != Outcome::kRecorded);
  CHECK(ledger.log().end() == before);
  CHECK(ledger.state().programme("iom-coaching")->versions.size() == 1);
}

// ---- Versions

TEST_CASE("a cycle stays with the charter version it was opened under, a new one opens under the new", "[charter][E-39]") {
  TestLedger ledger;
  REQUIRE(said(ledger.run(AdoptCharter{second_edition()})) == "recorded");

  CHECK(rules_met(ledger, kCoaching, "first-year") == Rules{4, true});
  CHECK(rules_met(ledger, kSecondYear, "second-year") == Rules{2, false});
  CHECK(ledger.stats(kCoaching).seats == 350);
  CHECK(ledger.stats(kSecondYear).seats == 7);
  CHECK(ledger.state().cycle(TestLedger::cycle_id(kCoaching))->charter_version == 1);
  CHECK(ledger.state().cycle(TestLedger::cycle_id(kSecondYear))->charter_version == 2);
}

TEST_CASE("applications are judged by the criteria of their cycle's version", "[charter][E-39]") {
  TestLedger ledger;
  REQUIRE(said(ledger.run(AdoptCharter{second_edition()})) == "recorded");

  CHECK(verdict_on_18_months(ledger, kCoaching, "2024-01-10T12:00:00Z") == "eligible");
  CHECK(verdict_on_18_months(ledger, kSecondYear, "2024-03-10T12:00:00Z") == "not-eligible");
}

TEST_CASE("a client under way keeps window and allowance when a new version comes", "[charter][E-39]") {
  TestLedger ledger;
  ledger.seated("C", kCoaching);
  ledger.accepted_coach("K", "iom-coaching");
  ledger.paired("P", kCoaching, "C", "K", "2024-02-10T12:00:00Z");
  for (uint32_t session = 1; session <= 2; ++session) ledger.done("P", session, "2024-02-12", "2024-02-12T20:00:00Z");

  REQUIRE(said(ledger.run(AdoptCharter{second_edition()})) == "recorded");

  CHECK(said(ledger.done("P", 3, "2024-06-10", "2024-06-12T12:00:00Z")) == "recorded");
  CHECK(said(ledger.done("P", 4, "2024-06-11", "2024-06-12T12:00:00Z")) == "recorded outside-window");
  CHECK(said(ledger.done("P", 5, "2024-06-10", "2024-06-12T12:00:00Z")) == "recorded unsponsored");
}

TEST_CASE("a cycle that a new version only repeats is not opened again, nor its period moved", "[charter][E-39]") {
  TestLedger ledger;
  ledger.staff("100");
  REQUIRE(said(ledger.run(AdoptCharter{changed(second_edition(), "closes_on = 2024-01-29", "closes_on = 2024-02-29")})) == "recorded");

  CHECK(said(ledger.apply("A1", "100", kCoaching, "2024-02-10T12:00:00Z")) == "refused late");
  CHECK(ledger.state().cycles.size() == 4);
}

TEST_CASE("the same charter again is no new version", "[charter]") {
  TestLedger ledger;
  const auto before = ledger.log().end();

  const auto answer = ledger.run(AdoptCharter{shipped("iom-coaching")});

  CHECK(answer.outcome != Outcome::kRecorded);
  CHECK(ledger.log().end() == before);
}

}  // namespace daybook::test
