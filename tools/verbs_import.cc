// The verb import: a spreadsheet into the ledger, and a report of what became of each row.
#include "ledger/import.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tools/verbs.h"

namespace daybook {
namespace {

class Report {
 public:
  explicit Report(bool for_spreadsheet) : for_spreadsheet_(for_spreadsheet) {}
  // Sees that the report can be written; what is there already stays until the import has begun.
  Result<void> prepare(const std::string& path, const std::string& sheet) {
    if (path.empty()) return success();
    std::error_code ignored;
    if (std::filesystem::equivalent(path, sheet, ignored))
      return Error{Fault::kRejected, "report " + path + ": found the spreadsheet itself, want another file"};
    path_ = path;
    const bool was_there = std::filesystem::exists(path_, ignored);
    file_.open(path_, std::ios::binary | std::ios::app);
    const auto writable = good();
    file_.close();
    if (!was_there) std::filesystem::remove(path_, ignored);
    return writable;
  }
  void begin() {
    if (path_.empty() || file_.is_open()) return;
    file_.open(path_, std::ios::binary | std::ios::trunc);
    file_ << csv_line({"row", "ref", "outcome", "reason", "flags"});
  }
  void add(const ReportRow& row) {
    begin();
    if (file_.is_open()) file_ << csv_line({std::to_string(row.row), row.ref, row.outcome, row.reason, row.flags}, for_spreadsheet_);
  }
  Result<void> close() {
    begin();
    if (!file_.is_open()) return success();
    file_.close();
    return good();
  }

 private:
  Result<void> good() const {
    if (file_) return success();
    return Error{Fault::kStorage, "report " + path_ + ": cannot be written"};
  }
  const bool for_spreadsheet_;
  std::ofstream file_;
  std::string path_;
};

Result<ImportOptions> read_options(const ImportArguments& arguments) {
  ImportOptions options;
  options.operator_name = Session::operator_name();
  if (arguments.effective.empty()) return options;
  if (arguments.kind != "staff" && arguments.kind != "participations") {
    return Error{Fault::kRejected,
                 "--effective: goes with staff and participations; the rows of " + arguments.kind + " say themselves when they happened"};
  }
  options.effective = parse_moment(arguments.effective, Zone::utc());
  if (!options.effective) return Error{Fault::kRejected, "--effective: found \"" + printable(arguments.effective) + "\", want a day or a time"};
  return options;
}

// Where rows go: into the ledger, or for a dry run into a copy in memory that nobody keeps.
class Destination {
 public:
  Result<void> open(Session& session, bool dry_run, const std::string& verb) {
    DAYBOOK_TRY(ledger_, session.open(dry_run ? OpenMode::kReadOnly : OpenMode::kReadWrite, verb));
    if (!dry_run) return success();
    copy_ = make_memory_log(&ledger_->programme());
    keys_ = ledger_->keys().apart();
    DAYBOOK_TRY(rehearsing_, Sequencer::start(*copy_, keys_, session.clock, session.randomness, session.settings().confirm_clock));
    return success();
  }
  Sequencer& sequencer() { return rehearsing_ ? *rehearsing_ : ledger_->sequencer(); }
  const VaultKeys& keys() const { return copy_ ? keys_ : ledger_->keys(); }
  Position end() const { return (copy_ ? *copy_ : ledger_->programme()).end(); }
  Position ledger_end() const { return ledger_->programme().end(); }

 private:
  Ledger* ledger_ = nullptr;
  std::unique_ptr<EventLog> copy_;
  VaultKeys keys_;  // of the copy
  std::unique_ptr<Sequencer> rehearsing_;
};

}  // namespace

void print_import(const Settings& settings, const ImportArguments& arguments, const ImportSummary& counts, uint64_t end, uint64_t ledger_end) {
  if (const auto format = answer_format(settings, Format::kText, Format::kText); format != Format::kText) {
    return print_fields({{"rows", std::to_string(counts.rows()), true},
                         {"recorded", std::to_string(counts.recorded), true},
                         {"refused", std::to_string(counts.refused), true},
                         {"unchanged", std::to_string(counts.unchanged), true},
                         {"end", std::to_string(end), true},
                         {"dry_run", arguments.dry_run ? "true" : "false", true}},
                        format);
  }
  fmt::print("{}{}: {} rows: {} recorded, {} refused, {} unchanged; the ledger ends at {}\n",
             arguments.dry_run ? "rehearsed, nothing recorded: " : "", arguments.kind, counts.rows(), counts.recorded, counts.refused,
             counts.unchanged, ledger_end);
}

int import(const Settings& settings, const ImportArguments& arguments) {
  const auto* sheet = find_sheet(arguments.kind);
  if (!sheet) {
    return complain({Fault::kRejected,
                     "import: found kind \"" + printable(arguments.kind) + "\", want staff, participations, coaches, applications or activity"});
  }
  const auto options = read_options(arguments);
  if (!options) return complain(options.error());
  Session session(settings);
  Destination destination;
  if (const auto opened = destination.open(session, arguments.dry_run, "import " + arguments.kind); !opened) return complain(opened.error());
  Report report(settings.for_spreadsheet);
  if (const auto ready = report.prepare(arguments.report, arguments.file); !ready) return complain(ready.error());

  Progress progress("import " + arguments.kind);
  const ImportWatcher watcher{
      [&](const ReportRow& row) { report.add(row); },
      [&](const ImportProgress& p) {
        progress.show(fmt::format("{} {} rows, {}%", p.checking ? "checked" : "took", p.rows, p.bytes_total ? p.bytes * 100 / p.bytes_total : 0));
      }};
  const auto done = import_file(arguments.file, *sheet, destination.sequencer(), destination.keys(), session.randomness, options.value(), watcher);
  const auto closed = report.close();  // also of a file that is refused: an earlier report must not stand for this import
  if (!closed) return complain(closed.error());
  if (!done && done.error().fault == Fault::kRejected) {
    return complain({Fault::kRejected, arguments.file + " is refused, nothing was recorded:\n" + done.error().message});
  }
  if (!done) return complain(done.error());
  print_import(settings, arguments, done.value(), destination.end().value, destination.ledger_end().value);
  return session.close(kDone);
}

}  // namespace daybook
