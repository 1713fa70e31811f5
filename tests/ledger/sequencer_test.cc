// The one writer: groups and their answers, idempotency, races for what there is only one of, clocks that jump, disks
// that fail, and the state that the log alone gives again.
#include "ledger/sequencer.h"

#include <atomic>
#include <barrier>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fstream>
#include <future>
#include <sstream>

#include "tests/ledger/forwarding_log.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4, kRounds = 1'000;

// Holds an append back until it is let go, and counts what came in which group.
class GatedLog final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    sizes.push_back(group.size());
    if (closed.load()) {
      entered.set_value();
      opened.get_future().wait();
      closed = false;
    }
    return ForwardingLog::append(group);
  }
  std::atomic<bool> closed = false;
  std::promise<void> entered, opened;
  std::vector<size_t> sizes;  // read only while nothing is appended
};

// A disk that fails on demand: before it writes, or after, when nobody can tell.
class FailingLog final : public ForwardingLog {
 public:
  enum class Mode { kWell, kBefore, kAfter };
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    ++appends;
    if (mode == Mode::kWell) return ForwardingLog::append(group);
    if (mode == Mode::kAfter) (void)ForwardingLog::append(group);
    return std::vector<Result<Appended>>(group.size(), Result<Appended>(Error{Fault::kStorage, "fsync: the disk is on fire"}));
  }
  std::atomic<Mode> mode = Mode::kWell;
  std::atomic<int> appends = 0;
};

Command command_of(CommandBody body, const std::string& key = "", const std::string& at = "") {
  Command command;
  command.body = std::move(body);
  command.actor = "admin";
  command.recorded_by = "test@host";
  command.channel = Channel::kImport;  // no right is asked of a row
  command.idempotency_key = key;
  if (!at.empty()) command.happened_at = parse_instant(at);
  return command;
}

// Lets four threads run `command(thread, round)` at the same time, round after round; `before` prepares a round and
// `after` looks at its answers, on this thread.
void race(TestLedger& ledger, const std::function<void(int round)>& before, const std::function<Command(int thread, int round)>& command,
          const std::function<void(int round, const std::vector<Answer>&)>& after) {
  std::barrier gate(kThreads + 1);
  std::vector<Answer> answers(kThreads);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        gate.arrive_and_wait();
        if (stop) return;
        answers[t] = ledger.sequencer().execute(command(t, round));
        gate.arrive_and_wait();
      }
    });
  }
  bool waiting = true;  // the threads stand at the gate
  try {
    for (int round = 0; round < kRounds; ++round) {
      before(round);
      gate.arrive_and_wait();
      gate.arrive_and_wait();
      waiting = round + 1 < kRounds;
      after(round, answers);
    }
  } catch (...) {  // a failed REQUIRE
    stop = true;
    if (waiting) gate.arrive_and_wait();
    for (auto& thread : threads) thread.join();
    throw;
  }
  for (auto& thread : threads) thread.join();
}

// Exactly one answer is a success, every other a refusal that names the success's position. Gives the winner.
int only_winner(const std::vector<Answer>& answers, const std::string& rule) {
  int winner = -1;
  for (int i = 0; i < static_cast<int>(answers.size()); ++i) {
    if (answers[i].outcome != Outcome::kRecorded) continue;
    REQUIRE(winner == -1);
    winner = i;
  }
  REQUIRE(winner >= 0);
  REQUIRE(answers[winner].range.end.value == answers[winner].range.first.value + 1);
  for (int i = 0; i < static_cast<int>(answers.size()); ++i) {
    if (i == winner) continue;
    REQUIRE(answers[i].outcome == Outcome::kRefused);
    if (!rule.empty()) REQUIRE(answers[i].refusal.rule == rule);
    REQUIRE_FALSE(answers[i].refusal.rule.empty());
    REQUIRE_FALSE(answers[i].refusal.saw.empty());
    REQUIRE(answers[i].refusal.because == answers[winner].range.first);
  }
  return winner;
}

