// Simulated time: what is done when, and in which order.
#include "tools/agenda.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/ledger/forwarding_log.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using std::chrono::hours, std::chrono::minutes;

const Instant kStart = *parse_instant("2023-01-02T08:00:00Z");

// A disk that fails when it is told to.
class FailingLog final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    if (fails) return std::vector<Result<Appended>>(group.size(), Error{Fault::kStorage, "the disk refused"});
    return ForwardingLog::append(group);
  }
  bool fails = false;
};

struct Desk {
  std::unique_ptr<EventLog> memory = make_memory_log();
  FailingLog log{*memory};
  VaultKeys keys = derive_vault_keys(Hash{});
  SeededRandomness randomness;
  SimulatedClock clock{kStart};
  std::unique_ptr<Sequencer> sequencer = made(Sequencer::start(log, keys, clock, randomness));
  Agenda agenda{*sequencer, clock, minutes{10}};

  static Command staff(const std::string& number) {
    Command command;
    command.body = RecordStaff{staff_of(number)};
    command.actor = command.recorded_by = "test@host";
    return command;
  }
};

}  // namespace

TEST_CASE("what falls into a step is done at its end, in the order in which it was put down", "[organisation]") {
  Desk desk;
  std::vector<std::string> done;
  const auto note = [&](const std::string& what) { return [&, what] { done.push_back(what + " " + to_text(desk.agenda.now()).substr(11, 5)); }; };
  desk.agenda.at(kStart + minutes{21}, note("b"));
  desk.agenda.at(kStart + minutes{29}, note("c"));
  desk.agenda.at(kStart + minutes{5}, note("a"));
  desk.agenda.at(kStart + minutes{30}, note("d"));
  desk.agenda.at(kStart + hours{2}, note("too late"));

  fine(desk.agenda.run(kStart + hours{1}));

  CHECK(done == std::vector<std::string>{"a 08:10", "b 08:30", "c 08:30", "d 08:30"});
}

TEST_CASE("what is asked for a time that is past is done in the next step", "[organisation]") {
  Desk desk;
  std::vector<Instant> done;
  desk.agenda.at(kStart, [&] {
    done.push_back(desk.agenda.now());
    desk.agenda.at(kStart - hours{5}, [&] { done.push_back(desk.agenda.now()); });
  });

  fine(desk.agenda.run(kStart + hours{1}));

  CHECK(done == std::vector<Instant>{kStart + minutes{10}, kStart + minutes{20}});
}

TEST_CASE("answers are heard in the order of sending, and what they lead to is of the same moment", "[organisation]") {
  Desk desk;
  std::vector<uint64_t> heard;
  const auto hear = [&](const Answer& answer) { heard.push_back(answer.range.first.value); };
  desk.agenda.at(kStart + minutes{10}, [&] {
    for (int i = 0; i < 40; ++i) desk.agenda.send(Desk::staff("S" + std::to_string(i)), hear);
    desk.agenda.send(Desk::staff("first of two"), [&](const Answer& answer) {
      hear(answer);
      desk.agenda.send(Desk::staff("second"), hear);
    });
  });

  fine(desk.agenda.run(kStart + hours{1}));

  REQUIRE(heard.size() == 42);
  for (uint64_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == i);
  CHECK(made(fold(desk.log)).last_recorded_at == kStart + minutes{10});
}

TEST_CASE("a command that fails ends the run and says why", "[organisation]") {
  Desk desk;
  int later = 0, heard = 0;
  desk.log.fails = true;
  desk.agenda.at(kStart + minutes{10}, [&] { desk.agenda.send(Desk::staff("S1"), [&](const Answer&) { ++heard; }); });
  desk.agenda.at(kStart + minutes{20}, [&] { ++later; });

  const auto run = desk.agenda.run(kStart + hours{1});

  REQUIRE(run.has_error());
  CHECK(says(run.error().message, "the disk refused"));
  CHECK(heard == 0);
  CHECK(later == 0);
}

}  // namespace daybook::test
