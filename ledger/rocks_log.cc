// The log on RocksDB. FORMAT.md describes the keys and values; change that page first.
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "ledger/append_rules.h"
#include "ledger/big_endian.h"
#include "ledger/event_log.h"
#include "ledger/require.h"

namespace daybook {
namespace {

// The tables of a book, by the first byte of a key. On disk: never change.
enum Table : char {
  kBundle = 'b',       // number -> 256 entries
  kTile = 't',         // number -> the 256 leaf hashes of that bundle
  kTileRoot = 'r',     // level (1), number -> the hash of that full tile
  kDirectory = 'd',    // number -> the labels of the 256 entries
  kTail = 's',         // first position mod 256 (1) -> the entries of one group that fill no bundle yet
  kHead = 'h',         // -> size and right edge of the tree
  kIdempotency = 'k',  // key -> range
  kVault = 'v',        // key -> row
  kCheckpoint = 'c',   // size -> signed note
};

std::string key_of(Table table, std::string_view rest) { return std::string(1, table).append(rest); }
std::string numbered(Table table, uint64_t number) { return key_of(table, big_endian(number)); }
std::string root_key(unsigned level, uint64_t number) { return key_of(kTileRoot, std::string(1, static_cast<char>(level))) + big_endian(number); }
std::string tail_key(uint64_t first) { return key_of(kTail, std::string(1, static_cast<char>(first % kTileWidth))); }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

// The one place where a failed RocksDB status becomes ours. `doing` names the step, for whoever reads the line.
Error from_rocks(const rocksdb::Status& status, std::string_view doing) {
  const Fault fault = status.IsCorruption() ? Fault::kCorrupt : Fault::kStorage;
  return {fault, std::string(doing) + ": " + status.ToString()};
}

Error corrupt(std::string message) { return {Fault::kCorrupt, std::move(message)}; }

// ---- values ----

std::string encode_hashes(const std::vector<Hash>& hashes) {
  std::string bytes;
  bytes.reserve(32 * hashes.size());
  for (const auto& hash : hashes) bytes.append(as_text(hash));
  return bytes;
}

std::vector<Hash> decode_hashes(std::string_view bytes) {
  std::vector<Hash> hashes(bytes.size() / 32);
  for (size_t i = 0; i < hashes.size(); ++i) std::copy_n(bytes.data() + 32 * i, 32, reinterpret_cast<char*>(hashes[i].data()));
  return hashes;
}

std::string encode_head(const MerkleTree& tree) { return big_endian(tree.size()) + encode_hashes(tree.edge()); }

Result<MerkleTree> decode_head(std::string_view value) {
  const uint64_t size = value.size() >= 8 ? from_big_endian(value.substr(0, 8)) : 0;
  if (value.size() != 8 + 32 * static_cast<size_t>(std::popcount(size))) {
    return corrupt(fmt::format("head: found {} bytes for size {}, want 8 and one hash for each set bit", value.size(), size));
  }
  return MerkleTree::restore(size, decode_hashes(value.substr(8)));
}

std::string encode_labels(std::span<const Labels> labels) {
  std::string bytes;
  for (const auto& label : labels) {
    for (const uint32_t part : {label.stream, label.subject, label.cohort}) append_big_endian(bytes, part, 4);
  }
  return bytes;
}

std::vector<Labels> decode_labels(std::string_view bytes) {
  std::vector<Labels> labels(bytes.size() / 12);
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto part = [&](size_t at) { return static_cast<uint32_t>(from_big_endian(bytes.substr(12 * i + at, 4))); };
    labels[i] = {part(0), part(4), part(8)};
  }
  return labels;
}

// The entries of one group that fill no bundle yet.
struct TailRow {
  uint64_t first = 0;
  std::vector<std::string> entries;
  std::vector<Labels> labels;
};

std::string encode_tail(const TailRow& row) {
  std::string bytes = big_endian(row.first);
  append_big_endian(bytes, row.entries.size(), 2);
  return bytes + encode_labels(row.labels) + encode_bundle(row.entries);
}

Result<TailRow> decode_tail(std::string_view bytes) {
  if (bytes.size() < 10) return corrupt("tail: found fewer than 10 bytes");
  TailRow row{from_big_endian(bytes.substr(0, 8)), {}, {}};
  const auto count = from_big_endian(bytes.substr(8, 2));
  if (bytes.size() < 10 + 12 * count) return corrupt(fmt::format("tail at {}: found {} bytes for {} entries", row.first, bytes.size(), count));
  row.labels = decode_labels(bytes.substr(10, 12 * count));
  DAYBOOK_TRY(row.entries, decode_bundle(bytes.substr(10 + 12 * count)));
  if (row.entries.size() != count) return corrupt(fmt::format("tail at {}: found {} entries, want {}", row.first, row.entries.size(), count));
  return row;
}

// ---- the right edge ----

// What stands in no full bundle or tile: the newest entries, and at each level the hashes of a tile that is not full.
struct RightEdge {
  std::vector<std::string> entries;
  std::vector<Labels> labels;
  std::vector<Hash> leaves;
  std::vector<std::vector<Hash>> above;  // above[0] is level 1
};

// Writes the hash of a full tile and, where that fills the one above it, goes on there.
void close_tile(rocksdb::WriteBatch& writes, RightEdge& edge, unsigned level, uint64_t number, const Hash& root) {
  writes.Put(root_key(level, number), slice(as_text(root)));
  if (edge.above.size() <= level) edge.above.resize(level + 1);
  auto& hashes = edge.above[level];
  hashes.push_back(root);
  if (hashes.size() < kTileWidth) return;
  const Hash above = root_of(hashes);
  hashes.clear();
  close_tile(writes, edge, level + 1, number / kTileWidth, above);
}

rocksdb::Options options_for(OpenMode mode) {
  rocksdb::Options options;
  options.create_if_missing = mode == OpenMode::kReadWrite;
  // Never the default, point-in-time: it opens with half the records and says OK. A torn tail was never acknowledged.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.paranoid_file_checks = true;
  options.max_total_wal_size = 32 << 20;  // bounds what an open after a kill has to read again
  options.write_buffer_size = 32 << 20;
  options.WAL_ttl_seconds = 60;  // a WAL stays long enough to be read back before a checkpoint is signed
  options.compression = rocksdb::kLZ4Compression;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 4;
  // A reader opens every file at once: the writer beside it may delete one at any moment.
  options.max_open_files = mode == OpenMode::kReadOnly ? -1 : 256;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Hashes anew what a WAL says was written, and holds it against the heads that were written with it.
class WalReader final : public rocksdb::WriteBatch::Handler {
 public:
  WalReader(MerkleTree seen, std::vector<Hash> seen_leaves) : tree(std::move(seen)), leaves(std::move(seen_leaves)) {}

  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    const auto took = take(key.ToStringView(), value.ToStringView());
    return took ? rocksdb::Status::OK() : rocksdb::Status::Corruption(took.error().message);
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
  void LogData(const rocksdb::Slice&) override {}

  MerkleTree tree;
  std::vector<Hash> leaves;  // of the bundle that is not full

 private:
  Result<void> take(std::string_view key, std::string_view value) {
    if (key.starts_with(kTail)) {
      DAYBOOK_TRY(const auto row, decode_tail(value));
      return entries(row.first, row.entries);
    }
    if (key.starts_with(kBundle)) {
      DAYBOOK_TRY(const auto bundle, decode_bundle(value));
      return entries(from_big_endian(key.substr(1)) * kTileWidth, bundle);
    }
    if (key.starts_with(kHead) && value != encode_head(tree))
      return corrupt(fmt::format("the head written at size {} does not follow from the entries", tree.size()));
    return success();
  }

  Result<void> entries(uint64_t first, const std::vector<std::string>& all) {
    for (const auto& entry : all) {
      const uint64_t at = first++;
      const Hash leaf = leaf_hash(as_bytes(entry));
      if (at > tree.size()) return corrupt(fmt::format("position {}: found no entry, want one before {}", tree.size(), at));
      if (at < tree.size()) {  // a bundle repeats the entries that stood in the tail
        if (leaf != leaves[at % kTileWidth]) return corrupt(fmt::format("position {}: the bundle has another entry than the tail had", at));
        continue;
      }
      tree.append(leaf);
      leaves.push_back(leaf);
      if (leaves.size() == kTileWidth) leaves.clear();
    }
    return success();
  }
};

class RocksLog final : public EventLog, public VaultRows {
 public:
  RocksLog(std::string folder, OpenMode mode, std::unique_ptr<rocksdb::DB> db, MerkleTree tree, RightEdge edge)
      : folder_(std::move(folder)),
        writes_(mode == OpenMode::kReadWrite),
        db_(std::move(db)),
        tree_(std::move(tree)),
        edge_(std::move(edge)),
        read_tree_(tree_),
        read_leaves_(edge_.leaves),
        read_to_(db_->GetLatestSequenceNumber()) {}

  ~RocksLog() override {
    // Closing does not flush by itself, and a flushed database opens many times faster. Losing this costs time only.
    db_->Flush(rocksdb::FlushOptions()).PermitUncheckedError();
    db_->Close().PermitUncheckedError();
    // Old write-ahead logs are kept only to be read back by this process.
    std::error_code ignored;
    if (writes_) std::filesystem::remove_all(folder_ + "/archive", ignored);
  }

  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    const std::lock_guard writing(write_mutex_);
    std::vector<Result<Appended>> answers;
    if (failed_) {
      answers.assign(
          group.size(),
          Error{Fault::kStorage, "append: an earlier write failed and its outcome is unknown; nothing is written until the ledger is opened again"});
      return answers;
    }
    Staged staged;
    staged.tree = tree_;
    for (const auto& batch : group) answers.push_back(stage(batch, staged));
    if (staged.entries.empty()) return answers;  // nothing new
    RightEdge edge = write_entries(staged);
    staged.writes.Put(key_of(kHead, ""), encode_head(staged.tree));
    rocksdb::WriteOptions durable;
    durable.sync = true;
    if (const auto status = db_->Write(durable, &staged.writes); !status.ok()) {
      failed_ = true;
      auto error = from_rocks(status, "append: the write failed, its outcome is unknown");
      error.fault = Fault::kStorage;
      for (auto& answer : answers) {
        if (answer && answer.value().end.value > tree_.size()) answer = error;  // also a repetition within the group
      }
      return answers;
    }
    {
      const std::lock_guard lock(mutex_);
      tree_ = std::move(staged.tree);
      adopt(std::move(edge));
    }
    grown_.notify_all();
    return answers;
  }
  using EventLog::append;

  Position end() const override {
    const std::lock_guard lock(mutex_);
    return Position{tree_.size()};
  }

  TreeHead head() const override {
    const std::lock_guard lock(mutex_);
    return tree_.head();
  }

  Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
    std::vector<std::string> tail;
    uint64_t size = 0;
    {
      const std::lock_guard lock(mutex_);
      size = tree_.size();
      if (to.value > size - edge_.entries.size()) tail = edge_.entries;
    }
    to.value = std::min(to.value, size);
    const uint64_t tail_first = size / kTileWidth * kTileWidth;
    bool more = true;
    DAYBOOK_TRY(read_bundles(from, Position{std::min(to.value, tail_first)}, entry, more));
    for (uint64_t at = std::max(from.value, tail_first); more && at < to.value; ++at) more = entry(Position{at}, as_bytes(tail[at - tail_first]));
    return success();
  }