std::vector<Event> events_of(const EventLog& log) {
  std::vector<Event> events;
  REQUIRE(read_events(log, Position{0}, log.end(), [&](const Event& event) { return events.push_back(event), true; }).has_value());
  return events;
}

constexpr int kCyclesEach = 200;
std::string race_programme(int round) { return "race-" + std::to_string(round / kCyclesEach); }
std::string race_cycle(int round) { return race_programme(round) + "/c" + std::to_string(round % kCyclesEach); }

// The executive programme with one seat, and so many cycles at once.
std::string race_charter(int round) {
  std::string text =
      changed(shipped("iom-executive-coaching"), "programme = \"iom-executive-coaching\"", "programme = \"" + race_programme(round) + "\"");
  text = changed(text, "seats = 40", "seats = 1");
  text.resize(text.find("[[cycles]]"));
  for (int i = 0; i < kCyclesEach; ++i) {
    text += "[[cycles]]\nname = \"c" + std::to_string(i) +
            "\"\nopens_on = 2024-03-01\ncloses_on = 2024-03-31\ntime_zone = \"Europe/Zurich\"\nfacts_as_of = 2024-03-31\n";
  }
  return text;
}

std::string instant_text(Instant at) { return std::to_string(at.time_since_epoch().count()); }
template <class T>
std::string text_of(const std::optional<T>& value) {
  if (!value) return "-";
  if constexpr (std::is_same_v<T, Position>) {
    return std::to_string(value->value);
  } else {
    return to_text(*value);
  }
}

// All of a state as text, in one order.
std::string describe(const State& state) {
  std::map<std::string, std::string> parts;
  for (const auto& [name, programme] : state.programmes) {
    std::ostringstream out;
    for (const auto& version : programme.versions) out << version.adopted.value << " " << version.charter->text << ";";
    parts["programme " + name] = out.str();
  }
  for (const auto& [id, cycle] : state.cycles) {
    std::ostringstream out;
    out << cycle.charter_version << " " << cycle.charter->text.size() << " " << cycle.rules->name << " " << cycle.opened.value << " "
        << cycle.seats_taken << " " << text_of(cycle.last_seat) << " " << cycle.waitlist_joined << " " << cycle.refused_applications.size()
        << " applications";
    for (const auto& ref : cycle.applications) out << " " << ref;
    out << " applicants";
    for (const auto& [person, ref] : std::map<PersonId, std::string>(cycle.applicants.begin(), cycle.applicants.end()))
      out << " " << person.value << "=" << ref;
    out << " waitlist";
    for (const auto& ref : cycle.waitlist) out << " " << ref;
    out << " pairings";
    for (const auto& ref : cycle.pairings) out << " " << ref;
    for (const auto& [person, client] : std::map<PersonId, ClientState>(cycle.clients.begin(), cycle.clients.end())) {
      out << " client " << person.value << " " << text_of(client.window_last) << " " << client.window_set.value << " " << client.sponsored << " "
          << text_of(client.last_used()) << " " << client.accepted << " " << client.current;
    }
    parts["cycle " + id.text()] = out.str();
  }
  for (const auto& [id, person] : state.people) {
    std::ostringstream out;
    out << text_of(person.staff);
    for (const auto& at : person.participations) out << " " << at.value;
    for (const auto& accepted : person.accepted) out << " " << accepted.programme << ":" << accepted.pairing;
    parts["person " + id.value] = out.str();
  }
  for (const auto& [ref, a] : state.applications) {
    std::ostringstream out;
    out << a.ref << " " << a.person.value << " " << a.cycle.text() << " " << instant_text(a.submitted_at) << " " << a.submitted.value << " "
        << a.outcome << " " << text_of(a.decided) << " " << text_of(a.referral_decided) << " " << text_of(a.seat_event) << " "
        << static_cast<int>(a.seat) << " " << a.rank;
    for (const auto& c : a.criteria) out << " " << c.name << "=" << c.outcome << "/" << c.limit;
    parts["application " + ref] = out.str();
  }
  for (const auto& [ref, p] : state.pairings) {
    std::ostringstream out;
    out << p.application << " " << p.cycle.text() << " " << p.client.value << " " << p.coach.value << " " << status_name(p.status) << " "
        << p.requested.value << " " << p.changed.value << " " << text_of(p.accepted) << " " << text_of(p.paired_on) << " " << text_of(p.ended_on)
        << " " << p.re_pairing;
    for (const auto& [number, s] : p.sessions) {
      out << " session " << number << " " << s.done << s.sponsored << s.unsponsored << s.outside_window << " " << to_text(s.held_on) << " "
          << s.marked.value << " " << text_of(s.withdrawn);
      for (const auto& f : s.feedback) out << " feedback " << f.giver.value << " " << f.at.value;
      for (const auto& m : s.misses) out << " miss " << to_text(m.held_on) << " " << m.reporter.value << " " << m.same << " " << m.at.value;
    }
    parts["pairing " + ref] = out.str();
  }
  for (const auto& [key, coach] : state.coaches) {
    std::ostringstream out;
    out << coach.review << " " << coach.capacity << " " << coach.recorded.value;
    for (const auto& [pairing, at] : coach.active) out << " " << pairing << " " << at.value;
    parts["coach " + key.first + "/" + key.second.value] = out.str();
  }
  for (const auto& [batch, import] : state.imports) parts["import " + batch] = "started at " + std::to_string(import.started.value);
  for (const auto& [stream, version] : state.stream_versions) parts["stream " + stream] = std::to_string(version);
  parts["end"] = std::to_string(state.end.value) + " " + instant_text(state.last_recorded_at);
  std::string text;
  for (const auto& [name, value] : parts) text += name + ": " + value + "\n";
  return text;
}

