// A confidential list of 50 people, asked for by many at once, for `daybook bench`: with the access event that goes before it,
// and the same work without.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ledger/access_book.h"
#include "ledger/state.h"
#include "projections/desk.h"
#include "tools/bench_ledger.h"

namespace daybook {

class BenchLooks {
 public:
  // Makes both books in `folder`.
  explicit BenchLooks(const std::string& folder);

  // How long each of `count` lists took, in microseconds, from the question to the whole answer as CSV: by so many readers, each
  // of whom waits for one before they ask for the next. Without `written` there is no access event.
  std::vector<double> list_times(unsigned readers, uint64_t count, bool written);

 private:
  void answer(bool written);

  SystemClock clock_;
  SystemRandomness randomness_;
  BenchLedger ledger_;
  State state_;
  const SeeTable see_ = shipped_see_table();
  DeskTables tables_;
  Reader reader_;
  std::unique_ptr<AccessBook> book_;
};

}  // namespace daybook
