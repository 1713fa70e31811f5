#include "server/import_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "ledger/authority.h"
#include "ledger/civil_time.h"

namespace daybook {
namespace {

constexpr std::string_view kUnfinished = "unfinished";  // the service was stopped

Hash digest_of(const ImportAsked& asked, const std::string& csv) {
  const auto how = fmt::format("{}\n{}\n{}\n{}\n", asked.sheet->name, asked.dry_run, asked.effective ? to_text(*asked.effective) : "", asked.role);
  return sha256({as_bytes(how), as_bytes(csv)});
}

// Of an import that ended early by a fault of the ledger.
std::string problem_for(Fault fault) {
  if (fault == Fault::kFull) return "full";
  return fault == Fault::kCorrupt ? "damaged" : "storage";
}

}  // namespace

ImportJobs::ImportJobs(Ledger& ledger, LiveState& live, const Clock& clock, Randomness& for_ids, Randomness& for_rows, ServiceLog& log,
                       const ImportJobLimits& limits)
    : ledger_(ledger),
      live_(live),
      clock_(clock),
      for_ids_(for_ids),
      for_rows_(for_rows),
      log_(log),
      limits_(limits),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Result<bool> ImportJobs::may(const ImportAsked& asked) {
  if (asked.person.empty() || asked.role == role_name(Role::kPublic)) return false;  // public is whoever has the ledger's key
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  DAYBOOK_TRY(const auto newest, live_.read());
  const Ask ask{"import", {{}, {}, "", true}, asked.person, asked.role, today};
  return std::holds_alternative<Permit>(authorize(newest->state, table_, ask));
}

// ---- from any thread ----

std::variant<ImportJob, ImportJobs::NotBegun> ImportJobs::begin(ImportAsked asked, const std::string& csv) {
  const auto digest = digest_of(asked, csv);
  const std::lock_guard lock(mutex_);
  forget_locked();
  for (const auto& [id, job] : jobs_) {
    if (job->asked.account != asked.account || job->asked.key != asked.key) continue;
    if (job->digest != digest) return NotBegun::kKeyReused;
    return job->told;
  }
  if (waiting_.size() >= limits_.waiting || thread_.get_stop_token().stop_requested()) return NotBegun::kBusy;
  const auto job = std::make_shared<Job>();
  job->digest = digest;
  job->csv = csv;
  job->told.id = random_id(for_ids_);
  job->told.kind = asked.sheet->name;
  job->told.dry_run = asked.dry_run;
  job->told.began = clock_.now();
  job->asked = std::move(asked);
  jobs_.emplace(job->told.id, job);
  waiting_.push_back(job);
  came_.notify_one();
  return job->told;
}

std::shared_ptr<ImportJobs::Job> ImportJobs::find_locked(const std::string& id, const std::string& account) {
  forget_locked();
  const auto it = jobs_.find(id);
  return it == jobs_.end() || it->second->asked.account != account ? nullptr : it->second;
}

std::optional<ImportJob> ImportJobs::find(const std::string& id, const std::string& account) {
  const std::lock_guard lock(mutex_);
  const auto job = find_locked(id, account);
  return job ? std::optional(job->told) : std::nullopt;
}

std::shared_ptr<const ImportReport> ImportJobs::report(const std::string& id, const std::string& account) {
  const std::lock_guard lock(mutex_);
  const auto job = find_locked(id, account);
  return job ? job->report : nullptr;
}

void ImportJobs::forget_locked() {
  uint64_t bytes = 0;
  for (const auto& job : over_) bytes += job->report->bytes();
  while (!over_.empty()) {
    const auto oldest = over_.front();
    const bool outlived = clock_.now() - *oldest->told.ended > limits_.age;
    const bool too_many = over_.size() > limits_.kept || (over_.size() > 1 && bytes > limits_.report_bytes);
    if (!outlived && !too_many) return;
    bytes -= oldest->report->bytes();
    jobs_.erase(oldest->told.id);
    over_.pop_front();
  }
}

// ---- on the thread of the jobs ----

void ImportJobs::run(const std::stop_token& stop) {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      came_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (waiting_.empty()) return;
      job = waiting_.front();
      waiting_.pop_front();
      job->told.state = JobState::kRunning;
    }
    auto failed = stop.stop_requested() ? std::string(kUnfinished) : take(*job, stop);
    finish(std::move(job), std::move(failed));
  }
}