std::string words_of(const Answer& answer) { return answer.outcome == Outcome::kRefused ? answer.refusal.saw : answer.error.message; }

}  // namespace

TEST_CASE("what waits is written as one group, and nobody is answered before it is durable", "[sequencer]") {
  const auto memory = make_memory_log();
  GatedLog log(*memory);
  TestLedger ledger(log, {});
  std::atomic<int> answered = 0, recorded = 0;
  const auto answer = [&](const Answer& a) {
    ++answered;
    recorded += a.outcome == Outcome::kRecorded;
  };
  log.sizes.clear();
  log.closed = true;

  ledger.sequencer().submit(command_of(RecordStaff{staff_of("first")}), answer);
  log.entered.get_future().wait();
  for (int i = 0; i < 50; ++i) ledger.sequencer().submit(command_of(RecordStaff{staff_of("U" + std::to_string(i))}), answer);
  CHECK(answered == 0);
  log.opened.set_value();
  const Answer last = ledger.sequencer().execute(command_of(RecordStaff{staff_of("last")}));

  CHECK(last.outcome == Outcome::kRecorded);
  CHECK(answered == 51);
  CHECK(recorded == 51);
  REQUIRE(log.sizes.size() >= 2);
  CHECK(log.sizes[0] == 1);
  CHECK(log.sizes[1] >= 50);
}

TEST_CASE("a command is decided against those before it in its own group", "[sequencer][E-19]") {
  const auto memory = make_memory_log();
  GatedLog log(*memory);
  TestLedger ledger(log, {});
  ledger.seated("U1", "iom-coaching/2024");
  ledger.accepted_coach("C1", "iom-coaching");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-03-01T10:00:00Z");
  Act done;
  done.action = Action::kMarkSessionDone;
  done.ref = "P1";
  done.session = 1;
  done.held_on = parse_day("2024-03-05");
  std::vector<Answer> answers;
  log.closed = true;

  ledger.sequencer().submit(command_of(RecordStaff{staff_of("first")}), [](const Answer&) {});
  log.entered.get_future().wait();
  for (int i = 0; i < 3; ++i) {
    ledger.sequencer().submit(command_of(done, "", "2024-03-06T10:00:00Z"), [&](const Answer& answer) { answers.push_back(answer); });
  }
  log.opened.set_value();
  (void)ledger.state();

  REQUIRE(answers.size() == 3);
  CHECK(only_winner(answers, "already-done") == 0);
}

