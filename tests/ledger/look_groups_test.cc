// Looks of many threads: written in groups, each there once in one valid book; and none answered that could not be written.
#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <future>
#include <map>
#include <stdexcept>
#include <thread>

#include "ledger/access_book.h"
#include "ledger/book_lock.h"
#include "ledger/checkpointer.h"
#include "ledger/replay.h"
#include "ledger/verify.h"
#include "tests/crash/account.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/support/a_look.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// Counts what is written, and does what a test wants of an append or of a reading back.
class WatchedLog final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    ++appends;
    if (before_append) before_append();
    if (refuse) return std::vector<Result<Appended>>(group.size(), *refuse);
    uint64_t entries = 0;
    for (const auto& batch : group) entries += batch.entries.size();
    largest = std::max(largest, entries);
    return ForwardingLog::append(group);
  }
  Result<TreeHead> read_back() override {
    if (unreadable) return *unreadable;
    return ForwardingLog::read_back();
  }

  uint64_t appends = 0, largest = 0;  // of one thread at a time, whoever writes
  std::function<void()> before_append;
  std::optional<Error> refuse, unreadable;
};

// An access book on a log of the test's.
struct Book {
  explicit Book(std::unique_ptr<EventLog> log) { open(std::move(log)); }
  void open(std::unique_ptr<EventLog> log) {
    const auto watermark = made(read_watermark(temp.path("access.checkpoint"), key.verifier()));
    auto lock = made(BookLock::take(temp.path("access.lock"), "the test"));
    auto checkpointer = std::make_unique<Checkpointer>(*log, key, temp.path("access.checkpoint"), watermark);
    book = std::make_unique<AccessBook>(std::move(lock), std::move(log), std::move(checkpointer), derive_vault_keys(Hash{}), clock, randomness);
  }
  Verified verified() const { return made(verify(book->log(), key.verifier(), derive_vault_keys(Hash{}))); }

  TempFolder temp;
  FakeClock clock;
  SeededRandomness randomness;
  SignerKey key = made(SignerKey::make("ledger.example/access", randomness));
  std::unique_ptr<AccessBook> book;
};

// By its first subject: where a look stands in the book, once for each time.
std::multimap<std::string, Position> looks_in(const EventLog& log) {
  std::multimap<std::string, Position> found;
  fine(read_events(log, log.first(), log.end(), [&](const Event& event) {
    found.emplace(std::get<RecordViewed>(event.body).subjects.at(0), event.envelope.position);
    return true;
  }));
  return found;
}

// Looks of so many threads at once, each with as many in a row; gives what each was answered, by its subject.
std::map<std::string, Result<Position>> look_at_once(AccessBook& book, int threads, int each, const std::string& prefix = "") {
  std::map<std::string, Result<Position>> answers;
  std::mutex mutex;
  std::vector<std::jthread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        const auto subject = prefix + std::to_string(thread) + "-" + std::to_string(i);
        const auto answer = book.record(a_look(subject, "actor " + std::to_string(thread % 3)));
        const std::lock_guard lock(mutex);
        answers.emplace(subject, answer);
      }
    });
  }
  running.clear();
  return answers;
}

}  // namespace

TEST_CASE("looks of many threads are each there once, where each was told, in one valid book", "[access_book][looks][S0-06]") {
  const TempFolder folder;
  Book open(made(open_rocks_log(folder.path("access"), OpenMode::kReadWrite)));

  const auto answers = look_at_once(*open.book, 16, 40);

  const auto found = looks_in(open.book->log());
  CHECK(answers.size() == 640);
  CHECK(found.size() == 640);
  for (const auto& [subject, answer] : answers) {
    INFO(subject);
    REQUIRE(answer.has_value());
    REQUIRE(found.count(subject) == 1);
    CHECK(found.find(subject)->second == answer.value());
  }
  const auto verified = open.verified();
  CHECK(verified.events == 640);
  CHECK(verified.checkpoints <= 640);
  CHECK(made(read_watermark(open.temp.path("access.checkpoint"), open.key.verifier()))->checkpoint.head == open.book->log().head());
}

