// A confidential question, asked as on the command line of a ledger whose access book stands on a disk that fails. The
// bytes of the answer count as operations of that disk: so the process can be killed, or the disk fail, at every moment from
// before the look is written until the last byte has left, in the order in which it all happens.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/crash/campaign.h"
#include "tests/crash/fault_file_system.h"
#include "tests/support/test_ledger.h"
#include "tools/session.h"

namespace daybook::test {

struct Question {
  std::string name;
  std::function<int(const Settings&)> ask;  // prints the answer; gives the exit status
};
std::vector<Question> questions();
// Planted: what a program does that prints the answer and then writes down the look.
Question answered_first();

// A ledger of 50 people whose names begin with Canary, and in whose access book so many looks stand.
class AskedLedger {
 public:
  AskedLedger(uint64_t seed, uint64_t looks);
  std::string folder() const { return home_.path("season"); }
  uint64_t looks() const { return looks_; }

 private:
  const TempFolder home_;
  const uint64_t looks_;
};

struct Incident {
  std::string name;
  Plan plan;
  Left left = Left::kAll;  // of what was not synced, when the process has ended
  uint64_t seed = 0;
};

struct Asked {
  // A letter for each operation: l of the log that a look is written to first, a of the answer, . of another file. Empty if the process was killed.
  std::string operations;
  bool killed = false;
  uint64_t answered = 0;  // bytes that left
  bool look = false;      // in the book, opened anew
  std::string faults;     // what is wrong; empty if nothing is
};

// Asks a copy of the ledger while the incident happens, and opens what it leaves. `chunk`: so many bytes of the answer leave at a time.
Asked ask(const AskedLedger& ledger, const Question& question, const Incident& incident, size_t chunk);

}  // namespace daybook::test