TEST_CASE("a record that came a moment before, in the same group, can be put right", "[sequencer][C3]") {
  const auto memory = make_memory_log();
  GatedLog log(*memory);
  TestLedger ledger(log, {});
  Answer put_right;
  log.closed = true;

  ledger.sequencer().submit(command_of(RecordStaff{staff_of("first")}), [](const Answer&) {});
  log.entered.get_future().wait();
  ledger.sequencer().submit(command_of(RecordStaff{staff_of("S1")}), [](const Answer&) {});
  ledger.sequencer().submit(command_of(RectifyStaff{"S1", {{"contract_type", "intern"}}, "typed wrong"}),
                            [&](const Answer& answer) { put_right = answer; });
  log.opened.set_value();
  (void)ledger.state();

  INFO(words_of(put_right));
  REQUIRE(put_right.outcome == Outcome::kRecorded);
  const auto contact = ledger.vault().record(put_right.range.first, FieldClass::kContact).value();
  CHECK(*contact->find(field_number(StaffRecorded{}, "name")) == staff_of("S1").name);
}

TEST_CASE("a key that somebody reads while its erasure is being written is held no more when it is answered", "[sequencer][C3]") {
  const auto memory = make_memory_log();
  GatedLog log(*memory);
  TestLedger ledger(log, {});
  ledger.staff("S1");
  const auto person = *ledger.vault().person("S1").value();
  Answer erased;
  log.closed = true;

  ledger.sequencer().submit(command_of(ErasePerson{person, *parse_day("2030-01-01")}), [&](const Answer& answer) { erased = answer; });
  log.entered.get_future().wait();
  CHECK(ledger.vault().name(person).value() == "S1");
  log.opened.set_value();
  (void)ledger.state();

  INFO(words_of(erased));
  REQUIRE(erased.outcome == Outcome::kRecorded);
  const auto found = ledger.keys.owners->find(log.vault(), "person/" + person.value, 0).value();
  CHECK_FALSE(found.key.has_value());
  CHECK(found.destroyed == erased.range.first);
}

TEST_CASE("every caller of many threads is answered once, with a range of their own", "[sequencer]") {
  TestLedger ledger;
  const Position start = ledger.log().end();
  constexpr int kEach = 250;
  std::vector<std::vector<Answer>> answers(kThreads);
  std::vector<std::thread> threads;

  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        answers[t].push_back(ledger.sequencer().execute(command_of(RecordStaff{staff_of("U" + std::to_string(t) + "-" + std::to_string(i))})));
      }
    });
  }
  for (auto& thread : threads) thread.join();

  std::map<Position, Position> ranges;
  for (const auto& list : answers) {
    for (const auto& answer : list) {
      REQUIRE(answer.outcome == Outcome::kRecorded);
      REQUIRE(ranges.emplace(answer.range.first, answer.range.end).second);
    }
  }
  Position next = start;
  for (const auto& [first, end] : ranges) {
    REQUIRE(first == next);
    next = end;
  }
  CHECK(next == ledger.log().end());
  CHECK(ranges.size() == kThreads * kEach);
}

TEST_CASE("a command with the same idempotency key is carried out once, also after a restart", "[sequencer]") {
  const auto log = make_memory_log();
  Answer first;
  {
    TestLedger ledger(*log, {});
    first = ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "key"));
    REQUIRE(first.outcome == Outcome::kRecorded);
    const auto again = ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "key"));
    CHECK(again.outcome == Outcome::kUnchanged);
    CHECK(again.range.first == first.range.first);
    CHECK(again.range.end == first.range.end);
    CHECK(ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "other")).outcome == Outcome::kRecorded);
  }
  const Position end = log->end();
  TestLedger ledger(*log, {});

  const auto again = ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "key"));

  CHECK(again.outcome == Outcome::kUnchanged);
  CHECK(again.range.first == first.range.first);
  CHECK(again.range.end == first.range.end);
  CHECK(log->end() == end);
}

