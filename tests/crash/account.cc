#include "tests/crash/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "ledger/torn_tail.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr int kSessions = 3;

std::string noise(std::mt19937_64& random, size_t words) {
  std::string bytes;
  for (size_t i = 0; i < words; ++i) {
    const uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), 8);
  }
  return bytes;
}

// What an account says must be in the log, worked out without the log.
struct Expected {
  std::vector<std::string> entries;
  std::map<std::string, std::string> vault;
  std::map<std::string, Appended> keys;
  std::vector<std::string> absent_keys;

  void add(const Batch& batch) {
    const Position first{entries.size()};
    entries.insert(entries.end(), batch.entries.begin(), batch.entries.end());
    for (const auto& row : batch.vault) {
      if (row.value) vault[row.key] = *row.value;
      if (!row.value) vault.erase(row.key);
    }
    keys[batch.idempotency_key] = {first, Position{entries.size()}};
  }
};

uint64_t size_of(const SentGroup& group) {
  uint64_t size = 0;
  for (const auto& batch : group.batches) size += batch.entries.size();
  return size;
}

void compare_entries(const EventLog& log, const Expected& expected, std::vector<std::string>& faults) {
  std::vector<std::string> found;
  uint64_t next = 0;
  const auto read = log.read(Position{0}, Position{UINT64_MAX}, [&](Position at, Bytes entry) {
    if (at.value != next++) faults.push_back(fmt::format("position {}: found {}, a gap", next - 1, at.value));
    found.emplace_back(as_text(entry));
    return true;
  });
  if (!read) faults.push_back("read: " + read.error().message);
  if (found.size() != expected.entries.size()) faults.push_back(fmt::format("found {} events, want {}", found.size(), expected.entries.size()));
  if (log.end().value != found.size()) faults.push_back(fmt::format("end is {}, but {} events are there", log.end().value, found.size()));
  for (size_t i = 0; i < std::min(found.size(), expected.entries.size()); ++i) {
    if (found[i] != expected.entries[i]) faults.push_back(fmt::format("position {}: other bytes than were acknowledged", i));
  }
  if (log.head() != TreeHead{found.size(), naive_root(found)}) faults.push_back("the head is not the root of the entries");
  for (uint64_t tile = 0; tile * kTileWidth < found.size(); ++tile) {
    const auto hashes = log.tile(0, tile, tile_width(found.size(), 0, tile));
    if (!hashes) faults.push_back("tile: " + hashes.error().message);
    for (size_t i = 0; hashes && i < hashes.value().size(); ++i) {
      const uint64_t at = tile * kTileWidth + i;
      if (hashes.value()[i] != sha256({as_bytes(std::string_view("\0", 1)), as_bytes(found[at])}))
        faults.push_back(fmt::format("position {}: another leaf hash", at));
    }
  }
}

void compare_rows(const EventLog& log, const Expected& expected, std::vector<std::string>& faults) {
  std::map<std::string, std::string> vault;
  const auto scanned = log.vault().scan("", [&](std::string_view key, std::string_view value) {
    vault.emplace(key, value);
    return true;
  });
  if (!scanned) faults.push_back("vault: " + scanned.error().message);
  if (vault != expected.vault) faults.push_back(fmt::format("vault: found {} rows, want {}, or other values", vault.size(), expected.vault.size()));
  for (const auto& [key, range] : expected.keys) {
    const auto found = log.find(key);
    if (!found || !found.value() || found.value()->first != range.first || found.value()->end != range.end)
      faults.push_back("key " + key + ": lost, or leads elsewhere");
  }
  for (const auto& key : expected.absent_keys) {
    const auto found = log.find(key);
    if (!found || found.value()) faults.push_back("key " + key + ": there without its batch");
  }
}

// What the log would be if nothing had failed.
std::unique_ptr<EventLog> undisturbed(const Account& account, bool unknown_there) {
  auto log = make_memory_log();
  for (const auto& group : account) {
    if (group.fate == Fate::kWritten || (group.fate == Fate::kUnknown && unknown_there)) log->append(group.batches);
  }
  return log;
}

}  // namespace

std::vector<std::vector<Batch>> workload(uint64_t seed, uint64_t events) {
  std::mt19937_64 random(seed);
  std::vector<std::vector<Batch>> groups;
  for (uint64_t made = 0; made < events;) {
    auto& group = groups.emplace_back();
    uint64_t left = std::min(1 + random() % 16, events - made);
    made += left;
    for (uint64_t taken = 0; left > 0; left -= taken) {
      taken = std::min(1 + random() % 4, left);
      auto& batch = group.emplace_back();
      const auto name = fmt::format("{}-{}-{}", seed, groups.size(), group.size());
      batch.idempotency_key = "key " + name;
      for (uint64_t i = 0; i < taken; ++i) batch.entries.push_back(noise(random, 1 + random() % 60));
      batch.vault = {{"row " + name, noise(random, 4)}, {"newest", name}};
    }
  }
  return groups;
}

std::unique_ptr<rocksdb::Env> env_of(FaultFileSystem& disk) {
  return rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(std::shared_ptr<void>(), &disk));
}

