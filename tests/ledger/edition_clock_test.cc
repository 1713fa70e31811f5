// Editions in the record: on which days, for whom, from what, each once; and a random life whose editions hold what was so.
#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "ledger/edition_facts.h"
#include "projections/editions.h"
#include "tests/ledger/edition_history.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSeed = 20261122;
const std::string kCycle = "iom-coaching/2024";
const Group kNairobi = {"Africa", "Kenya", "Nairobi"}, kMombasa = {"Africa", "Kenya", "Mombasa"}, kBerlin = {"Europe", "Germany", "Berlin"};

std::string with_editions(const std::string& days) {
  return changed(shipped("iom-coaching"), "facts_as_of = 2024-01-29", "editions = [" + days + "]\nfacts_as_of = 2024-01-29");
}

StaffRecorded staff_at(const std::string& number, const Group& place) {
  auto staff = staff_of(number);
  staff.region = place[0], staff.country = place[1], staff.duty_station = place[2];
  return staff;
}

// So many more applicants from a place; numbers go on.
class Applicants {
 public:
  explicit Applicants(TestLedger& ledger) : ledger_(ledger) {}
  void add(size_t count, const Group& place) {
    for (size_t i = 0; i < count; ++i) {
      const auto number = std::to_string(places.size());
      ledger_.staff(staff_at("U" + number, place));
      REQUIRE(said(ledger_.apply("A" + number, "U" + number, kCycle, "2024-01-10T12:00:00Z")) == "recorded");
      places.push_back(place);
    }
  }
  std::vector<Group> places;  // of U0, U1, ...

 private:
  TestLedger& ledger_;
};

std::vector<Event> published(TestLedger& ledger, Position from = {}) {
  std::vector<Event> all;
  for (auto& event : ledger.events(from)) {
    if (std::holds_alternative<EditionPublished>(event.body)) all.push_back(std::move(event));
  }
  return all;
}

// "1 sponsor 2024-06-10: applications-by-place [1] 40, ..."
std::string text_of(const Event& event) {
  const auto& edition = std::get<EditionPublished>(event.body);
  auto text = fmt::format("{} {} {}:", edition.edition, edition.audience, to_text(edition.due_on));
  for (const auto& table : made(read_tables(edition.tables))) text += fmt::format(" {} [{}] {}", table.name, table.edition, table.total());
  return text;
}
std::vector<std::string> texts_of(const std::vector<Event>& events) {
  std::vector<std::string> texts;
  for (const auto& event : events) texts.push_back(text_of(event));
  return texts;
}

}  // namespace

TEST_CASE("an edition is published once its day is over in the cycle's zone, for each audience, of what is known by then", "[edition][clock][C5]") {
  TestLedger ledger({with_editions("2024-06-10, 2024-07-10")});
  Applicants applicants(ledger);
  applicants.add(20, kNairobi);
  ledger.tick();
  ledger.clock.reach(*parse_instant("2024-06-10T21:59:59.999999Z"));

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.pass(1us);
  const auto answer = ledger.tick();

  CHECK(said(answer) == "recorded");
  const auto events = ledger.events(answer.range.first);
  CHECK(texts_of(events) == std::vector<std::string>{"1 sponsor 2024-06-10: applications-by-place [1] 20 applications-by-goal [1] 20",
                                                     "1 public 2024-06-10: applications-by-place [1] 20"});
  for (const auto& event : events) {
    const auto& edition = std::get<EditionPublished>(event.body);
    CHECK(edition.counted_to == answer.range.first.value);
    CHECK(edition.minimum == 11);
    CHECK(event.envelope.stream == "edition/" + kCycle);
    CHECK(event.envelope.happened_at == *parse_instant("2024-06-10T21:59:59.999999Z"));
    CHECK(event.envelope.charter_version == 1);
    CHECK(event.envelope.caused_by == ledger.state().cycle(TestLedger::cycle_id(kCycle))->opened.value + 1);
  }
  CHECK(said(ledger.tick()) == "unchanged");
}