TEST_CASE("a key that comes twice in one group is carried out once", "[sequencer]") {
  const auto memory = make_memory_log();
  GatedLog log(*memory);
  TestLedger ledger(log, {});
  std::vector<Answer> answers;
  log.closed = true;

  ledger.sequencer().submit(command_of(RecordStaff{staff_of("first")}), [](const Answer&) {});
  log.entered.get_future().wait();
  for (int i = 0; i < 3; ++i) {
    ledger.sequencer().submit(command_of(RecordStaff{staff_of("U1")}, "key"), [&](const Answer& answer) { answers.push_back(answer); });
  }
  log.opened.set_value();
  const State state = ledger.state();

  REQUIRE(answers.size() == 3);
  CHECK(answers[0].outcome == Outcome::kRecorded);
  for (const int i : {1, 2}) {
    CHECK(answers[i].outcome == Outcome::kUnchanged);
    CHECK(answers[i].range.first == answers[0].range.first);
    CHECK(answers[i].range.end == answers[0].range.end);
  }
  CHECK(state.end == answers[0].range.end);
}

TEST_CASE("of four who grant the last seat at once one wins, and the others learn who", "[sequencer][E-06]") {
  std::vector<std::string> charters;
  for (int round = 0; round < kRounds; round += kCyclesEach) charters.push_back(race_charter(round));
  TestLedger ledger(charters);
  for (const auto* number : {"U1", "U2"}) {
    auto staff = staff_of(number);
    staff.post = "director", staff.grade = "D1";  // a referral: decided by a person, it joins the waitlist although a seat is free
    ledger.staff(staff);
  }

  race(
      ledger,
      [&](int round) {
        const auto cycle = race_cycle(round), ref = "A" + std::to_string(round);
        REQUIRE(said(ledger.apply(ref + "-1", "U1", cycle, "2024-03-05T10:00:00Z")) == "recorded");
        REQUIRE(said(ledger.apply(ref + "-2", "U2", cycle, "2024-03-06T10:00:00Z")) == "recorded");
        REQUIRE(said(ledger.decide(cycle)) == "recorded");
        REQUIRE(said(ledger.refer(ref + "-1", true)) == "recorded");
        REQUIRE(said(ledger.refer(ref + "-2", true)) == "recorded");
      },
      [&](int, int round) { return command_of(GrantSeat{TestLedger::cycle_id(race_cycle(round))}); },
      [&](int round, const std::vector<Answer>& answers) {
        only_winner(answers, "");
        ledger.sequencer().look([&](const State& state) {
          const auto ref = "A" + std::to_string(round);
          REQUIRE(state.application(ref + "-1")->seat == SeatStatus::kSeated);
          REQUIRE(state.application(ref + "-2")->seat == SeatStatus::kWaitlisted);
          REQUIRE(state.cycle(TestLedger::cycle_id(race_cycle(round)))->seats_taken == 1);
        });
      });
}

TEST_CASE("of four pairings accepted at once for a coach's last place one wins, and the others learn which", "[sequencer][E-14]") {
  TestLedger ledger;
  const std::string cycle = "iom-coaching/2024", at = "2024-03-01T10:00:00Z";
  ledger.accepted_coach("C1", "iom-coaching", 1);
  for (int t = 0; t < kThreads; ++t) ledger.seated("U" + std::to_string(t), cycle);
  const auto ref = [](int thread, int round) { return "P" + std::to_string(round) + "-" + std::to_string(thread); };

  race(
      ledger,
      [&](int round) {
        for (int t = 0; t < kThreads; ++t) REQUIRE(said(ledger.request(ref(t, round), cycle, "U" + std::to_string(t), "C1", at)) == "recorded");
      },
      [&](int thread, int round) {
        Act act;
        act.action = Action::kAcceptPairing;
        act.ref = ref(thread, round);
        return command_of(act, "", "2024-03-01T10:00:00Z");
      },
      [&](int round, const std::vector<Answer>& answers) {
        const int winner = only_winner(answers, "coach-full");
        for (int t = 0; t < kThreads; ++t) {
          REQUIRE(said(ledger.act(t == winner ? "end-pairing" : "decline-pairing", ref(t, round), at)) == "recorded");
        }
      });
}

