#include "tools/bench_years.h"

#include <fmt/format.h>

#include "ledger/require.h"

namespace daybook {
namespace {

constexpr std::string_view kRules = R"(title = "Bench"
sponsor = "BENCH"
[seating]
seats = 1000000
order = ["submission"]
[matching]
by = "clients"
[sessions]
allowance = 1000
minutes = 60
introduction = false
[window]
months = 4
[coaches]
capacity_min = 1
capacity_max = 1000
credentials = ["icf-certification"]
training_hours_min = 0
[[criteria]]
name = "commitment"
rule = "commitment"
)";
constexpr std::string_view kPeriod = R"(opens_on = 2024-01-01
closes_on = 2024-12-31
time_zone = "UTC"
facts_as_of = 2024-12-31
)";

constexpr uint64_t kClients = 400, kCoaches = 40, kPeople = 96 * kClients;  // a person comes again after four years
constexpr uint32_t kSessions = 10;

std::string name_of(unsigned programme) { return fmt::format("bench-{}", programme); }
std::string coach_of(unsigned programme, uint64_t number) { return fmt::format("K{}-{}", programme, number % kCoaches); }

class Years {
 public:
  Years(Sequencer& sequencer, const EventLog& log, uint64_t until) : sequencer_(sequencer), log_(log), until_(until) {}

  void run() {
    for (year_ = 0; goes_on(); ++year_) {
      each_programme([&] { send(AdoptCharter{bench_charter(name_of(programme_), year_ + 1)}); });
      if (year_ == 0) coaches();
      each_client([&] { apply(); });
      each_programme([&] { send(DecideCycle{bench_cycle(programme_, year_)}); });
      each_client([&] { send(act(Action::kRequestPairing)); });
      each_client([&] { send(act(Action::kAcceptPairing)); });
      for (session_ = 1; session_ <= kSessions; ++session_)
        each_client([&] { send(act(Action::kMarkSessionDone)), send(act(Action::kGiveFeedback)); });
    }
    sequencer_.look([](const State&) {});  // what was sent is durable
  }

 private:
  bool goes_on() const { return log_.end().value < until_; }

  void each_programme(const std::function<void()>& work) {
    for (programme_ = 0; programme_ < kBenchProgrammes && goes_on(); ++programme_) work();
  }
  void each_client(const std::function<void()>& work) {
    for (client_ = 0; client_ < kClients && goes_on(); ++client_) each_programme(work);
  }

  void coaches() {
    for (uint64_t i = 0; i < kCoaches; ++i) each_programme([&] { coach(coach_of(programme_, i)); });
  }
  void coach(const std::string& number) {
    staff(number);
    CoachRecorded values;
    values.programme = name_of(programme_);
    values.review = "accepted";
    values.capacity = 1000;
    values.credential_kind = "icf-certification";
    values.pledged_on = "2024-01-01";
    send(RecordCoach{number, values});
  }
  void staff(const std::string& number) {
    StaffRecorded values;
    values.staff_number = number;
    values.contract_type = "regular";
    send(RecordStaff{values});
  }
  void apply() {
    const auto number = bench_client(programme_, year_, client_);
    if (year_ < 4) staff(number);
    ApplicationSubmitted form;
    form.application = fmt::format("A{}-{}-{}", programme_, year_, client_);
    form.programme = name_of(programme_);
    form.cycle = bench_cycle(programme_, year_).cycle;
    form.commitment = "yes";
    form.goal_type = "both";
    send(SubmitApplication{number, form});
  }
  Act act(Action action) const {
    Act act;
    act.action = action;
    act.ref = fmt::format("P{}-{}-{}", programme_, year_, client_);
    act.programme = name_of(programme_);
    act.cycle = bench_cycle(programme_, year_).cycle;
    act.client = bench_client(programme_, year_, client_);
    act.coach = coach_of(programme_, client_);
    if (action == Action::kMarkSessionDone || action == Action::kGiveFeedback) act.session = session_;
    act.held_on = Day(std::chrono::year{2024} / 3 / 1);
    act.minutes = "60";
    act.rating = "4";
    act.comment = "helped me to reflect";
    return act;
  }

  void send(CommandBody body) {
    Command command;
    command.body = std::move(body);
    command.happened_at = Instant(Day(std::chrono::year{2024} / 3 / 1)) + std::chrono::hours{12};
    command.actor = "COACH";
    command.recorded_by = "bench";
    command.channel = Channel::kImport;  // whoever did it
    sequencer_.submit(std::move(command), [](const Answer& answer) { require(answer.outcome == Outcome::kRecorded, "recorded"); });
  }

  Sequencer& sequencer_;
  const EventLog& log_;
  const uint64_t until_;
  unsigned year_ = 0, programme_ = 0;
  uint64_t client_ = 0;
  uint32_t session_ = 0;
};

}  // namespace

std::string bench_charter(const std::string& programme, unsigned cycles) {
  auto text = fmt::format("programme = \"{}\"\n{}", programme, kRules);
  for (unsigned i = 1; i <= cycles; ++i) text += fmt::format("[[cycles]]\nname = \"{}\"\n{}", i, kPeriod);
  return text;
}

CycleId bench_cycle(unsigned programme, unsigned year) { return {name_of(programme), std::to_string(year + 1)}; }

std::string bench_client(unsigned programme, unsigned year, uint64_t number) {
  return fmt::format("N{:06}", ((year * kBenchProgrammes + programme) * kClients + number) % kPeople);
}

void record_years(Sequencer& sequencer, const EventLog& log, uint64_t until) { Years(sequencer, log, until).run(); }

}  // namespace daybook
