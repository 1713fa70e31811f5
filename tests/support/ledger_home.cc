#include "tests/support/ledger_home.h"
#include "ledger/init.h"

#include <filesystem>

#include "ledger/require.h"
#include "tests/support/made.h"

namespace daybook::test {

namespace fs = std::filesystem;

LedgerHome::LedgerHome(uint64_t seed, const std::string& parent) : folder(parent), randomness(seed) {
  const InitPlaces places{folder.path("season"), folder.path("root-key"), folder.path("log-key"), "ledger.example/season"};
  made(init_ledger(places, "test@host", clock, randomness));
}

Result<std::unique_ptr<Ledger>> LedgerHome::open(OpenMode mode, rocksdb::Env* env) {
  OpenOptions options;
  options.mode = mode;
  options.env = env;
  options.holder = "the test";
  options.on_damage = [this](const Error& error) { damage = error.message; };
  options.say = [this](const std::string& line) { said = line; };
  return Ledger::open(folder.path("season"), options, clock, randomness);
}

uint64_t LedgerHome::record(int first, int count) {
  const auto ledger = made(open(OpenMode::kReadWrite));
  for (int i = first; i < first + count; ++i) {
    Command command;
    command.body = RecordStaff{staff_of("S" + std::to_string(i))};
    command.actor = "admin";
    command.recorded_by = "test@host";
    require(ledger->sequencer().execute(std::move(command)).outcome == Outcome::kRecorded, "a test's staff is recorded");
  }
  const uint64_t end = ledger->programme().end().value;
  fine(ledger->close());
  return end;
}

void LedgerHome::keep(const std::string& as) { fs::copy(folder.path("season"), folder.path(as), fs::copy_options::recursive); }

void LedgerHome::bring_back(const std::string& as, const std::string& name) {
  fs::remove_all(path(name));
  fs::copy(folder.path(as + "/" + name), path(name), fs::copy_options::recursive);
}

}  // namespace daybook::test
