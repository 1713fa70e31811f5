// Kills the writer of a programme book with signal 9, again and again on the same growing folder. Each acknowledgement
// goes through a pipe to the parent before the writer asks for the next; the parent's memory is the account.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "ledger/replay.h"
#include "ledger/require.h"
#include "ledger/sequencer.h"
#include "ledger/torn_tail.h"
#include "tests/crash/campaign.h"
#include "tests/crash/key_log.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr uint64_t kKillsPerFolder = 20;

// One command of one writer in one life of the process, and the range it was acknowledged at. Fits into one atomic write.
struct Receipt {
  uint64_t life = 0, writer = 0, number = 0, first = 0, end = 0;
  Hash leaf{};
  std::array<char, 64> key{};  // under which the sequencer wrote it: its length, then its bytes
};
using Name = std::array<uint64_t, 3>;  // life, writer, number
using Receipts = std::map<Name, Receipt>;

std::string text_of(const Name& name) { return fmt::format("{}-{}-{}", name[0], name[1], name[2]); }

Hash leaf_at(const EventLog& log, uint64_t position) {
  Hash leaf{};
  (void)log.read(Position{position}, Position{position + 1}, [&](Position, Bytes entry) { return leaf = leaf_hash(entry), true; });
  return leaf;
}

// One life: writers that each send a command, wait for the answer, tell it, and send the next, until the kill.
void live(const std::string& folder, uint64_t life, uint64_t writers, const Tell& tell) {
  SystemRandomness randomness;
  const SystemClock clock;
  const VaultKeys keys = derive_vault_keys(Hash{});
  const auto log = open_rocks_log(folder, OpenMode::kReadWrite);
  require(log.has_value(), "the book opens after a kill");
  KeyLog key_log(*log.value());
  const auto sequencer = Sequencer::start(key_log, keys, clock, randomness);
  require(sequencer.has_value(), "the sequencer starts after a kill");
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (uint64_t number = 0;; ++number) {
        Command command;
        const auto name = text_of({life, writer, number});
        command.body = RecordStaff{staff_of(name)};
        command.actor = "admin";
        command.recorded_by = "test@host";
        command.idempotency_key = name;
        const auto answer = sequencer.value()->execute(command);
        require(answer.outcome == Outcome::kRecorded, "a new person's staff row is recorded");
        const auto end = answer.range.end.value;
        Receipt receipt{life, writer, number, answer.range.first.value, end, leaf_at(*log.value(), end - 1)};
        const auto key = key_log.key_at(receipt.first);
        require(!key.empty() && key.size() < receipt.key.size(), "a key fits into a receipt");
        receipt.key[0] = static_cast<char>(key.size());
        std::copy(key.begin(), key.end(), receipt.key.begin() + 1);
        tell({reinterpret_cast<const char*>(&receipt), sizeof receipt});
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

// Everything that is wrong with the book; empty if nothing is. `lives` is how many there were.
void settle_receipts(const std::string& folder, const Receipts& receipts, uint64_t lives, uint64_t writers, const Tell& tell) {
  const auto opened = open_rocks_log(folder, OpenMode::kReadWrite);
  if (!opened) return tell("does not open: " + opened.error().message + "; ");
  const auto& log = *opened.value();

  // I1: each receipted batch is where it was acknowledged, with the same bytes.
  std::vector<std::string> entries;
  const auto read = log.read(Position{0}, Position{UINT64_MAX}, [&](Position at, Bytes entry) {
    if (at.value != entries.size()) tell(fmt::format("a gap before {}; ", at.value));
    return entries.emplace_back(as_text(entry)), true;
  });
  if (!read) tell(read.error().message + "; ");
  for (const auto& [name, receipt] : receipts) {
    const auto range = log.find(std::string_view(receipt.key.data() + 1, static_cast<size_t>(receipt.key[0])));
    if (!range || !range.value() || range.value()->first.value != receipt.first || range.value()->end.value != receipt.end)
      tell(fmt::format("receipt {} is lost or leads elsewhere; ", text_of(name)));
    if (receipt.end > entries.size() || leaf_hash(as_bytes(entries[receipt.end - 1])) != receipt.leaf)
      tell(fmt::format("receipt {}: position {} has other bytes; ", text_of(name), receipt.end - 1));
  }

  // I2: the head is the root of what is there.
  if (log.head() != TreeHead{entries.size(), naive_root(entries)}) tell("the head is not the root of the entries; ");

  // I3: besides what was receipted, each writer of each life has at most the one command that it waited for, whole.
  const VaultKeys keys = derive_vault_keys(Hash{});
  const Vault vault(log, keys);
  uint64_t whole = 0;
  const auto count = [&](const Name& name) {
    const auto person = vault.person(text_of(name));
    const bool there = person && person.value();
    whole += there;
    return there;
  };
  for (uint64_t life = 0; life < lives; ++life) {
    for (uint64_t writer = 0; writer < writers; ++writer) {
      uint64_t number = 0;
      for (; receipts.contains({life, writer, number}); ++number) {
        if (!count({life, writer, number})) tell(fmt::format("receipt {}: the person has no row in the vault; ", text_of({life, writer, number})));
      }
      if (count({life, writer, number})) ++number;
      if (count({life, writer, number})) tell(fmt::format("{} was never sent; ", text_of({life, writer, number})));
    }
  }
  if (whole != entries.size()) tell(fmt::format("{} events are there, {} belong to commands that were sent; ", entries.size(), whole));

  // I4: the book replays to the same head.
  const auto replayed = replay(log);
  if (!replayed) return tell("replay: " + replayed.error().message + "; ");
  if (replayed.value().head != log.head()) tell("the replay has another head; ");
}

}  // namespace

int kill_campaign(const Campaign& campaign) {
  std::mt19937_64 random(campaign.seed);
  uint64_t kills = 0, receipts_seen = 0, empty_lives = 0, half_writes = 0, violations = 0;
  while (kills < campaign.count) {
    const TempFolder temp;
    const auto folder = temp.path("log");
    Receipts receipts;
    const uint64_t lives = std::min(kKillsPerFolder, campaign.count - kills);
    for (uint64_t life = 0; life < lives; ++life, ++kills) {
      const auto kill_after_ms = static_cast<int>(1 + random() % 300);
      const auto end = in_child([&](const Tell& tell) { live(folder, life, campaign.writers, tell); }, kill_after_ms);
      for (size_t at = 0; at + sizeof(Receipt) <= end.told.size(); at += sizeof(Receipt)) {
        Receipt receipt;
        std::memcpy(&receipt, end.told.data() + at, sizeof receipt);
        receipts[{receipt.life, receipt.writer, receipt.number}] = receipt;
      }
      receipts_seen += end.told.size() / sizeof(Receipt);
      empty_lives += end.told.empty();
      const bool by_itself = !end.killed;
      if (const auto tails = torn_tails(temp.path(), "log")) half_writes += !tails.value().empty();
      const auto settled = in_child([&](const Tell& tell) { settle_receipts(folder, receipts, life + 1, campaign.writers, tell); });
      if (settled.told.empty() && !settled.died && !by_itself) continue;
      ++violations;
      const auto kept = fmt::format("{}-kept", temp.path());
      std::filesystem::copy(folder, kept, std::filesystem::copy_options::recursive);
      fmt::print("kill: seed {}, writers {}, kill {}: {:.2000}{}; the folder is kept in {}\n", campaign.seed, campaign.writers, kills, settled.told,
                 settled.died ? "the check died"
                 : by_itself  ? "the writer died before it was killed"
                              : "",
                 kept);
      kills = campaign.count;
      break;
    }
  }
  fmt::print("kill: {} kills, {} writers, {} receipts, {} lives without one, {} left half a write, {} violations, seed {}\n", kills, campaign.writers,
             receipts_seen, empty_lives, half_writes, violations, campaign.seed);
  return violations == 0 ? 0 : 1;
}

}  // namespace daybook::test
