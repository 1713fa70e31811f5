// The verb import over the wire: the file goes up, a job takes it, its report comes down.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ledger/durable_file.h"
#include "ledger/sheet.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_names.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

constexpr size_t kFileBytesMax = 64 << 20;
constexpr std::chrono::milliseconds kAskEvery{300};

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Fault::kRejected, fmt::format("{}: want a file that can be read", path)};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.view().size() > kFileBytesMax)
    return Error{Fault::kRejected, fmt::format("{}: want a file of {} MiB at most, and not an empty one", path, kFileBytesMax >> 20)};
  return std::move(text).str();
}

Result<void> want_other_file(const ImportArguments& arguments) {
  std::error_code ignored;
  if (arguments.report.empty() || !std::filesystem::equivalent(arguments.report, arguments.file, ignored)) return success();
  return Error{Fault::kRejected, "report " + arguments.report + ": found the spreadsheet itself, want another file"};
}

// The job that takes the file.
Result<std::string> begin(Remote& remote, const ImportArguments& arguments, const std::string& text) {
  const auto query = query_of({{"dry-run", arguments.dry_run ? "1" : ""}, {"effective", arguments.effective}});
  const auto answer = remote.want({.path = fmt::format("/v1/imports/{}{}", escaped(arguments.kind), query),
                                   .body = text,
                                   .content_type = "text/csv",
                                   .method = "POST",
                                   .key = remote.key(),
                                   .confidential = false});
  if (!answer) {
    auto error = answer.error();
    if (error.fault == Fault::kStorage || error.fault == Fault::kBusy)
      error.message += fmt::format("\nthe same file with --idempotency-key {} before the verb is taken once", remote.key());
    return error;
  }
  DAYBOOK_TRY(const auto job, read_object(answer.value().body));
  auto id = member_text(job, "job");
  if (id.empty()) return Error{Fault::kBusy, "the answer names no job"};
  return id;
}

// Asks until the job has ended.
Result<boost::json::object> follow(Remote& remote, const std::string& job, const std::string& kind) {
  Progress progress("import " + kind);
  while (true) {
    auto asked = remote.want_object({.path = "/v1/jobs/" + escaped(job), .confidential = false});
    if (!asked && asked.error().fault == Fault::kNotFound)
      return Error{Fault::kStorage,
                   "the service no longer knows the import: it was started anew; the same file again goes on after what is recorded"};
    DAYBOOK_TRY(auto found, std::move(asked));
    const auto state = member_text(found, "state");
    if (state == "done" || state == "failed") return found;
    progress.show(fmt::format("took {} rows", member_number(found, "rows_done").value_or(0)));
    std::this_thread::sleep_for(kAskEvery);
  }
}

std::string words_of_cell(const boost::json::object& cell) {
  const auto line = member_number(cell, "line");
  const auto column = member_text(cell, "column"), found = member_text(cell, "found"), wanted = member_text(cell, "wanted");
  if (!line) return found;
  return fmt::format("line {}{}{}: found {}{}{}", *line, column.empty() ? "" : ", column ", column, found, wanted.empty() ? "" : ", want ", wanted);
}

// Why the job broke off.
Error error_in(const boost::json::object& job, const std::string& file) {
  const auto* value = job.if_contains("problem");
  const auto* problem = value ? value->if_object() : nullptr;
  if (!problem) return {Fault::kBusy, "the import ended, and the service does not say how"};
  const auto type = member_text(*problem, "type"), title = member_text(*problem, "title");
  if (!type.ends_with("/malformed-sheet")) {
    const auto fault = type.ends_with("/damaged") ? Fault::kCorrupt : type.ends_with("/not-allowed") ? Fault::kNotFound : Fault::kStorage;
    return {fault,
            fmt::format("{} ({} rows are recorded; the same file again goes on after them)", title, member_number(job, "rows_done").value_or(0))};
  }
  std::string text;
  const auto* cells = problem->if_contains("cells");
  if (cells && cells->is_array()) {
    for (const auto& cell : cells->get_array()) {
      if (cell.is_object()) text += (text.empty() ? "" : "\n") + words_of_cell(cell.get_object());
    }
  }
  if (const auto more = member_number(*problem, "more_cells").value_or(0); more > 0) text += fmt::format("\nand {} more bad cells", more);
  return {Fault::kRejected, file + " is refused, nothing was recorded:\n" + text};
}

// What became of each row, also of a file that is refused: an earlier report must not stand for this import.
Result<void> write_report(Remote& remote, const std::string& job, const std::string& path, const std::string& sheet, bool named) {
  if (path.empty()) return success();
  const bool guarded = remote.settings().for_spreadsheet;
  const auto raw = guarded && !named ? "" : "?raw=1";
  DAYBOOK_TRY(const auto answer, remote.want({.path = fmt::format("/v1/jobs/{}/report{}", escaped(job), raw), .confidential = false}));
  auto text = answer.body;
  if (named) {
    DAYBOOK_TRY(text, with_staff_numbers(answer.body, sheet, guarded));
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return success();
  return Error{Fault::kStorage, "report " + path + ": cannot be written"};
}

Result<void> take(const Settings& settings, const ImportArguments& arguments) {
  DAYBOOK_TRY(const auto remote, Remote::reach(settings));
  DAYBOOK_TRY(want_other_file(arguments));
  DAYBOOK_TRY(const auto text, read_file(arguments.file));
  DAYBOOK_TRY(const auto id, begin(*remote, arguments, text));
  DAYBOOK_TRY(const auto job, follow(*remote, id, arguments.kind));
  const bool named = goes_by_staff_number(*find_sheet(arguments.kind)) && member_number(job, "rows_done").value_or(0) > 0;
  DAYBOOK_TRY(write_report(*remote, id, arguments.report, text, named));
  if (member_text(job, "state") == "failed") return error_in(job, arguments.file);
  DAYBOOK_TRY(const auto now, remote->want_object({.path = "/v1/programmes", .confidential = false}));
  const auto count = [&](std::string_view name) { return member_number(job, name).value_or(0); };
  const uint64_t ledger_end = member_number(now, "position").value_or(0);
  const uint64_t end = arguments.dry_run ? member_number(job, "end").value_or(ledger_end) : ledger_end;
  print_import(settings, arguments, {count("recorded"), count("refused"), count("unchanged")}, end, ledger_end);
  return success();
}

}  // namespace

int remote_import(const Settings& settings, const ImportArguments& arguments) {
  if (!find_sheet(arguments.kind)) {
    return complain({Fault::kRejected,
                     "import: found kind \"" + printable(arguments.kind) + "\", want staff, participations, coaches, applications or activity"});
  }
  if (settings.role.empty()) return complain({Fault::kRejected, "import: over the wire want --role ROLE: one that may import"});
  const auto taken = take(settings, arguments);
  return taken ? int{kDone} : complain(taken.error());
}

}  // namespace daybook
