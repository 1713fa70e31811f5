// Verbs that hold two tellings of the record against each other: diff, replay.
#include <fmt/format.h>

#include <cstdio>

#include "ledger/cohort.h"
#include "projections/replay_check.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

// One end of a diff: on the recorded clock --happened-by holds for both, on the happened clock --at does.
Result<AsOf> read_end(const Settings& settings, const DiffArguments& arguments, const std::string& moment) {
  const bool happened = arguments.clock == "happened";
  return happened ? read_as_of(settings.at, moment) : read_as_of(moment, settings.happened_by);
}

struct Moment {
  StateLines lines;
  std::map<uint64_t, Undone> undone;
};

Result<Moment> moment_at(Ledger& ledger, AsOf as_of, const CycleId& id, const std::string& happened_by) {
  DAYBOOK_TRY(auto replayed, replay_cohort(ledger.programme(), id, as_of));
  const auto* cycle = replayed.state.cycle(id);
  if (const auto moment = in_zone_of(id, happened_by, replayed.state); moment && moment != as_of.happened) {
    as_of.happened = moment;
    DAYBOOK_TRY(replayed, replay_cohort(ledger.programme(), id, as_of));
    cycle = replayed.state.cycle(id);
  }
  return Moment{cycle ? lines_of(replayed.state, *cycle) : StateLines{}, std::move(replayed.state.undone)};
}

Table table_of(const std::vector<Change>& changes) {
  Table table{{"thing", "value", "from", "to", number("event")}, {}};
  for (const auto& change : changes) {
    const auto name = change.path.rfind(' ');
    table.add(
        {change.path.substr(0, name), change.path.substr(name + 1), change.from, change.to, change.event ? std::to_string(change.event->value) : ""});
  }
  return table;
}

Error difference_of(const CheckedView& view) {
  const auto& d = *view.difference;
  std::string text = fmt::format("view {} version {}: {}", view.view, view.version, d.what);
  if (!d.key.empty()) text += fmt::format("\n{}: found \"{}\", want \"{}\"", d.key, d.found, d.wanted);
  if (d.event) text += fmt::format("\nfirst differing event: {}", d.event->value);
  if (d.others > 0) text += fmt::format("\nand {} more values differ", d.others);
  return {Fault::kCorrupt, text};
}

}  // namespace

int diff(const Settings& settings, const DiffArguments& arguments) {
  const auto id = parse_cycle(arguments.cycle);
  if (!id) return complain({Fault::kRejected, "diff: found \"" + printable(arguments.cycle) + "\", want PROGRAMME/CYCLE"});
  const auto from = read_end(settings, arguments, arguments.from), to = read_end(settings, arguments, arguments.to);
  if (!from || !to) return complain((from ? to : from).error());
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "diff");
  if (!opened) return complain(opened.error());
  auto& ledger = *opened.value();
  const bool happened = arguments.clock == "happened";
  const auto before = moment_at(ledger, from.value(), *id, happened ? arguments.from : settings.happened_by);
  const auto after = moment_at(ledger, to.value(), *id, happened ? arguments.to : settings.happened_by);
  if (!before || !after) return complain((before ? after : before).error());
  const auto& [from_lines, unused] = before.value();
  const auto& [to_lines, undone] = after.value();
  if (from_lines.empty() && to_lines.empty()) return complain(not_there("no cycle " + printable(arguments.cycle) + " at either moment"));
  print_table(table_of(changes(from_lines, to_lines, undone)), session.format(Format::kTable, Format::kCsv), settings.for_spreadsheet);
  return kDone;
}

int replay_dump(const Settings& settings, const std::string& to) {
  const auto as_of = read_as_of(to, settings.happened_by);
  if (!as_of) return complain(as_of.error());
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "replay");
  if (!opened) return complain(opened.error());
  const auto replayed = replay(opened.value()->programme(), as_of.value());
  if (!replayed) return complain(replayed.error());
  const auto& [state, head] = replayed.value();
  fmt::print("daybook state 1\nposition {}\nroot {}\n", head.size, to_base64(head.root));
  for (const auto& [path, line] : lines_of(state)) {
    fmt::print("{} = {}{}\n", path, line.value, line.event ? fmt::format(" [{}]", line.event->value) : "");
  }
  return kDone;
}

int replay_check(const Settings& settings) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "replay");
  if (!opened) return complain(opened.error());
  const auto checked = check_views(ledger_views(), opened.value()->snapshots(), opened.value()->programme());
  if (!checked) return complain(checked.error());
  int status = kDone;
  for (const auto& view : checked.value()) {
    if (view.difference) status = complain(difference_of(view));
  }
  return status;
}

}  // namespace daybook