std::string ImportJobs::take(Job& job, const std::stop_token& stop) {
  try {
    return import(job, stop);
  } catch (const std::exception& e) {  // of a library: ours are values
    log_.write(Severity::kError, "import", {{"what", std::string(e.what())}});
    return "internal";
  }
}

void ImportJobs::finish(std::shared_ptr<Job> job, std::string failed) {
  const std::lock_guard lock(mutex_);
  auto& told = job->told;
  told.state = failed.empty() ? JobState::kDone : JobState::kFailed;
  told.problem = std::move(failed);
  told.ended = clock_.now();
  std::string().swap(job->csv);
  log_.write(Severity::kInfo, "import",
             {{"kind", told.kind}, {"rehearsed", told.dry_run}, {"rows", static_cast<int64_t>(told.outcomes.rows())}, {"problem", told.problem}});
  over_.push_back(std::move(job));
  forget_locked();
}

// Gives what went wrong, as a kind of problem; empty: nothing did.
std::string ImportJobs::import(Job& job, const std::stop_token& stop) {
  std::string stopped;
  auto options = options_of(job);
  options.may_go_on = [&]() -> Result<void> {
    DAYBOOK_TRY(const bool allowed, may(job.asked));
    if (!allowed) stopped = "not-allowed";
    if (allowed && stop.stop_requested()) stopped = kUnfinished;
    if (stopped.empty()) return success();
    return Error{Fault::kBusy, "no further row is taken: " + stopped};
  };
  const auto watcher = watcher_of(job);
  const auto done = job.asked.dry_run ? rehearse(job, options, watcher)
                                      : import_text(job.csv, *job.asked.sheet, ledger_.sequencer(), ledger_.keys(), for_rows_, options, watcher);
  if (done) return {};
  if (!stopped.empty()) return stopped;
  if (!job.told.cells.empty()) return "malformed-sheet";  // and the message has them too: it is not for the log
  log_.write(Severity::kError, "import", {{"found", done.error().message}});
  return problem_for(done.error().fault);
}

// Into a copy in memory, which nobody keeps, of the record as it is now.
Result<ImportSummary> ImportJobs::rehearse(const Job& job, const ImportOptions& options, const ImportWatcher& watcher) {
  DAYBOOK_TRY(const auto book, ledger_.book_now("programme"));
  const auto copy = make_memory_log(book.log.get());
  const auto keys = ledger_.keys().apart();
  DAYBOOK_TRY(const auto sequencer, Sequencer::start(*copy, keys, clock_, for_rows_));
  return import_text(job.csv, *job.asked.sheet, *sequencer, keys, for_rows_, options, watcher);
}

ImportOptions ImportJobs::options_of(const Job& job) const {
  ImportOptions options;
  options.effective = job.asked.effective;
  options.operator_name = job.asked.account;
  options.actor = job.asked.actor;
  options.rows_max = limits_.rows;
  options.group_rows = limits_.group_rows;
  return options;
}

ImportWatcher ImportJobs::watcher_of(Job& job) {
  ImportWatcher watcher;
  const bool named = goes_by_staff_number(*job.asked.sheet);
  watcher.row = [this, &job, named](ReportRow row) {
    if (named) row.ref.clear();  // it would outlive an erasure; whoever sent the spreadsheet has it by the number of the row
    job.report->add(row);
    const std::lock_guard lock(mutex_);
    auto& counted = job.told.outcomes;
    ++(row.outcome == "recorded" ? counted.recorded : row.outcome == "refused" ? counted.refused : counted.unchanged);
  };
  watcher.progress = [this, &job](const ImportProgress& progress) {
    const std::lock_guard lock(mutex_);
    if (progress.checked) job.told.rows = progress.rows;
  };
  watcher.refused = [this, &job](const std::vector<BadCell>& cells, uint64_t more) {
    const std::lock_guard lock(mutex_);
    job.told.cells = cells;
    job.told.more_cells = more;
  };
  watcher.appended = [this, &job](const Appended& range) {
    const std::lock_guard lock(mutex_);
    auto& told = job.told;
    told.first = std::min(told.first.value_or(range.first), range.first);
    told.end = std::max(told.end.value_or(range.end), range.end);
  };
  return watcher;
}

}  // namespace daybook
