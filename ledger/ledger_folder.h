// A ledger as it lies on disk: a folder with two books, and a root key outside of it.
#pragma once

#include <memory>
#include <string>

#include "ledger/access_book.h"
#include "ledger/clock.h"
#include "ledger/event_log.h"
#include "ledger/sequencer.h"
#include "ledger/vault.h"

namespace daybook {

// Held by the one process that may write a book. A second one is told who holds it.
class BookLock {
 public:
  // kBusy, naming the holder, if somebody has it. `holder` says who takes it, for the next one to read.
  static Result<std::unique_ptr<BookLock>> take(const std::string& file, const std::string& holder);
  ~BookLock();
  BookLock(const BookLock&) = delete;
  BookLock& operator=(const BookLock&) = delete;

 private:
  explicit BookLock(int fd) : fd_(fd) {}
  int fd_;
};

struct LedgerConfig {
  std::string id;        // random: no two ledgers share one
  std::string root_key;  // path of the root key's file
};

// Makes an empty ledger in `folder`: the two books, the root key (mode 0600) at `root_key_file`, the charters that ship
// with Daybook. kRejected if a ledger or a key is there already, or the folder holds something else.
Result<LedgerConfig> init_ledger(const std::string& folder, const std::string& root_key_file, const Provenance& by, const std::string& operator_name,
                                 const Clock& clock, Randomness& randomness);

struct OpenOptions {
  OpenMode mode = OpenMode::kReadOnly;
  std::string root_key_file;     // empty: as the ledger's config says
  std::string holder;            // who opens it, for the lock
  bool clock_confirmed = false;  // an operator vouches for the clock
};

class Ledger {
 public:
  static Result<std::unique_ptr<Ledger>> open(const std::string& folder, const OpenOptions& options, const Clock& clock, Randomness& randomness);

  EventLog& programme() { return *log_; }
  Sequencer& sequencer() { return *sequencer_; }  // of a ledger opened for writing
  const VaultKeys& keys() const { return keys_; }
  Vault vault() const { return Vault(log_->vault(), keys_); }
  const LedgerConfig& config() const { return config_; }
  const std::string& folder() const { return folder_; }

  // Takes the access book, for a look that must leave a trace. Waits up to five seconds for whoever has it.
  Result<std::unique_ptr<AccessBook>> access_book(const std::string& holder, const Clock& clock, Randomness& randomness) const;
  // The access book as it is, to read only.
  Result<std::unique_ptr<EventLog>> access_log() const;

 private:
  Ledger() = default;
  std::string folder_;
  LedgerConfig config_;
  VaultKeys keys_;
  std::unique_ptr<BookLock> lock_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Sequencer> sequencer_;
};

}  // namespace daybook
