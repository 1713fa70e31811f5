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

}  // namespace

int import(const Settings& settings, const ImportArguments& arguments) {
  const auto* sheet = find_sheet(arguments.kind);
  if (!sheet)
    return complain({Fault::kRejected,
                     "import: found kind \"" + printable(arguments.kind) + "\", want staff, participations, coaches, applications or activity"});
  ImportOptions options;
  options.operator_name = Session::operator_name();
  if (!arguments.effective.empty()) {
    if (arguments.kind != "staff" && arguments.kind != "participations") {
      return complain({Fault::kRejected,
                       "--effective: goes with staff and participations; the rows of " + arguments.kind + " say themselves when they happened"});
    }
    options.effective = parse_moment(arguments.effective, Zone::utc());
    if (!options.effective)
      return complain({Fault::kRejected, "--effective: found \"" + printable(arguments.effective) + "\", want a day or a time"});
  }
  Session session(settings);
  const auto opened = session.open(arguments.dry_run ? OpenMode::kReadOnly : OpenMode::kReadWrite, "import " + arguments.kind);
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  Report report(settings.for_spreadsheet);
  if (const auto ready = report.prepare(arguments.report, arguments.file); !ready) return complain(ready.error());

  std::unique_ptr<EventLog> rehearsal;
  std::unique_ptr<Sequencer> rehearsing;
  if (arguments.dry_run) {
    rehearsal = make_memory_log(&ledger.programme());
    auto started = Sequencer::start(*rehearsal, ledger.keys(), session.clock, session.randomness, settings.confirm_clock);
    if (!started) return complain(started.error());
    rehearsing = std::move(started).value();
  }
  Progress progress("import " + arguments.kind);
  const ImportWatcher watcher{
      [&](const ReportRow& row) { report.add(row); },
      [&](const ImportProgress& p) {
        progress.show(fmt::format("{} {} rows, {}%", p.checking ? "checked" : "took", p.rows, p.bytes_total ? p.bytes * 100 / p.bytes_total : 0));
      }};
  const auto done =
      import_file(arguments.file, *sheet, rehearsing ? *rehearsing : ledger.sequencer(), ledger.keys(), session.randomness, options, watcher);
  if (!done) {
    if (const auto emptied = report.close(); !emptied) return complain(emptied.error());  // an earlier report must not stand for this import
    auto error = done.error();
    error.message = arguments.file + " is refused, nothing was recorded:\n" + error.message;
    return complain(done.error().fault == Fault::kRejected ? error : done.error());
  }
  if (const auto closed = report.close(); !closed) return complain(closed.error());
  const auto& counts = done.value();
  const auto end = (rehearsal ? *rehearsal : ledger.programme()).end().value;
  if (const auto format = session.format(Format::kText, Format::kText); format != Format::kText) {
    print_fields({{"rows", std::to_string(counts.rows()), true},
                  {"recorded", std::to_string(counts.recorded), true},
                  {"refused", std::to_string(counts.refused), true},
                  {"unchanged", std::to_string(counts.unchanged), true},
                  {"end", std::to_string(end), true},
                  {"dry_run", arguments.dry_run ? "true" : "false", true}},
                 format);
    return session.close(kDone);
  }
  std::printf("%s%s: %llu rows: %llu recorded, %llu refused, %llu unchanged; the ledger ends at %llu\n",
              arguments.dry_run ? "rehearsed, nothing recorded: " : "", arguments.kind.c_str(), static_cast<unsigned long long>(counts.rows()),
              static_cast<unsigned long long>(counts.recorded), static_cast<unsigned long long>(counts.refused),
              static_cast<unsigned long long>(counts.unchanged), static_cast<unsigned long long>(ledger.programme().end().value));
  return session.close(kDone);
}

}  // namespace daybook
