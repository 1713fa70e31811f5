#include "ledger/private_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

namespace daybook::test {
namespace {

// In a process of its own, which stays so. Its status: a bit for each thing that is not private.
int left_open() {
  rlimit core{1, 1};
  if (::getrlimit(RLIMIT_CORE, &core) != 0) return 8;
  return (::prctl(PR_GET_DUMPABLE) != 0 ? 1 : 0) + (core.rlim_cur != 0 || core.rlim_max != 0 ? 2 : 0) + (::umask(0) != 077 ? 4 : 0);
}

}  // namespace

TEST_CASE("a process that holds keys leaves no core, and its files and memory to nobody else", "[ledger][secrets]") {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    keep_process_private();
    ::_exit(left_open());
  }

  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace daybook::test
