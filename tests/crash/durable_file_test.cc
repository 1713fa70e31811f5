// Small files that must survive a power cut: what is synced, and in which order.
#include "ledger/durable_file.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/test_ledger.h"

namespace {
thread_local std::vector<std::string>* synced = nullptr;  // the paths, while a test asks for them
}

// Stands before the C library's: syncs as that does, and says what.
extern "C" int fsync(int fd) {
  std::array<char, 4096> path{};
  const auto link = "/proc/self/fd/" + std::to_string(fd);
  if (synced && ::readlink(link.c_str(), path.data(), path.size() - 1) > 0) synced->emplace_back(path.data());
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace daybook::test {

TEST_CASE("a small file is synced before it has its name, and its folder after that", "[crash]") {
  const TempFolder temp;
  std::vector<std::string> order;

  synced = &order;
  const auto made = write_new_file(temp.path("key"), "text", 0600);
  const auto replaced = replace_file(temp.path("watermark"), "text", 0644);
  synced = nullptr;

  CHECK(made.has_value());
  CHECK(replaced.has_value());
  CHECK(order == std::vector<std::string>{temp.path("key"), temp.path(), temp.path("watermark.next"), temp.path()});
}

}  // namespace daybook::test
