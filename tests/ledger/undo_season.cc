#include "tests/ledger/undo_season.h"

#include <fmt/format.h>

#include <map>

namespace daybook::test {
namespace {

const std::vector<std::string> kClients = {"C0", "C1", "C2", "C3", "C4"}, kCoaches = {"K0", "K1", "C4"};
const std::vector<std::string> kProgrammes = {"iom-coaching", "iom-coaching", "iom-executive-coaching"};

std::vector<std::string> charters() {
  auto coaching = changed(shipped("iom-coaching"), "allowance = 4", "allowance = 2");
  coaching = changed(coaching, "[window]\nmonths = 4", "[window]\nmonths = 1");
  return {coaching, changed(shipped("iom-executive-coaching"), "seats = 40", "seats = 3")};
}

}  // namespace

std::string sheet_text(const std::string& sheet, const std::vector<std::string>& rows) {
  static const std::map<std::string, std::string> headers = {
      {"staff",
       "staff_number,name,email,organisation,entity,duty_station,country,region,job_network,grade,position,contract_type,gender,languages,"
       "time_zone,entry_on_duty,training_completed_on,supervisor,separated_on"},
      {"participations", "staff_number,programme,sponsor,edition,sessions_done"},
      {"coaches",
       "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,"
       "reviewed_on,review"},
      {"applications", "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation"},
      {"activity", "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment"}};
  std::string text = headers.at(sheet) + "\n";
  for (const auto& row : rows) text += row + "\n";
  return text;
}

std::string staff_row(const std::string& number, const std::string& grade) {
  return number + ",N,,,,,,,," + grade + ",head-of-office,fixed-term,,,UTC,2015-01-01,2020-01-01,,";
}
std::string coach_row(const std::string& number, const std::string& programme, int capacity, const std::string& review) {
  return fmt::format("{},{},icf-certification,,,,,,{},2022-01-01,2022-01-02,{}", programme, number, capacity, review);
}
std::string application_row(const std::string& ref, const std::string& number, const std::string& cycle, const std::string& at) {
  const auto id = TestLedger::cycle_id(cycle);
  return fmt::format("{},{},{},{},{},v1,yes,both,en,UTC,why", ref, id.programme, id.cycle, number, at);
}

std::string newest_import(TestLedger& ledger) {
  std::string newest;
  Position started;
  for (const auto& [batch, import] : ledger.state().imports) {
    if (started < import.started) newest = batch, started = import.started;
  }
  return newest;
}

UndoSeason::UndoSeason(uint32_t seed) : ledger(charters()), random_(seed), now_(*parse_instant("2024-02-10T12:00:00Z")) {
  ledger.randomness = SeededRandomness(seed);
  std::vector<std::string> staff, coaches, applications;
  for (const auto* number : {"C0", "C1", "C2", "K0", "K1"}) staff.push_back(staff_row(number));
  for (const auto* number : {"K0", "K1"}) coaches.push_back(coach_row(number, "iom-coaching", 1 + upto(2)));
  for (const auto* number : {"C0", "C1", "C2"}) {
    applications.push_back(application_row("A-" + std::string(number), number, "iom-coaching/2024", "2024-01-10T10:00:00Z"));
  }
  import("staff", staff);
  import("coaches", coaches);
  import("applications", applications);
  run(DecideCycle{{"iom-coaching", "2024"}});
}

void UndoSeason::import(const std::string& sheet, const std::vector<std::string>& rows) {
  const Position first = ledger.log().end();
  std::vector<ReportRow> report;
  const auto done = ledger.import(sheet, sheet_text(sheet, rows), &report, *parse_instant("2023-01-01T00:00:00Z"));
  if (!done) throw std::runtime_error(done.error().message);
  std::map<uint32_t, Position> places;
  const auto read = read_events(ledger.log(), first, ledger.log().end(), [&](const Event& event) {
    places.emplace(event.envelope.provenance.row, event.envelope.position);
    return true;
  });
  if (!read) throw std::runtime_error(read.error().message);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (report[i].outcome != "recorded") continue;
    told_.push_back({sheet, rows[i], std::nullopt, "", report[i].flags, places.at(static_cast<uint32_t>(i + 1))});
  }
}

void UndoSeason::run(CommandBody body, const std::string& at) {
  const auto answer = ledger.run(body, at);
  if (answer.outcome == Outcome::kRecorded) told_.push_back({"", "", std::move(body), at, daybook::test::said(answer), answer.range.first});
}

std::string UndoSeason::some_row(const std::string& sheet) {
  const auto person = one_of(one_in(2) ? kClients : kCoaches), programme = one_of(kProgrammes);
  if (sheet == "staff") return staff_row(person, fmt::format("P{}", 1 + upto(5)));
  if (sheet == "participations") return fmt::format("{},{},{},{},{}", person, programme, one_in(2) ? "CDT" : "other", 2018 + upto(3), upto(4));
  if (sheet == "coaches") return coach_row(person, programme, upto(3), one_in(4) ? "declined" : "accepted");
  const auto day = one_in(6) ? "2024-05-01" : programme == "iom-coaching" ? "2024-01-12" : "2024-03-10";
  return application_row(fmt::format("A{}", upto(8)), person, programme + "/2024", fmt::format("{}T10:00:{:02}Z", day, upto(60)));
}

