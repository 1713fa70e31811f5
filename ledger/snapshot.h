// A view as it was after the event of some position, kept beside the books so that an open need not fold the whole log.
// Without one, or with one that does not hold, the view is folded from the first event.
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

// The snapshots of a ledger: DIR/views/NAME.VERSION, so that a new version is built beside the old one.
class Snapshots {
 public:
  // `key` is the ledger's own (VaultKeys): who does not have it cannot make one that is taken.
  Snapshots(std::string folder, const Hash& key) : folder_(std::move(folder)), key_(key) {}

  std::string path(std::string_view view, uint32_t version) const;

  // kNotFound where there is none that `log`, as it was opened, reaches to; kCorrupt, with the reason, if its bytes are not
  // those that its digest was made of, with this key, or the log has another root at its size.
  Result<Snapshot> read(std::string_view view, uint32_t version, const EventLog& log) const;

  // Puts it in the place of the one before, durably, and removes those of other versions. kBusy while somebody else writes
  // one; kStorage.
  Result<void> write(const Snapshot& snapshot) const;

 private:
  std::string digest(const Snapshot& snapshot) const;
  std::optional<Snapshot> parse(std::string file) const;
  void forget_other_versions(const Snapshot& kept) const;

  std::string folder_;
  Hash key_;
};

}  // namespace daybook