TEST_CASE("of four who mark one session done at once one wins, and the others learn who", "[sequencer][E-19]") {
  TestLedger ledger;
  ledger.seated("U1", "iom-coaching/2024");
  ledger.accepted_coach("C1", "iom-coaching");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-03-01T10:00:00Z");

  race(
      ledger, [](int) {},
      [](int thread, int round) {
        Act act;
        act.action = Action::kMarkSessionDone;
        act.ref = "P1";
        act.session = static_cast<uint32_t>(round + 1);
        act.held_on = *parse_day("2024-03-02") + std::chrono::days{thread};  // each with a date of their own
        return command_of(act, "", "2024-03-10T10:00:00Z");
      },
      [&](int round, const std::vector<Answer>& answers) {
        const int winner = only_winner(answers, "already-done");
        ledger.sequencer().look([&](const State& state) {
          REQUIRE(state.pairing("P1")->sessions.at(static_cast<uint32_t>(round + 1)).held_on == *parse_day("2024-03-02") + std::chrono::days{winner});
        });
      });

  const auto stats = ledger.stats("iom-coaching/2024");
  CHECK(stats.sessions_done == kRounds);
  CHECK(stats.sponsored_sessions == 4);
}

TEST_CASE("recorded-at never decreases, also while the clock is set back a little", "[sequencer]") {
  TestLedger ledger;
  ledger.staff("U1");
  const Instant before = ledger.state().last_recorded_at;
  CHECK(before == ledger.clock.wall);

  ledger.clock.wall -= 2min;
  REQUIRE(said(ledger.staff("U2")) == "recorded");
  ledger.clock.wall += 1min;
  REQUIRE(said(ledger.staff("U3")) == "recorded");
  ledger.clock.pass(10min);
  REQUIRE(said(ledger.staff("U4")) == "recorded");

  Instant last{};
  for (const auto& event : events_of(ledger.log())) {
    CHECK(event.envelope.recorded_at >= last);
    last = event.envelope.recorded_at;
  }
  CHECK(last == ledger.clock.wall);
}

TEST_CASE("a clock that jumps by more than five minutes stops the book, in words", "[sequencer]") {
  TestLedger ledger;
  ledger.clock.pass(24h);
  REQUIRE(said(ledger.staff("U1")) == "recorded");
  const std::chrono::microseconds jump = GENERATE(300'000'001, -300'000'001, 86'400'000'000, -86'400'000'000) * 1us;
  const TreeHead head = ledger.log().head();

  ledger.clock.wall += jump;
  const Answer refused = ledger.staff("U3");

  CHECK((refused.outcome == Outcome::kRefused || refused.outcome == Outcome::kFailed));
  INFO(words_of(refused));
  CHECK(words_of(refused).find("clock") != std::string::npos);
  CHECK(ledger.log().head() == head);
  ledger.clock.pass(1h);
  CHECK(ledger.staff("U4").outcome != Outcome::kRecorded);
  CHECK(ledger.log().head() == head);
}

TEST_CASE("a clock that is set by five minutes or less, or runs on for long, stops nothing", "[sequencer]") {
  TestLedger ledger;

  ledger.clock.wall += 5min;
  CHECK(said(ledger.staff("U1")) == "recorded");
  ledger.clock.wall -= 5min;
  CHECK(said(ledger.staff("U2")) == "recorded");
  ledger.clock.pass(24h * 400);
  CHECK(said(ledger.staff("U3")) == "recorded");
}

