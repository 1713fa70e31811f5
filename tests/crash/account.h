// What was sent to a log and what it answered, kept outside of it, and held against it after a crash.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "tests/crash/fault_file_system.h"

namespace daybook::test {

enum class Fate { kWritten, kUnknown, kRefused };  // of a group: acknowledged; failed in the middle; turned away

struct SentGroup {
  std::vector<Batch> batches;
  std::vector<Appended> answers;  // of a written one
  Fate fate = Fate::kUnknown;
};
using Account = std::vector<SentGroup>;

// Groups of 1 to 16 events in batches of 1 to 4, each batch with an idempotency key, a row of its own in the vault and a
// row that every batch writes again. The same seed gives the same bytes.
std::vector<std::vector<Batch>> workload(uint64_t seed, uint64_t events);

// RocksDB's view of a disk, which is borrowed.
std::unique_ptr<rocksdb::Env> env_of(FaultFileSystem& disk);

// Sends one group and enters it in the account; says how it went.
Fate send(EventLog& log, const std::vector<Batch>& group, Account& account);

// What is wrong with a log that says it has what the account says it was given; empty if nothing is:
//  - each acknowledged batch at its position, bytes and leaf hash and vault row and key as they were sent;
//  - no gap, and the head is the root of what is there, worked out from the definition;
//  - a group of unknown fate is there whole or not at all; what was refused or never sent is not there.
// `unknown_there`, if given, gets whether the last group of unknown fate is there.
std::vector<std::string> faults_in(const EventLog& log, const Account& account, bool* unknown_there = nullptr);

// What is worked out from a log: its views, as text.
using Views = std::function<std::string(const EventLog&)>;

// Opens the folder without any fault and settles; a refusal to open is a fault. With `views`, those of the log must be
// those of a log in memory that was given the same groups and no fault. With `resend`, what was of unknown fate is then
// sent again with the same keys, and one more group; all of it must be there in the end.
std::vector<std::string> settle(const std::string& folder, Account& account, bool resend = true, const Views& views = {});

// The workload in three sessions, each with its own open and close, until something fails. Gives the account, and calls
// `acknowledged` after each group that was.
Account run_workload(const std::string& folder, FaultFileSystem& disk, const std::vector<std::vector<Batch>>& groups,
                     const std::function<void()>& acknowledged = {});

// The account of a workload whose first groups were acknowledged, so many of them, and whose next one was under way.
Account account_of(const std::vector<std::vector<Batch>>& groups, size_t acknowledged);

// One state that a cut may leave.
struct Remains {
  Left left = Left::kNothing;
  uint64_t seed = 0;
};

// A fault: workload, fault, then each of `remains` settled. Gives what is wrong. A process that was killed between two
// operations has left no half write behind.
std::vector<std::string> crash_case(const std::vector<std::vector<Batch>>& groups, const Plan& plan, const std::vector<Remains>& remains,
                                    const Views& views = {});

// How many file operations the workload takes when all is well.
uint64_t operations_of(const std::vector<std::vector<Batch>>& groups);

}  // namespace daybook::test
