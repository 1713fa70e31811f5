// The fold of one cycle against the whole fold, on random years of several programmes and cycles that run side by side.
#include "ledger/cohort.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>
#include <set>

#include "ledger/codec.h"
#include "ledger/labels.h"
#include "projections/event_filter.h"
#include "projections/refused_rows.h"
#include "projections/show.h"
#include "projections/state_lines.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using std::chrono::hours;

const std::vector<std::string> kCycles = {"iom-coaching/2024", "iom-coaching/2024b", "un-coaching/2023-pilot", "iom-executive-coaching/2024"};

// Few seats, so that some wait; and in time a new version, with a cycle that runs beside the first.
std::string few_seats() { return changed(shipped("iom-coaching"), "seats = 350", "seats = 4"); }
std::string with_second_cycle() {
  return few_seats() +
         "\n[[cycles]]\nname = \"2024b\"\nopens_on = 2023-12-01\ncloses_on = 2024-02-29\ntime_zone = \"Europe/Zurich\"\n"
         "facts_as_of = 2024-02-29\n";
}

// What happens: by command and by spreadsheet, much of it refused. Every step takes time on both clocks.
class Player {
 public:
  Player(TestLedger& ledger, uint64_t seed) : ledger_(ledger), random_(seed) {
    ledger_.run(AdoptCharter{with_second_cycle()});
    for (int i = 0; i < kPeople; ++i) ledger_.staff(person(i));
    for (int i = 0; i < kCoaches; ++i) {
      for (const auto* programme : {"iom-coaching", "un-coaching", "iom-executive-coaching"}) ledger_.accepted_coach(coach(i), programme, 3);
    }
  }

  void step() {
    ledger_.clock.pass(std::chrono::minutes{upto(90)});
    now_ += std::chrono::minutes{upto(300)};
    const int what = upto(100);
    if (what < 22) return apply();
    if (what < 26) return (void)ledger_.decide(a_cycle());
    if (what < 28) return (void)ledger_.grant_seat(a_cycle());
    if (what < 31) return (void)ledger_.run(RecordCoach{coach(upto(kCoaches)), a_coach()}, moment());
    if (what < 33) return (void)ledger_.staff(person(upto(kPeople)));
    if (what < 35) return (void)ledger_.refer(fmt::format("A{}", upto(90)), upto(2) == 0);
    if (what < 37) return again();
    act();
  }

 private:
  static constexpr int kPeople = 24, kCoaches = 4;
  static std::string person(int i) { return fmt::format("S{}", i); }
  static std::string coach(int i) { return fmt::format("K{}", i); }
  int upto(int end) { return static_cast<int>(random_() % static_cast<uint64_t>(end)); }
  const std::string& a_cycle() { return kCycles[static_cast<size_t>(upto(4))]; }
  // Mostly now; sometimes told late.
  std::string moment() { return to_text(now_ - hours{upto(6) == 0 ? upto(24 * 20) : 0}); }

  CoachRecorded a_coach() {
    auto values = coach_of(TestLedger::cycle_id(a_cycle()).programme, static_cast<uint32_t>(1 + upto(4)));
    if (upto(6) == 0) values.review = "declined";
    return values;
  }

  // Of a day in the period, or of another cycle's.
  void apply() {
    constexpr const char* kDays[] = {"2024-01-10T10:00:00Z", "2023-02-01T10:00:00Z", "2024-03-10T10:00:00Z"};
    const auto cycle = a_cycle();
    const int own = cycle.starts_with("iom-coaching") ? 0 : cycle.starts_with("un") ? 1 : 2;
    const auto id = TestLedger::cycle_id(cycle);
    const auto ref = upto(8) == 0 ? fmt::format("A{}", upto(90)) : fmt::format("A{}", applications_++);
    const auto who = upto(20) == 0 ? "S99" : person(upto(kPeople));
    applicants_.emplace(ref, who);
    import("applications", "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation",
           fmt::format("{},{},{},{},{},v1,{},both,en,UTC,to grow", ref, id.programme, upto(30) == 0 ? "none" : id.cycle, who,
                       kDays[upto(5) == 0 ? upto(3) : own], upto(9) == 0 ? "no" : "yes"));
  }