TEST_CASE("while somebody has the access book alone no look is written", "[access_book][looks]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  std::atomic<bool> working = false, overlapped = false, done = false;
  std::atomic<int> written = 0;
  log.before_append = [&] {
    if (working) overlapped = true;
    ++written;
  };
  std::jthread alone([&] {
    while (!done) {
      open.book->alone([&] {
        working = true;
        std::this_thread::yield();
        working = false;
      });
      for (const int before = written; !done && written == before;) std::this_thread::yield();  // the others have their turn
    }
  });

  const auto answers = look_at_once(*open.book, 4, 100);
  done = true;
  alone.join();

  CHECK_FALSE(overlapped);
  CHECK(std::all_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.second.has_value(); }));
}

TEST_CASE("looks that come while one is being written are written together, under one checkpoint", "[access_book][looks]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  std::atomic<int> sent = 0;
  std::atomic<bool> written = true;
  constexpr int kThreads = 8;

  // Whether the others already wait when the first is written is the machine's affair: as often as it takes.
  for (int round = 0; round < 1000 && log.largest < 2; ++round) {
    sent = 0;
    log.before_append = [&] {
      while (sent < kThreads) std::this_thread::yield();
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        ++sent;
        if (!open.book->record(a_look(std::to_string(i)))) written = false;
      });
    }
  }

  CHECK(written);
  CHECK(log.largest > 1);
  CHECK(open.verified().checkpoints == log.appends);
}

TEST_CASE("when a library throws while looks are written they are refused, as is every later one, and nobody waits", "[access_book][looks]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  log.before_append = [] { throw std::runtime_error("out of something"); };

  const auto first = open.book->record(a_look("1"));
  log.before_append = {};
  const auto second = open.book->record(a_look("2"));

  CHECK(first.error().fault == Fault::kStorage);
  CHECK(second.error().fault == Fault::kStorage);
  CHECK(log.appends == 1);
}

TEST_CASE("while the write of a look is stuck, nobody is answered", "[access_book][looks]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  std::atomic<int> sent = 0, answered = 0;
  int answered_meanwhile = -1;
  log.before_append = [&] {
    while (sent < 8) std::this_thread::yield();
    if (answered_meanwhile < 0) answered_meanwhile = answered;
  };

  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      ++sent;
      answered += open.book->record(a_look(std::to_string(i))).has_value();
    });
  }
  threads.clear();

  CHECK(answered_meanwhile == 0);
  CHECK(answered == 8);
}

TEST_CASE("a look that cannot be written is refused by itself, and leaves nothing to those beside it", "[access_book][looks]") {
  const auto memory = make_memory_log();
  Book open(std::make_unique<WatchedLog>(*memory));
  auto too_large = a_look("nobody", "somebody new");
  too_large.unit.assign(70'000, 'x');

  std::vector<std::jthread> threads;
  std::atomic<int> refused = 0, written = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        if ((i + n) % 4 == 0) {
          const auto answer = open.book->record(too_large);
          refused += answer.has_error() && answer.error().fault == Fault::kRejected;
        } else {
          written += open.book->record(a_look(std::to_string(i) + "-" + std::to_string(n))).has_value();
        }
      }
    });
  }
  threads.clear();

  CHECK(refused == 40);
  CHECK(written == 120);
  CHECK(open.verified().events == 120);
  CHECK(looks_in(*memory).count("nobody") == 0);
  const auto keys = derive_vault_keys(Hash{});
  CHECK(Vault(*memory, keys).person("somebody new").value() == std::nullopt);
}

