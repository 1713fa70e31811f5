// do undo-import: what was taken back of an import, or would be, and which rows stay because later events build on them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/undo_plan.h"
#include "projections/timeline.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

struct ReportedRow {
  uint64_t row = 0;  // of the file; 0: not known
  std::string ref;
  Position at;
  std::optional<Position> because;  // what builds on it; nullopt: the row goes
};

struct UndoReport {
  std::string sheet;
  std::vector<ReportedRow> rows;  // in the order of the file
  uint64_t undone() const {
    return static_cast<uint64_t>(std::count_if(rows.begin(), rows.end(), [](const ReportedRow& row) { return !row.because; }));
  }
};

// The row's reference; of people, whose staff number is confidential, their id.
std::string ref_of(const Event& row) {
  if (const auto* refused = std::get_if<RowRefused>(&row.body)) return refused->ref.empty() ? row.envelope.subject.value : refused->ref;
  return row.envelope.stream.substr(row.envelope.stream.find('/') + 1);
}

ReportedRow reported(const Event& row, std::optional<Position> because) {
  return {row.envelope.provenance.row, ref_of(row), row.envelope.position, because};
}

// Which rows stay, and which go: those that the events of `done` took back or, where nothing is done yet, those that would go.
UndoReport report_of(const State& state, const std::string& batch, const std::vector<Event>& rows, const std::optional<Appended>& done) {
  UndoReport report;
  if (const auto import = state.imports.find(batch); import != state.imports.end()) report.sheet = import->second.sheet;
  const auto plan = plan_undo(state, rows);
  if (!done) {
    for (const auto* row : plan.undone) report.rows.push_back(reported(*row, std::nullopt));
  }
  for (const auto& kept : plan.kept) report.rows.push_back(reported(*kept.row, kept.because));
  for (const auto& row : rows) {
    const auto undone = state.undone.find(row.envelope.position.value);
    const bool now = done && undone != state.undone.end() && done->first <= undone->second.by && undone->second.by < done->end;
    if (now) report.rows.push_back(reported(row, std::nullopt));
  }
  std::sort(report.rows.begin(), report.rows.end(), [](const ReportedRow& a, const ReportedRow& b) { return a.at < b.at; });
  return report;
}

struct Tried {
  Answer answer;
  UndoReport report;
};

Result<Tried> rehearse(Ledger& ledger, const Command& command, Instant now) {
  const auto& batch = std::get<UndoImport>(command.body).batch;
  DAYBOOK_TRY(const auto state, fold(ledger.programme()));
  Facts facts;
  DAYBOOK_TRY(facts.rows, rows_of_import(state, ledger.programme(), batch));
  DAYBOOK_TRY(const auto actor, ledger.vault().person(command.actor));
  facts.actor = actor.value_or(PersonId{});
  facts.recorded_at = now;
  Tried tried;
  tried.report = report_of(state, batch, facts.rows, std::nullopt);
  auto decision = decide(state, facts, now, command, shipped_do_table());
  auto* refusal = std::get_if<Refusal>(&decision);
  tried.answer.outcome = refusal ? Outcome::kRefused : tried.report.undone() > 0 ? Outcome::kRecorded : Outcome::kUnchanged;
  if (refusal) tried.answer.refusal = std::move(*refusal);
  return tried;
}

Result<Tried> carry_out(Ledger& ledger, Command command) {
  const auto batch = std::get<UndoImport>(command.body).batch;
  Tried tried;
  tried.answer = ledger.sequencer().execute(std::move(command));
  if (tried.answer.outcome == Outcome::kFailed) return tried.answer.error;
  Result<void> read = success();
  ledger.sequencer().look([&](const State& state) {
    const auto rows = rows_of_import(state, ledger.programme(), batch);
    if (!rows) return void(read = rows.error());
    tried.report = report_of(state, batch, rows.value(), tried.answer.range);
  });
  DAYBOOK_TRY(read);
  return tried;
}

