// The log on RocksDB. FORMAT.md describes the keys and values; change that page first.
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <algorithm>

#include <bit>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>

#include "ledger/append_rules.h"
#include "ledger/event_log.h"
#include "ledger/require.h"

namespace daybook {
namespace {

constexpr char kEntryKey = 'e', kIdempotencyKey = 'k', kVaultKey = 'v', kHeadKey = 'h';  // on disk: never change

std::string big_endian(uint64_t value) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8) bytes[static_cast<size_t>(i)] = static_cast<char>(value & 0xff);
  return bytes;
}
uint64_t from_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}
std::string key_of(char table, std::string_view rest) { return std::string(1, table).append(rest); }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

// The one place where a failed RocksDB status becomes ours. `doing` names the step, for whoever reads the line.
Error from_rocks(const rocksdb::Status& status, std::string_view doing) {
  const Fault fault = status.IsCorruption() ? Fault::kCorrupt : Fault::kStorage;
  return {fault, std::string(doing) + ": " + status.ToString()};
}

std::string encode_head(const MerkleTree& tree) {
  std::string value = big_endian(tree.size());
  for (const auto& hash : tree.edge()) value.append(as_text(hash));
  return value;
}

Result<MerkleTree> decode_head(std::string_view value) {
  const uint64_t size = value.size() >= 8 ? from_big_endian(value.substr(0, 8)) : 0;
  if (value.size() != 8 + 32 * static_cast<size_t>(std::popcount(size))) {
    return Error{Fault::kCorrupt, fmt::format("head: found {} bytes for size {}, want 8 and one hash for each set bit", value.size(), size)};
  }
  std::vector<Hash> edge(static_cast<size_t>(std::popcount(size)));
  for (size_t i = 0; i < edge.size(); ++i) std::copy_n(value.data() + 8 + 32 * i, 32, reinterpret_cast<char*>(edge[i].data()));
  return MerkleTree::restore(size, std::move(edge));
}

std::string encode_range(const Appended& range) { return big_endian(range.first.value) + big_endian(range.end.value); }

