// daybook_fuzz: bytes that nearly are what is wanted, for as long as it is told to. A violation is printed with the input, as a line for its
// corpus, and makes the exit status 1.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include "ledger/require.h"
#include "tests/server/fuzz/mutator.h"
#include "tests/server/fuzz/targets.h"

namespace daybook::test {
namespace {

using Moment = std::chrono::steady_clock::time_point;
constexpr std::chrono::seconds kRound{5};
constexpr const char* kCorpus = DAYBOOK_SOURCE_DIR "/tests/server/corpus";

struct Options {
  uint64_t seconds = 60, seed = 1;
  std::string target;
};

// What a child leaves behind, however it ends.
struct Shared {
  uint64_t runs = 0;
  bool wrong = false;
  size_t bytes = 0;
  char input[32 * 1024] = {};
};

void run_round(const FuzzTarget& target, uint64_t seed, Moment until, Shared& shared) {
  const auto inputs = inputs_of(target, kCorpus);
  Mutator mutator(inputs, target.words, seed);
  const auto fault_of = target.make();
  while (std::chrono::steady_clock::now() < until) {
    const auto bytes = mutator.next();
    shared.bytes = std::min(bytes.size(), sizeof shared.input);
    std::memcpy(shared.input, bytes.data(), shared.bytes);
    if (const auto fault = fault_of(bytes); !fault.empty()) {
      fmt::print("{}: {}\n", target.name, fault);
      std::fflush(stdout);
      shared.wrong = true;
      return;
    }
    ++shared.runs;
  }
}

// In a child: what stops the process is found too. False: something was.
bool run_in_child(const FuzzTarget& target, uint64_t seed, Moment until, Shared& shared) {
  shared = Shared{};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  require(child >= 0, "a child can be forked");
  if (child == 0) {
    run_round(target, seed, until, shared);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const bool died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  if (died) fmt::print("{}: the process died\n", target.name);
  if (!died && !shared.wrong) return true;
  fmt::print("{}: seed {}, run {}, for tests/server/corpus/{}.txt:\n{}\n", target.name, seed, shared.runs, target.name,
             escaped({shared.input, shared.bytes}));
  return false;
}

int fuzz_campaign(const Options& options) {
  auto targets = fuzz_targets();
  if (!options.target.empty()) std::erase_if(targets, [&](const FuzzTarget& target) { return target.name != options.target; });
  if (targets.empty()) return std::fprintf(stderr, "daybook_fuzz: found no target of that name\n"), 2;
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "memory can be shared with a child");
  auto& shared = *new (memory) Shared;
  uint64_t runs = 0, violations = 0, round = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  const auto each = std::min<Moment::duration>(kRound, std::chrono::seconds(options.seconds) / targets.size());
  while (std::chrono::steady_clock::now() < end) {
    const auto& target = targets[round % targets.size()];
    const auto until = std::min(end, std::chrono::steady_clock::now() + each);
    violations += run_in_child(target, options.seed * 1'000'003 + round / targets.size(), until, shared) ? 0 : 1;
    runs += shared.runs;
    ++round;
  }
  fmt::print("fuzz: {} runs of {} targets in {} s, {} violations, seed {}\n", runs, targets.size(), options.seconds, violations, options.seed);
  return violations == 0 ? 0 : 1;
}

std::optional<uint64_t> number_in(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional<uint64_t>(std::stoull(text)) : std::nullopt;
}

std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  if (words.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < words.size(); i += 2) {
    const auto number = number_in(words[i + 1]);
    if (words[i] == "--target")
      options.target = words[i + 1];
    else if (words[i] == "--seconds" && number)
      options.seconds = *number;
    else if (words[i] == "--seed" && number)
      options.seed = *number;
    else
      return std::nullopt;
  }
  return options;
}

}  // namespace
}  // namespace daybook::test

int main(int argc, char** argv) {
  const auto options = daybook::test::read_options(std::vector<std::string>(argv + 1, argv + argc));
  if (options) return daybook::test::fuzz_campaign(*options);
  std::fprintf(stderr, "usage: daybook_fuzz [--seconds N] [--seed S] [--target T]\n");
  return 2;
}
