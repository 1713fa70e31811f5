// daybook_campaign: crashes by the thousand. Each campaign prints a line of totals and its seed; a violation is printed
// with what brings it back, and makes the exit status 1.
#include "tests/crash/campaign.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>

#include "ledger/require.h"
#include "ledger/torn_tail.h"
#include "tests/crash/account.h"
#include "tests/crash/flips.h"
#include "tests/crash/season.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {

ChildEnd in_child(const std::function<void(const Tell&)>& work, int kill_after_ms) {
  int ends[2];
  require(::pipe(ends) == 0, "a pipe can be made");
  std::fflush(nullptr);
  const pid_t child = ::fork();
  require(child >= 0, "a child can be forked");
  if (child == 0) {
    ::close(ends[0]);
    work([&](std::string_view text) {
      require(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()), "the parent listens");
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  ChildEnd end;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kill_after_ms);
  bool killed = kill_after_ms < 0;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (!killed && left <= 0) {
      ::kill(child, SIGKILL);
      killed = true;
    }
    pollfd ready{ends[0], POLLIN, 0};
    if (::poll(&ready, 1, killed ? -1 : static_cast<int>(left)) <= 0) continue;
    char buffer[65'536];
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    if (got <= 0) break;
    end.told.append(buffer, static_cast<size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  end.died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  return end;
}

namespace {

// What happens at one file operation of a run, and the states that it may leave.
struct Incident {
  const char* name;
  Plan plan;
  std::vector<Remains> remains;
};

std::vector<Incident> incidents_at(uint64_t k, uint64_t seed, bool power_cuts_only) {
  Plan cut, failed;
  cut.power_cut_at = failed.fail_at = k;
  std::mt19937_64 random(seed * 1'000'003 + k);
  cut.torn_bytes = 1 + random() % 600;  // of the write that it meets, if it is one
  std::vector<Incident> incidents{
      {"power cut", cut, {{Left::kNothing, 0}, {Left::kSome, random()}, {Left::kSome, random()}, {Left::kSome, random()}, {Left::kAll, 0}}}};
  if (power_cuts_only) return incidents;
  incidents.push_back({"failed operation", failed, {{Left::kNothing, 0}, {Left::kAll, 0}}});
  return incidents;
}

// A process that is killed at an operation: each acknowledgement has gone to its parent before the next group. Gives what
// is wrong with what it left.
std::string killed_at(uint64_t k, const std::vector<std::vector<Batch>>& groups) {
  const TempFolder temp;
  const auto life = in_child([&](const Tell& tell) {
    Plan plan;
    plan.kill_at = k;
    FaultFileSystem disk(temp.path("log"), plan);
    run_workload(temp.path("log"), disk, groups, [&] { tell("w"); });
  });
  if (!life.killed) return "the process ended before it was killed";
  const auto settled = in_child([&](const Tell& tell) {
    if (const auto tails = torn_tails(temp.path(), "log"); !tails || !tails.value().empty()) tell("a half write is seen where there is none; ");
    Account account = account_of(groups, life.told.size());
    for (const auto& fault : settle(temp.path("log"), account, true, views_of)) tell(fault + "; ");
  });
  return settled.died ? "the check died" : settled.told;
}

}  // namespace

// First every incident at every file operation of a run of 1,000 events; then power cuts in runs of other seeds until there
// were `count` states of them. With a small count the first run's operations are taken in steps.
int crash_campaign(const Campaign& campaign) {
  constexpr uint64_t kCutsAtOne = 5;
  uint64_t points = 0, cuts = 0, failures = 0, kills = 0, died = 0, violations = 0;
  for (uint64_t seed = campaign.seed; points == 0 || cuts < campaign.count; ++seed) {
    const auto groups = season_workload(seed, 1'000);
    const uint64_t all = std::stoull(in_child([&](const Tell& tell) { tell(std::to_string(operations_of(groups))); }).told);
    const bool first = points == 0;
    const uint64_t step = first && campaign.count > 0 ? std::max<uint64_t>(1, kCutsAtOne * all / campaign.count) : 1;
    for (uint64_t k = 1; k <= all && (first || cuts < campaign.count); k += step) {
      points += first;
      if (first) {
        ++kills;
        if (const auto wrong = killed_at(k, groups); !wrong.empty()) {
          ++violations;
          fmt::print("crash: seed {}, operation {}, kill: {}\n", seed, k, wrong);
        }
      }
      for (const auto& incident : incidents_at(k, seed, !first)) {
        const auto end = in_child([&](const Tell& tell) {
          for (const auto& fault : crash_case(groups, incident.plan, incident.remains, views_of)) tell(fault + "; ");
        });
        (incident.plan.power_cut_at > 0 ? cuts : failures) += incident.remains.size();
        died += end.died;
        if (end.told.empty() && !end.died) continue;
        ++violations;
        fmt::print("crash: seed {}, operation {}, {}: {}{}\n", seed, k, incident.name, end.told, end.died ? "the process died" : "");
      }
    }
  }
  fmt::print("crash: at {} operations of a run {} kills and {} states of a failing disk; {} power-cut states; {} died, {} violations, seed {}\n",
             points, kills, failures, cuts, died, violations, campaign.seed);
  return violations == 0 ? 0 : 1;
}

// One wrong bit somewhere, by turns in a closed book and in one whose process was killed. A child tells a letter for each
// flip; one that dies (RocksDB's assertions are on) counts as a refusal without a reason, and the next goes on behind it.
int flip_campaign(const Campaign& campaign) {
  constexpr uint64_t kPerStore = 200;
  uint64_t refused = 0, harmless = 0, died = 0, violations = 0;
  for (uint64_t done = 0; done < campaign.count; done += kPerStore) {
    const uint64_t want = std::min(kPerStore, campaign.count - done), seed = campaign.seed + done;
    for (uint64_t from = 0; from < want;) {
      const TempFolder temp;
      const auto end = in_child([&](const Tell& tell) {
        const FlipStore store = make_flip_store(temp.path("log"), done / kPerStore % 2 == 1);
        std::mt19937_64 random(seed);
        for (uint64_t i = 0; i < want; ++i) {
          const auto& file = store.files[random() % store.files.size()];
          const uint64_t bit = random() % std::max<uint64_t>(1, 8 * std::filesystem::file_size(store.folder + "/" + file));
          if (i < from) continue;
          const auto looked = flipped(store, file, bit, temp.path("copy"));
          tell(!looked ? "r" : looked.value().empty() ? "h" : "v");
          if (looked && !looked.value().empty())
            fmt::print("flip: seed {}, flip {}, bit {} of {}: {}\n", campaign.seed, done + i, bit, file, looked.value());
        }
        std::fflush(nullptr);
      });
      for (const char letter : end.told) ++(letter == 'r' ? refused : letter == 'h' ? harmless : violations);
      from += end.told.size();
      if (!end.died) break;
      fmt::print("flip: seed {}, flip {}: the process died\n", campaign.seed, done + from);
      ++died, ++from;
    }
  }
  fmt::print("flip: {} bits, {} refused, {} harmless, {} died, {} violations, seed {}\n", refused + harmless + died + violations, refused, harmless,
             died, violations, campaign.seed);
  return violations == 0 ? 0 : 1;
}

}  // namespace daybook::test

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  daybook::test::Campaign campaign;
  bool fine = !words.empty() && words.size() % 2 == 1;
  for (size_t i = 1; fine && i + 1 < words.size(); i += 2) {
    uint64_t* value = words[i] == "--count"     ? &campaign.count
                      : words[i] == "--seed"    ? &campaign.seed
                      : words[i] == "--writers" ? &campaign.writers
                      : words[i] == "--events"  ? &campaign.events
                      : words[i] == "--places"  ? &campaign.places
                      : words[i] == "--clean"   ? &campaign.clean
                                                : nullptr;
    fine = value && !words[i + 1].empty() && words[i + 1].size() < 19 && words[i + 1].find_first_not_of("0123456789") == std::string::npos;
    if (fine) *value = std::stoull(words[i + 1]);
  }
  if (fine && words[0] == "kill" && campaign.writers > 0) return daybook::test::kill_campaign(campaign);
  if (fine && words[0] == "crash") return daybook::test::crash_campaign(campaign);
  if (fine && words[0] == "flip") return daybook::test::flip_campaign(campaign);
  if (fine && words[0] == "look") return daybook::test::look_campaign(campaign);
  const bool tampers = campaign.events >= 1'000 && campaign.places + campaign.clean > 0;
  if (fine && words[0] == "tamper" && tampers) return daybook::test::tamper_campaign(campaign);
  std::fprintf(stderr,
               "usage: daybook_campaign kill|crash|flip|look [--count N] [--seed S] [--writers W]\n"
               "       daybook_campaign tamper [--events N, 1000 or more] [--places N] [--clean N] [--seed S]\n");
  return 2;
}
