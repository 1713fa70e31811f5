// A purge ends when the files that held a row are gone, however long the disk takes to let them go.
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <filesystem>
#include <thread>

#include "ledger/disk_space.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// A disk that takes its time to move or delete a file.
class SlowToLetGo final : public rocksdb::FileSystemWrapper {
 public:
  SlowToLetGo() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "SlowToLetGo"; }

  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    if (to.find("/archive/") != std::string::npos) std::this_thread::sleep_for(kPause);
    return FileSystemWrapper::RenameFile(from, to, options, context);
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
    if (path.ends_with(".sst")) std::this_thread::sleep_for(kPause);
    return FileSystemWrapper::DeleteFile(path, options, context);
  }

 private:
  static constexpr std::chrono::milliseconds kPause{100};
};

bool is_in_a_file(const std::string& folder, const std::string& text) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.is_regular_file() && text_of(file.path().string()).find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("after a purge no file holds what a row of the vault was, on a disk that is slow to let go of files", "[ledger][event_log][C5]") {
  const std::string value = "sealed-value-that-goes";
  // With a few tables there the flush of the purge starts a compaction, and RocksDB says that it has flushed before it has moved the log.
  const int tables_before = GENERATE(range(0, 5));
  const TempFolder folder;
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<SlowToLetGo>());
  const auto open = [&] { return open_rocks_log(folder.path("log"), OpenMode::kReadWrite, env.get()).value(); };
  const auto write = [](EventLog& log, std::optional<std::string> text) {
    REQUIRE(log.rewrite(std::vector<VaultRow>{{"key", std::move(text)}}).has_value());
  };
  for (int i = 0; i < tables_before; ++i) write(*open(), value);  // one when it closes
  const auto log = open();

  for (int purges = 0; purges < 2; ++purges) {
    write(*log, value);
    REQUIRE(is_in_a_file(folder.path(), value));
    write(*log, std::nullopt);
    REQUIRE(log->purge().has_value());
    CHECK(!is_in_a_file(folder.path(), value));
  }
}

namespace {

// A log on a disk with as much free space as `free` says, of which the floor is 1 MiB.
std::unique_ptr<EventLog> log_with_space(const std::string& path, const uint64_t& free) {
  const DiskRule rule{1 << 20, 0};
  auto space = std::make_unique<DiskSpace>(path + ".ballast", rule, [&free](const std::string&) { return Result<uint64_t>(free); });
  return open_rocks_log(path, OpenMode::kReadWrite, nullptr, std::move(space)).value();
}

// Bytes that no compression makes fewer.
std::string noise(SeededRandomness& randomness, size_t bytes) {
  std::string text(bytes, '\0');
  randomness.fill({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  return text;
}

}  // namespace

TEST_CASE("a purge ends, and no file holds what a row was, also where somebody reads all the while", "[ledger][event_log][C5]") {
  const TempFolder folder;
  const auto log = made(open_rocks_log(folder.path("log"), OpenMode::kReadWrite));
  std::atomic<bool> done{false};
  std::jthread reading([&] {
    while (!done) (void)log->vault().get("key");
  });

  std::vector<Result<void>> purges;
  for (int i = 0; i < 10; ++i) {
    const auto written = log->rewrite(std::vector<VaultRow>{{"key", "sealed-value-" + std::to_string(i)}});
    purges.push_back(written ? log->purge() : written);
  }
  done = true;
  reading.join();

  for (const auto& purged : purges) fine(purged);
  for (int i = 0; i < 9; ++i) CHECK_FALSE(is_in_a_file(folder.path("log"), "sealed-value-" + std::to_string(i)));
  CHECK(is_in_a_file(folder.path("log"), "sealed-value-9"));
}

TEST_CASE("a purge wants room for the whole book once more, changes nothing without it, and works later", "[ledger][event_log][disk]") {
  const TempFolder folder(memory_folder());
  uint64_t free = uint64_t{1} << 30;
  const auto log = log_with_space(folder.path("log"), free);
  SeededRandomness randomness;
  const auto value = noise(randomness, 4 << 20);
  REQUIRE(log->rewrite(std::vector<VaultRow>{{"large", value}}).has_value());
  REQUIRE(log->purge().has_value());

  free = 4 << 20;  // three above the floor
  const auto refused = log->purge();
  free = uint64_t{1} << 30;

  REQUIRE(refused.has_error());
  CHECK(refused.error().fault == Fault::kFull);
  CHECK(made(log->vault().get("large")) == value);
  CHECK(log->purge().has_value());
}

TEST_CASE("entries that were dropped leave every file by the next call, where the first found no room", "[ledger][event_log][disk]") {
  const TempFolder folder(memory_folder());
  uint64_t free = uint64_t{1} << 30;
  const auto log = log_with_space(folder.path("log"), free);
  SeededRandomness randomness;
  const std::string dropped = "an-entry-that-is-dropped";
  for (int i = 0; i < 300; ++i) {
    const auto entry = i == 0 ? dropped : noise(randomness, 20'000);
    REQUIRE(log->append(Batch{std::nullopt, "", {entry}, {}}).has_value());
  }
  REQUIRE(log->purge().has_value());
  free = 2 << 20;
  REQUIRE(log->drop_before(Position{256}).error().fault == Fault::kFull);
  REQUIRE(is_in_a_file(folder.path(), dropped));
  free = uint64_t{1} << 30;

  fine(log->drop_before(Position{256}));

  CHECK(log->first() == Position{256});
  CHECK_FALSE(is_in_a_file(folder.path(), dropped));
}

}  // namespace daybook::test
