// The root key and the wrapping key are changed without touching an event; a crash anywhere leaves a ledger that opens, and the same
// call finishes what was begun.
#include "ledger/key_change.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <thread>

#include "ledger/verify.h"
#include "tests/support/a_look.h"
#include "tests/support/ledger_home.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

std::string root_key(const LedgerHome& home) { return text_of(home.folder.path("root-key")); }
std::string ring(const LedgerHome& home) { return text_of(home.folder.path("season.key-ring")); }

Result<Answer> rotate(LedgerHome& home, bool root) {
  DAYBOOK_TRY(const auto ledger, home.open(OpenMode::kReadWrite));
  Command asked;
  asked.actor = asked.recorded_by = "test@host";
  asked.role = "administrator";
  DAYBOOK_TRY(auto answer, ledger->rotate_keys(root, asked, "the test", home.clock, home.randomness));
  DAYBOOK_TRY(ledger->close());
  return answer;
}

// The ledger opens, all of it is in order, and names are read.
std::string whole(LedgerHome& home) {
  const auto opened = home.open(OpenMode::kReadOnly);
  if (!opened) return opened.error().message;
  auto& ledger = *opened.value();
  const auto checked = verify(ledger.programme(), ledger.config().programme_key, ledger.keys());
  if (!checked) return checked.error().message;
  const auto person = made(ledger.vault().person("S1"));
  return person && made(ledger.vault().name(*person)) == "S1" ? "whole" : "a name is gone";
}

}  // namespace

TEST_CASE("new keys take the place of the former, and nothing else changes but for the event that says so", "[key_change][C3]") {
  LedgerHome home;
  const auto end = home.record(1, 5);
  const auto former_root = root_key(home), former_ring = ring(home);
  const auto entries = [&] {
    std::string all;
    const auto ledger = made(home.open(OpenMode::kReadOnly));
    fine(ledger->programme().read(Position{}, Position{end}, [&](Position, Bytes entry) { return all += as_text(entry), true; }));
    return all;
  };
  const auto before = entries();

  const auto answer = made(rotate(home, true));

  CHECK(entries() == before);
  CHECK(whole(home) == "whole");
  CHECK(root_key(home).size() == 65);
  CHECK(root_key(home) != former_root);
  CHECK(ring(home).find("\n1 ") == std::string::npos);
  CHECK(ring(home).find("\n2 ") != std::string::npos);
  CHECK(made(home.open(OpenMode::kReadOnly))->programme().end() == Position{end + 1});
  CHECK(answer.range.first == Position{end});
  write(home.folder.path("root-key"), former_root);
  CHECK(says(whole(home), "the key of another ledger"));
}

TEST_CASE("without a new root key the ring alone is made anew, and a version follows the other", "[key_change][C3]") {
  LedgerHome home;
  home.record(1, 2);
  const auto former = root_key(home);

  made(rotate(home, false));
  made(rotate(home, false));

  CHECK(root_key(home) == former);
  CHECK(ring(home).find("\n3 ") != std::string::npos);
  CHECK(ring(home).find("\n2 ") == std::string::npos);
  CHECK(whole(home) == "whole");
}

TEST_CASE("cut short after any of its steps, a change of the root key leaves a ledger that opens, and goes on to the key it had made",
          "[key_change][C3]") {
  LedgerHome home;
  home.record(1, 2);
  const auto files = [&] { return std::vector{root_key(home), ring(home), text_of(home.path("daybook.toml"))}; };
  const auto before = files();
  {
    const auto config = made(read_config(home.path("")));
    auto changed = config;
    auto keys = made(read_keys(config));
    fine(change_root_key(home.path(""), changed, keys, home.randomness));
  }
  const auto after = files();
  const auto both = before[0] + after[0];
  const std::vector<std::vector<std::string>> steps = {{both, before[1], before[2]}, {both, after[1], before[2]}, {both, after[1], after[2]}, after};
  for (const auto& step : steps) {
    write(home.folder.path("root-key"), step[0]);
    write(home.folder.path("season.key-ring"), step[1]);
    write(home.path("daybook.toml"), step[2]);
    REQUIRE(whole(home) == "whole");

    const auto config = made(read_config(home.path("")));
    auto changed = config;
    auto keys = made(read_keys(config));
    fine(change_root_key(home.path(""), changed, keys, home.randomness));

    CHECK(whole(home) == "whole");
    if (step[0] == both) CHECK(root_key(home) == after[0]);
    CHECK(root_key(home).size() == 65);
  }
}

