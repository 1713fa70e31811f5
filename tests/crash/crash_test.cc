// The log on a disk that loses power, fails, tears and lies: what was acknowledged stays, and each way of losing it that
// we know is planted here once, so that these tests are seen to fail.
#include <rocksdb/db.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <fstream>

#include "ledger/checkpointer.h"
#include "ledger/torn_tail.h"
#include "tests/crash/account.h"
#include "tests/crash/flips.h"
#include "tests/crash/season.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;
using Faults = std::vector<std::string>;

constexpr uint64_t kStep = 20;

// The file that is the live write-ahead log.
std::string wal_of(const std::string& folder) {
  std::string newest;
  for (const auto& item : fs::directory_iterator(folder)) {
    if (item.path().extension() == ".log" && item.path().string() > newest) newest = item.path().string();
  }
  return newest;
}

void flip_byte(const std::string& path, uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0xff));
}

// A folder as a killed process leaves it: everything that was sent stands in one write-ahead log.
struct KilledStore {
  explicit KilledStore(const std::vector<std::vector<Batch>>& groups) {
    FaultFileSystem disk(folder, {});
    const auto env = env_of(disk);
    {
      const auto log = open_rocks_log(folder, OpenMode::kReadWrite, env.get()).value();
      ends.push_back(fs::file_size(wal_of(folder)));
      for (const auto& group : groups) {
        REQUIRE(send(*log, group, account) == Fate::kWritten);
        ends.push_back(fs::file_size(wal_of(folder)));
      }
      head = log->head();
      disk.cut_power();
    }
    disk.drop_unsynced(Left::kAll);
    REQUIRE(fs::file_size(wal_of(folder)) == ends.back());
  }
  // A copy whose log is cut to so many bytes.
  std::string cut_to(uint64_t bytes) const {
    const auto copy = temp.path("copy");
    fs::remove_all(copy);
    fs::copy(folder, copy, fs::copy_options::recursive);
    fs::resize_file(wal_of(copy), bytes);
    return copy;
  }
  TempFolder temp;
  const std::string folder = temp.path("log");
  Account account;
  std::vector<uint64_t> ends;  // of the log after each group
  TreeHead head;
};

std::vector<Batch> small_group(const std::string& name, size_t bytes = 8) { return {Batch{{}, name, {std::string(bytes, 'x')}, {{name, "row"}}}}; }

Faults first_faults(const std::vector<std::vector<Batch>>& groups, Plan plan, uint64_t step) {
  const uint64_t all = operations_of(groups);
  for (plan.power_cut_at = step; plan.power_cut_at <= all; plan.power_cut_at += step) {
    if (auto faults = crash_case(groups, plan, {{Left::kNothing, 0}}); !faults.empty()) return faults;
  }
  return {};
}

}  // namespace