Table table_of(const UndoReport& report) {
  Table table{{number("row"), "ref", number("event"), "outcome", number("because")}, {}};
  for (const auto& row : report.rows) {
    table.add({row.row > 0 ? std::to_string(row.row) : "", row.ref, std::to_string(row.at.value), row.because ? "kept" : "undone",
               row.because ? std::to_string(row.because->value) : ""});
  }
  return table;
}

void print_json(const Tried& tried, bool dry_run) {
  const auto& [answer, report] = tried;
  std::string kept;
  for (const auto& row : report.rows) {
    if (!row.because) continue;
    kept += (kept.empty() ? "" : ", ") + json_object({{"row", std::to_string(row.row), true},
                                                      {"ref", row.ref},
                                                      {"event", std::to_string(row.at.value), true},
                                                      {"because", std::to_string(row.because->value), true}});
  }
  static constexpr const char* kOutcomes[] = {"recorded", "refused", "unchanged"};
  std::printf("%s\n", json_object({{"outcome", kOutcomes[static_cast<size_t>(answer.outcome)]},
                                   {"reason", answer.refusal.rule},
                                   {"sheet", report.sheet},
                                   {"undone", std::to_string(report.undone()), true},
                                   {"kept", "[" + kept + "]", true},
                                   {"first", std::to_string(answer.range.first.value), true},
                                   {"end", std::to_string(answer.range.end.value), true},
                                   {"dry_run", dry_run ? "true" : "false", true}})
                          .c_str());
}

Result<void> print_text(Ledger& ledger, const Tried& tried, bool dry_run) {
  const auto& report = tried.report;
  const auto undone = report.undone();
  fmt::print("{}{}: {} of {} rows undone, {} kept\n", dry_run ? "rehearsed, nothing recorded: " : "", report.sheet, undone, report.rows.size(),
             report.rows.size() - undone);
  const auto vault = ledger.vault();
  const State none;
  Desk sealed(none, vault, nullptr);
  for (const auto& row : report.rows) {
    if (!row.because) continue;
    std::string said;
    DAYBOOK_TRY(read_events(ledger.programme(), *row.because, Position{row.because->value + 1},
                            [&](const Event& event) { return said = sentence(event, sealed), true; }));
    fmt::print("  row {} {} [event {}] is kept: event {} builds on it: {}\n", row.row > 0 ? std::to_string(row.row) : "?", printable(row.ref),
               row.at.value, row.because->value, printable(said));
  }
  return success();
}

}  // namespace

int undo_import(const Settings& settings, Command command, bool dry_run) {
  Session session(settings);
  const auto opened = session.open(dry_run ? OpenMode::kReadOnly : OpenMode::kReadWrite, "do undo-import");
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  const auto tried = dry_run ? rehearse(ledger, command, session.clock.now()) : carry_out(ledger, std::move(command));
  if (!tried) return complain(tried.error());
  const auto& [answer, report] = tried.value();
  const auto format = session.format(Format::kText, Format::kText);
  if (const auto proposed = is_proposal(ledger, answer); !proposed || proposed.value()) {
    return proposed ? session.close(tell(session, ledger, answer, "undo-import")) : complain(proposed.error());
  }
  const bool refused = answer.outcome == Outcome::kRefused, all_kept = refused && answer.refusal.rule == "built-upon";
  if (refused && !all_kept) return session.close(tell(session, ledger, answer, "undo-import"));
  if (all_kept && format != Format::kJson) tell(session, ledger, answer, "undo-import");
  if (format == Format::kJson) print_json(tried.value(), dry_run);
  if (format == Format::kCsv || format == Format::kTable) print_table(table_of(report), format, settings.for_spreadsheet);
  if (format == Format::kText) {
    if (const auto printed = print_text(ledger, tried.value(), dry_run); !printed) return complain(printed.error());
  }
  return session.close(refused ? kNo : kDone);
}

}  // namespace daybook