  void act() {
    constexpr const char* kActions[] = {"request-pairing",  "request-pairing", "accept-pairing",    "accept-pairing",
                                        "decline-pairing",  "end-pairing",     "mark-session-done", "mark-session-missed",
                                        "withdraw-session", "give-feedback",   "extend-window"};
    std::string action = kActions[upto(11)];
    if (upto(3) == 0) action = "mark-session-done";
    const auto id = TestLedger::cycle_id(a_cycle());
    const bool asks = action == "request-pairing";
    const auto ref = asks ? fmt::format("P{}", pairings_++) : a_pairing(action.starts_with("accept") || action.starts_with("decline"));
    const bool dated = action == "mark-session-done" || action == "mark-session-missed" || action == "extend-window";
    const auto day = std::chrono::floor<std::chrono::days>(now_) + std::chrono::days{action == "extend-window" ? upto(300) : 0};
    const bool in_session = action.find("session") != std::string::npos || action == "give-feedback";
    import("activity", "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment",
           fmt::format("{},{},{},{},{},{},{},{},{},{},,{},{},", moment(), upto(2) == 0 ? "admin" : coach(upto(kCoaches)), action, ref,
                       asks ? id.programme : "", asks ? id.cycle : "", asks ? a_client(id) : "", asks ? coach(upto(kCoaches)) : "",
                       in_session ? std::to_string(1 + upto(2)) : "", dated ? to_text(day) : "",
                       action == "give-feedback" ? std::to_string(1 + upto(5)) : "", upto(5) == 0 ? "" : "fit"));
  }

  // Mostly one that leads somewhere.
  std::string a_pairing(bool open) {
    std::vector<std::string> refs = {fmt::format("P{}", upto(pairings_ + 1))};
    ledger_.sequencer().look([&](const State& state) {
      for (const auto& [id, cycle] : state.cycles) {
        for (const auto& ref : cycle.pairings) {
          const auto status = state.pairing(ref)->status;
          if (status == (open ? PairingStatus::kRequested : PairingStatus::kActive)) refs.push_back(ref);
        }
      }
    });
    return refs[static_cast<size_t>(upto(static_cast<int>(refs.size())))];
  }
  std::string a_client(const CycleId& id) {
    std::vector<std::string> clients = {person(upto(kPeople))};
    ledger_.sequencer().look([&](const State& state) {
      for (const auto& ref : state.cycle(id)->applications) {
        if (state.application(ref)->seat == SeatStatus::kSeated) clients.push_back(applicants_[ref]);
      }
    });
    return clients[static_cast<size_t>(upto(static_cast<int>(clients.size())))];
  }

  void import(const std::string& sheet, const std::string& header, const std::string& row) {
    const auto text = header + "\n" + row + "\n";
    if (sheet == "applications") sheets_.push_back(text);
    made(ledger_.import(sheet, text));
  }
  // A row that came before: unchanged, or judged again.
  void again() {
    if (!sheets_.empty()) made(ledger_.import("applications", sheets_[static_cast<size_t>(upto(static_cast<int>(sheets_.size())))]));
  }

  TestLedger& ledger_;
  std::mt19937_64 random_;
  Instant now_ = *parse_instant("2024-03-01T08:00:00Z");
  int applications_ = 0, pairings_ = 0;
  std::map<std::string, std::string> applicants_;  // by reference
  std::vector<std::string> sheets_;
};

std::string text_of(const Table& table) {
  std::string text;
  for (const auto& row : table.rows) text += fmt::format("{}\n", fmt::join(row, ","));
  return text;
}

std::string text_of(const Card& card) {
  std::string text = card.title + "\n";
  for (const auto& section : card.sections) {
    for (const auto& line : section.lines) {
      text += line.label + " " + line.value;
      for (const auto at : line.events) text += fmt::format(" [{}]", at.value);
      text += "\n";
    }
  }
  return text;
}

// Everything that is asked of a cycle alone.
std::string answers(const State& state, const CycleId& id, const Vault& vault) {
  auto text = fmt::format("end {}, newest {}\n", state.end.value, to_text(state.last_recorded_at));
  const auto* cycle = state.cycle(id);
  if (!cycle) return text;
  Desk desk(state, vault, nullptr);
  for (const auto& info : lists()) {
    if (info.name == "coaches") continue;
    text += fmt::format("{}:\n{}", info.name, text_of(*list(info.name, state, *cycle, Day(std::chrono::year{2024} / 9 / 1), desk)));
  }
  for (const auto& [name, value] : named_figures(made(statistics(state, *cycle, vault)))) text += name + " " + value + "\n";
  for (const auto& ref : cycle->applications) text += text_of(show_application(state, *state.application(ref), desk));
  for (const auto& ref : cycle->pairings) text += text_of(show_pairing(state, *state.pairing(ref), desk));
  for (const auto& [path, line] : lines_of(state, *cycle)) {
    text += fmt::format("{} = {} [{}]\n", path, line.value, line.event ? line.event->value : 0);
  }
  return text;
}