rocksdb::Options options_for(OpenMode mode) {
  rocksdb::Options options;
  options.create_if_missing = mode == OpenMode::kReadWrite;
  // Never the default, point-in-time: it opens with half the records and says OK. A torn tail was never acknowledged.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.paranoid_file_checks = true;
  options.max_total_wal_size = 32 << 20;  // bounds what an open after a kill has to read again
  options.write_buffer_size = 32 << 20;
  options.compression = rocksdb::kLZ4Compression;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.max_open_files = 256;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksLog final : public EventLog, public VaultRows {
 public:
  RocksLog(std::unique_ptr<rocksdb::DB> db, MerkleTree tree) : db_(std::move(db)), tree_(std::move(tree)), end_{tree_.size()} {}

  ~RocksLog() override {
    // Closing does not flush by itself, and a flushed database opens many times faster. Losing this costs time only.
    db_->Flush(rocksdb::FlushOptions()).PermitUncheckedError();
    db_->Close().PermitUncheckedError();
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
    rocksdb::WriteBatch writes;
    std::map<std::string, Appended> pending;
    MerkleTree tree = tree_;
    for (const auto& batch : group) answers.push_back(stage(batch, writes, pending, tree));
    if (tree.size() == tree_.size()) return answers;  // nothing new
    writes.Put(key_of(kHeadKey, ""), encode_head(tree));
    rocksdb::WriteOptions durable;
    durable.sync = true;
    if (const auto status = db_->Write(durable, &writes); !status.ok()) {
      failed_ = true;
      auto error = from_rocks(status, "append: the write failed, its outcome is unknown");
      error.fault = Fault::kStorage;
      for (auto& answer : answers) {
        if (answer && !answer.value().repeated) answer = error;
      }
      return answers;
    }
    {
      const std::lock_guard lock(mutex_);
      tree_ = std::move(tree);
      end_ = Position{tree_.size()};
    }
    grown_.notify_all();
    return answers;
  }
  using EventLog::append;

  Position end() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }

  TreeHead head() const override {
    const std::lock_guard lock(mutex_);
    return tree_.head();
  }

  Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
    to = std::min(to, end());
    rocksdb::ReadOptions reading;
    reading.verify_checksums = true;
    reading.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(reading));
    Position at = from;
    for (it->Seek(key_of(kEntryKey, big_endian(at.value))); at < to; it->Next(), ++at.value) {
      if (!it->Valid() || it->key().ToStringView() != key_of(kEntryKey, big_endian(at.value))) break;
      if (!entry(at, as_bytes(it->value().ToStringView()))) return success();
    }
    if (!it->status().ok()) return from_rocks(it->status(), fmt::format("read of position {}", at.value));
    if (at < to) return Error{Fault::kCorrupt, fmt::format("position {}: found no entry, want one: the log ends at {}", at.value, end().value)};
    return success();
  }

  Result<std::optional<Appended>> find(std::string_view key) const override {
    DAYBOOK_TRY(const auto value, get_row(key_of(kIdempotencyKey, key), "idempotency key"));
    if (!value) return std::nullopt;
    if (value->size() != 16) return Error{Fault::kCorrupt, fmt::format("idempotency key: found {} bytes, want 16", value->size())};
    return Appended{Position{from_big_endian(std::string_view(*value).substr(0, 8))}, Position{from_big_endian(std::string_view(*value).substr(8))}};
  }

  Position wait(Position seen, std::chrono::milliseconds at_most) const override {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, at_most, [&] { return end_ > seen; });
    return end_;
  }

  const VaultRows& vault() const override { return *this; }

  Result<std::optional<std::string>> get(std::string_view key) const override { return get_row(key_of(kVaultKey, key), "vault"); }

  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
    const auto start = key_of(kVaultKey, prefix);
    for (it->Seek(start); it->Valid() && it->key().starts_with(start); it->Next()) {
      if (!row(it->key().ToStringView().substr(1), it->value().ToStringView())) break;
    }
    if (!it->status().ok()) return from_rocks(it->status(), "vault scan");
    return success();
  }

 private:
  Result<std::optional<std::string>> get_row(const std::string& key, std::string_view doing) const {
    std::string value;
    const auto status = db_->Get(rocksdb::ReadOptions(), key, &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return from_rocks(status, doing);
    return value;
  }

  // Adds a batch to the write, or says why not. `pending` holds the keys of the group so far.
  Result<Appended> stage(const Batch& batch, rocksdb::WriteBatch& writes, std::map<std::string, Appended>& pending, MerkleTree& tree) const {
    if (!batch.idempotency_key.empty()) {
      if (const auto it = pending.find(batch.idempotency_key); it != pending.end()) return Appended{it->second.first, it->second.end, true};
      DAYBOOK_TRY(const auto known, find(batch.idempotency_key));
      if (known) return Appended{known->first, known->end, true};
    }
    DAYBOOK_TRY(check_batch(batch, Position{tree.size()}));
    const Position first{tree.size()};
    for (const auto& entry : batch.entries) {
      writes.Put(key_of(kEntryKey, big_endian(tree.size())), entry);
      tree.append(leaf_hash(as_bytes(entry)));
    }
    for (const auto& row : batch.vault) {
      const auto key = key_of(kVaultKey, row.key);
      row.value ? writes.Put(key, slice(*row.value)) : writes.Delete(key);
    }
    const Appended appended{first, Position{tree.size()}};
    if (!batch.idempotency_key.empty()) {
      writes.Put(key_of(kIdempotencyKey, batch.idempotency_key), encode_range(appended));
      pending.emplace(batch.idempotency_key, appended);
    }
    return appended;
  }

  const std::unique_ptr<rocksdb::DB> db_;
  std::mutex write_mutex_;
  bool failed_ = false;  // under write_mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  MerkleTree tree_;  // changed under both, read under mutex_ (or by the writer)
  Position end_;
};

// "Opened OK" proves nothing: the last entry must be there, and none after it.
Result<void> check_end(rocksdb::DB& db, uint64_t size) {
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions()));
  it->SeekForPrev(key_of(kEntryKey, std::string(9, '\xff')));
  if (!it->status().ok()) return from_rocks(it->status(), "open");
  const bool any = it->Valid() && it->key().starts_with(std::string(1, kEntryKey));
  const uint64_t found = any ? from_big_endian(it->key().ToStringView().substr(1)) + 1 : 0;
  if (found != size) return Error{Fault::kCorrupt, fmt::format("open: entries end at {}, the head says {}", found, size)};
  return success();
}

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_log(const std::string& folder, OpenMode mode) {
  std::error_code ignored;
  if (mode == OpenMode::kReadWrite) std::filesystem::create_directories(folder, ignored);
  rocksdb::DB* raw = nullptr;
  const auto options = options_for(mode);
  const auto status = mode == OpenMode::kReadWrite ? rocksdb::DB::Open(options, folder, &raw) : rocksdb::DB::OpenForReadOnly(options, folder, &raw);
  if (!status.ok()) return from_rocks(status, "open of " + folder);
  std::unique_ptr<rocksdb::DB> db(raw);
  std::string head;
  const auto got = db->Get(rocksdb::ReadOptions(), key_of(kHeadKey, ""), &head);
  if (!got.ok() && !got.IsNotFound()) return from_rocks(got, "open of " + folder);
  MerkleTree tree;
  if (got.ok()) {
    DAYBOOK_TRY(auto stored, decode_head(head));
    tree = std::move(stored);
  }
  DAYBOOK_TRY(check_end(*db, tree.size()));
  return std::unique_ptr<EventLog>(std::make_unique<RocksLog>(std::move(db), std::move(tree)));
}

}  // namespace daybook
