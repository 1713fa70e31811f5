// The append-only record of everything that happened, and the vault rows that are written with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/disk_space.h"
#include "ledger/result.h"
#include "ledger/tile.h"
#include "ledger/types.h"

namespace rocksdb {
class Env;
}

namespace daybook {

// A row of the vault. The vault is a plain map of bytes; vault.h says what the keys mean.
struct VaultRow {
  std::string key;
  std::optional<std::string> value;  // nullopt: the row goes
};

// What an entry is about, as short hashes for the directory: enough to skip the bundles that a question is not about.
struct Labels {
  uint32_t stream = 0, subject = 0, cohort = 0;  // short_hash of each; 0 where there is none
  bool has(uint32_t label) const { return label != 0 && (stream == label || subject == label || cohort == label); }
  bool operator==(const Labels&) const = default;
};
uint32_t short_hash(std::string_view text);                      // of SHA-256; of nothing 0
bool has_label(std::span<const Labels> labels, uint32_t label);  // any of them; 0 is none

struct Batch {
  std::optional<Position> expected;  // the end the caller last saw; nullopt: wherever the end is
  std::string idempotency_key;       // empty for none
  std::vector<std::string> entries;  // one or more, each of 1 to 65,535 bytes
  std::vector<VaultRow> vault;
  std::vector<Labels> labels = {};  // one for each entry; or none at all
};

struct Appended {
  Position first, end;    // the half-open range that the batch occupies
  bool repeated = false;  // the idempotency key was known: this is the earlier range, and nothing was written now
  bool operator==(const Appended&) const = default;
};

// Reads vault rows. Keys are compared as unsigned bytes.
class VaultRows {
 public:
  virtual ~VaultRows() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  // Calls `row` for every key that starts with `prefix`, in order, until it returns false.
  virtual Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view key, std::string_view value)>& row) const = 0;
};

// One writer at a time; readers may work beside it from any thread. As a TileSource it has the hashes of every full tile,
// and of the partial ones at the right edge.
class EventLog : public TileSource {
 public:
  // Appends each batch as one unit, in order, all with one fsync. The answers are in the same order. For a batch:
  //  - on success its entries are on disk (fsynced), as are its vault rows;
  //  - if its idempotency key is known, in whatever mode it was first used, the answer is the earlier range, `repeated`,
  //    and nothing is written, whatever `expected` says;
  //  - if `expected` is not the end that the batch would be appended at, kConflict, and nothing of it is written;
  //  - an empty batch or an entry of the wrong size is kRejected;
  //  - kFull: the disk has no room; nothing of the group is written, and the same append works when there is room;
  //  - kStorage: the outcome of the whole group is unknown, and every later append is refused.
  // After a crash either all of a group's batches are there or none.
  virtual std::vector<Result<Appended>> append(std::span<const Batch> group) = 0;
  Result<Appended> append(const Batch& batch) { return std::move(append(std::span(&batch, 1)).front()); }

  // kFull if the next append would be refused for want of room on the disk: asked before anything is decided for it.
  virtual Result<void> room() { return success(); }

  // kStorage after a write that failed: nothing is written until the log is opened anew.
  virtual Result<void> unbroken() { return success(); }

  // The oldest entry that is still there: those before it were dropped by drop_before(). Position{0} if none were.
  virtual Position first() const { return {}; }

  // One past the newest event that is durable; Position{0} for an empty log.
  virtual Position end() const = 0;

  // Size and Merkle root over the entries before end().
  virtual TreeHead head() const = 0;

  // Drops the entries of whole bundles before `first`, which is a multiple of 256 and at most end(), with what the vault
  // holds of their events and what they are found by; then no file holds any of it. Tiles stay, so that the rest can still
  // be checked, and so do the signed checkpoints. The same call, after a crash or a failure, goes on. kFull: as purge. kStorage: this log keeps
  // everything.
  virtual Result<void> drop_before(Position first);