Fate send(EventLog& log, const std::vector<Batch>& group, Account& account) {
  SentGroup sent{group, {}, Fate::kWritten};
  for (const auto& answer : log.append(group)) {
    if (answer) {
      sent.answers.push_back(answer.value());
    } else {
      sent.fate = answer.error().message.find("earlier write failed") != std::string::npos ? Fate::kRefused : Fate::kUnknown;
    }
  }
  account.push_back(std::move(sent));
  return account.back().fate;
}

std::vector<std::string> faults_in(const EventLog& log, const Account& account, bool* unknown_there) {
  std::vector<std::string> faults;
  Expected expected;
  for (const auto& group : account) {
    bool there = group.fate == Fate::kWritten;
    if (group.fate == Fate::kUnknown) {
      there = log.end().value >= expected.entries.size() + size_of(group);
      if (unknown_there) *unknown_there = there;
    }
    for (size_t i = 0; i < group.batches.size(); ++i) {
      const auto& batch = group.batches[i];
      if (!there) {
        expected.absent_keys.push_back(batch.idempotency_key);
        continue;
      }
      expected.add(batch);
      const auto& range = expected.keys[batch.idempotency_key];
      if (group.fate == Fate::kWritten && (group.answers[i].first != range.first || group.answers[i].end != range.end))
        faults.push_back(fmt::format("key {}: acknowledged at {}, want {}", batch.idempotency_key, group.answers[i].first.value, range.first.value));
    }
  }
  compare_entries(log, expected, faults);
  compare_rows(log, expected, faults);
  return faults;
}

std::vector<std::string> settle(const std::string& folder, Account& account, bool resend, const Views& views) {
  FaultFileSystem healthy(folder, {});  // the plain file system, but for syncs, which would only take time here
  const auto env = env_of(healthy);
  auto opened = open_rocks_log(folder, OpenMode::kReadWrite, env.get());
  if (!opened) return {"does not open: " + opened.error().message};
  auto& log = *opened.value();
  bool there = false;
  auto faults = faults_in(log, account, &there);
  if (views && faults.empty() && views(log) != views(*undisturbed(account, there))) faults.push_back("the views are not those of a replay");
  if (!resend || !faults.empty()) return faults;

  for (auto& group : account) {
    if (group.fate != Fate::kUnknown) continue;
    for (const auto& answer : log.append(group.batches)) {
      if (!answer || answer.value().repeated != there) return {"what is sent again is not taken once"};
      group.answers.push_back(answer.value());
    }
    group.fate = Fate::kWritten;
  }
  for (const auto& group : workload(1'000'000, 8)) {
    if (send(log, group, account) != Fate::kWritten) return {"nothing can be appended after the crash"};
  }
  return faults_in(log, account);
}

Account run_workload(const std::string& folder, FaultFileSystem& disk, const std::vector<std::vector<Batch>>& groups,
                     const std::function<void()>& acknowledged) {
  const auto env = env_of(disk);
  Account account;
  for (size_t session = 0, next = 0; session < kSessions; ++session) {
    auto log = open_rocks_log(folder, OpenMode::kReadWrite, env.get());
    if (!log) return account;
    for (; next < groups.size() * (session + 1) / kSessions; ++next) {
      if (send(*log.value(), groups[next], account) == Fate::kWritten) {
        if (acknowledged) acknowledged();
        continue;
      }
      if (next + 1 < groups.size()) send(*log.value(), groups[next + 1], account);  // to see it refused
      return account;
    }
  }
  return account;
}

Account account_of(const std::vector<std::vector<Batch>>& groups, size_t acknowledged) {
  Account account;
  Position end{};
  for (size_t i = 0; i < std::min(groups.size(), acknowledged + 1); ++i) {
    auto& group = account.emplace_back(SentGroup{groups[i], {}, i < acknowledged ? Fate::kWritten : Fate::kUnknown});
    if (group.fate == Fate::kUnknown) break;
    for (const auto& batch : groups[i]) {
      group.answers.push_back({end, Position{end.value + batch.entries.size()}});
      end = group.answers.back().end;
    }
  }
  return account;
}

std::vector<std::string> crash_case(const std::vector<std::vector<Batch>>& groups, const Plan& plan, const std::vector<Remains>& remains,
                                    const Views& views) {
  const TempFolder temp;
  FaultFileSystem disk(temp.path("log"), plan);
  const Account account = run_workload(temp.path("log"), disk, groups);
  std::vector<std::string> faults;
  for (size_t i = 0; i + 1 < account.size(); ++i) {
    if (account[i].fate != Fate::kWritten && account[i + 1].fate != Fate::kRefused) faults.push_back("an append after a failed write is not refused");
  }
  for (const auto& state : remains) {
    const auto folder = temp.path("left");
    std::filesystem::remove_all(folder);
    disk.copy_left(folder, state.left, state.seed);
    const bool killed = plan.power_cut_at > 0 && plan.torn_bytes == 0 && state.left == Left::kAll;
    const auto tails = torn_tails(temp.path(), "left");
    if (!tails || (killed && !tails.value().empty())) faults.push_back("a half write is seen where there is none");
    Account copy = account;
    for (auto& fault : settle(folder, copy, true, views)) faults.push_back(std::move(fault));
  }
  return faults;
}

uint64_t operations_of(const std::vector<std::vector<Batch>>& groups) {
  const TempFolder temp;
  FaultFileSystem disk(temp.path("log"), {});
  run_workload(temp.path("log"), disk, groups);
  return disk.operations().size();
}

}  // namespace daybook::test
