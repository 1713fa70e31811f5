// A ledger with a life in it, a backup beside it, and what a restore makes of that: for tests of all three.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "ledger/backup.h"
#include "ledger/backup_verify.h"
#include "ledger/key_backup.h"
#include "ledger/restore.h"
#include "tests/support/test_ledger.h"
#include "tools/organisation.h"

namespace daybook::test {

struct BackupHome {
  // The same seed gives the same keys and the same life.
  explicit BackupHome(uint64_t seed = 1);

  std::string ledger() const { return folder.path("season"); }
  std::string backup() const { return folder.path("backup"); }
  std::string keys() const { return folder.path("keys"); }

  Result<std::unique_ptr<Ledger>> open(OpenMode mode, const std::string& as = "season");
  // What may happen to the ledger called `as`; each opens and closes it.
  void live(const OrganisationSize& size);
  void record(int first, int count, const std::string& as = "season");  // people S1, S2, ...
  void look(int times, const std::string& as = "season");               // at S1
  PersonId person(const std::string& number, const std::string& as = "season");
  // What an erasure leaves in the programme book: no record, name or index row of the person, and the event.
  void erase(const PersonId& person);
  void expire(const CycleId& cycle);  // its event alone
  void rotate_keys(bool root = false);
  // Rows of the vault beside an event of no meaning.
  void put_rows(const std::vector<VaultRow>& rows);

  // Both, as an operator does it: the books, then the keys.
  Result<BackedUp> back_up(uint64_t keep = 7, const std::function<void(const std::string&)>& wrote = {});
  Result<KeyBackup> back_up_keys(uint64_t keep = 1);
  Result<VerifiedBackup> verify(const VerifyBackupOptions& options = {}) const { return verify_backup(backup(), options); }
  RestoreOptions to(const std::string& name) const;  // into the place called so, with the newest keys
  Result<Restored> restore(const RestoreOptions& options) { return daybook::restore(options, clock, randomness); }

  TempFolder folder{memory_folder()};
  SimulatedClock clock{life_begins()};
  SeededRandomness randomness;

 private:
  void append_event(Event event, std::vector<VaultRow> rows);
};

// Both books verify; gives the programme book's head.
TreeHead verified(const Ledger& ledger);
// The key of a sealed record in the vault.
std::string record_key(Position event, FieldClass field_class);

// Everything there is to see of a book without a key, a line each: entries, labels, what leads to them, vault rows.
std::map<std::string, std::string> contents(const EventLog& log);
// The contents of a file below a folder, by name; of all of them.
std::map<std::string, std::string> files_below(const std::string& folder);

}  // namespace daybook::test