  Result<std::optional<Appended>> find(std::string_view key) const override {
    DAYBOOK_TRY(const auto value, get_row(key_of(kIdempotency, key), "idempotency key"));
    if (!value) return std::nullopt;
    if (value->size() != 16) return corrupt(fmt::format("idempotency key: found {} bytes, want 16", value->size()));
    return Appended{Position{from_big_endian(std::string_view(*value).substr(0, 8))}, Position{from_big_endian(std::string_view(*value).substr(8))}};
  }

  Position wait(Position seen, std::chrono::milliseconds at_most) const override {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, at_most, [&] { return tree_.size() > seen.value; });
    return Position{tree_.size()};
  }

  const VaultRows& vault() const override { return *this; }

  Result<std::optional<std::string>> get(std::string_view key) const override { return get_row(key_of(kVault, key), "vault"); }

  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return scan_rows(key_of(kVault, prefix), [&](std::string_view key, std::string_view value) { return row(key.substr(1), value); });
  }

  Result<std::vector<Hash>> tile(unsigned level, uint64_t index, uint64_t width) const override {
    const auto missing = [&] { return Error{Fault::kNotFound, tile_path(level, index, width) + ": there is no such tile"}; };
    {
      const std::lock_guard lock(mutex_);
      if (width > tile_width(tree_.size(), level, index)) return missing();
      const auto& edge = level == 0 ? edge_.leaves : edge_.above.size() >= level ? edge_.above[level - 1] : kNoHashes;
      if (tile_width(tree_.size(), level, index) < kTileWidth)
        return std::vector<Hash>(edge.begin(), edge.begin() + static_cast<std::ptrdiff_t>(width));
    }
    std::string bytes;
    if (level == 0) {
      DAYBOOK_TRY(const auto row, get_row(numbered(kTile, index), "tile"));
      if (!row || row->size() != 32 * kTileWidth) return corrupt(tile_path(0, index, kTileWidth) + ": found no whole tile, want one");
      bytes = *row;
    } else {
      const auto last = root_key(level - 1, index * kTileWidth + width);
      DAYBOOK_TRY(
          scan_rows(root_key(level - 1, index * kTileWidth), last, [&](std::string_view, std::string_view value) { return bytes += value, true; }));
      if (bytes.size() != 32 * width)
        return corrupt(tile_path(level, index, width) + fmt::format(": found {} bytes, want {}", bytes.size(), 32 * width));
    }
    return decode_hashes(std::string_view(bytes).substr(0, 32 * width));
  }

  Result<std::vector<Labels>> directory(uint64_t bundle) const override {
    {
      const std::lock_guard lock(mutex_);
      if (bundle == tree_.size() / kTileWidth) return edge_.labels;
    }
    DAYBOOK_TRY(const auto row, get_row(numbered(kDirectory, bundle), "directory"));
    if (!row) return Error{Fault::kNotFound, "directory: there is no such bundle"};
    if (row->size() != 12 * kTileWidth)
      return corrupt(fmt::format("directory of bundle {}: found {} bytes, want {}", bundle, row->size(), 12 * kTileWidth));
    return decode_labels(*row);
  }

  Result<TreeHead> read_back() override {
    const std::lock_guard reading(read_mutex_);
    const TreeHead want = head();
    if (read_tree_.size() == want.size) return want;
    WalReader reader(read_tree_, read_leaves_);
    uint64_t last = read_to_;
    while (reader.tree.size() < want.size) {
      std::unique_ptr<rocksdb::TransactionLogIterator> it;
      if (const auto status = db_->GetUpdatesSince(last + 1, &it); !status.ok()) return from_rocks(status, "read-back");
      DAYBOOK_TRY(read_updates(*it, want.size, reader, last));
    }
    if (reader.tree.head() != want) {
      return corrupt(fmt::format("read-back: found {} entries with root {}, want {} with {}", reader.tree.size(), to_hex(reader.tree.root()),
                                 want.size, to_hex(want.root)));
    }
    read_tree_ = std::move(reader.tree);
    read_leaves_ = std::move(reader.leaves);
    read_to_ = last;
    return want;
  }

  Result<void> keep_checkpoint(uint64_t size, const std::string& note) override {
    const std::lock_guard writing(write_mutex_);
    if (failed_) return Error{Fault::kStorage, "checkpoint: an earlier write failed"};
    const auto status = db_->Put(rocksdb::WriteOptions(), numbered(kCheckpoint, size), note);
    return status.ok() ? Result<void>(success()) : Result<void>(from_rocks(status, "checkpoint"));
  }

  Result<void> check_files() const override {
    const auto status = db_->VerifyChecksum();
    return status.ok() ? Result<void>(success()) : Result<void>(from_rocks(status, "checksums of the database's files"));
  }

  Result<void> checkpoints(const std::function<bool(uint64_t, std::string_view)>& checkpoint) const override {
    return scan_rows(key_of(kCheckpoint, ""),
                     [&](std::string_view key, std::string_view note) { return checkpoint(from_big_endian(key.substr(1)), note); });
  }

 private:
  static inline const std::vector<Hash> kNoHashes;

  // A group on its way to the disk.
  struct Staged {
    MerkleTree tree;
    rocksdb::WriteBatch writes;
    std::map<std::string, Appended> keys;
    std::vector<const std::string*> entries;
    std::vector<Labels> labels;
    std::vector<Hash> leaves = {};
  };

  // Takes writes until the tree has `size` entries or the iterator ends. It also ends where the file has grown since it
  // was made: then the caller makes another.
  static Result<void> read_updates(rocksdb::TransactionLogIterator& it, uint64_t size, WalReader& reader, uint64_t& last) {
    const uint64_t began = last;
    for (; it.Valid() && reader.tree.size() < size; it.Next()) {
      auto batch = it.GetBatch();
      if (batch.sequence != last + 1) return corrupt(fmt::format("read-back: found write {}, want {}", batch.sequence, last + 1));
      if (const auto status = batch.writeBatchPtr->Iterate(&reader); !status.ok()) return unreadable(status);
      last = batch.sequence + static_cast<uint64_t>(batch.writeBatchPtr->Count()) - 1;
    }
    const auto status = it.status();
    if (!status.ok() && !status.IsTryAgain()) return unreadable(status);
    if (last == began && reader.tree.size() < size)
      return corrupt(fmt::format("read-back: the write-ahead log ends at {} entries, want {}", reader.tree.size(), size));
    return success();
  }

  static Error unreadable(const rocksdb::Status& status) {
    auto error = from_rocks(status, "read-back of the write-ahead log");
    error.fault = Fault::kCorrupt;
    return error;
  }

  Result<std::optional<std::string>> get_row(const std::string& key, std::string_view doing) const {
    std::string value;
    const auto status = db_->Get(rocksdb::ReadOptions(), key, &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return from_rocks(status, doing);
    return value;
  }

  Result<void> scan_rows(const std::string& first, const std::string& last,
                         const std::function<bool(std::string_view, std::string_view)>& row) const {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
    for (it->Seek(first); it->Valid() && it->key().ToStringView() < last; it->Next()) {
      if (!row(it->key().ToStringView(), it->value().ToStringView())) break;
    }
    return it->status().ok() ? Result<void>(success()) : Result<void>(from_rocks(it->status(), "scan"));
  }
  Result<void> scan_rows(const std::string& prefix, const std::function<bool(std::string_view, std::string_view)>& row) const {
    return scan_rows(prefix, prefix + std::string(64, '\xff'),
                     [&](std::string_view key, std::string_view value) { return !key.starts_with(prefix) || row(key, value); });
  }

  Result<void> read_bundles(Position from, Position to, const std::function<bool(Position, Bytes)>& entry, bool& more) const {
    if (from >= to) return success();
    rocksdb::ReadOptions reading;
    reading.verify_checksums = true;
    reading.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(reading));
    uint64_t number = from.value / kTileWidth;
    for (it->Seek(numbered(kBundle, number)); more && number * kTileWidth < to.value; it->Next(), ++number) {
      if (!it->Valid() || it->key().ToStringView() != numbered(kBundle, number)) {
        if (!it->status().ok()) return from_rocks(it->status(), fmt::format("read of bundle {}", number));
        return corrupt(fmt::format("position {}: found no bundle {}, want one", number * kTileWidth, number));
      }
      const auto entries = decode_bundle(it->value().ToStringView());
      if (!entries || entries.value().size() != kTileWidth)
        return corrupt(fmt::format("position {}: bundle {} is not 256 whole entries", number * kTileWidth, number));
      const uint64_t first = number * kTileWidth;
      for (uint64_t at = std::max(first, from.value); more && at < std::min(first + kTileWidth, to.value); ++at) {
        more = entry(Position{at}, as_bytes(entries.value()[at - first]));
      }
    }
    return success();
  }

  // Adds a batch to the group, or says why not.
  Result<Appended> stage(const Batch& batch, Staged& staged) const {
    if (!batch.idempotency_key.empty()) {
      if (const auto it = staged.keys.find(batch.idempotency_key); it != staged.keys.end()) return Appended{it->second.first, it->second.end, true};
      DAYBOOK_TRY(const auto known, find(batch.idempotency_key));
      if (known) return Appended{known->first, known->end, true};
    }
    DAYBOOK_TRY(check_batch(batch, Position{staged.tree.size()}));
    const Position first{staged.tree.size()};
    for (size_t i = 0; i < batch.entries.size(); ++i) {
      staged.leaves.push_back(leaf_hash(as_bytes(batch.entries[i])));
      staged.tree.append(staged.leaves.back());
      staged.entries.push_back(&batch.entries[i]);
      staged.labels.push_back(batch.labels.empty() ? Labels{} : batch.labels[i]);
    }
    for (const auto& row : batch.vault) {
      const auto key = key_of(kVault, row.key);
      row.value ? staged.writes.Put(key, slice(*row.value)) : staged.writes.Delete(key);
    }
    const Appended appended{first, Position{staged.tree.size()}};
    if (!batch.idempotency_key.empty()) {
      staged.writes.Put(key_of(kIdempotency, batch.idempotency_key), big_endian(first.value) + big_endian(appended.end.value));
      staged.keys.emplace(batch.idempotency_key, appended);
    }
    return appended;
  }

  // Puts the group's entries where they belong: what fills a bundle goes straight into it, the rest into one row of the
  // tail. Gives what the right edge will be; entries that stay in the present tail are not repeated in it.
  RightEdge write_entries(Staged& staged) const {
    RightEdge next;
    next.above = edge_.above;
    const uint64_t start = tree_.size();
    const size_t kept = edge_.entries.size();  // of the present tail
    size_t used = 0;                           // of the group
    for (uint64_t number = start / kTileWidth; (number + 1) * kTileWidth <= staged.tree.size(); ++number) {
      const bool with_tail = number == start / kTileWidth;
      std::vector<std::string> entries;
      std::vector<Hash> leaves;
      std::vector<Labels> labels;
      if (with_tail) entries = edge_.entries, leaves = edge_.leaves, labels = edge_.labels;
      for (; entries.size() < kTileWidth; ++used) {
        entries.push_back(*staged.entries[used]);
        leaves.push_back(staged.leaves[used]);
        labels.push_back(staged.labels[used]);
      }
      staged.writes.Put(numbered(kBundle, number), encode_bundle(entries));
      staged.writes.Put(numbered(kTile, number), encode_hashes(leaves));
      staged.writes.Put(numbered(kDirectory, number), encode_labels(labels));
      close_tile(staged.writes, next, 0, number, root_of(leaves));
    }
    const bool closed = used > 0;
    TailRow row{closed ? staged.tree.size() / kTileWidth * kTileWidth : start, {}, {}};
    for (; used < staged.entries.size(); ++used) {
      row.entries.push_back(*staged.entries[used]);
      row.labels.push_back(staged.labels[used]);
      next.leaves.push_back(staged.leaves[used]);
    }
    if (!row.entries.empty()) staged.writes.Put(tail_key(row.first), encode_tail(row));
    next.entries = std::move(row.entries);
    next.labels = std::move(row.labels);
    keep_tail_ = !closed && kept > 0;
    return next;
  }

  // Under mutex_: the group is durable, the right edge moves on.
  void adopt(RightEdge next) {
    if (!keep_tail_) {
      edge_ = std::move(next);
      return;
    }
    std::move(next.entries.begin(), next.entries.end(), std::back_inserter(edge_.entries));
    edge_.labels.insert(edge_.labels.end(), next.labels.begin(), next.labels.end());
    edge_.leaves.insert(edge_.leaves.end(), next.leaves.begin(), next.leaves.end());
  }

  const std::string folder_;
  const bool writes_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::mutex write_mutex_;
  bool failed_ = false;             // under write_mutex_
  mutable bool keep_tail_ = false;  // of the group that is being written, under write_mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  MerkleTree tree_;  // changed under both, read under mutex_ (or by the writer)
  RightEdge edge_;   // likewise

  std::mutex read_mutex_;
  MerkleTree read_tree_;  // what read_back has seen, and up to which write
  std::vector<Hash> read_leaves_;
  uint64_t read_to_;
};

