#include "tools/bench_ledger.h"

#include <fmt/format.h>

#include <semaphore>
#include <thread>

#include "ledger/require.h"
#include "ledger/state_snapshot.h"
#include "tools/bench_years.h"

namespace daybook {
namespace {

Instant at_noon(int day) { return Instant(Day(std::chrono::year{2024} / 2 / 1) + std::chrono::days{day}) + std::chrono::hours{12}; }
std::string client(uint64_t i) { return fmt::format("S{:06}", i); }
std::string pairing(uint64_t i) { return fmt::format("P{:06}", i); }

}  // namespace

double seconds(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

BenchLedger::BenchLedger(const std::string& folder, uint64_t pairings) : pairings_(pairings) {
  auto opened = open_rocks_log(folder, OpenMode::kReadWrite);
  require(opened.has_value(), "the bench can open a log where it was told to");
  log_ = std::move(opened).value();
  auto started = Sequencer::start(*log_, keys_, clock_, randomness_);
  require(started.has_value(), "the bench's log can be folded");
  sequencer_ = std::move(started).value();
  must(AdoptCharter{bench_charter("bench", 1)}, at_noon(0));
  StaffRecorded staff;
  CoachRecorded coach;
  staff.contract_type = "regular";
  coach.programme = "bench";
  coach.review = "accepted";
  coach.capacity = 1000;
  coach.credential_kind = "icf-certification";
  coach.pledged_on = "2024-01-01";
  staff.staff_number = "COACH";
  must(RecordStaff{staff}, at_noon(0));
  must(RecordCoach{"COACH", coach}, at_noon(0));
  for (uint64_t i = 0; i < pairings_; ++i) {
    staff.staff_number = client(i);
    must(RecordStaff{staff}, at_noon(0));
    ApplicationSubmitted form;
    form.application = fmt::format("A{}", i);
    form.programme = "bench";
    form.cycle = "1";
    form.commitment = "yes";
    form.goal_type = "both";
    must(SubmitApplication{client(i), form}, at_noon(0));
  }
  must(DecideCycle{{"bench", "1"}}, at_noon(0));
  for (uint64_t i = 0; i < pairings_; ++i) {
    Act act;
    act.ref = pairing(i);
    act.programme = "bench";
    act.cycle = "1";
    act.client = client(i);
    act.coach = "COACH";
    must(act, at_noon(1));
    act.action = Action::kAcceptPairing;
    must(act, at_noon(1));
  }
}

// The n-th command of a run: a session marked done, then feedback on it, over all pairings in turn.
Command BenchLedger::command(uint64_t n) const {
  const uint64_t pair = n / 2;
  Act act;
  act.ref = pairing(pair % pairings_);
  act.session = static_cast<uint32_t>(1 + pair / pairings_);
  act.action = n % 2 == 0 ? Action::kMarkSessionDone : Action::kGiveFeedback;
  act.held_on = std::chrono::floor<std::chrono::days>(at_noon(2));
  act.minutes = "60";
  act.rating = "4";
  act.comment = "helped me to reflect";
  return dressed(std::move(act), at_noon(2));
}

Command BenchLedger::dressed(CommandBody body, Instant at) const {
  Command command;
  command.body = std::move(body);
  command.happened_at = at;
  command.actor = "COACH";
  command.recorded_by = "bench";
  return command;
}

void BenchLedger::must(CommandBody body, Instant at) {
  auto command = dressed(std::move(body), at);
  command.channel = Channel::kImport;  // whoever did it
  require(sequencer_->execute(std::move(command)).outcome == Outcome::kRecorded, "the bench's commands are recorded");
}

// Done and feedback of a session are taken as a pair by one thread, so that neither comes before the other.
double BenchLedger::blocking_rate(unsigned callers, uint64_t count, bool keyed) {
  std::atomic<uint64_t> taken{0};
  const uint64_t first = next_.fetch_add(count);
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (uint64_t n = taken.fetch_add(2); n + 1 < count; n = taken.fetch_add(2)) {
          for (const uint64_t m : {n, n + 1}) {
            auto next = command(first + m);
            if (keyed) next.idempotency_key = next.asked = fmt::format("{}", first + m);
            require(sequencer_->execute(std::move(next)).outcome == Outcome::kRecorded, "recorded");
          }
        }
      });
    }
  });
  return static_cast<double>(count) / took;
}

double BenchLedger::open_to_write(const std::string& folder, const std::string& kept) {
  const SystemClock clock;
  SystemRandomness randomness;
  const auto keys = derive_vault_keys(Hash{});
  std::unique_ptr<EventLog> log;
  std::unique_ptr<Sequencer> sequencer;
  return 1000 * seconds([&] {
           log = open_rocks_log(folder, OpenMode::kReadWrite).value();
           sequencer = Sequencer::start(*log, keys, clock, randomness, false, {}, kept_state({kept, Hash{}}, *log, {})).value();
         });
}

void BenchLedger::grow(uint64_t size) {
  if (log_->end().value < size) record_years(*sequencer_, *log_, size);
}

double BenchLedger::in_flight_rate(uint64_t count) {
  const uint64_t first = next_.fetch_add(count);
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (uint64_t half = 0; half < 2; ++half) {
      threads.emplace_back([&, half] {
        std::counting_semaphore<64> room(32);
        for (uint64_t n = 0; n < count / 2; ++n) {  // pairs alternate between the threads
          const uint64_t pair = 2 * (n / 2) + half;
          room.acquire();
          sequencer_->submit(command(first + 2 * pair + n % 2), [&](const Answer& answer) {
            require(answer.outcome == Outcome::kRecorded, "recorded");
            room.release();
          });
        }
        for (int i = 0; i < 32; ++i) room.acquire();
      });
    }
  });
  return static_cast<double>(count) / took;
}

}  // namespace daybook
