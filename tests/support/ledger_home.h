// A whole ledger in a folder of its own, with its keys beside it: for tests of what stands on disk.
#pragma once

#include <memory>
#include <string>

#include "ledger/ledger_folder.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {

struct LedgerHome {
  // The same seed gives the same keys. `parent` is where the folder goes, as for TempFolder.
  explicit LedgerHome(uint64_t seed = 1, const std::string& parent = "");

  // `env` as in OpenOptions.
  Result<std::unique_ptr<Ledger>> open(OpenMode mode, rocksdb::Env* env = nullptr);
  // Opens, records so many people (S1, S2, ...), closes. Gives the end.
  uint64_t record(int first, int count);

  std::string path(const std::string& name) const { return folder.path("season/" + name); }
  // Copies the ledger to `as`; and puts a file or folder of such a copy into the ledger.
  void keep(const std::string& as);
  void bring_back(const std::string& as, const std::string& name);

  TempFolder folder;
  FakeClock clock;
  SeededRandomness randomness;
  std::string damage;  // what the ledger's own threads found wrong
  std::string said;    // the newest line for whoever waits
};

}  // namespace daybook::test
