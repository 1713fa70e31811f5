// Reading back what was written, while more is being written.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

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

}  // namespace daybook::test
