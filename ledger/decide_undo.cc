// Imports that are taken back.
#include <fmt/format.h>

#include "ledger/case.h"
#include "ledger/labels.h"
#include "ledger/undo_plan.h"

namespace daybook {
namespace {

// What the row was about, if it says so or its pairing does.
CycleId cohort_of(const State& state, const Event& row) {
  const auto named = cohort_of(row.body);
  const auto& stream = row.envelope.stream;
  const auto* pairing = stream.starts_with("pairing/") ? state.pairing(stream.substr(8)) : nullptr;
  return named.programme.empty() && pairing ? pairing->cycle : named;
}

// The row's happened-at is the undo's: a mistake was never so, on the clock of what was so.
NewEvent undo_of(const State& state, const Event& row, const std::string& reason) {
  const auto& envelope = row.envelope;
  NewEvent event;
  event.stream = envelope.stream;
  event.subject = envelope.subject;
  event.cohort = cohort_of(state, row);
  event.charter_version = envelope.charter_version;
  event.corrects = envelope.position.value + 1;
  event.happened_at = envelope.happened_at;
  event.body = RowUndone{envelope.provenance.batch, envelope.provenance.row, envelope.corrects, reason, event.cohort.programme, event.cohort.cycle};
  return event;
}

}  // namespace

Decision decide_undo(const Case& at, const UndoImport& c) {
  const auto import = at.state.imports.find(c.batch);
  if (import == at.state.imports.end()) {
    return no("unknown-import", "no import has that id", "the id of an import: `daybook list imports` has them");
  }
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: an import is undone with one", import->second.started);
  const auto plan = plan_undo(at.state, at.facts.rows);
  if (c.rows && *c.rows != plan.undone.size()) {
    return no("other-rows", fmt::format("{} rows would be undone, not {}", plan.undone.size(), *c.rows), fmt::format("rows={}", plan.undone.size()));
  }
  if (plan.undone.empty() && !plan.kept.empty()) {
    return no("built-upon", fmt::format("later events build on each of the {} rows that stand", plan.kept.size()),
              "nothing: what builds on a row is recorded", plan.kept.front().because);
  }
  std::vector<NewEvent> events;
  for (const auto* row : plan.undone) events.push_back(undo_of(at.state, *row, c.reason));
  return events;
}

}  // namespace daybook
