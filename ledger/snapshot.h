// A view as it was after the event of some position, kept beside the books so that an open need not fold the whole log.
// Nothing rests on it: without one, or with one that does not hold, the view is folded from the first event.
#pragma once

#include <string>

#include "ledger/event_log.h"

namespace daybook {

struct Snapshot {
  std::string view;
  uint32_t version = 0;  // of the view's code
  TreeHead head;         // of the log whose events were folded
  std::string bytes;
};

// DIR/views/NAME.VERSION: a new version is built beside the old one.
std::string snapshot_path(const std::string& folder, std::string_view view, uint32_t version);

// Puts it in the place of the one before, durably. kStorage.
Result<void> write_snapshot(const std::string& folder, const Snapshot& snapshot);

// kNotFound where there is none; kCorrupt, with the reason, if its bytes are not those that its digest was made of, or it is of another log:
// longer than `log`, or with another root at its size.
Result<Snapshot> read_snapshot(const std::string& folder, std::string_view view, uint32_t version, const EventLog& log);

// Removes the files of other versions of the view.
void forget_other_versions(const std::string& folder, std::string_view view, uint32_t version);

}  // namespace daybook