TEST_CASE("editions that are late tell what is known when they are published, and each day has its own", "[edition][clock]") {
  TestLedger ledger({with_editions("2024-06-10, 2024-07-10, 2024-12-10")});
  Applicants applicants(ledger);
  applicants.add(20, kNairobi);
  ledger.clock.reach(*parse_instant("2024-08-01T12:00:00Z"));

  ledger.tick();

  CHECK(texts_of(published(ledger)) == std::vector<std::string>{"1 sponsor 2024-06-10: applications-by-place [1] 20 applications-by-goal [1] 20",
                                                                "1 public 2024-06-10: applications-by-place [1] 20",
                                                                "2 sponsor 2024-07-10: applications-by-place [1] 20 applications-by-goal [1] 20",
                                                                "2 public 2024-07-10: applications-by-place [1] 20"});
  applicants.add(11, kNairobi);
  const auto end = ledger.state().end;
  ledger.clock.reach(*parse_instant("2025-08-01T12:00:00Z"));
  ledger.tick();
  CHECK(texts_of(published(ledger, end)) == std::vector<std::string>{"3 sponsor 2024-12-10: applications-by-place [3] 31 applications-by-goal [3] 31",
                                                                     "3 public 2024-12-10: applications-by-place [3] 31"});
}

TEST_CASE("an audience without tables has no editions, and a cycle without days has none", "[edition][clock]") {
  auto text = with_editions("2024-06-10");
  for (size_t at; (at = text.find("[\"sponsor\", \"public\"]")) != std::string::npos;) text.replace(at, 21, "[\"public\"]");
  TestLedger ledger({changed(text, "audiences = [\"sponsor\"]", "audiences = [\"public\"]")});
  ledger.clock.reach(*parse_instant("2025-08-01T12:00:00Z"));

  ledger.tick();

  CHECK(texts_of(published(ledger)) == std::vector<std::string>{"1 public 2024-06-10:"});
}

TEST_CASE("who moves after the application counts where they applied from", "[edition][C5]") {
  TestLedger ledger({with_editions("2024-06-10, 2024-07-10")});
  Applicants applicants(ledger);
  applicants.add(12, kNairobi);
  applicants.add(12, kBerlin);
  for (size_t i = 0; i < 12; ++i) ledger.staff(staff_at(fmt::format("U{}", i), kMombasa));
  ledger.clock.reach(*parse_instant("2024-06-20T12:00:00Z"));

  ledger.tick();

  const auto tables = made(read_tables(std::get<EditionPublished>(published(ledger).front().body).tables));
  CHECK(tables.front().groups.at(kNairobi) == 12);
  CHECK_FALSE(tables.front().groups.contains(kMombasa));
}

TEST_CASE("four threads that tick at once publish each edition once", "[edition][clock]") {
  TestLedger ledger({with_editions("2024-06-10, 2024-07-10, 2024-08-10")});
  Applicants applicants(ledger);
  applicants.add(20, kNairobi);

  for (const auto* moment : {"2024-06-20T12:00:00Z", "2024-07-20T12:00:00Z", "2024-08-20T12:00:00Z"}) {
    ledger.clock.reach(*parse_instant(moment));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { ledger.tick(); });
    for (auto& thread : threads) thread.join();
  }

  std::set<std::string> streams;
  for (const auto& event : published(ledger)) {
    const auto& edition = std::get<EditionPublished>(event.body);
    CHECK(streams.insert(fmt::format("{} {}", edition.audience, edition.edition)).second);
  }
  CHECK(streams.size() == 6);
}

TEST_CASE("a reader gets the newest edition or the one of that number, as it was published; the list has those to come", "[edition]") {
  TestLedger ledger({with_editions("2024-06-10, 2024-07-10")});
  const auto cycle = [&] { return *ledger.state().cycle(TestLedger::cycle_id(kCycle)); };
  CHECK_FALSE(made(find_edition(ledger.log(), cycle(), "sponsor", 0)));
  CHECK(next_edition_day(cycle(), "sponsor") == parse_day("2024-06-10"));
  CHECK_FALSE(next_edition_day(cycle(), "team"));
  Applicants applicants(ledger);
  applicants.add(11, kNairobi);
  applicants.add(13, kBerlin);
  applicants.add(6, kMombasa);
  applicants.add(5, {"Africa", "Kenya", "Kisumu"});
  ledger.clock.reach(*parse_instant("2024-06-20T12:00:00Z"));
  ledger.tick();

  const auto newest = made(find_edition(ledger.log(), cycle(), "public", 0));

  REQUIRE(newest);
  CHECK(newest->published().audience == "public");
  CHECK(figures(*newest).rows == std::vector<std::vector<std::string>>{{"applications-by-place", "Africa / Kenya, others", "11", "1"},
                                                                       {"applications-by-place", "Africa / Kenya / Nairobi", "11", "1"},
                                                                       {"applications-by-place", "Europe / Germany / Berlin", "13", "1"},
                                                                       {"applications-by-place", "total", "35", "1"}});
  CHECK(made(find_edition(ledger.log(), cycle(), "public", 1))->event.envelope.position == newest->event.envelope.position);
  CHECK_FALSE(made(find_edition(ledger.log(), cycle(), "public", 2)));
  CHECK(next_edition_day(cycle(), "public") == parse_day("2024-07-10"));
  const auto list = editions(cycle());
  REQUIRE(list.rows.size() == 4);
  CHECK(list.rows[2] == std::vector<std::string>{"public", "1", "2024-06-10", std::to_string(newest->event.envelope.position.value)});
  CHECK(list.rows[3] == std::vector<std::string>{"public", "2", "2024-07-10", ""});
}

