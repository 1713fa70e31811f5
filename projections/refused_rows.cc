#include "projections/refused_rows.h"

#include <map>

#include "ledger/cohort.h"
#include "ledger/labels.h"
#include "projections/event_marks.h"

namespace daybook {
namespace {

bool passes(const RefusedFilter& filter, const RowRefused& row, const PersonId& person) {
  if (!filter.sheet.empty() && row.sheet != filter.sheet) return false;
  if (!filter.ref.empty() && row.ref != filter.ref) return false;
  if (!filter.programme.empty() && row.programme != filter.programme) return false;
  if (filter.cycle && (row.programme != filter.cycle->programme || row.cycle != filter.cycle->cycle)) return false;
  return !filter.person || person == *filter.person;
}

// Rows as they are found, and what became of them since. Takes events in their order.
class Found {
 public:
  Found(const RefusedFilter& filter, std::optional<Instant> happened) : filter_(filter), happened_(happened) {}

  void take(const Event& event) {
    const auto& envelope = event.envelope;
    if (happened_ && envelope.happened_at > *happened_) return;
    if (const auto earlier = rows.find(envelope.corrects - 1); envelope.corrects > 0 && earlier != rows.end()) {
      earlier->second.stands = false;
      if (std::holds_alternative<RowUndone>(event.body)) earlier->second.undone = envelope.position;
    }
    if (const auto* undone = std::get_if<RowUndone>(&event.body); undone && undone->stands_again > 0) {
      if (const auto again = rows.find(undone->stands_again - 1); again != rows.end()) again->second.stands = !again->second.undone;
    }
    const auto* row = std::get_if<RowRefused>(&event.body);
    if (row && passes(filter_, *row, envelope.subject)) {
      rows.emplace(envelope.position.value, RefusedRow{*row, envelope.subject, envelope.provenance.actor, envelope.charter_version, envelope.position,
                                                       true, std::nullopt, std::nullopt});
    }
  }

  // With the events that stood in their way.
  Result<std::vector<RefusedRow>> whole(const EventLog& log) && {
    std::vector<RefusedRow> all;
    for (auto& [at, row] : rows) {
      if (const auto blocked_by = row.row.blocked_by; blocked_by > 0) {
        DAYBOOK_TRY(read_events(log, Position{blocked_by - 1}, Position{blocked_by}, [&](const Event& event) { return row.because = event, true; }));
      }
      all.push_back(std::move(row));
    }
    return all;
  }

  std::map<uint64_t, RefusedRow> rows;  // by position

 private:
  const RefusedFilter& filter_;
  const std::optional<Instant> happened_;
};

// The streams of the imports that may have a refused row.
std::vector<uint32_t> labels_of_imports(const State& state, const std::string& sheet) {
  std::vector<uint32_t> labels;
  for (const auto& [batch, import] : state.imports) {
    const bool none = import.finished && import.refused == 0;
    if (!none && (sheet.empty() || import.sheet == sheet)) labels.push_back(short_hash("import/" + batch));
  }
  return labels;
}

// The streams in which a row that was refused before is recorded later, or undone then.
void add_labels_of_things(const RefusedFilter& filter, std::vector<uint32_t>& labels) {
  if (!filter.ref.empty()) {
    labels.push_back(short_hash("application/" + filter.ref));
    labels.push_back(short_hash("pairing/" + filter.ref));
  }
  if (filter.person) labels.push_back(short_hash("coach/" + filter.programme + "/" + filter.person->value));
}

}  // namespace

Result<std::vector<RefusedRow>> refused_rows(const EventLog& log, Position end, std::optional<Instant> happened, const RefusedFilter& filter,
                                             EventMarks* marks) {
  Found found(filter, happened);
  const auto take = [&](const Event& event) { return found.take(event), true; };
  if (marks) {
    DAYBOOK_TRY(const auto positions, marks->refused(filter, end));
    DAYBOOK_TRY(read_events_at(log, positions, take));
    return std::move(found).whole(log);
  }
  const uint32_t labels[] = {filter.cycle ? label_of(*filter.cycle) : 0};
  DAYBOOK_TRY(filter.cycle ? read_events_about(log, labels, Position{}, end, take) : read_events(log, Position{}, end, take));
  return std::move(found).whole(log);
}

Result<std::vector<RefusedRow>> refused_rows_known(const EventLog& log, const State& state, const RefusedFilter& filter,
                                                   const std::function<bool(const RefusedRow&)>& wanted) {
  auto labels = labels_of_imports(state, filter.sheet);
  Found refused(filter, std::nullopt);
  DAYBOOK_TRY(read_events_about(log, labels, Position{}, state.end, [&](const Event& event) { return refused.take(event), true; }));
  std::erase_if(refused.rows, [&](const auto& row) { return !wanted(row.second); });
  if (refused.rows.empty()) return std::vector<RefusedRow>();
  add_labels_of_things(filter, labels);
  Found found(filter, std::nullopt);
  DAYBOOK_TRY(read_events_about(log, labels, Position{}, state.end, [&](const Event& event) { return found.take(event), true; }));
  std::erase_if(found.rows, [&](const auto& row) { return !refused.rows.contains(row.first); });
  return std::move(found).whole(log);
}

Matter matter_of(const RefusedRow& refused) {
  const auto& row = refused.row;
  return {refused.person, {row.programme, row.cycle}, row.sheet == "activity" ? row.ref : ""};
}

bool reaches(const RefusedRow& refused, Desk& desk) {
  Event event;
  event.envelope.subject = refused.person;
  event.envelope.provenance.actor = refused.actor;
  event.body = refused.row;
  return desk.reaches(event);
}

}  // namespace daybook
