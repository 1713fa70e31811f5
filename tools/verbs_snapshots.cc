// The verb about kept views: views.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "ledger/proof.h"
#include "ledger/snapshot.h"
#include "projections/view.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

// Folds the view from the first event. The old one serves until the new one is in its place; folding has no other effect.
Result<void> build_view(const ViewKind& kind, const Ledger& ledger, const EventLog& log) {
  const auto view = kind.make();
  const auto end = log.end();
  DAYBOOK_TRY(read_events(log, Position{}, end, [&](const Event& event) { return view->take(event), true; }));
  Snapshot snapshot{kind.name, kind.version, {end.value, {}}, view->save()};
  DAYBOOK_TRY(snapshot.head.root, tree_root(log, end.value));
  return ledger.snapshots().write(snapshot);
}

std::string status_of(const Error& error) { return error.fault == Fault::kNotFound ? "none" : error.message; }

void add_row(Table& table, const ViewKind& kind, const Ledger& ledger, const EventLog& log) {
  const auto kept = ledger.snapshots().read(kind.name, kind.version, log);
  const auto version = std::to_string(kind.version);
  if (!kept) return table.add({kind.name, version, "", std::to_string(log.end().value), "", status_of(kept.error())});
  const auto size = kept.value().head.size;
  table.add({kind.name, version, std::to_string(size), std::to_string(log.end().value - size), std::to_string(kept.value().bytes.size()), "kept"});
}

}  // namespace

int views(const Settings& settings, bool build) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "views");
  if (!opened) return complain(opened.error());
  const auto& log = opened.value()->programme();
  Table table{{"view", number("version"), number("position"), number("behind"), number("bytes"), "status"}, {}};
  for (const auto& kind : ledger_views()) {
    if (build) {
      if (const auto built = build_view(kind, *opened.value(), log); !built) return complain(built.error());
    }
    add_row(table, kind, *opened.value(), log);
  }
  print_table(table, session.format(Format::kTable, Format::kCsv), settings.for_spreadsheet);
  return kDone;
}

}  // namespace daybook