TEST_CASE("a clock that stands more than five minutes before the newest event is refused at the start, unless confirmed", "[sequencer]") {
  const auto log = make_memory_log();
  Instant newest;
  {
    TestLedger ledger(*log, {});
    ledger.staff("U1");
    newest = ledger.state().last_recorded_at;
  }
  FakeClock clock;
  SeededRandomness randomness;
  const VaultKeys keys = derive_vault_keys(Hash{});
  const auto start = [&](Instant wall, bool confirmed) {
    clock.wall = wall;
    return Sequencer::start(*log, keys, clock, randomness, confirmed);
  };

  CHECK(start(newest - 5min, false).has_value());
  const auto refused = start(newest - 5min - 1us, false);
  REQUIRE(refused.has_error());
  CHECK(refused.error().fault == Fault::kRejected);
  CHECK(refused.error().message.find("clock") != std::string::npos);

  const auto confirmed = start(newest - 2h, true);
  REQUIRE(confirmed.has_value());
  CHECK(confirmed.value()->execute(command_of(RecordStaff{staff_of("U2")})).outcome == Outcome::kRecorded);
  CHECK(events_of(*log).back().envelope.recorded_at >= newest);
}

TEST_CASE("after a failed append all who waited are told, and nothing is written or acknowledged any more", "[sequencer]") {
  const auto memory = make_memory_log();
  FailingLog log(*memory);
  TestLedger ledger(log, {});
  REQUIRE(said(ledger.staff("U1")) == "recorded");
  log.mode = GENERATE(FailingLog::Mode::kBefore, FailingLog::Mode::kAfter);
  const int appends = log.appends;
  std::vector<Answer> answers;

  for (int i = 0; i < 20; ++i) {
    ledger.sequencer().submit(command_of(RecordStaff{staff_of("F" + std::to_string(i))}), [&](const Answer& answer) { answers.push_back(answer); });
  }
  const Answer last = ledger.staff("F20");
  answers.push_back(last);

  REQUIRE(answers.size() == 21);
  for (const auto& answer : answers) {
    CHECK(answer.outcome == Outcome::kFailed);
    CHECK(answer.error.fault == Fault::kStorage);
    CHECK_FALSE(answer.error.message.empty());
  }
  CHECK(log.appends == appends + 1);
  CHECK(answers.front().error.message.find("on fire") != std::string::npos);
  log.mode = FailingLog::Mode::kWell;
  const Position end = log.end();
  CHECK(ledger.staff("U2").outcome == Outcome::kFailed);
  CHECK(ledger.sequencer().execute(command_of(RecordStaff{staff_of("U3")}, "key")).outcome == Outcome::kFailed);
  CHECK(log.end() == end);
}

TEST_CASE("after a failed append a look shows nothing that is not on disk", "[sequencer]") {
  const auto memory = make_memory_log();
  FailingLog log(*memory);
  TestLedger ledger(log, {});
  REQUIRE(said(ledger.staff("U1")) == "recorded");
  const std::string durable = describe(ledger.state());
  log.mode = FailingLog::Mode::kBefore;

  REQUIRE(ledger.staff("U2").outcome == Outcome::kFailed);

  CHECK(ledger.state().end == log.end());
  CHECK((describe(ledger.state()) == durable));
}

TEST_CASE("a command whose outcome was unknown is settled by its key after a restart", "[sequencer]") {
  const auto memory = make_memory_log();
  FailingLog log(*memory);
  const bool written = GENERATE(false, true);
  {
    TestLedger ledger(log, {});
    log.mode = written ? FailingLog::Mode::kAfter : FailingLog::Mode::kBefore;
    REQUIRE(ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "key")).outcome == Outcome::kFailed);
  }
  TestLedger ledger(*memory, {});

  const Answer answer = ledger.sequencer().execute(command_of(RecordStaff{staff_of("U1")}, "key"));

  CHECK(answer.outcome == (written ? Outcome::kUnchanged : Outcome::kRecorded));
  size_t records = 0;
  for (const auto& event : events_of(*memory)) records += std::holds_alternative<StaffRecorded>(event.body);
  CHECK(records == 1);
}