  // Of an empty log: begins it past whole bundles that another log has dropped, whose entries had these hashes, as if they had been dropped here.
  // For a restore. kStorage: as above.
  virtual Result<void> begin_past(std::span<const Hash> dropped);

  // Calls `entry` for each position of the half-open range [from, to), in order, until it returns false; kNotFound if one
  // of them was dropped. Positions at
  // or past the end are not there: a range that starts past the end is empty. The bytes are borrowed for the call.
  virtual Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const = 0;

  // Where the batch with this idempotency key went; nullopt if none was appended.
  virtual Result<std::optional<Appended>> find(std::string_view idempotency_key) const = 0;

  // Waits until end() is past `seen`, or for `at_most`; returns end().
  virtual Position wait(Position seen, std::chrono::milliseconds at_most) const = 0;

  // From now on `told` hears of each group that append() made durable: how many entries it had, and how long its synced write took. On the writer's
  // thread, before the answers, so it must be quick. A log that keeps nothing on disk has nothing to tell.
  using WriteTold = std::function<void(size_t entries, std::chrono::nanoseconds took)>;
  virtual void tell_of_writes(WriteTold told);

  virtual const VaultRows& vault() const = 0;

  // Changes rows of the vault beside any event, as one unit, durably: for keys that are wrapped anew. kStorage as append.
  virtual Result<void> rewrite(std::span<const VaultRow> rows) = 0;

  // Makes it so that no file of the log holds a row of the vault that has gone, or what a row was before: files are
  // written anew and old ones deleted, the write-ahead log's among them. kFull: the disk does not hold the book once more; the same call works later.
  virtual Result<void> purge() = 0;

  // The labels of a bundle's entries: 256 of a full one, fewer of the newest.
  virtual Result<std::vector<Labels>> directory(uint64_t bundle) const = 0;

  // The numbers of the bundles, the newest included, that hold an entry with this label, whichever of the three it is;
  // ascending. Reads a little for each 65,536 entries of the log, and nothing of the bundles.
  virtual Result<std::vector<uint64_t>> bundles_with(uint32_t label) const = 0;

  // A stored row of the index that answers this for a full segment, 256 bundles: segment_index.h. kCorrupt if it is not there.
  virtual Result<std::string> index_row(uint64_t segment, uint8_t first_byte) const = 0;

  // Reads what was appended since the last call (or since the log was opened) again from where it must survive a crash,
  // hashes it anew, and gives the head that follows. kCorrupt if that is not head(): then nothing may be signed.
  virtual Result<TreeHead> read_back() = 0;

  // Reads every file behind the log and checks the sums that were stored with it: damage to rows that nothing else reads.
  virtual Result<void> check_files() const = 0;

  // Checkpoints that were signed, as notes, by size. Kept for the chain; losing the newest loses no event.
  virtual Result<void> keep_checkpoint(uint64_t size, const std::string& note) = 0;
  virtual Result<void> checkpoints(const std::function<bool(uint64_t size, std::string_view note)>& checkpoint) const = 0;
};

// A log in memory. With a `base`, it continues where that log ends and reads through to it without ever writing there:
// a rehearsal. `base` must outlive it and must not grow meanwhile.
std::unique_ptr<EventLog> make_memory_log(const EventLog* base = nullptr);

enum class OpenMode { kReadWrite, kReadOnly };

// The log in the RocksDB at `folder`. kReadWrite makes it if it is not there; kReadOnly reads what was durable when it
// was opened, also beside a process that writes. kCorrupt if count and tree do not fit what is stored.
// `env` is for tests that make the disk fail; it is borrowed and must outlive the log. Null: the system's.
// `space` says when the disk has no room for an append; null: it always has.
Result<std::unique_ptr<EventLog>> open_rocks_log(const std::string& folder, OpenMode mode, rocksdb::Env* env = nullptr,
                                                 std::unique_ptr<DiskSpace> space = nullptr);

}  // namespace daybook
