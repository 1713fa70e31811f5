#include "tests/support/test_ledger.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ledger/require.h"

namespace daybook::test {

void SeededRandomness::fill(std::span<uint8_t> out) {
  for (auto& byte : out) {  // splitmix64
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    byte = static_cast<uint8_t>(z >> 56);
  }
}

namespace {

std::string without_editions(std::string text) {
  const auto at = text.find("\neditions = ");
  require(at != std::string::npos, "a charter that ships names the days of its editions");
  return text.erase(at, text.find('\n', at + 1) - at);
}

}  // namespace

std::string shipped(const std::string& programme) {
  for (const auto& charter : shipped_charters()) {
    if (charter.name == programme + ".toml") return without_editions(std::string(charter.text));
  }
  require(false, "a test names a charter that ships");
  return {};
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  require(at != std::string::npos && text.find(from, at + 1) == std::string::npos, "what a test changes stands in the charter exactly once");
  return text.replace(at, from.size(), to);
}

StaffRecorded staff_of(const std::string& staff_number) {
  StaffRecorded staff;
  staff.staff_number = staff_number;
  staff.name = "Name of " + staff_number;
  staff.email = staff_number + "@staff.example";
  staff.grade = "P3";
  staff.post = "head-of-office";
  staff.contract_type = "fixed-term";
  staff.time_zone = "UTC";
  staff.entry_on_duty = "2015-01-01";
  staff.training_completed_on = "2020-01-01";
  return staff;
}

CoachRecorded coach_of(const std::string& programme, uint32_t capacity) {
  CoachRecorded coach;
  coach.programme = programme;
  coach.review = "accepted";
  coach.capacity = capacity;
  coach.credential_kind = "icf-certification";
  coach.pledged_on = "2022-01-01";
  coach.reviewed_on = "2022-01-02";
  coach.pledged = true;
  return coach;
}

TestLedger::TestLedger(const std::vector<std::string>& charters, DoTable rights) : own_(make_memory_log()), log_(own_.get()) {
  start(charters, std::move(rights));
}
TestLedger::TestLedger(EventLog& log, const std::vector<std::string>& charters) : log_(&log) { start(charters, shipped_do_table()); }

TestLedger::TestLedger(Sequencer& sequencer, EventLog& log, const VaultKeys& with, FakeClock& by)
    : clock(by), keys(with), log_(&log), writer_(&sequencer) {}

void TestLedger::start(const std::vector<std::string>& charters, DoTable rights) {
  keys = derive_vault_keys(Hash{});
  auto started = Sequencer::start(*log_, keys, clock, randomness, false, {}, {}, std::move(rights));
  require(started.has_value(), "a test's log can be folded");
  sequencer_ = std::move(started).value();
  writer_ = sequencer_.get();
  if (log_->end() != Position{}) return;
  std::vector<std::string> texts = charters;
  for (const auto& charter : shipped_charters()) {
    const auto programme = parse_charter(charter.text, charter.name).value().programme;
    const bool replaced = std::any_of(charters.begin(), charters.end(),
                                      [&](const std::string& text) { return parse_charter(text, "test").value().programme == programme; });
    if (!replaced) texts.push_back(shipped(programme));
  }
  for (const auto& text : texts) require(run(AdoptCharter{text}).outcome == Outcome::kRecorded, "a test's charter is adopted");
}

Answer TestLedger::run(CommandBody body, const std::string& at, const std::string& actor) {
  Command command;
  command.body = std::move(body);
  command.actor = actor;
  command.recorded_by = "test@host";
  command.channel = channel;
  if (!at.empty()) {
    command.happened_at = parse_instant(at);
    require(command.happened_at.has_value(), "a test's time can be read");
  }
  return writer_->execute(std::move(command));
}

Answer TestLedger::tick() {
  Command command;
  command.body = Tick{};
  command.recorded_by = "test@host";
  command.channel = Channel::kClock;
  return writer_->execute(std::move(command));
}

Answer TestLedger::took_part(const std::string& number, const std::string& programme, const std::string& sponsor, const std::string& edition) {
  return run(RecordParticipation{number, {programme, sponsor, edition, "4"}});
}

Answer TestLedger::apply(const std::string& ref, const std::string& number, const std::string& cycle, const std::string& at,
                         const std::string& commitment) {
  ApplicationSubmitted values;
  values.application = ref;
  values.programme = cycle_id(cycle).programme;
  values.cycle = cycle_id(cycle).cycle;
  values.form_version = "v1";
  values.commitment = commitment;
  values.goal_type = "both";
  return run(SubmitApplication{number, values}, at, number);
}

Answer TestLedger::request(const std::string& ref, const std::string& cycle, const std::string& client, const std::string& coach,
                           const std::string& at) {
  Act act;
  act.action = Action::kRequestPairing;
  act.ref = ref;
  act.programme = cycle_id(cycle).programme;
  act.cycle = cycle_id(cycle).cycle;
  act.client = client;
  act.coach = coach;
  return run(act, at);
}

Answer TestLedger::act(const std::string& action, const std::string& ref, const std::string& at, const std::string& actor) {
  const auto it = std::find(std::begin(kActionNames), std::end(kActionNames), action);
  require(it != std::end(kActionNames), "a test names an action of the contract");
  Act act;
  act.action = static_cast<Action>(it - std::begin(kActionNames));
  act.ref = ref;
  act.reason = "fit";
  return run(act, at, actor);
}

namespace {

Act session_act(Action action, const std::string& ref, uint32_t session, const std::string& held_on = "") {
  Act act;
  act.action = action;
  act.ref = ref;
  act.session = session;
  act.held_on = parse_day(held_on);
  require(held_on.empty() || act.held_on, "a test's day can be read");
  return act;
}

}  // namespace

Answer TestLedger::extend(const std::string& ref, const std::string& last_day, const std::string& at) {
  Act act = session_act(Action::kExtendWindow, ref, 0, last_day);
  act.session.reset();
  return run(act, at);
}

Answer TestLedger::done(const std::string& ref, uint32_t session, const std::string& held_on, const std::string& at, const std::string& actor) {
  return run(session_act(Action::kMarkSessionDone, ref, session, held_on), at, actor);
}

Answer TestLedger::missed(const std::string& ref, uint32_t session, const std::string& held_on, const std::string& at, const std::string& actor) {
  return run(session_act(Action::kMarkSessionMissed, ref, session, held_on), at, actor);
}

Answer TestLedger::withdraw(const std::string& ref, uint32_t session, const std::string& at, const std::string& reason) {
  Act act = session_act(Action::kWithdrawSession, ref, session);
  act.reason = reason;
  return run(act, at);
}

Answer TestLedger::feedback(const std::string& ref, uint32_t session, const std::string& rating, const std::string& at, const std::string& actor) {
  Act act = session_act(Action::kGiveFeedback, ref, session);
  act.rating = rating;
  return run(act, at, actor);
}

void TestLedger::seated(const std::string& number, const std::string& cycle) {
  staff(number);
  const auto first_day = state().cycle(cycle_id(cycle))->rules->opens_on;
  const auto applied = apply("A-" + number, number, cycle, to_text(Instant(first_day) + std::chrono::hours{12}));
  require(applied.outcome == Outcome::kRecorded, "a test's client can apply");
  decide(cycle);
  require(seat("A-" + number) == "seated", "a test's client gets a seat");
}

void TestLedger::accepted_coach(const std::string& number, const std::string& programme, uint32_t capacity) {
  staff(number);
  require(coach(number, programme, capacity).outcome == Outcome::kRecorded, "a test's coach is accepted");
}

void TestLedger::paired(const std::string& ref, const std::string& cycle, const std::string& client, const std::string& coach,
                        const std::string& at) {
  require(request(ref, cycle, client, coach, at).outcome == Outcome::kRecorded, "a test's pairing can be asked for");
  require(act("accept-pairing", ref, at).outcome == Outcome::kRecorded, "a test's pairing is accepted");
}

Result<ImportSummary> TestLedger::import(const std::string& sheet, const std::string& csv, std::vector<ReportRow>* report,
                                         std::optional<Instant> effective) {
  const TempFolder folder;
  std::ofstream(folder.path("sheet.csv"), std::ios::binary) << csv;
  ImportWatcher watcher;
  watcher.row = [&](const ReportRow& row) {
    if (report) report->push_back(row);
  };
  return import_file(folder.path("sheet.csv"), *find_sheet(sheet), *writer_, keys, randomness, {effective, "test@host"}, watcher);
}

State TestLedger::state() {
  State copy;
  writer_->look([&](const State& state) { copy = state; });
  return copy;
}

std::vector<Event> TestLedger::events(Position from) {
  std::vector<Event> all;
  const auto read = read_events(*log_, from, log_->end(), [&](const Event& event) { return all.push_back(event), true; });
  require(read.has_value(), "a test's log can be read");
  return all;
}

const ApplicationState TestLedger::application(const std::string& ref) {
  const State now = state();
  require(now.application(ref) != nullptr, "a test's application is recorded");
  return *now.application(ref);
}

std::string TestLedger::seat(const std::string& ref) {
  const auto seat = application(ref).seat;
  return seat == SeatStatus::kSeated ? "seated" : seat == SeatStatus::kWaitlisted ? "waitlisted" : "";
}

std::vector<std::string> TestLedger::failed(const std::string& ref) {
  std::vector<std::string> names;
  for (const auto& criterion : application(ref).criteria) {
    if (criterion.outcome == "failed") names.push_back(criterion.name);
  }
  return names;
}

Table TestLedger::decisions(const std::string& cycle) {
  const State now = state();
  const Vault values = vault();
  Desk desk(now, values, nullptr);
  return *list("decisions", now, *now.cycle(cycle_id(cycle)), Day{}, desk);
}

Statistics TestLedger::stats(const std::string& cycle) {
  const State now = state();
  return statistics(now, *now.cycle(cycle_id(cycle)), vault()).value();
}

CycleId TestLedger::cycle_id(const std::string& text) { return {text.substr(0, text.find('/')), text.substr(text.find('/') + 1)}; }

TempFolder::TempFolder(const std::string& parent) {
  const auto place = parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
  std::string pattern = (place / "daybook-test-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
  path_ = pattern;
}
TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string TempFolder::path(const std::string& name) const { return name.empty() ? path_ : path_ + "/" + name; }

std::string memory_folder() { return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : ""; }

std::string said(const Answer& answer) {
  const auto flags = answer.flags.empty() ? "" : " " + answer.flags;
  switch (answer.outcome) {
    case Outcome::kRecorded:
      return "recorded" + flags;
    case Outcome::kRefused:
      return "refused " + answer.refusal.rule;
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kFailed:
      return "failed " + answer.error.message;
  }
  return "";
}

}  // namespace daybook::test
