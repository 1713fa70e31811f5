// Imports as jobs: a spreadsheet that came whole is taken into the ledger on a thread of its own, one job after the other and a group of rows at a
// time, so that what others send meanwhile is decided in between. Jobs are in memory: a restart forgets them, and no row, for the same file again is
// answered with `unchanged` where it was.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "ledger/do_table.h"
#include "ledger/import.h"
#include "ledger/ledger_folder.h"
#include "server/import_report.h"
#include "server/live_state.h"
#include "server/service_log.h"

namespace daybook {

// What somebody wants to be imported.
struct ImportAsked {
  const SheetInfo* sheet = nullptr;
  bool dry_run = false;
  std::optional<Instant> effective;
  std::string account, actor, role;  // whose it is: issuer and subject, their name in the record, the role in which they ask
  PersonId person;                   // who that is there; empty: nobody
  std::string key;                   // the same key, by the same account, begins one job
};

enum class JobState { kWaiting, kRunning, kDone, kFailed };

// A job as it is at a moment.
struct ImportJob {
  std::string id, kind;
  bool dry_run = false;
  JobState state = JobState::kWaiting;
  std::optional<uint64_t> rows;  // of the file; nullopt until it was read through
  ImportSummary outcomes;        // of the rows so far
  // From the first event that it appended to one past its last, with those of others in between; of a dry run what they would be, nullopt: none.
  std::optional<Position> first, end;
  Instant began{};
  std::optional<Instant> ended;
  std::string problem;         // of a job that failed: a kind of problem.h
  std::vector<BadCell> cells;  // of a file that was refused whole: the first of its bad cells; a line of 0: it is no CSV, which `found` says
  uint64_t more_cells = 0;
};

struct ImportJobLimits {
  size_t waiting = 2;                // beside the one that runs; each holds its spreadsheet
  uint64_t rows = 500'000;           // of a spreadsheet
  uint64_t group_rows = 256;         // after which others have their turn, and the right is judged again
  size_t kept = 100;                 // jobs that are over
  uint64_t report_bytes = 64 << 20;  // of the reports of jobs that are over, together; the oldest go first, the newest stays
  std::chrono::seconds age = std::chrono::hours(1);
};

// For any number of threads.
class ImportJobs {
 public:
  // All is borrowed. `for_ids` and `for_rows` are used by it alone.
  ImportJobs(Ledger& ledger, LiveState& live, const Clock& clock, Randomness& for_ids, Randomness& for_rows, ServiceLog& log,
             const ImportJobLimits& limits = {});
  // Waits for the group of rows that is with the ledger. What is not done stays so, and its rows up to there are recorded.
  ~ImportJobs() = default;

  // Where their rows go.
  const EventLog& record() const { return ledger_.programme(); }

  // Whether they may import: the row `import` of who may do what, in the role that they name, for all programmes. Nobody is `public` here.
  Result<bool> may(const ImportAsked& asked);

  enum class NotBegun { kKeyReused, kBusy };
  // The job that was begun; or the one that this key began before, if it was for the same.
  std::variant<ImportJob, NotBegun> begin(ImportAsked asked, const std::string& csv);

  // nullopt, null: `account` began no such job, or it is forgotten.
  std::optional<ImportJob> find(const std::string& id, const std::string& account);
  std::shared_ptr<const ImportReport> report(const std::string& id, const std::string& account);

  // No other group of rows is begun, and what waits ends as `unfinished` too. Does not wait.
  void stop() { thread_.request_stop(); }

 private:
  struct Job {
    ImportAsked asked;
    Hash digest{};  // of what was asked
    std::string csv;
    ImportJob told;
    std::shared_ptr<ImportReport> report = std::make_shared<ImportReport>();
  };
  using Jobs = std::map<std::string, std::shared_ptr<Job>>;

  std::shared_ptr<Job> find_locked(const std::string& id, const std::string& account);
  void forget_locked();
  void run(const std::stop_token& stop);
  std::string take(Job& job, const std::stop_token& stop);
  void finish(std::shared_ptr<Job> job, std::string failed);
  std::string import(Job& job, const std::stop_token& stop);
  Result<ImportSummary> rehearse(const Job& job, const ImportOptions& options, const ImportWatcher& watcher);
  ImportOptions options_of(const Job& job) const;
  ImportWatcher watcher_of(Job& job);

  Ledger& ledger_;
  LiveState& live_;
  const Clock& clock_;
  Randomness& for_ids_;
  Randomness& for_rows_;
  ServiceLog& log_;
  const ImportJobLimits limits_;
  const DoTable table_ = shipped_do_table();
  std::mutex mutex_;  // of all below, and of what is told of a job
  std::condition_variable_any came_;
  Jobs jobs_;                                        // by id
  std::deque<std::shared_ptr<Job>> waiting_, over_;  // over_: oldest first
  std::jthread thread_;                              // the last: it stops first
};

}  // namespace daybook