std::string text_of_refused(const EventLog& log, const std::vector<RefusedRow>& rows) {
  const State none;
  const VaultKeys keys;
  const Vault vault(log, keys);
  Desk sealed(none, vault, nullptr);
  return text_of(refused(rows, sealed));
}

// By the definition: every row of the record is looked at.
std::string refused_slowly(const EventLog& log, const CycleId& id, Position end, std::optional<Instant> happened) {
  auto rows = made(refused_rows(log, end, happened, {}));
  std::erase_if(rows, [&](const RefusedRow& row) { return CycleId{row.row.programme, row.row.cycle} != id; });
  return text_of_refused(log, rows);
}

// Each row with what became of it.
std::string text_of_rows(const Result<std::vector<RefusedRow>>& rows) {
  std::string text;
  for (const auto& row : made(rows)) {
    text +=
        fmt::format("{} {} {} row {}: {}, {}, undone {}, because {}\n", row.at.value, row.row.sheet, row.row.ref, row.row.row, row.row.reason,
                    row.stands ? "stands" : "is gone", row.undone ? row.undone->value : 0, row.because ? row.because->envelope.position.value : 0);
  }
  return text;
}

// By each reference and each coach that a player may have named, and some that nobody did.
std::vector<RefusedFilter> filters_of_things(TestLedger& ledger) {
  std::vector<RefusedFilter> filters;
  for (int i = 0; i < 95; ++i) {
    filters.push_back({"applications", fmt::format("A{}", i), "", std::nullopt, std::nullopt});
    filters.push_back({"activity", fmt::format("P{}", i), "", std::nullopt, std::nullopt});
    filters.push_back({"", fmt::format("P{}", i), "", std::nullopt, std::nullopt});
  }
  for (const auto* number : {"K0", "K1", "K2", "K3"}) {
    filters.push_back({"coaches", "", "iom-coaching", std::nullopt, made(ledger.vault().person(number))});
  }
  return filters;
}

// Its directory has lost one in so many of the entries.
class HidingLog final : public ForwardingLog {
 public:
  HidingLog(EventLog& log, uint64_t seed, uint64_t one_in) : ForwardingLog(log), seed_(seed), one_in_(one_in) {}
  Result<std::vector<Labels>> directory(uint64_t bundle) const override {
    auto labels = ForwardingLog::directory(bundle);
    std::mt19937_64 random(seed_ + bundle);
    for (auto& of_one : labels.value()) {
      if (random() % one_in_ == 0) of_one = {};
    }
    return labels;
  }

 private:
  const uint64_t seed_, one_in_;
};

AsOf a_moment(const EventLog& log, std::mt19937_64& random, int round) {
  AsOf as_of;
  const Position at{random() % (log.end().value + 1)};
  if (round % 3 == 0) as_of.position = at;
  if (round % 3 == 1) {
    fine(read_events(log, at, Position{at.value + 1}, [&](const Event& event) {
      as_of.recorded = event.envelope.recorded_at + std::chrono::microseconds{random() % 3} - std::chrono::microseconds{1};
      return true;
    }));
  }
  if (round % 2 == 0) as_of.happened = *parse_instant("2024-03-01T00:00:00Z") + hours{random() % (24 * 120)};
  return as_of;
}

}  // namespace

