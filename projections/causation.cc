#include "projections/causation.h"

#include <fmt/format.h>

#include <optional>

#include "ledger/replay.h"
#include "projections/event_marks.h"
#include "projections/event_pages.h"

namespace daybook {
namespace {

using Causes = std::map<Position, std::optional<Position>>;  // an event and what led to it, if anything did

std::optional<Position> cause_of(const Event& event) {
  const auto caused_by = event.envelope.caused_by;
  return caused_by == 0 ? std::nullopt : std::optional(Position{caused_by - 1});
}

void add(Causes& causes, const Event& event) { causes.emplace(event.envelope.position, cause_of(event)); }

// The events of one command stand side by side.
Result<void> add_command(Causes& causes, const EventLog& log, Position at, Position end) {
  std::optional<std::string> correlation;
  const auto add_alike = [&](const Event& event) {
    if (!correlation) correlation = event.envelope.correlation;
    const bool alike = event.envelope.correlation == *correlation;
    if (alike) add(causes, event);
    return alike;
  };
  DAYBOOK_TRY(read_events(log, at, end, add_alike));
  return read_newest_first(log, Position{}, at, add_alike);
}

Result<void> add_what_led_to(Causes& causes, const EventLog& log, std::optional<Position> cause) {
  while (cause && !causes.contains(*cause)) {
    const Position at = *cause;
    cause.reset();
    DAYBOOK_TRY(read_events(log, at, Position{at.value + 1}, [&](const Event& event) {
      cause = cause_of(event);
      return add(causes, event), true;
    }));
    if (cause && *cause >= at) return Error{Fault::kCorrupt, fmt::format("position {}: found a cause that came later, {}", at.value, cause->value)};
  }
  return success();
}

Result<void> add_what_followed(Causes& causes, const EventLog& log, Position end, EventMarks* marks) {
  const Position from{causes.rbegin()->first.value + 1};
  const auto add_if_followed = [&](Position event, Position cause) {
    if (causes.contains(cause)) causes.emplace(event, cause);
  };
  if (marks) return marks->causes(from, end, add_if_followed);
  return read_events(log, from, end, [&](const Event& event) {
    if (const auto cause = cause_of(event)) add_if_followed(event.envelope.position, *cause);
    return true;
  });
}

}  // namespace

Result<Chain> chain_of(const EventLog& log, Position at, Position end, EventMarks* marks) {
  Causes command;
  DAYBOOK_TRY(add_command(command, log, at, end));
  Causes all = command;
  DAYBOOK_TRY(add_what_followed(all, log, end, marks));
  for (const auto& [event, cause] : command) {
    DAYBOOK_TRY(add_what_led_to(all, log, cause));
  }
  Chain chain;
  for (const auto& [event, cause] : all) {
    const auto before = cause ? chain.find(*cause) : chain.end();
    chain.emplace(event, before == chain.end() ? 0 : before->second + 1);
  }
  return chain;
}

}  // namespace daybook