TEST_CASE("when the disk fails every look that waits is refused, and so is every later one until the book is opened again",
          "[access_book][looks][crash]") {
  const auto left = GENERATE(Left::kNothing, Left::kAll);
  const uint64_t fail_at = GENERATE(range(uint64_t{8}, uint64_t{60}, uint64_t{4}));
  const TempFolder folder(memory_folder());
  const auto path = folder.path("access");
  Plan plan;
  plan.fail_at = fail_at;
  plan.fail_for_good = true;
  std::map<std::string, Result<Position>> answers;
  FaultFileSystem disk(path, plan);
  std::optional<Book> open;
  {
    const auto env = env_of(disk);
    auto log = open_rocks_log(path, OpenMode::kReadWrite, env.get());
    if (!log) return;  // it failed before there was a book
    open.emplace(std::move(log).value());
    answers = look_at_once(*open->book, 6, 10);
    const auto later = look_at_once(*open->book, 4, 25, "later ");
    CHECK(std::count_if(later.begin(), later.end(), [](const auto& look) { return look.second.has_error(); }) == 100);
    open->book.reset();
  }
  disk.drop_unsynced(left);
  open->open(made(open_rocks_log(path, OpenMode::kReadWrite)));

  const auto found = looks_in(open->book->log());
  uint64_t refused = 0;
  for (const auto& [subject, answer] : answers) {
    INFO(subject);
    CHECK(found.count(subject) <= 1);
    if (answer) CHECK(found.count(subject) == 1);
    refused += answer.has_error();
  }
  CHECK(refused > 0);
  CHECK(open->book->record(a_look("again")).has_value());
  CHECK(open->verified().events == found.size() + 1);
}

TEST_CASE("a look that the disk has no room for is refused, and the next is written when there is room", "[access_book][looks][disk]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  log.refuse = Error{Fault::kFull, "the disk is nearly full"};

  const auto refused = look_at_once(*open.book, 4, 5);
  log.refuse.reset();
  const auto written = look_at_once(*open.book, 4, 5);

  for (const auto& [subject, answer] : refused) CHECK((answer.has_error() && answer.error().fault == Fault::kFull));
  for (const auto& [subject, answer] : written) CHECK(answer.has_value());
  CHECK(open.verified().events == 20);
}

TEST_CASE("whether a look can be written is known without one: room, a write that failed, a clock that was set back", "[access_book][looks][disk]") {
  const TempFolder folder;
  uint64_t free = 0;
  const DiskRule rule{8 << 20, 0};
  FaultFileSystem disk(folder.path("access"), {});
  const auto env = env_of(disk);
  Book open(
      made(open_rocks_log(folder.path("access"), OpenMode::kReadWrite, env.get(),
                          std::make_unique<DiskSpace>(folder.path("ballast"), rule, [&](const std::string&) { return Result<uint64_t>(free); }))));

  const auto without_room = open.book->writable();
  free = 100 << 20;
  const auto with_room = open.book->writable();
  REQUIRE(open.book->record(a_look()).has_value());
  const auto operations = disk.operations().size();
  open.clock.wall -= std::chrono::hours(1);
  const auto set_back = open.book->writable();
  open.clock.wall += std::chrono::hours(1);
  const auto asked = disk.operations().size();
  disk.become({.fail_at = 1});
  const auto looked = open.book->record(a_look());
  const auto failed = open.book->writable();

  CHECK((without_room.has_error() && without_room.error().fault == Fault::kFull));
  CHECK(with_room.has_value());
  CHECK((set_back.has_error() && says(set_back.error().message, "the clock says")));
  CHECK(asked == operations);
  REQUIRE(looked.has_error());
  CHECK((failed.has_error() && says(failed.error().message, "until the ledger is opened again")));
}

TEST_CASE("while somebody writes nothing is known of the next look, and nobody who asks waits", "[access_book][looks]") {
  const auto memory = make_memory_log();
  Book open(std::make_unique<ForwardingLog>(*memory));
  Result<void> asked = success();

  open.book->alone([&] { asked = std::async(std::launch::async, [&] { return open.book->writable(); }).get(); });

  CHECK((asked.has_error() && asked.error().fault == Fault::kBusy));
  CHECK(open.book->writable().has_value());
}

TEST_CASE("a look that cannot be read back is refused, and nothing is written after it", "[access_book][looks]") {
  const auto memory = make_memory_log();
  auto watched = std::make_unique<WatchedLog>(*memory);
  auto& log = *watched;
  Book open(std::move(watched));
  REQUIRE(open.book->record(a_look("before")).has_value());
  log.unreadable = Error{Fault::kCorrupt, "another head"};

  const auto refused = open.book->record(a_look("meanwhile"));
  log.unreadable.reset();
  const auto later = look_at_once(*open.book, 4, 5);

  REQUIRE(refused.has_error());
  for (const auto& [subject, answer] : later) CHECK((answer.has_error() && answer.error().message == "another head"));
  CHECK(log.appends == 2);
}

}  // namespace daybook::test