TEST_CASE("the fold of a cycle answers as the whole fold does, at any moment of either clock", "[clocks][directory][S1-44]") {
  const uint64_t seed = Catch::getSeed();
  size_t compared = 0;
  std::set<std::string> kinds;

  for (uint64_t year = 0; year < 3; ++year) {
    TestLedger ledger({few_seats()});
    Player player(ledger, seed + year);
    for (int i = 0; i < 900; ++i) player.step();
    const auto& log = ledger.log();
    const auto vault = ledger.vault();
    std::mt19937_64 random(seed + year);
    for (int round = 0; round < 60; ++round) {
      const auto as_of = a_moment(log, random, round);
      const auto id = TestLedger::cycle_id(kCycles[random() % kCycles.size()]);

      const auto cohort = made(fold_cohort(log, id, as_of));

      const auto whole = made(replay(log, as_of));
      const auto wanted = answers(whole.state, id, vault);
      INFO("seed " << seed << " year " << year << " round " << round << ": " << id.text() << " at " << whole.state.end.value);
      CHECK((answers(cohort, id, vault) == wanted));
      CHECK(made(replay_cohort(log, id, as_of)).head == whole.head);
      const RefusedFilter filter{"", "", "", id, std::nullopt};
      CHECK(text_of_refused(log, made(refused_rows(log, whole.state.end, as_of.happened, filter))) ==
            refused_slowly(log, id, whole.state.end, as_of.happened));
      compared += static_cast<size_t>(std::count(wanted.begin(), wanted.end(), '\n'));
    }
    fine(read_events(log, Position{}, log.end(), [&](const Event& event) { return kinds.insert(kind_of(event.body).name), true; }));
  }

  CHECK(compared > 20'000);
  for (const auto* kind :
       {"RowRefused", "ApplicationSubmitted", "EligibilityDecided", "SeatGranted", "WaitlistJoined", "PairingRequested", "PairingAccepted",
        "PairingDeclined", "PairingEnded", "WindowExtended", "SessionMarkedDone", "SessionMarkedMissed", "SessionWithdrawn", "FeedbackGiven"}) {
    INFO(kind);
    CHECK(kinds.contains(kind));
  }
}

TEST_CASE("what was refused of a thing is found through the imports as a scan of the record finds it, undone and put right too", "[directory]") {
  const uint64_t seed = Catch::getSeed();
  TestLedger ledger({few_seats()});
  Player player(ledger, seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 900; ++i) {
    player.step();
    if (i % 9 > 0) continue;
    const auto state = ledger.state();
    if (state.imports.empty()) continue;
    ledger.run(UndoImport{std::next(state.imports.begin(), static_cast<std::ptrdiff_t>(random() % state.imports.size()))->first, "by mistake", {}});
  }
  const std::string coaches =
      "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,reviewed_on,review\n"
      "iom-coaching,K0,icf-certification,,,,,,77,2023-01-01,2023-01-02,accepted\n";
  made(ledger.import("coaches", coaches));
  const auto& log = ledger.log();
  const auto filters = filters_of_things(ledger);
  const auto all = [](const RefusedRow&) { return true; };
  size_t rows = 0, undone = 0;

  for (const uint64_t at : {log.end().value, log.end().value / 2, log.end().value - 7}) {
    const auto state = made(replay(log, {Position{at}, std::nullopt, std::nullopt})).state;
    for (const auto& filter : filters) {
      const auto found = text_of_rows(refused_rows_known(log, state, filter, all));
      INFO("seed " << seed << ": " << filter.sheet << " " << filter.ref << " at " << at);
      CHECK(found == text_of_rows(refused_rows(log, state.end, std::nullopt, filter)));
      rows += static_cast<size_t>(std::count(found.begin(), found.end(), '\n'));
      undone += found.find("is gone") != std::string::npos;
    }
  }
  CHECK(rows > 100);
  CHECK(undone > 0);
}

TEST_CASE("rows that were refused and are not wanted cost what none do", "[directory]") {
  class CountingLog final : public ForwardingLog {
   public:
    using ForwardingLog::ForwardingLog;
    Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
      ++reads;
      return ForwardingLog::read(from, to, entry);
    }
    mutable size_t reads = 0;
  };
  TestLedger ledger({few_seats()});
  Player player(ledger, Catch::getSeed());
  for (int i = 0; i < 300; ++i) player.step();
  const auto state = ledger.state();
  std::string refused_ref;
  for (const auto& row : made(refused_rows(ledger.log(), state.end, std::nullopt, {}))) refused_ref = row.row.ref.empty() ? refused_ref : row.row.ref;
  REQUIRE_FALSE(refused_ref.empty());
  CountingLog counting(ledger.log());
  const auto reads = [&](const std::string& ref, bool wanted) {
    counting.reads = 0;
    made(refused_rows_known(counting, state, {"", ref, "", std::nullopt, std::nullopt}, [&](const RefusedRow&) { return wanted; }));
    return counting.reads;
  };

  CHECK(reads(refused_ref, false) == reads("NONE", false));
  CHECK(reads(refused_ref, true) > reads("NONE", true));
}