const PairingState* UndoSeason::some_pairing(const State& state, const std::set<PairingStatus>& statuses) {
  std::vector<const PairingState*> fit;
  for (const auto& [id, cycle] : state.cycles) {
    for (const auto& ref : cycle.pairings) {
      if (const auto* pairing = state.pairing(ref); statuses.contains(pairing->status)) fit.push_back(pairing);
    }
  }
  return fit.empty() ? nullptr : one_of(fit);
}

std::string UndoSeason::day_near(const PairingState* pairing) {
  const Day day = pairing && pairing->paired_on && one_in(3) ? *pairing->paired_on : std::chrono::floor<std::chrono::days>(now_);
  return to_text(day + std::chrono::days(upto(40) < 36 ? 0 : upto(60)));
}

// An act that mostly fits what there is.
std::string UndoSeason::some_act(const State& state) {
  static const std::vector<std::string> actions = {"request-pairing",   "request-pairing",   "accept-pairing",      "accept-pairing",
                                                   "decline-pairing",   "end-pairing",       "extend-window",       "mark-session-done",
                                                   "mark-session-done", "mark-session-done", "mark-session-missed", "withdraw-session",
                                                   "withdraw-session",  "give-feedback",     "give-feedback"};
  using enum PairingStatus;
  now_ += std::chrono::hours(1 + upto(60));
  const auto& action = one_of(actions);
  const bool answers = action == "accept-pairing" || action == "decline-pairing", ends = action == "end-pairing" || action == "extend-window";
  const auto* pairing = some_pairing(state, answers ? std::set{kRequested} : ends ? std::set{kActive} : std::set{kActive, kEnded});
  const auto at = to_text(one_in(8) ? now_ - std::chrono::hours(upto(100)) : now_);
  if (action == "request-pairing") {
    const auto ref = one_in(6) ? fmt::format("P{}", upto(4)) : fmt::format("P{}", ++numbers_);
    return fmt::format("{},admin,{},{},{},2024,{},{},,,,,,", at, action, ref, one_of(kProgrammes), one_of(kClients), one_of(kCoaches));
  }
  const auto ref = pairing ? pairing->ref : "P1";
  const auto held_on =
      action == "extend-window" ? to_text(std::chrono::floor<std::chrono::days>(now_) + std::chrono::days(upto(60))) : day_near(pairing);
  return fmt::format("{},{},{},{},,,,,{},{},60,{},by mistake,", at, one_in(2) ? "C0" : "K0", action, ref, 1 + upto(3), held_on, 1 + upto(5));
}

void UndoSeason::step() {
  ledger.clock.pass(std::chrono::minutes(1));
  if (one_in(12)) return run(DecideCycle{{one_of(kProgrammes), "2024"}});
  static const std::vector<std::string> sheets = {"staff",    "participations", "coaches",  "applications",
                                                  "activity", "activity",       "activity", "activity"};
  const auto& sheet = one_of(sheets);
  std::vector<std::pair<std::string, std::string>> rows;  // by time, as a file of activity must have them
  const State state = ledger.state();
  for (int i = 1 + upto(4); i > 0; --i) {
    auto row = sheet == "activity" ? some_act(state) : some_row(sheet);
    rows.emplace_back(sheet == "activity" ? row.substr(0, 20) : "", std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> texts;
  for (auto& [at, row] : rows) texts.push_back(std::move(row));
  import(sheet, texts);
}

Answer UndoSeason::undo_some_import() {
  std::vector<std::string> batches;
  for (const auto& [batch, import] : ledger.state().imports) batches.push_back(batch);
  return ledger.run(UndoImport{one_of(batches), "the wrong file", std::nullopt});
}

std::unique_ptr<TestLedger> UndoSeason::told_again(std::vector<std::string>& differing) const {
  auto again = std::make_unique<TestLedger>(charters());
  const State state = const_cast<UndoSeason*>(this)->ledger.state();
  for (const auto& told : told_) {
    if (state.undone.contains(told.position.value)) continue;
    std::string said;
    if (told.command) {
      said = daybook::test::said(again->run(*told.command, told.at));
    } else {
      std::vector<ReportRow> report;
      again->import(told.sheet, sheet_text(told.sheet, {told.row}), &report, *parse_instant("2023-01-01T00:00:00Z")).value();
      said = report.at(0).outcome == "recorded" ? report.at(0).flags : report.at(0).outcome + " " + report.at(0).reason;
    }
    if (said != told.said) differing.push_back(fmt::format("{} {}: {}, not {}", told.sheet, told.row, said, told.said));
  }
  return again;
}

}  // namespace daybook::test
