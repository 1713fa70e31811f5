// Whether the views are what the events say: each is folded from the first event in isolation, twice under different
// circumstances, and held against the other and against the snapshot that answers are given from.
#pragma once

#include "ledger/snapshot.h"
#include "projections/view.h"

namespace daybook {

// The first place where a view is not what it should be, and how many more there are.
struct Difference {
  std::string view;
  std::string key;            // of a line; empty where the whole snapshot cannot be read
  std::string found, wanted;  // the line's value as it was kept, or as one fold had it; and as the fold has it
  // The first event whose effect differs, where two folds do. Against a snapshot, which does not say how it came about, the
  // earliest event that a differing value is from.
  std::optional<Position> event;
  size_t others = 0;  // lines that differ beside this one
  std::string what;   // for a person: what was compared
};

struct CheckedView {
  std::string view;
  uint32_t version = 0;
  std::optional<Position> kept;  // where the snapshot stands; none: there is none of this version
  std::optional<Difference> difference;
};

// Folds each view of the log to its end. kCorrupt if the log itself does not decode.
Result<std::vector<CheckedView>> check_views(const std::vector<ViewKind>& kinds, const Snapshots& snapshots, const EventLog& log);

}  // namespace daybook
