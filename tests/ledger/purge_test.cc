// A purge ends when the files that held a row are gone, however long the disk takes to let them go.
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <filesystem>
#include <thread>

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

}  // namespace daybook::test