Result<std::string> needed(rocksdb::DB& db, const std::string& key, const std::string& what) {
  std::string value;
  const auto status = db.Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return corrupt("open: found no " + what + ", want it by the head");
  if (!status.ok()) return from_rocks(status, "open");
  return value;
}

// The newest entries, from the rows of the tail. Rows of earlier bundles were left where they are: they are passed over.
Result<RightEdge> read_tail(rocksdb::DB& db, uint64_t size) {
  const uint64_t first = size / kTileWidth * kTileWidth;
  std::map<uint64_t, TailRow> rows;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(key_of(kTail, "")); it->Valid() && it->key().starts_with(std::string(1, kTail)); it->Next()) {
    DAYBOOK_TRY(auto row, decode_tail(it->value().ToStringView()));
    if (row.first >= first) rows.emplace(row.first, std::move(row));
  }
  if (!it->status().ok()) return from_rocks(it->status(), "open");
  RightEdge edge;
  for (auto& [at, row] : rows) {
    if (at != first + edge.entries.size()) return corrupt(fmt::format("open: the tail goes on at {}, want {}", at, first + edge.entries.size()));
    for (size_t i = 0; i < row.entries.size(); ++i) {
      edge.leaves.push_back(leaf_hash(as_bytes(row.entries[i])));
      edge.labels.push_back(row.labels[i]);
      edge.entries.push_back(std::move(row.entries[i]));
    }
  }
  if (first + edge.entries.size() != size)
    return corrupt(fmt::format("open: entries end at {}, the head says {}", first + edge.entries.size(), size));
  return edge;
}

