// A ledger as it lies on disk: a folder with two books, and a root key outside of it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "ledger/access_book.h"
#include "ledger/book_lock.h"
#include "ledger/checkpointer.h"
#include "ledger/clock.h"
#include "ledger/event_log.h"
#include "ledger/key_change.h"
#include "ledger/ledger_config.h"
#include "ledger/replay.h"
#include "ledger/sequencer.h"
#include "ledger/snapshot.h"
#include "ledger/vault.h"

namespace daybook {

// Where the watermark of a book stands.
std::string watermark_file(const std::string& folder, std::string_view book);

struct OpenOptions {
  OpenMode mode = OpenMode::kReadOnly;
  std::string root_key_file;     // empty: as the ledger's config says
  std::string holder;            // who opens it, for the lock
  bool create = false;           // of init: the books are made
  bool clock_confirmed = false;  // an operator vouches for the clock
  bool held = true;              // against the watermarks; verify names the first bad position before it does so itself
  // Called, on a thread of the ledger's, if what was written cannot be read back or signed, or if a write failed and its
  // outcome is unknown. It should end the process.
  std::function<void(const Error&)> on_damage;
  std::function<void(const std::string&)> say;  // a line for whoever waits: why a view is built anew. Empty: nobody does
  rocksdb::Env* env = nullptr;                  // as for open_rocks_log: for tests that make the disk fail
};

// Signs a book's newest head at least every second while it grows.
class CheckpointKeeper {
 public:
  CheckpointKeeper(std::unique_ptr<Checkpointer> checkpointer, const EventLog& log, std::function<void(const Error&)> on_damage);
  ~CheckpointKeeper();
  Result<SignedCheckpoint> sign_now();

 private:
  void run();
  const std::unique_ptr<Checkpointer> checkpointer_;
  const EventLog& log_;
  const std::function<void(const Error&)> on_damage_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

class Ledger {
 public:
  static Result<std::unique_ptr<Ledger>> open(const std::string& folder, const OpenOptions& options, const Clock& clock, Randomness& randomness);

  EventLog& programme() { return *log_; }
  Sequencer& sequencer() { return *sequencer_; }  // of a ledger opened for writing
  const VaultKeys& keys() const { return keys_; }
  // Of the access book's vault.
  VaultKeys access_keys() const;
  Vault vault() const { return Vault(*log_, keys_); }
  const LedgerConfig& config() const { return config_; }
  // The watermark as it was when the ledger was opened.
  const std::optional<SignedCheckpoint>& watermark() const { return watermark_; }

  // Of a ledger opened for writing: signs what there is, and gives the newest checkpoint. `close` is the last call:
  // it stops the writer first. kCorrupt if what was written cannot be read back.
  Result<SignedCheckpoint> checkpoint();
  Result<void> close();
  const std::string& folder() const { return folder_; }

  // Of a ledger opened for writing: carries out on disk what erasures have left to do. The access book drops what it holds
  // of them, files that hold any of it are written anew, and, a day or more after the last time, all owners' keys are
  // wrapped anew and the wrapping key before is destroyed; then each erasure is certified. What was cut short goes on where
  // it stopped. kFull, kBusy, kStorage: the same call works later. Looks and commands go on meanwhile, but wait while files
  // are written anew. From any thread; one at a time does it, and the others wait.
  Result<void> finish_erasures(AccessBook& access, const Clock& clock, Randomness& randomness);
  // The same with the access book taken as by access_book(), if anything is left to do.
  Result<void> finish_erasures(const std::string& holder, const Clock& clock, Randomness& randomness);
  // Whether nothing is left to do on disk for what `erased`, a PersonErased or CohortExpired, took out.
  Result<bool> is_finished(const Event& erased) const;

  // Of a ledger opened for writing: what was to be known of the erased until a day that has passed goes, from the files too.
  Result<void> drop_outlived(const Clock& clock);

  // Of a ledger opened for writing: makes a new wrapping key, and before it, if so asked, a new root key; the ones before are destroyed. No event
  // and no value changes. Whoever `asked` goes with the event that says so; with an idempotency key that was used before nothing is changed, and
  // the answer is the earlier one. What was cut short is finished by the same call. kCorrupt: the key ring is older than the ledger; kBusy: keys
  // are being changed already; kRejected: the file of the root key cannot be read or written. From any thread, as finish_erasures.
  Result<Answer> rotate_keys(bool root, Command asked, AccessBook& access, Randomness& randomness);
  // The same with the access book taken as by access_book().
  Result<Answer> rotate_keys(bool root, Command asked, const std::string& holder, const Clock& clock, Randomness& randomness);

  Snapshots snapshots() const { return {folder_, keys_.views}; }

  // The state at a moment, from the snapshot where there is one that serves, and the log's root there.
  Result<Replayed> state(const AsOf& as_of = {}) const;

  // Takes the access book, for a look that must leave a trace. Waits up to five seconds for whoever has it.
  Result<std::unique_ptr<AccessBook>> access_book(const std::string& holder, const Clock& clock, Randomness& randomness) const;
  // A book as it is now, held against its watermark as this ledger was when it was opened, to read only.
  struct BookView {
    std::unique_ptr<EventLog> log;
    std::optional<SignedCheckpoint> watermark;
  };
  Result<BookView> book_now(std::string_view name) const;
  Result<BookView> access_log() const { return book_now("access"); }

 private:
  Ledger() = default;
  Result<LedgerKeys> keys_now() const;
  Result<bool> keys_changed() const;
  KeyRing ring_now() const;
  void use(const KeyRing& ring, AccessBook& access);
  void keep_snapshot();
  struct Unfinished;
  Result<Unfinished> unfinished() const;
  Result<void> take_from_files(const Unfinished& left, AccessBook& access);
  Result<Answer> change_wrapping_key(AccessBook& access, Command record, Randomness& randomness);
  Result<Answer> own_command(Command command);
  std::string folder_;
  LedgerConfig config_;
  std::mutex changing_keys_;       // held by whoever changes keys, or takes from files what was erased
  Hash root_key_{};                // of whoever holds it
  Position purged_;                // likewise: no file holds anything that an event before this one took out
  mutable std::mutex ring_mutex_;  // for the moment of reading or replacing the ring
  KeyRing ring_;
  VaultKeys keys_;
  std::unique_ptr<BookLock> lock_;
  bool held_ = true;
  rocksdb::Env* env_ = nullptr;
  std::function<void(const std::string&)> say_;
  uint64_t kept_ = 0;  // events in the newest snapshot
  std::unique_ptr<EventLog> log_;
  std::optional<SignedCheckpoint> watermark_;
  std::unique_ptr<CheckpointKeeper> keeper_;
  std::unique_ptr<Sequencer> sequencer_;
};

}  // namespace daybook