TEST_CASE("a refused command writes nothing, and what waits is answered before the sequencer stops", "[sequencer]") {
  const auto log = make_memory_log();
  std::atomic<int> answered = 0;
  {
    TestLedger ledger(*log, {});
    const Position end = log->end();
    CHECK(said(ledger.act("accept-pairing", "P404", "2024-03-01T10:00:00Z")) == "refused no-request");
    CHECK(log->end() == end);
    for (int i = 0; i < 300; ++i) {
      ledger.sequencer().submit(command_of(RecordStaff{staff_of("U" + std::to_string(i))}),
                                [&](const Answer& answer) { answered += answer.outcome == Outcome::kRecorded; });
    }
  }
  CHECK(answered == 300);
}

TEST_CASE("the log folded again gives the live state, to the last field", "[sequencer][S0-43]") {
  TestLedger ledger;
  const auto take = [&](const std::string& sheet) {
    std::ifstream file(DAYBOOK_SOURCE_DIR "/tools/demo/" + sheet + ".csv", std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    REQUIRE(ledger.import(sheet, text.str()).has_value());
  };
  for (const auto* sheet : {"staff", "participations", "coaches", "applications"}) take(sheet);
  for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) ledger.decide(cycle);
  take("activity");

  const auto replayed = replay(ledger.log());

  REQUIRE(replayed.has_value());
  const State live = ledger.state();
  const State& folded = replayed.value().state;
  CHECK((describe(folded) == describe(live)));
  CHECK(replayed.value().head == ledger.log().head());
  const Vault vault = ledger.vault();
  for (const auto* cycle : {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"}) {
    const auto& live_cycle = *live.cycle(TestLedger::cycle_id(cycle));
    const auto& folded_cycle = *folded.cycle(TestLedger::cycle_id(cycle));
    CHECK(named_figures(statistics(folded, folded_cycle, vault).value()) == named_figures(statistics(live, live_cycle, vault).value()));
    Desk live_desk(live, vault, nullptr), folded_desk(folded, vault, nullptr);
    CHECK(list("decisions", folded, folded_cycle, Day{}, folded_desk)->rows == list("decisions", live, live_cycle, Day{}, live_desk)->rows);
  }
  // A sequencer that starts on the log stands where the first one stands.
  SeededRandomness randomness;
  const auto restarted = Sequencer::start(ledger.log(), ledger.keys, ledger.clock, randomness);
  REQUIRE(restarted.has_value());
  std::string described;
  restarted.value()->look([&](const State& state) { described = describe(state); });
  CHECK((described == describe(live)));
  // Versions are gapless in every stream.
  std::map<std::string, uint64_t> versions;
  for (const auto& event : events_of(ledger.log())) REQUIRE(event.envelope.version == versions[event.envelope.stream]++);
  for (const auto& [stream, version] : versions) REQUIRE(live.stream_versions.at(stream) == version);
  CHECK(versions.size() == live.stream_versions.size());
}

TEST_CASE("whoever wants to send a command can see how many wait before it", "[sequencer]") {
  TestLedger ledger;
  std::promise<void> begun, go_on;
  std::jthread holding([&] {
    ledger.sequencer().look([&](const State&) {
      begun.set_value();
      go_on.get_future().wait();
    });
  });
  begun.get_future().wait();
  std::atomic<int> answered = 0;
  for (int i = 0; i < 3; ++i)
    ledger.sequencer().submit(command_of(RecordStaff{staff_of("S" + std::to_string(i))}), [&](const Answer&) { ++answered; });

  CHECK(ledger.sequencer().waiting() == 3);
  go_on.set_value();
  holding.join();
  ledger.sequencer().look([](const State&) {});
  CHECK(ledger.sequencer().waiting() == 0);
  CHECK(answered == 3);
}

}  // namespace daybook::test