TEST_CASE("random lives of a cycle have editions that hold what was so, and from which nothing narrower follows", "[edition][C5]") {
  const std::vector<Group> places = {
      kNairobi, kMombasa, {"Africa", "Ghana", "Accra"}, kBerlin, {"Europe", "Germany", "Bonn"}, {"Asia", "Nepal", "Kathmandu"}};
  const auto charter =
      changed(changed(with_editions("2024-06-10, 2024-07-10, 2024-08-10"), "seats = 350", "seats = 90"), "allowance = 4", "allowance = 1");
  size_t fresh = 0;
  for (unsigned seed = kSeed; seed < kSeed + 12; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    TestLedger ledger({charter});
    for (int coach = 0; coach < 12; ++coach) ledger.accepted_coach(fmt::format("K{}", coach), "iom-coaching", 12);
    Applicants applicants(ledger);
    std::map<size_t, Participant> clients;  // by number: those who were paired
    EditionHistory history{parse_charter(charter, "test").value(), places, {}, true};
    for (const auto* moment : {"2024-06-11T12:00:00Z", "2024-07-11T12:00:00Z", "2024-08-11T12:00:00Z"}) {
      for (size_t i = 0; i < 4; ++i) applicants.add(random() % 18, places[std::min(random() % places.size(), random() % places.size())]);
      if (random() % 3 > 0) ledger.decide(kCycle);
      for (size_t i = 0; i < applicants.places.size(); ++i) {
        const auto pairing = fmt::format("P{}", i), coach = fmt::format("K{}", i % 12);
        if (random() % 2 == 0 || ledger.seat(fmt::format("A{}", i)) != "seated") continue;
        if (!clients.contains(i)) {
          if (said(ledger.request(pairing, kCycle, fmt::format("U{}", i), coach, "2024-03-01T12:00:00Z")) != "recorded") continue;
          if (said(ledger.act("accept-pairing", pairing, "2024-03-01T12:00:00Z")) == "recorded") clients[i].paired = true;
        } else if (!clients[i].completed) {
          clients[i].completed = said(ledger.done(pairing, 1, "2024-03-05", "2024-03-05T12:00:00Z")) == "recorded";
        }
      }
      ledger.clock.reach(*parse_instant(moment));
      const auto end = ledger.state().end;
      REQUIRE(said(ledger.tick()) == "recorded");
      TrueEdition edition;
      const auto state = ledger.state();
      for (size_t i = 0; i < applicants.places.size(); ++i) {
        auto one = clients.contains(i) ? clients[i] : Participant{};
        const auto& application = *state.application(fmt::format("A{}", i));
        one.place = applicants.places[i], one.goal = {"both"};
        one.eligible = application.outcome == "eligible", one.seated = application.seat == SeatStatus::kSeated;
        edition.people.push_back(std::move(one));
      }
      for (const auto& event : published(ledger, end)) {
        for (auto& table : made(read_tables(std::get<EditionPublished>(event.body).tables))) {
          if (std::find(edition.tables.begin(), edition.tables.end(), table) == edition.tables.end()) edition.tables.push_back(std::move(table));
        }
      }
      history.editions.push_back(std::move(edition));
      fresh += fresh_tables(history, history.editions.size() - 1).size();
    }

    const auto faults = faults_of(history);

    CAPTURE(faults);
    CHECK(faults.empty());
  }
  CHECK(fresh > 24);
}

}  // namespace daybook::test
