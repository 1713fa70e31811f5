// A forger with root and every key of the vault, who has the database of a closed book open: reads what is there, changes
// it, and puts it back with as many hashes made to fit as they care for. Goes by ledger/FORMAT.md alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/event.h"
#include "ledger/event_log.h"
#include "ledger/vault.h"

namespace daybook::test {

// A row of the vault. Where it was opened it is sealed anew for the place it is put to; else it is put there as it is.
struct StoredRecord {
  FieldClass field_class;
  std::string row;
  std::optional<SealedRecord> opened;
};

struct StoredEvent {
  std::string entry;
  Hash leaf{};
  Labels labels;
  std::vector<StoredRecord> sealed;  // its rows in the vault, by class

  void put(std::string bytes);  // another entry; its leaf and labels are made to fit
};

struct StoredBook {
  std::vector<StoredEvent> events;
  std::map<uint64_t, std::string> checkpoints;  // the kept ones, by size
  VaultKeys keys;
};

// What is made to fit beside the entry itself (or its row of the vault): nothing; its tile; every hash, the head, directory
// and vault from there on.
enum class Reach { kEntry, kTile, kBook };

StoredBook read_book(const std::string& database, const VaultKeys& keys);

// Puts back what changed from position `first` on (kEntry, kTile: the event at `first` alone), and the kept checkpoints.
void write_book(const std::string& database, const StoredBook& book, uint64_t first, Reach reach);

// One row of the database as it stands, and put back otherwise; nullopt: taken out.
std::string read_row(const std::string& database, const std::string& key);
void write_row(const std::string& database, const std::string& key, const std::optional<std::string>& value);

// Writes over numbers of the envelope, where they lie in an entry.
void set_position(StoredEvent& event, uint64_t position);
void set_version(StoredEvent& event, uint64_t version);
void set_happened_at(StoredEvent& event, Instant at);

// Writes over bytes that stand in an entry; as many as there were.
void replace_bytes(StoredEvent& event, std::string_view from, std::string_view to);

}  // namespace daybook::test