TEST_CASE("the history of a person is what a scan of the record finds", "[directory]") {
  const uint64_t seed = Catch::getSeed();
  TestLedger ledger({few_seats()});
  Player player(ledger, seed);
  for (int i = 0; i < 900; ++i) player.step();
  const auto state = ledger.state();
  size_t told = 0;

  for (const auto* number : {"S1", "S7", "K0", "K3"}) {
    EventFilter filter;
    filter.person = *made(ledger.vault().person(number));
    std::vector<uint64_t> found, scanned;
    fine(read_candidates(ledger.log(), state, filter, Position{40}, ledger.log().end(), [&](const Event& event) {
      if (passes(filter, event, state)) found.push_back(event.envelope.position.value);
      return true;
    }));

    fine(read_events(ledger.log(), Position{40}, ledger.log().end(), [&](const Event& event) {
      if (passes(filter, event, state)) scanned.push_back(event.envelope.position.value);
      return true;
    }));
    INFO("seed " << seed << ": " << number);
    CHECK(found == scanned);
    told += found.size();
  }

  CHECK(told > 50);
}

TEST_CASE("the cycle of an application or pairing is found by its reference, if it is one", "[directory]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "iom-coaching", 2);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.seated("U2", "un-coaching/2023-pilot");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-03-01T10:00:00Z");
  ledger.act("end-pairing", "P1", "2024-03-02T09:00:00Z");
  ledger.paired("A-U1", "iom-coaching/2024", "U1", "C1", "2024-03-02T10:00:00Z");
  ledger.act("end-pairing", "A-U1", "2024-03-03T09:00:00Z");
  ledger.request("A-U2", "iom-coaching/2024", "U1", "C1", "2024-03-03T10:00:00Z");
  const auto& log = ledger.log();

  CHECK(made(cycle_of(log, "A-U1")) == CycleId{"iom-coaching", "2024"});
  CHECK(made(cycle_of(log, "P1")) == CycleId{"iom-coaching", "2024"});
  CHECK(made(cycle_of(log, "A-U2")) == std::nullopt);
  CHECK(made(cycle_of(log, "nothing")) == std::nullopt);
}

TEST_CASE("a cycle that had not opened is not there, and a moment before everything is empty", "[clocks][directory]") {
  TestLedger ledger;
  AsOf before;
  before.recorded = *parse_instant("2020-01-01T00:00:00Z");

  const auto unknown = made(fold_cohort(ledger.log(), {"iom-coaching", "2030"}));
  const auto nothing = made(replay_cohort(ledger.log(), {"iom-coaching", "2024"}, before));

  CHECK(unknown.cycles.empty());
  CHECK(unknown.end == ledger.log().end());
  CHECK(nothing.state.cycles.empty());
  CHECK(nothing.head == MerkleTree().head());
}

TEST_CASE("a directory that hides events gives another answer, and stops nothing", "[directory]") {
  const uint64_t seed = Catch::getSeed();
  TestLedger ledger({few_seats()});
  Player player(ledger, seed);
  for (int i = 0; i < 600; ++i) player.step();
  const auto vault = ledger.vault();
  size_t others = 0;

  for (uint64_t round = 0; round < 60; ++round) {
    INFO("seed " << seed << " round " << round);
    const HidingLog hiding(ledger.log(), seed + round, 2 + round);
    const auto id = TestLedger::cycle_id(kCycles[round % kCycles.size()]);

    const auto state = fold_cohort(hiding, id);

    REQUIRE(state.has_value());
    others += answers(state.value(), id, vault) != answers(made(fold_cohort(ledger.log(), id)), id, vault);
  }

  CHECK(others > 20);
}

TEST_CASE("an event is labelled by its stream, its subject and the cohort that it names", "[directory]") {
  Envelope envelope;
  envelope.stream = "pairing/P1";
  envelope.subject = {"somebody"};

  const auto named = labels_of(envelope, PairingRequested{"P1", "iom-coaching", "2024", "coach", "A1"}, {"other", "1"});
  const auto given = labels_of(envelope, PairingAccepted{"P1", Day{}, Day{}, false}, {"iom-coaching", "2024"});
  const auto programme = labels_of(envelope, CoachRecorded{"iom-coaching", "accepted", 1, true, "", "", "", "", "", "", "", ""});
  const auto confidential = labels_of(envelope, ParticipationRecorded{"iom-coaching", "OHR", "2023", "4"});

  CHECK(named == Labels{short_hash("pairing/P1"), short_hash("somebody"), short_hash("iom-coaching/2024")});
  CHECK(given == named);
  CHECK(programme.cohort == label_of({"iom-coaching", ""}));
  CHECK(programme.cohort != named.cohort);
  CHECK(confidential.cohort == 0);
}

}  // namespace daybook::test
