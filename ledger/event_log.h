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

#include "ledger/merkle.h"
#include "ledger/result.h"
#include "ledger/types.h"

namespace daybook {

// A row of the vault. The vault is a plain map of bytes; vault.h says what the keys mean.
struct VaultRow {
  std::string key;
  std::optional<std::string> value;  // nullopt: the row goes
};

struct Batch {
  std::optional<Position> expected;  // the end the caller last saw; nullopt: wherever the end is
  std::string idempotency_key;       // empty for none
  std::vector<std::string> entries;  // one or more, each of 1 to 65,535 bytes
  std::vector<VaultRow> vault;
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

// One writer at a time; readers may work beside it from any thread.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Appends each batch as one unit, in order, all with one fsync. The answers are in the same order. For a batch:
  //  - on success its entries are on disk (fsynced), as are its vault rows;
  //  - if its idempotency key is known, in whatever mode it was first used, the answer is the earlier range, `repeated`,
  //    and nothing is written, whatever `expected` says;
  //  - if `expected` is not the end that the batch would be appended at, kConflict, and nothing of it is written;
  //  - an empty batch or an entry of the wrong size is kRejected;
  //  - kStorage: the outcome of the whole group is unknown, and every later append is refused.
  // After a crash either all of a group's batches are there or none.
  virtual std::vector<Result<Appended>> append(std::span<const Batch> group) = 0;
  Result<Appended> append(const Batch& batch) { return std::move(append(std::span(&batch, 1)).front()); }

  // One past the newest event that is durable; Position{0} for an empty log.
  virtual Position end() const = 0;

  // Size and Merkle root over the entries before end().
  virtual TreeHead head() const = 0;

  // Calls `entry` for each position of the half-open range [from, to), in order, until it returns false. Positions at
  // or past the end are not there: a range that starts past the end is empty. The bytes are borrowed for the call.
  virtual Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const = 0;

  // Where the batch with this idempotency key went; nullopt if none was appended.
  virtual Result<std::optional<Appended>> find(std::string_view idempotency_key) const = 0;

  // Waits until end() is past `seen`, or for `at_most`; returns end().
  virtual Position wait(Position seen, std::chrono::milliseconds at_most) const = 0;

  virtual const VaultRows& vault() const = 0;
};

// A log in memory. With a `base`, it continues where that log ends and reads through to it without ever writing there:
// a rehearsal. `base` must outlive it and must not grow meanwhile.
std::unique_ptr<EventLog> make_memory_log(const EventLog* base = nullptr);

enum class OpenMode { kReadWrite, kReadOnly };

// The log in the RocksDB at `folder`. kReadWrite makes it if it is not there; kReadOnly reads what was durable when it
// was opened, also beside a process that writes. kCorrupt if count and tree do not fit what is stored.
Result<std::unique_ptr<EventLog>> open_rocks_log(const std::string& folder, OpenMode mode);

}  // namespace daybook
