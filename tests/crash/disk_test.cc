// A disk without room, a write that fails, a write that a crash left half done: each is said, nothing acknowledged is
// lost, and the same command goes on afterwards.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "ledger/import.h"
#include "ledger/init.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "ledger/torn_tail.h"
#include "tests/crash/account.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/support/a_look.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMiB = 1 << 20;

template <class T>
T made(Result<T> result) {
  if (result.has_error()) FAIL(result.error().message);
  return std::move(result).value();
}

// More than is written between two looks at the disk.
Batch large(const std::string& key) { return {{}, key, std::vector<std::string>(20, std::string(60'000, 'x')), {{"row of " + key, "value"}}}; }

Command staff_command(const std::string& number) {
  Command command;
  command.body = RecordStaff{staff_of(number)};
  command.actor = "admin";
  command.recorded_by = "test@host";
  command.idempotency_key = "staff " + number;
  return command;
}

// How many events of a kind a book has.
template <class Kind>
uint64_t count_of(const EventLog& log) {
  uint64_t count = 0;
  const auto read =
      read_events(log, Position{0}, log.end(), [&](const Event& event) { return count += std::holds_alternative<Kind>(event.body), true; });
  REQUIRE(read.has_value());
  return count;
}

// A log that refuses one group for want of room, which nobody could foresee.
class FullOnce final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    if (!std::exchange(full_, false)) return ForwardingLog::append(group);
    return std::vector<Result<Appended>>(group.size(), Error{Fault::kFull, "the disk is nearly full"});
  }

 private:
  bool full_ = true;
};

// A ledger in a folder of its own, with its keys beside it.
struct Home {
  Home() { made(init_ledger({temp.path("season"), temp.path("root-key"), temp.path("log-key"), "crash.example"}, "test@host", clock, randomness)); }
  std::unique_ptr<Ledger> open(const std::string& name) {
    OpenOptions options;
    options.mode = OpenMode::kReadWrite;
    options.holder = "the test";
    return made(Ledger::open(temp.path(name), options, clock, randomness));
  }
  TempFolder temp;
  FakeClock clock;
  SeededRandomness randomness;
};

std::string newest_wal(const std::string& book) {
  std::string newest;
  for (const auto& item : fs::directory_iterator(book)) {
    if (item.path().extension() == ".log" && item.path().string() > newest) newest = item.path().string();
  }
  return newest;
}

std::string staff_sheet(int rows) {
  std::string text =
      "staff_number,name,email,organisation,entity,duty_station,country,region,job_network,grade,position,contract_type,gender,languages,"
      "time_zone,entry_on_duty,training_completed_on,supervisor,separated_on\n";
  for (int row = 0; row < rows; ++row) {
    text += "I" + std::to_string(1000 + row) +
            ",Noor,n@staff.example,IOM,Policy,Geneva,Switzerland,Europe,LOGNET,G5,assistant,regular,f,en,Europe/Zurich,2013-05-20,,,\n";
  }
  return text;
}

}  // namespace

TEST_CASE("below the floor nothing is written and the book is still read; with room it goes on", "[crash][disk]") {
  const TempFolder temp;
  const DiskRule rule{8 * kMiB, kMiB};
  const auto ballast = ballast_file(temp.path(), "book");
  uint64_t free = 100 * kMiB;
  auto space = std::make_unique<DiskSpace>(ballast, rule, [&](const std::string&) -> Result<uint64_t> { return free; });
  const auto log = made(open_rocks_log(temp.path("book"), OpenMode::kReadWrite, nullptr, std::move(space)));
  REQUIRE(log->append(large("first")).has_value());
  REQUIRE(has_ballast(ballast, rule));
  const TreeHead before = log->head();

  free = rule.floor_bytes - 1;
  const auto refused = log->append(large("second"));
  const auto again = log->append(large("second"));

  for (const auto* answer : {&refused, &again}) {
    REQUIRE(answer->has_error());
    CHECK(answer->error().fault == Fault::kFull);
    CHECK(answer->error().message.find("found 8.0 MiB free at " + temp.path()) != std::string::npos);
  }
  CHECK(again.error().message.find("want 10.1 MiB") != std::string::npos);
  CHECK_FALSE(fs::exists(ballast));
  CHECK(log->head() == before);
  CHECK(log->find("second").value() == std::nullopt);
  CHECK(log->vault().get("row of second").value() == std::nullopt);
  CHECK(log->append(large("first")).value().repeated);  // writes nothing
  uint64_t seen = 0;
  CHECK(log->read(Position{0}, log->end(), [&](Position, Bytes) { return ++seen > 0; }).has_value());
  CHECK(seen == before.size);

  free = 100 * kMiB;
  CHECK(log->append(large("second")).has_value());
  CHECK(has_ballast(ballast, rule));
}

TEST_CASE("a command that the disk has no room for is answered so, and recorded whole when it comes again", "[crash][disk]") {
  const auto memory = make_memory_log();
  FullOnce log(*memory);
  const VaultKeys keys = derive_vault_keys(Hash{});
  const FakeClock clock;
  SeededRandomness randomness;
  bool stopped = false;
  const auto sequencer = made(Sequencer::start(log, keys, clock, randomness, false, [&](const Error&) { stopped = true; }));

  // Two commands of one group: the second meets a name that the first has brought.
  std::promise<void> both_wait;
  std::promise<Answer> first, second;
  Command nothing;
  nothing.body = DecideReferral{"no such application", true, ""};
  sequencer->submit(nothing, [&](const Answer&) { both_wait.get_future().wait(); });
  sequencer->submit(staff_command("1001"), [&](Answer answer) { first.set_value(std::move(answer)); });
  sequencer->submit(staff_command("1002"), [&](Answer answer) { second.set_value(std::move(answer)); });
  both_wait.set_value();
  for (auto* refused : {&first, &second}) {
    const auto answer = refused->get_future().get();
    CHECK(answer.outcome == Outcome::kFailed);
    CHECK(answer.error.fault == Fault::kFull);
  }
  const auto recorded = sequencer->execute(staff_command("1001"));

  CHECK_FALSE(stopped);
  REQUIRE(recorded.outcome == Outcome::kRecorded);
  CHECK(recorded.range.first == Position{0});
  const Vault vault(log, keys);
  CHECK(vault.person("1001").value().has_value());
  CHECK(vault.person("admin").value().has_value());  // a name remembered from the refused group would have no row
}

TEST_CASE("a write that fails stops the writer before it answers, and the key settles the outcome", "[crash][disk]") {
  const Left left = GENERATE(Left::kNothing, Left::kAll);
  const TempFolder temp;
  const VaultKeys keys = derive_vault_keys(Hash{});
  const FakeClock clock;
  SeededRandomness randomness;
  int stops = 0, answered_before = 0;
  std::string words;
  Plan plan;
  {
    FaultFileSystem healthy(temp.path("count"), {});
    const auto env = env_of(healthy);
    const auto log = made(open_rocks_log(temp.path("count"), OpenMode::kReadWrite, env.get()));
    const auto sequencer = made(Sequencer::start(*log, keys, clock, randomness));
    REQUIRE(sequencer->execute(staff_command("1001")).outcome == Outcome::kRecorded);
    plan.fail_at = healthy.operations().size() + 2;  // the sync of the second command: an append, then a sync
  }
  FaultFileSystem disk(temp.path("log"), plan);
  const auto env = env_of(disk);
  {
    const auto log = made(open_rocks_log(temp.path("log"), OpenMode::kReadWrite, env.get()));
    int answers = 0;
    const auto sequencer = made(Sequencer::start(*log, keys, clock, randomness, false, [&](const Error& error) {
      ++stops, answered_before = answers, words = error.message;
      CHECK(error.fault == Fault::kStorage);
    }));
    REQUIRE(sequencer->execute(staff_command("1001")).outcome == Outcome::kRecorded);
    const auto failed = sequencer->execute(staff_command("1002"));
    ++answers;
    REQUIRE(failed.outcome == Outcome::kFailed);
    CHECK(sequencer->execute(staff_command("1003")).outcome == Outcome::kFailed);
  }
  CHECK(stops == 1);
  CHECK(answered_before == 0);
  CHECK(words.find("outcome is unknown") != std::string::npos);
  REQUIRE(disk.operations().at(plan.fail_at - 1).op == Op::kSync);

  disk.drop_unsynced(left);
  FaultFileSystem healthy(temp.path("log"), {});
  const auto again = env_of(healthy);
  const auto log = made(open_rocks_log(temp.path("log"), OpenMode::kReadWrite, again.get()));
  const auto sequencer = made(Sequencer::start(*log, keys, clock, randomness));
  const auto settled = sequencer->execute(staff_command("1002"));

  CHECK(settled.outcome == (left == Left::kAll ? Outcome::kUnchanged : Outcome::kRecorded));
  CHECK(settled.range.first == Position{1});
  CHECK(count_of<StaffRecorded>(*log) == 2);
}

TEST_CASE("a disk that is full at any write of an import refuses it, and the same import goes on with room", "[crash][disk]") {
  const int rows = 30;
  const TempFolder temp;
  const auto sheet = temp.path("staff.csv");
  std::ofstream(sheet) << staff_sheet(rows);
  const VaultKeys keys = derive_vault_keys(Hash{});
  const FakeClock clock;
  SeededRandomness randomness;
  const auto import_on = [&](const std::string& folder, FaultFileSystem& disk, uint64_t& acknowledged) -> Result<ImportSummary> {
    const auto env = env_of(disk);
    DAYBOOK_TRY(const auto log, open_rocks_log(folder, OpenMode::kReadWrite, env.get()));
    DAYBOOK_TRY(const auto sequencer, Sequencer::start(*log, keys, clock, randomness));
    ImportWatcher watcher;
    watcher.row = [&](const ReportRow&) { ++acknowledged; };
    return import_file(sheet, *find_sheet("staff"), *sequencer, keys, randomness, {std::nullopt, "test@host"}, watcher);
  };
  uint64_t refused = 0;

  for (uint64_t k = 1;; ++k) {
    const auto folder = temp.path("log");
    fs::remove_all(folder);
    Plan plan;
    plan.full_at = k;
    uint64_t acknowledged = 0, then = 0;
    FaultFileSystem disk(folder, plan);
    const auto first = import_on(folder, disk, acknowledged);
    if (disk.operations().size() < k) break;
    disk.drop_unsynced(Left::kNothing);
    FaultFileSystem room(folder, {});
    const auto second = import_on(folder, room, then);

    INFO("full from operation " << k << " on");
    if (!first) {
      ++refused;
      CHECK(first.error().fault == Fault::kStorage);
      CHECK(first.error().message.find("No space left") != std::string::npos);
    }
    REQUIRE(second.has_value());
    CHECK(second.value().unchanged >= acknowledged);
    CHECK(second.value().unchanged + second.value().recorded == rows);
  }
  CHECK(refused > 5);
}

TEST_CASE("a half write that an open drops is recorded once, with its file and its bytes; a whole one is not", "[crash][disk]") {
  Home home;
  {
    const auto ledger = home.open("season");
    for (const auto* number : {"1001", "1002", "1003"}) REQUIRE(ledger->sequencer().execute(staff_command(number)).outcome == Outcome::kRecorded);
    fs::copy(home.temp.path("season"), home.temp.path("killed"), fs::copy_options::recursive);  // as a kill leaves it
  }
  fs::copy(home.temp.path("killed"), home.temp.path("torn"), fs::copy_options::recursive);
  const auto wal = newest_wal(home.temp.path("torn/programme"));
  fs::resize_file(wal, fs::file_size(wal) - 3);
  const auto tails = made(torn_tails(home.temp.path("torn"), "programme"));
  REQUIRE(tails.size() == 1);

  for (int open = 0; open < 2; ++open) {
    const auto ledger = home.open("torn");
    std::vector<Event> events;
    REQUIRE(read_events(ledger->programme(), Position{0}, ledger->programme().end(), [&](const Event& event) {
              return events.push_back(event), true;
            }).has_value());

    CHECK(count_of<StaffRecorded>(ledger->programme()) == 2);
    CHECK(count_of<TailDropped>(ledger->programme()) == 1);
    const auto& dropped = std::get<TailDropped>(events.back().body);
    CHECK(TornTail{dropped.file, dropped.offset, dropped.bytes} == tails.front());
    CHECK(events.back().envelope.stream == "book/programme");
    CHECK(ledger->close().has_value());
  }
  CHECK_FALSE(fs::exists(home.temp.path("torn/programme.dropped")));
  for (const auto* name : {"killed", "season"}) CHECK(count_of<TailDropped>(home.open(name)->programme()) == 0);
}

TEST_CASE("a half write of the access book is recorded in the programme book when that is next written", "[crash][disk]") {
  Home home;
  {
    const auto ledger = home.open("season");
    const auto book = made(ledger->access_book("the test", home.clock, home.randomness));
    REQUIRE(book->record(a_look()).has_value());
    fs::copy(home.temp.path("season"), home.temp.path("torn"), fs::copy_options::recursive);
  }
  const auto wal = newest_wal(home.temp.path("torn/access"));
  fs::resize_file(wal, fs::file_size(wal) - 3);
  OpenOptions reading;
  const auto reader = made(Ledger::open(home.temp.path("torn"), reading, home.clock, home.randomness));

  made(reader->access_book("the test", home.clock, home.randomness));
  CHECK(count_of<TailDropped>(reader->programme()) == 0);
  const auto writer = home.open("torn");

  REQUIRE(count_of<TailDropped>(writer->programme()) == 1);
  const auto end = writer->programme().end();
  REQUIRE(read_events(writer->programme(), Position{end.value - 1}, end, [&](const Event& event) {
            CHECK(event.envelope.stream == "book/access");
            CHECK(std::get<TailDropped>(event.body).file == "access/" + fs::path(wal).filename().string());
            return true;
          }).has_value());
}

TEST_CASE("a half write that was dropped by an open that was killed itself is recorded by the next one", "[crash][disk]") {
  Home home;
  {
    const auto ledger = home.open("season");
    REQUIRE(ledger->sequencer().execute(staff_command("1001")).outcome == Outcome::kRecorded);
    fs::copy(home.temp.path("season"), home.temp.path("torn"), fs::copy_options::recursive);
  }
  const auto wal = newest_wal(home.temp.path("torn/programme"));
  fs::resize_file(wal, fs::file_size(wal) - 1);

  REQUIRE(note_torn_tails(home.temp.path("torn"), "programme").has_value());
  made(open_rocks_log(home.temp.path("torn/programme"), OpenMode::kReadWrite));  // drops it, and records nothing
  fs::remove(wal);                                                               // as RocksDB does in its own time

  CHECK(count_of<TailDropped>(home.open("torn")->programme()) == 1);
}

}  // namespace daybook::test