// "Opened OK" proves nothing: the right edge, read from entries and tiles, must have the root that the head has.
Result<RightEdge> read_edge(rocksdb::DB& db, const MerkleTree& tree) {
  DAYBOOK_TRY(auto edge, read_tail(db, tree.size()));
  uint64_t full = tree.size() / kTileWidth;  // tiles of the level below
  for (unsigned level = 0; full > 0; ++level, full /= kTileWidth) {
    auto& hashes = edge.above.emplace_back();
    for (uint64_t number = full / kTileWidth * kTileWidth; number < full; ++number) {
      DAYBOOK_TRY(const auto root, needed(db, root_key(level, number), fmt::format("root of tile {}/{}", level, number)));
      if (root.size() != 32) return corrupt(fmt::format("open: root of tile {}/{} has {} bytes, want 32", level, number, root.size()));
      hashes.push_back(decode_hashes(root).front());
    }
  }
  std::vector<Hash> peaks;  // full subtrees, largest first, as the head's edge has them
  for (size_t level = edge.above.size(); level-- > 0;) {
    MerkleTree part;
    for (const auto& hash : edge.above[level]) part.append(hash);
    peaks.insert(peaks.end(), part.edge().begin(), part.edge().end());
  }
  MerkleTree part;
  for (const auto& leaf : edge.leaves) part.append(leaf);
  peaks.insert(peaks.end(), part.edge().begin(), part.edge().end());
  uint64_t first = 0;  // of the entries under a peak
  for (size_t i = 0; i < peaks.size(); ++i) {
    const uint64_t end = first + std::bit_floor(tree.size() - first);
    if (peaks[i] != tree.edge()[i])
      return corrupt(
          fmt::format("positions {} to {}: found entries and tiles that do not have the hash in the head of size {}", first, end - 1, tree.size()));
    first = end;
  }
  if (tree.size() >= kTileWidth) {
    DAYBOOK_TRY(const auto newest, needed(db, numbered(kBundle, tree.size() / kTileWidth - 1), "newest bundle"));
  }
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions()));
  it->Seek(numbered(kBundle, tree.size() / kTileWidth));
  if (it->Valid() && it->key().starts_with(std::string(1, kBundle))) return corrupt("open: found a bundle past the head's size");
  if (!it->status().ok()) return from_rocks(it->status(), "open");
  return edge;
}

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_log(const std::string& folder, OpenMode mode, rocksdb::Env* env) {
  std::error_code ignored;
  if (mode == OpenMode::kReadWrite) std::filesystem::create_directories(folder, ignored);
  rocksdb::DB* raw = nullptr;
  auto options = options_for(mode);
  if (env) options.env = env;
  const auto open_once = [&] {
    return mode == OpenMode::kReadWrite ? rocksdb::DB::Open(options, folder, &raw) : rocksdb::DB::OpenForReadOnly(options, folder, &raw);
  };
  auto status = open_once();
  // A writer beside a reader deletes files that the reader was just told of: it asks again before it calls that damage.
  for (int tries = 0; tries < 25 && mode == OpenMode::kReadOnly && status.ToString().find("No such file") != std::string::npos; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    status = open_once();
  }
  if (!status.ok()) return from_rocks(status, "open of " + folder);
  std::unique_ptr<rocksdb::DB> db(raw);
  std::string head;
  const auto got = db->Get(rocksdb::ReadOptions(), key_of(kHead, ""), &head);
  if (!got.ok() && !got.IsNotFound()) return from_rocks(got, "open of " + folder);
  MerkleTree tree;
  if (got.ok()) {
    DAYBOOK_TRY(auto stored, decode_head(head));
    tree = std::move(stored);
  }
  DAYBOOK_TRY(auto edge, read_edge(*db, tree));
  return std::unique_ptr<EventLog>(std::make_unique<RocksLog>(folder, mode, std::move(db), std::move(tree), std::move(edge)));
}

}  // namespace daybook
