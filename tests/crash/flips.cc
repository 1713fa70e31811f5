#include "tests/crash/flips.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ledger/require.h"
#include "ledger/sequencer.h"
#include "ledger/verify.h"
#include "tests/crash/account.h"
#include "tests/crash/key_log.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

void read_all(const EventLog& log, std::vector<std::string>& entries, std::map<std::string, std::string>& vault, std::string& fault) {
  const auto read = log.read(Position{0}, log.end(), [&](Position, Bytes entry) { return entries.emplace_back(as_text(entry)), true; });
  if (!read) fault = read.error().message;
  const auto rows = log.vault().scan("", [&](std::string_view key, std::string_view value) { return vault.emplace(key, value), true; });
  if (!rows) fault = rows.error().message;
}

}  // namespace

FlipStore make_flip_store(const std::string& folder, bool killed, int events) {
  SeededRandomness randomness(7);
  FlipStore store{folder, SignerKey::make("crash.example/programme", randomness).value(), {}, {}, {}, {}, {}, 0};
  FaultFileSystem disk(folder, {});
  const auto env = env_of(disk);
  {
    const auto log = open_rocks_log(folder, OpenMode::kReadWrite, env.get()).value();
    KeyLog key_log(*log);
    const VaultKeys keys = derive_vault_keys(Hash{});
    const FakeClock clock;
    const auto sequencer = Sequencer::start(key_log, keys, clock, randomness).value();
    for (int i = 0; i < events; ++i) {
      Command command;
      command.body = RecordStaff{staff_of(fmt::format("{}", 1000 + i))};
      command.actor = "admin";
      command.recorded_by = "test@host";
      command.idempotency_key = fmt::format("key {}", i);
      require(sequencer->execute(command).outcome == Outcome::kRecorded, "a test's staff is recorded");
    }
    const std::string watermark_file = folder + ".checkpoint";
    Checkpointer checkpointer(*log, store.key, watermark_file, std::nullopt);
    store.watermark = checkpointer.sign().value().checkpoint;
    std::string fault;
    read_all(*log, store.entries, store.vault, fault);
    require(fault.empty() && store.entries.size() >= static_cast<size_t>(events), "a test's store can be read");
    store.keys = key_log.keys();
    require(store.keys.size() == static_cast<size_t>(events), "a test's batches have keys");
    if (killed) disk.cut_power();
  }
  if (killed) disk.drop_unsynced(Left::kAll);
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    const auto path = fs::relative(item.path(), folder).string();
    if (!item.is_regular_file() || path.starts_with("LO")) continue;  // LOG, LOCK
    store.files.push_back(path);
    store.bits += 8 * item.file_size();
  }
  std::sort(store.files.begin(), store.files.end());
  return store;
}

Result<std::string> look_at(const FlipStore& store, const std::string& folder) {
  FaultFileSystem disk(folder, {});
  const auto env = env_of(disk);
  DAYBOOK_TRY(const auto log, open_rocks_log(folder, OpenMode::kReadWrite, env.get()));
  DAYBOOK_TRY(check_watermark(*log, store.watermark));
  DAYBOOK_TRY(verify(*log, store.key.verifier(), derive_vault_keys(Hash{})));
  DAYBOOK_TRY(log->check_files());
  std::vector<std::string> entries;
  std::map<std::string, std::string> vault;
  std::string fault;
  read_all(*log, entries, vault, fault);
  if (!fault.empty()) return Error{Fault::kCorrupt, fault};
  if (entries.size() < store.entries.size()) return fmt::format("{} events of {} with everything OK", entries.size(), store.entries.size());
  if (entries != store.entries) return std::string("other events with everything OK");
  if (vault != store.vault) return fmt::format("{} vault rows of {}, or others, with everything OK", vault.size(), store.vault.size());
  for (const auto& [first, key] : store.keys) {
    const auto range = log->find(key);
    if (!range) return range.error();
    if (!range.value()) return fmt::format("the key of position {} is lost with everything OK", first);
    if (range.value()->first.value != first) return fmt::format("the key of position {} leads elsewhere", first);
  }
  return std::string();
}

Result<std::string> flipped(const FlipStore& store, const std::string& file, uint64_t bit, const std::string& copy) {
  fs::remove_all(copy);
  fs::copy(store.folder, copy, fs::copy_options::recursive);
  {
    std::fstream bytes(copy + "/" + file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekg(static_cast<std::streamoff>(bit / 8));
    const int byte = bytes.get();
    bytes.seekp(static_cast<std::streamoff>(bit / 8));
    bytes.put(static_cast<char>(byte ^ (1 << (bit % 8))));
  }
  return look_at(store, copy);
}

}  // namespace daybook::test