TEST_CASE("keys are changed beside looks that go on: none is lost, and none is left under a former key", "[key_change][access_book][C3]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 20);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  SeededRandomness for_looks(7), for_keys(8);
  const auto book = made(ledger->access_book("the test", home.clock, for_looks));
  std::atomic<bool> changed{false};
  std::vector<Result<Position>> looks;
  std::jthread looking([&] {  // each by somebody new, whose key is made and wrapped meanwhile
    while (!changed) looks.push_back(book->record(a_look("someone", "actor " + std::to_string(looks.size()))));
  });

  std::vector<Result<Answer>> answers;
  for (const bool root : {false, true, false}) answers.push_back(ledger->rotate_keys(root, Command{}, *book, for_keys));
  changed = true;
  looking.join();

  for (const auto& answer : answers) CHECK(said(made(answer)) == "recorded");
  CHECK(looks.size() > 3);
  const auto keys = ledger->access_keys();
  CHECK((keys.owners->ring().oldest() == 4 && keys.owners->ring().newest() == 4));
  const auto access = made(ledger->access_log());
  fine(keys.owners->check_wrapped(access.log->vault()));
  const Vault vault(*access.log, keys);
  for (size_t i = 0; i < looks.size(); ++i) {
    const auto at = made(looks[i]);
    std::string actor;
    fine(read_events(*access.log, at, Position{at.value + 1}, [&](const Event& event) {
      actor = made(vault.name(event.envelope.provenance.actor)).value_or("nobody");
      return true;
    }));
    CHECK(actor == "actor " + std::to_string(i));
  }
}

TEST_CASE("a change of keys that is asked for twice with one key is made once", "[key_change][C3]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 2);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto book = made(ledger->access_book("the test", home.clock, home.randomness));
  Command asked;
  asked.actor = asked.recorded_by = "test@host";
  asked.idempotency_key = "k";
  asked.asked = "once";
  const auto first = made(ledger->rotate_keys(false, asked, *book, home.randomness));
  const auto keys = ring(home);

  const auto again = made(ledger->rotate_keys(false, asked, *book, home.randomness));
  asked.asked = "another";
  const auto other = made(ledger->rotate_keys(false, asked, *book, home.randomness));

  CHECK(said(first) == "recorded");
  CHECK(said(again) == "unchanged");
  CHECK(again.range.first == first.range.first);
  CHECK(said(other) == "refused key-reused");
  CHECK(ring(home) == keys);
}

namespace {

// Runs `work` in a process of its own and kills it as it is about to make its `count`-th system call of its first thread. False: it
// ended before that. nullopt: processes may not be traced here.
std::optional<bool> killed_at_call(int count, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) return std::nullopt;
  for (int calls = 0; calls < 2 * count; ++calls) {  // entry and exit of each
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) || WIFSIGNALED(status)) return false;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

}  // namespace

TEST_CASE("killed at any of its system calls, a change of the root key loses nothing", "[key_change][crash]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 3);
  const auto start = home.folder.path("start");
  fs::create_directory(start);
  for (const char* name : {"season", "root-key", "season.key-ring"})
    fs::copy(home.folder.path(name), start + "/" + name, fs::copy_options::recursive);
  const auto config = made(read_config(home.path("")));
  const auto change = [&] {
    auto changed = config;
    auto keys = made(read_keys(config));
    fine(change_root_key(home.path(""), changed, keys, home.randomness));
  };
  for (int call = 1;; ++call) {
    const auto killed = killed_at_call(call, change);
    if (!killed) SKIP("processes may not be traced here");
    REQUIRE(whole(home) == "whole");
    if (!*killed) {
      CHECK(call > 30);
      break;
    }
    if (call % 4 != 0) {
      for (const char* name : {"season/daybook.toml", "root-key", "season.key-ring"})
        fs::copy(start + "/" + name, home.folder.path(name), fs::copy_options::overwrite_existing);
      continue;
    }
    made(rotate(home, true));
    REQUIRE(whole(home) == "whole");
    REQUIRE(root_key(home).size() == 65);
    for (const char* name : {"season", "root-key", "season.key-ring"}) {
      fs::remove_all(home.folder.path(name));
      fs::copy(start + "/" + name, home.folder.path(name), fs::copy_options::recursive);
    }
  }
}

}  // namespace daybook::test