TEST_CASE("after a kill or a power cut at every 20th file operation what was acknowledged is there, nothing else, and its views", "[crash]") {
  const auto groups = season_workload(1, 1'000);
  const uint64_t all = operations_of(groups);
  REQUIRE(all > 250);
  const Left left = GENERATE(Left::kNothing, Left::kSome, Left::kAll);

  for (uint64_t k = 1 + static_cast<uint64_t>(left) * 7; k <= all; k += kStep) {
    Plan plan;
    plan.power_cut_at = k;
    const auto faults = crash_case(groups, plan, {{left, k}}, views_of);

    INFO("cut at operation " << k << " of " << all);
    REQUIRE(faults == Faults{});
  }
}

TEST_CASE("a file operation that fails once is answered as unknown or does no harm, and nothing is appended after it", "[crash]") {
  const auto groups = workload(2, 1'000);
  const uint64_t all = operations_of(groups);
  const bool for_good = GENERATE(false, true);
  uint64_t unknown = 0;

  for (uint64_t k = for_good ? 13 : 3; k <= all; k += kStep) {
    const TempFolder temp;
    Plan plan;
    plan.fail_at = k;
    plan.fail_for_good = for_good;
    FaultFileSystem disk(temp.path("log"), plan);
    Account account = run_workload(temp.path("log"), disk, groups);
    const auto failed = std::find_if(account.begin(), account.end(), [](const SentGroup& group) { return group.fate != Fate::kWritten; });
    const bool answered = failed != account.end();
    const bool refused_after = !answered || std::all_of(failed + 1, account.end(), [](const auto& group) { return group.fate == Fate::kRefused; });
    disk.drop_unsynced(k % 2 ? Left::kAll : Left::kNothing);
    const auto faults = settle(temp.path("log"), account);

    INFO("failed at operation " << k << " of " << all);
    REQUIRE(faults == Faults{});
    REQUIRE(refused_after);
    unknown += answered;
  }
  CHECK(unknown > 5);
}

TEST_CASE("a write that is torn at any byte costs nothing that was acknowledged, and what is dropped is known to the byte", "[crash]") {
  const bool across_blocks = GENERATE(false, true);  // RocksDB's log has blocks of 32 KiB: a record may lie across two
  auto groups = across_blocks ? std::vector<std::vector<Batch>>(1, small_group("large", 32'300)) : workload(3, 40);
  for (int i = 0; i < 3; ++i) groups.push_back(small_group(std::to_string(i)));
  const KilledStore whole(groups);
  size_t last = groups.size();
  while (across_blocks && whole.ends[last - 1] / 32'768 == whole.ends[last] / 32'768) --last;
  REQUIRE(last > 1);
  const KilledStore store(std::vector(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(last)));
  Account account = store.account;
  account.back().fate = Fate::kUnknown;
  const auto wal = wal_of(store.folder);

  for (uint64_t bytes = store.ends[last - 1]; bytes <= store.ends[last]; ++bytes) {
    const auto folder = store.cut_to(bytes);
    const uint64_t torn = bytes == store.ends[last] ? 0 : bytes - store.ends[last - 1];
    const auto tails = torn_tails(store.temp.path(), "copy");
    Account copy = account;
    const auto faults = settle(folder, copy, bytes % 16 == 0);

    INFO("torn after " << bytes - store.ends[last - 1] << " bytes of " << store.ends[last] - store.ends[last - 1]);
    REQUIRE(faults == Faults{});
    REQUIRE(tails.has_value());
    REQUIRE(tails.value().size() == (torn > 0 ? 1 : 0));
    if (torn > 0) REQUIRE(tails.value().front() == TornTail{"copy/" + fs::path(wal).filename().string(), store.ends[last - 1], torn});
  }
}

TEST_CASE("a wrong bit on the way from the disk is refused or does no harm, at each read of an open", "[crash]") {
  const KilledStore store(workload(4, 100));
  const auto copy = store.cut_to(store.ends.back());
  int refused = 0;

  for (uint64_t read = 1;; ++read) {
    fs::remove_all(copy);
    fs::copy(store.folder, copy, fs::copy_options::recursive);
    Plan plan;
    plan.flip_read = read;
    plan.flip_bit = 7919 * read;
    FaultFileSystem disk(copy, plan);
    const auto env = env_of(disk);
    const auto log = open_rocks_log(copy, OpenMode::kReadWrite, env.get());
    if (disk.reads() < read) break;

    INFO("flipped in read " << read);
    if (!log || !check_watermark(*log.value(), {"crash.example", store.head})) {
      ++refused;
    } else {
      REQUIRE(faults_in(*log.value(), store.account) == Faults{});
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a wrong bit in any file of a book is refused or named, or every event, row and key is there", "[crash]") {
  const bool killed = GENERATE(false, true);
  const TempFolder temp;
  const FlipStore store = make_flip_store(temp.path("log"), killed);
  fs::copy(store.folder, temp.path("whole"), fs::copy_options::recursive);
  REQUIRE(look_at(store, temp.path("whole")).value() == "");
  int refused = 0;

  for (const auto& file : store.files) {
    const uint64_t bits = 8 * fs::file_size(store.folder + "/" + file);
    const uint64_t step = file == "CURRENT" ? 5 : file.starts_with("MANIFEST") ? 37 : 37 * (1 + bits / (37 * 30));
    for (uint64_t bit = 0; bit < bits; bit += step) {
      const auto looked = flipped(store, file, bit, temp.path("copy"));

      INFO("bit " << bit << " of " << file);
      if (looked) REQUIRE(looked.value() == "");
      if (!looked) ++refused;
    }
  }
  CHECK(refused > 50);
}

// ---- planted faults: this test can fail ----

TEST_CASE("a disk whose syncs lie is found out by the crash test", "[crash]") {
  Plan plan;
  uint64_t step = 60;
  SECTION("acknowledged before anything is synced") { plan.syncs_lie = true; }
  SECTION("every fourth sync is forgotten") {
    plan.sync_forgotten = 4;
    step = 3;
  }
  SECTION("folders are never synced") { plan.folder_syncs_lie = true; }

  const auto faults = first_faults(workload(1, 300), plan, step);

  REQUIRE_FALSE(faults.empty());
  CHECK((faults[0].starts_with("found ") && faults[0].find(" events, want ") != std::string::npos));  // opens, and acknowledged events are gone
}

TEST_CASE("idempotency keys that went missing are found out by the crash test", "[crash]") {
  KilledStore store(workload(5, 50));
  {
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open({}, store.folder, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    REQUIRE(db->Delete({}, "k" + store.account[3].batches[0].idempotency_key).ok());
  }

  const auto faults = settle(store.folder, store.account);

  REQUIRE(faults.size() == 1);
  CHECK(faults[0].find("lost, or leads elsewhere") != std::string::npos);
}

TEST_CASE("a log that was cut between two groups opens, and only the watermark tells", "[crash]") {
  const KilledStore store(workload(6, 50));

  const auto cut = open_rocks_log(store.cut_to(store.ends[store.ends.size() - 3]), OpenMode::kReadWrite);

  REQUIRE(cut.has_value());
  CHECK(cut.value()->end().value < store.head.size);
  const auto checked = check_watermark(*cut.value(), {"crash.example", store.head});
  REQUIRE(checked.has_error());
  CHECK(checked.error().fault == Fault::kCorrupt);
}

TEST_CASE("a wrong byte under a running process is found by the read-back, not by the head in memory", "[crash]") {
  const TempFolder temp;
  const auto log = open_rocks_log(temp.path("log"), OpenMode::kReadWrite).value();
  Account account;
  for (const auto& group : workload(7, 60)) REQUIRE(send(*log, group, account) == Fate::kWritten);
  const TreeHead before = log->head();

  flip_byte(wal_of(temp.path("log")), fs::file_size(wal_of(temp.path("log"))) / 2);

  CHECK(log->head() == before);
  const auto read = log->read_back();
  REQUIRE(read.has_error());
  CHECK(read.error().fault == Fault::kCorrupt);
}

TEST_CASE("a wrong byte in the middle of the write-ahead log is refused, where RocksDB by default goes on with fewer rows", "[crash]") {
  KilledStore store(workload(8, 100));
  flip_byte(wal_of(store.folder), store.ends[store.ends.size() / 2] + 20);
  const auto copy = store.temp.path("default");
  fs::copy(store.folder, copy, fs::copy_options::recursive);
  rocksdb::DB* raw = nullptr;
  REQUIRE(rocksdb::DB::OpenForReadOnly({}, copy, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::string lost;
  REQUIRE(db->Get({}, "k" + store.account.front().batches[0].idempotency_key, &lost).ok());
  REQUIRE(db->Get({}, "k" + store.account.back().batches[0].idempotency_key, &lost).IsNotFound());

  const auto ours = open_rocks_log(store.folder, OpenMode::kReadWrite);

  CHECK((ours.has_error() || faults_in(*ours.value(), store.account).empty()));
}

}  // namespace daybook::test
