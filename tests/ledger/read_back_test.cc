// Reading back what was written, while more is being written.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "tests/crash/account.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {

TEST_CASE("reading back succeeds again and again while four threads append", "[ledger][event_log]") {
  const TempFolder folder;
  const auto log = open_rocks_log(folder.path(), OpenMode::kReadWrite).value();
  std::atomic<int> running{4};
  std::atomic<bool> appended{true};
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 400; ++i) appended = appended && log->append(Batch{std::nullopt, "", {std::string(2000, 'x')}, {}}).has_value();
      --running;
    });
  }

  std::string fault;
  uint64_t seen = 0;
  while (running > 0 && fault.empty()) {
    const auto head = log->read_back();
    if (!head) fault = head.error().message;
    if (head) seen = head.value().size;
  }
  writers.clear();
  const auto last = log->read_back();

  CHECK(appended);
  CHECK(fault.empty());
  CHECK(seen <= 1600);
  REQUIRE(last.has_value());
  CHECK(last.value() == log->head());
  CHECK(last.value().size == 1600);
}

TEST_CASE("reading back succeeds beside appends and purges of the files that it reads", "[ledger][event_log]") {
  const TempFolder folder(memory_folder());
  const auto log = open_rocks_log(folder.path(), OpenMode::kReadWrite).value();
  std::atomic<bool> running{true}, appended{true};
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      while (running) appended = appended && log->append(Batch{std::nullopt, "", {std::string(2000, 'x')}, {}}).has_value();
    });
  }

  std::string fault;
  for (int i = 0; i < 10 && fault.empty(); ++i) {
    if (const auto purged = log->purge(); !purged) fault = purged.error().message;
    if (const auto head = log->read_back(); !head) fault = head.error().message;
  }
  running = false;
  writers.clear();

  CHECK(fault.empty());
  CHECK(appended);
  CHECK(log->read_back().has_value());
}

TEST_CASE("reading back goes on where it stopped, however long the file has become, and into the next one", "[ledger][event_log]") {
  const TempFolder folder(memory_folder());
  FaultFileSystem disk(folder.path("log"), {});
  const auto env = env_of(disk);
  const auto log = open_rocks_log(folder.path("log"), OpenMode::kReadWrite, env.get()).value();
  const auto reads_for_one_more = [&] {
    REQUIRE(log->append(Batch{std::nullopt, "", {std::string(4000, 'x')}, {}}).has_value());
    const auto before = disk.reads();
    const auto head = log->read_back();
    REQUIRE(head.has_value());
    CHECK(head.value() == log->head());
    return disk.reads() - before;
  };
  reads_for_one_more();
  const auto early = reads_for_one_more();

  for (int i = 0; i < 300; ++i) reads_for_one_more();  // more than a megabyte
  const auto late = reads_for_one_more();
  REQUIRE(log->purge().has_value());  // begins another file
  for (int i = 0; i < 3; ++i) reads_for_one_more();

  CHECK(late <= early + 2);
}

}  // namespace daybook::test
