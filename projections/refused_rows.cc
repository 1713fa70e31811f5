#include "projections/refused_rows.h"

#include <map>

#include "ledger/cohort.h"
#include "ledger/labels.h"

namespace daybook {
namespace {

bool passes(const RefusedFilter& filter, const RowRefused& row, const PersonId& person) {
  if (!filter.sheet.empty() && row.sheet != filter.sheet) return false;
  if (!filter.ref.empty() && row.ref != filter.ref) return false;
  if (!filter.programme.empty() && row.programme != filter.programme) return false;
  if (filter.cycle && (row.programme != filter.cycle->programme || row.cycle != filter.cycle->cycle)) return false;
  return !filter.person || person == *filter.person;
}

}  // namespace

Result<std::vector<RefusedRow>> refused_rows(const EventLog& log, Position end, std::optional<Instant> happened, const RefusedFilter& filter) {
  std::map<uint64_t, RefusedRow> found;
  const auto take = [&](const Event& event) {
    const auto& envelope = event.envelope;
    if (happened && envelope.happened_at > *happened) return true;
    if (const auto earlier = found.find(envelope.corrects - 1); envelope.corrects > 0 && earlier != found.end()) {
      earlier->second.stands = false;
      if (std::holds_alternative<RowUndone>(event.body)) earlier->second.undone = envelope.position;
    }
    if (const auto* undone = std::get_if<RowUndone>(&event.body); undone && undone->stands_again > 0) {
      if (const auto again = found.find(undone->stands_again - 1); again != found.end()) again->second.stands = !again->second.undone;
    }
    const auto* row = std::get_if<RowRefused>(&event.body);
    if (row && passes(filter, *row, envelope.subject)) {
      found.emplace(envelope.position.value, RefusedRow{*row, envelope.subject, envelope.provenance.actor, envelope.charter_version,
                                                        envelope.position, true, std::nullopt, std::nullopt});
    }
    return true;
  };
  const uint32_t labels[] = {filter.cycle ? label_of(*filter.cycle) : 0};
  DAYBOOK_TRY(filter.cycle ? read_events_about(log, labels, Position{}, end, take) : read_events(log, Position{}, end, take));
  std::vector<RefusedRow> rows;
  for (auto& [at, row] : found) {
    if (const auto blocked_by = row.row.blocked_by; blocked_by > 0) {
      DAYBOOK_TRY(read_events(log, Position{blocked_by - 1}, Position{blocked_by}, [&](const Event& event) { return row.because = event, true; }));
    }
    rows.push_back(std::move(row));
  }
  return rows;
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
