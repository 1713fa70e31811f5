// The keys of owners, backed up apart from what they open: the wrapped keys of both vaults, the ring of the keys that wrap
// them, and the list of those who were erased. Of such copies only the newest are kept, so that an erased key is soon
// nowhere. FORMAT.md, "A backup of the keys", describes every byte.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ledger/backup_files.h"
#include "ledger/key_ring.h"
#include "ledger/ledger_folder.h"

namespace daybook {

struct KeyBackup {
  uint64_t number = 0;  // from 1
  std::string ledger;   // the ledger's id
  // By book: rows of its vault, the wrapped keys of owners `w` and what is still known of the erased `p`.
  std::map<std::string, std::string> programme, access;
  std::string key_ring;                            // the file, whole
  std::map<std::string, std::string> checkpoints;  // by book: the watermark as it then was
  const std::map<std::string, std::string>& rows(std::string_view book) const { return book == "access" ? access : programme; }
  bool has_key_of(std::string_view book, const std::string& owner) const;
  uint64_t count() const;  // keys of owners
};

// The row that takes the place of an owner's key once it was destroyed by the event at that position.
std::string destroyed_key(Position by);
bool is_destroyed_key(std::string_view row);

// The owners whose values are gone, person/ID, and cohort/PROGRAMME/CYCLE where only figures used them; and the last day on which
// the rows of imports that were about them are refused: 1970-01-01 where that is not known.
using Erased = std::map<std::string, Day>;
Result<Erased> erasures_in(const EventLog& log);
Result<Erased> erasures_in(const EventLog& programme, const EventLog& access);  // the access book knew some by an id of its own

// As a list: an owner a line, behind it the day if there is one; a person's id alone is a person. The last line is the digest of those before.
std::string erasures_text(const Erased& erased);
// One that somebody gives: it may be written by hand, and then has no digest. kRejected: a line of another form; kCorrupt: another digest.
Result<Erased> read_erasures(const std::string& path);
// The one beside the keys. kRejected if there is none; kCorrupt if it has no digest, or another.
Result<Erased> read_erasures_beside_keys(const std::string& folder);
std::string erasures_file(const std::string& folder);  // of a key backup

// Writes the list of erasures and a new copy, durable, then overwrites and removes all but the newest `keep`, and those older than
// `[keys] backup_days` of the ledger's config (30). Ring and books are taken as they are now, also beside a change of keys, and however long ago the
// ledger was opened. The folder is kRejected inside the ledger, inside `backup` (which may be empty), or around one of them; kCorrupt: the ring does
// not open a key, and the former copies stay; kBusy: keys were changed all the while.
Result<KeyBackup> back_up_keys(const Ledger& ledger, const std::string& folder, const std::string& backup, uint64_t keep);

// The newest copy. kRejected if there is none; kCorrupt if it is not whole.
Result<KeyBackup> read_key_backup(const std::string& folder);

// kCorrupt unless the ring opens every key of an owner in the copy, each as that owner's and in its own book.
Result<void> check_opens(const KeyRing& ring, const KeyBackup& keys);

}  // namespace daybook
