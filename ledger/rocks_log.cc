// The log on RocksDB: bundles and tiles, a group of batches in one write with one fsync, read back before it is signed.
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "ledger/big_endian.h"
#include "ledger/digest.h"
#include "ledger/disk_space.h"
#include "ledger/event_log.h"
#include "ledger/require.h"
#include "ledger/rocks_edge.h"
#include "ledger/rocks_files.h"
#include "ledger/rocks_group.h"
#include "ledger/rocks_rows.h"
#include "ledger/vault.h"
#include "ledger/wal_reader.h"

namespace daybook {
namespace {

rocksdb::Options options_for(OpenMode mode) {
  rocksdb::Options options;
  options.create_if_missing = mode == OpenMode::kReadWrite;
  // Never the default, point-in-time: it opens with half the records and says OK. A torn tail was never acknowledged.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.paranoid_file_checks = true;
  options.max_total_wal_size = 32 << 20;  // bounds what an open after a kill has to read again
  options.write_buffer_size = 32 << 20;
  options.memtable_prefix_bloom_size_ratio = 0.02;  // most of what is looked up is not there: a new row, a new name, a new key
  options.memtable_whole_key_filtering = true;
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

// How long a reader waits for a writer that moves files about, before it calls a missing file damage.
constexpr int kTriesBeside = 25;
constexpr std::chrono::milliseconds kPauseBeside{20};
bool is_gone(const rocksdb::Status& status) { return status.ToString().find("No such file") != std::string::npos; }

class RocksLog final : public EventLog, public VaultRows {
 public:
  RocksLog(std::string folder, OpenMode mode, std::unique_ptr<rocksdb::DB> db, MerkleTree tree, RightEdge edge, Position first,
           std::unique_ptr<DiskSpace> space)
      : first_(first),
        folder_(std::move(folder)),
        writes_(mode == OpenMode::kReadWrite),
        space_(std::move(space)),
        db_(std::move(db)),
        tree_(std::move(tree)),
        edge_(std::move(edge)),
        reader_(tree_, edge_.leaves, db_->GetLatestSequenceNumber()) {}

  ~RocksLog() override {
    read_place_.reset();
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
      answers.assign(group.size(), failed_before());
      return answers;
    }
    GroupWrite write(tree_, edge_);
    for (const auto& batch : group) answers.push_back(stage(batch, write));
    if (write.empty()) return answers;  // nothing new
    auto& writes = write.finish();
    if (auto room = space_ ? space_->room_for(writes.GetDataSize()) : success(); !room) {
      fail_new(answers, room.error());
      return answers;
    }
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto start = std::chrono::steady_clock::now();
    if (const auto status = db_->Write(durable, &writes); !status.ok()) {
      failed_ = true;
      auto error = from_rocks(
          status, "append: the write failed and its outcome is unknown; the same command, sent again when the ledger is open again, settles it");
      error.fault = Fault::kStorage;
      fail_new(answers, error);
      return answers;
    }
    const auto took = std::chrono::steady_clock::now() - start;
    const auto before = tree_.size();
    {
      const std::lock_guard lock(mutex_);
      write.adopt(tree_, edge_);
    }
    grown_.notify_all();
    if (write_told_) write_told_(tree_.size() - before, took);
    return answers;
  }
  using EventLog::append;

  Result<void> room() override {
    const std::lock_guard writing(write_mutex_);
    return space_ ? space_->room_for(0) : success();
  }

  Result<void> unbroken() override {
    const std::lock_guard writing(write_mutex_);
    return failed_ ? Result<void>(failed_before()) : success();
  }

  Position first() const override {
    const std::lock_guard lock(mutex_);
    return first_;
  }

  Position end() const override {
    const std::lock_guard lock(mutex_);
    return Position{tree_.size()};
  }

  Result<void> drop_before(Position first) override {
    require(first.value % kTileWidth == 0 && first <= end(), "whole bundles of the log are dropped");
    if (first > this->first()) {
      DAYBOOK_TRY(write_drop(first));
      const std::lock_guard lock(mutex_);
      first_ = first;
    }
    DAYBOOK_TRY(const auto due, get_row(key_of(kDropped, kPurgeDue), "whether what was dropped is still in files"));
    if (!due) return success();
    DAYBOOK_TRY(purge());
    const std::lock_guard writing(write_mutex_);
    const auto status = db_->Delete(rocksdb::WriteOptions(), key_of(kDropped, kPurgeDue));
    return status.ok() ? Result<void>(success()) : Result<void>(from_rocks(status, "drop"));
  }

  Result<void> begin_past(std::span<const Hash> dropped) override {
    require(end() == Position{} && dropped.size() % kTileWidth == 0, "an empty log begins past whole bundles");
    const std::lock_guard writing(write_mutex_);
    GroupWrite write(tree_, edge_);
    rocksdb::WriteOptions durable;
    durable.sync = true;
    if (const auto status = db_->Write(durable, &write.begin_past(dropped)); !status.ok()) {
      failed_ = true;
      return from_rocks(status, "begin: the write failed and its outcome is unknown");
    }
    const std::lock_guard reading(read_mutex_);
    const std::lock_guard lock(mutex_);
    write.adopt(tree_, edge_);
    first_ = Position{dropped.size()};
    reader_ = WalReader(tree_, edge_.leaves, db_->GetLatestSequenceNumber());
    return success();
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
    if (const auto held = first(); from < held && from < to)
      return Error{Fault::kNotFound, fmt::format("position {}: it was dropped, the oldest entry is {}", from.value, held.value)};
    const uint64_t tail_first = size / kTileWidth * kTileWidth;
    Reading reading{from, Position{std::min(to.value, tail_first)}, entry};
    DAYBOOK_TRY(read_bundles(reading));
    for (uint64_t at = std::max(from.value, tail_first); reading.more && at < to.value; ++at) {
      reading.more = entry(Position{at}, as_bytes(tail[at - tail_first]));
    }
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

  void tell_of_writes(WriteTold told) override {
    const std::lock_guard writing(write_mutex_);
    write_told_ = std::move(told);
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

  Result<std::vector<uint64_t>> bundles_with(uint32_t label) const override {
    std::vector<uint64_t> bundles, unindexed;
    uint64_t size = 0;
    std::vector<uint8_t> newest;  // of the segment that is not full
    bool in_tail = false;
    {
      const std::lock_guard lock(mutex_);
      size = tree_.size();
      newest = edge_.segment.bundles_with(label);
      in_tail = has_label(edge_.labels, label);
    }
    const uint64_t full = size / kSegmentEvents;
    DAYBOOK_TRY(find_in_segments(label, full, bundles));
    for (const auto bundle : newest) bundles.push_back(full * kSegmentBundles + bundle);
    if (in_tail) bundles.push_back(size / kTileWidth);
    std::erase_if(bundles, [dropped = first().value / kTileWidth](uint64_t bundle) { return bundle < dropped; });
    return bundles;
  }

  Result<std::string> index_row(uint64_t segment, uint8_t first_byte) const override {
    DAYBOOK_TRY(auto row, get_row(segment_key(first_byte, segment), "index of a segment"));
    if (!row) return corrupt(fmt::format("found no index of segment {} for labels that begin with {:02x}, want one", segment, first_byte));
    return std::move(*row);
  }

  Result<TreeHead> read_back() override {
    const std::lock_guard reading(read_mutex_);
    const TreeHead want = head();
    if (reader_.tree().size() == want.size) return want;
    WalReader reader = reader_;
    auto place = std::move(read_place_);
    DAYBOOK_TRY(reader.read_to(*db_, want.size, place));
    if (reader.tree().head() != want) {
      return corrupt(fmt::format("read-back: found {} entries with root {}, want {} with {}", reader.tree().size(), to_hex(reader.tree().root()),
                                 want.size, to_hex(want.root)));
    }
    reader_ = std::move(reader);
    read_place_ = std::move(place);
    return want;
  }

  Result<void> rewrite(std::span<const VaultRow> rows) override {
    const std::lock_guard writing(write_mutex_);
    if (failed_) return Error{Fault::kStorage, "keys: an earlier write failed"};
    rocksdb::WriteBatch writes;
    for (const auto& row : rows) {
      const auto key = key_of(kVault, row.key);
      row.value ? writes.Put(key, slice(*row.value)) : writes.Delete(key);
    }
    DAYBOOK_TRY(space_ ? space_->room_for(writes.GetDataSize()) : success());
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto status = db_->Write(durable, &writes);
    if (status.ok()) return success();
    failed_ = true;
    return from_rocks(status, "keys: the write failed and its outcome is unknown");
  }

  Result<void> purge() override {
    const std::lock_guard writing(write_mutex_);
    DAYBOOK_TRY(room_to_rewrite());
    DAYBOOK_TRY(read_back());  // what is signed next is read from files that go
    const std::lock_guard reading(read_mutex_);
    read_place_.reset();  // it holds a file open that goes
    const auto old = files_with_rows(folder_);
    auto status = db_->Flush(rocksdb::FlushOptions());
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    if (status.ok()) status = db_->CompactRange(whole, nullptr, nullptr);
    if (!status.ok()) return from_rocks(status, "purge");
    DAYBOOK_TRY(wait_until_gone(old, [this] { delete_unused_files(); }));
    DAYBOOK_TRY(empty_folder(folder_ + "/archive"));
    reader_ = WalReader(tree_, edge_.leaves, db_->GetLatestSequenceNumber());
    return success();
  }

  Result<void> keep_checkpoint(uint64_t size, const std::string& note) override {
    const std::lock_guard writing(write_mutex_);
    if (failed_) return Error{Fault::kStorage, "checkpoint: an earlier write failed"};
    const auto status = db_->Put(rocksdb::WriteOptions(), numbered(kCheckpoint, size), note);
    return status.ok() ? Result<void>(success()) : Result<void>(from_rocks(status, "checkpoint"));
  }

  Result<void> check_files() const override {
    auto status = db_->VerifyChecksum();
    // A writer beside a reader deletes files that others have taken the place of: then those are looked at.
    for (int tries = 0; tries < kTriesBeside && !writes_ && is_gone(status); ++tries) {
      std::this_thread::sleep_for(kPauseBeside);
      rocksdb::DB* raw = nullptr;
      status = rocksdb::DB::OpenForReadOnly(db_->GetOptions(), folder_, &raw);
      const std::unique_ptr<rocksdb::DB> now(raw);
      if (status.ok()) status = now->VerifyChecksum();
    }
    return status.ok() ? Result<void>(success()) : Result<void>(from_rocks(status, "checksums of the database's files"));
  }

  Result<void> checkpoints(const std::function<bool(uint64_t, std::string_view)>& checkpoint) const override {
    return scan_rows(key_of(kCheckpoint, ""),
                     [&](std::string_view key, std::string_view note) { return checkpoint(from_big_endian(key.substr(1)), note); });
  }

 private:
  static inline const std::vector<Hash> kNoHashes;

  static Error failed_before() {
    return {Fault::kStorage, "append: an earlier write failed and its outcome is unknown; nothing is written until the ledger is opened again"};
  }

  // Entries, what they are found by, and what the vault holds of them.
  // Who read from a table while another took its place is the last to let go of it, and then nobody deletes it before the next flush.
  void delete_unused_files() {
    db_->DisableFileDeletions().PermitUncheckedError();
    db_->EnableFileDeletions().PermitUncheckedError();  // looks for what nobody uses
  }

  // A purge writes every table once more before the old ones go.
  Result<void> room_to_rewrite() const {
    uint64_t bytes = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kLiveSstFilesSize, &bytes);
    return space_ ? space_->holds(bytes) : success();
  }

  Result<void> write_drop(Position first) {
    const std::lock_guard writing(write_mutex_);
    if (failed_) return Error{Fault::kStorage, "drop: an earlier write failed"};
    const uint64_t bundles = first.value / kTileWidth;
    rocksdb::WriteBatch writes;
    writes.Put(key_of(kDropped, ""), big_endian(bundles));
    writes.Put(key_of(kDropped, kPurgeDue), "");
    for (const auto table : {kBundle, kDirectory}) writes.DeleteRange(numbered(table, 0), numbered(table, bundles));
    for (unsigned i = 0; i < 256; ++i) {
      const auto first_byte = static_cast<uint8_t>(i);
      writes.DeleteRange(segment_key(first_byte, 0), segment_key(first_byte, bundles / kSegmentBundles));
    }
    writes.DeleteRange(key_of(kVault, Vault::record_key(Position{}, FieldClass::kOpen)), key_of(kVault, Vault::record_key(first, FieldClass::kOpen)));
    // Rows of the tail that were left over hold entries too.
    DAYBOOK_TRY(scan_rows(key_of(kTail, ""), [&](std::string_view key, std::string_view row) {
      if (row.size() >= 8 && from_big_endian(row.substr(0, 8)) < tree_.size() / kTileWidth * kTileWidth) writes.Delete(slice(key));
      return true;
    }));
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto status = db_->Write(durable, &writes);
    if (status.ok()) return success();
    failed_ = true;
    return from_rocks(status, "drop: the write failed and its outcome is unknown");
  }

  // Nothing of a group is known to be written: whoever was given a place in it gets the error.
  void fail_new(std::vector<Result<Appended>>& answers, const Error& error) const {
    for (auto& answer : answers) {
      if (answer && answer.value().end.value > tree_.size()) answer = error;  // also a repetition within the group
    }
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

  // What a read of some bundles is about, on its way through them.
  struct Reading {
    Position from, to;
    const std::function<bool(Position, Bytes)>& entry;
    bool more = true;
  };

  static Result<void> use_bundle(uint64_t number, std::string_view bytes, Reading& reading) {
    const auto entries = split_bundle(bytes);
    if (!entries || entries.value().size() != kTileWidth)
      return corrupt(fmt::format("position {}: bundle {} is not 256 whole entries", number * kTileWidth, number));
    const uint64_t first = number * kTileWidth;
    for (uint64_t at = std::max(first, reading.from.value); reading.more && at < std::min(first + kTileWidth, reading.to.value); ++at) {
      reading.more = reading.entry(Position{at}, as_bytes(entries.value()[at - first]));
    }
    return success();
  }

  static Error no_bundle(uint64_t number) { return corrupt(fmt::format("position {}: found no bundle {}, want one", number * kTileWidth, number)); }

  Result<void> read_bundles(Reading& reading) const {
    if (reading.from >= reading.to) return success();
    const uint64_t first = reading.from.value / kTileWidth, end = (reading.to.value + kTileWidth - 1) / kTileWidth;
    constexpr uint64_t kFew = 4;
    return end - first <= kFew ? get_bundles(first, end, reading) : scan_bundles(first, end, reading);
  }

  // An iterator reads a block of every file to find its place among them, and a bundle is a block: a few are had for less.
  Result<void> get_bundles(uint64_t first, uint64_t end, Reading& reading) const {
    for (uint64_t number = first; reading.more && number < end; ++number) {
      rocksdb::PinnableSlice bytes;
      const auto status = db_->Get(bundle_options(), db_->DefaultColumnFamily(), numbered(kBundle, number), &bytes);
      if (status.IsNotFound()) return no_bundle(number);
      if (!status.ok()) return from_rocks(status, fmt::format("read of bundle {}", number));
      DAYBOOK_TRY(use_bundle(number, bytes.ToStringView(), reading));
    }
    return success();
  }

  Result<void> scan_bundles(uint64_t first, uint64_t end, Reading& reading) const {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(bundle_options()));
    it->Seek(numbered(kBundle, first));
    for (uint64_t number = first; reading.more && number < end; ++number, it->Next()) {
      if (!it->Valid() || it->key().ToStringView() != numbered(kBundle, number)) {
        return it->status().ok() ? no_bundle(number) : from_rocks(it->status(), fmt::format("read of bundle {}", number));
      }
      DAYBOOK_TRY(use_bundle(number, it->value().ToStringView(), reading));
    }
    return success();
  }

  static rocksdb::ReadOptions bundle_options() {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    return options;
  }

  // The bundles with a label in the segments before `full`. A segment without its row is of a ledger that was begun before
  // there were any: its directories are read.
  Result<void> find_in_segments(uint32_t label, uint64_t full, std::vector<uint64_t>& bundles) const {
    const uint8_t first_byte = first_byte_of(label);
    std::optional<Error> broken;
    uint64_t segment = first().value / kSegmentEvents;
    DAYBOOK_TRY(scan_rows(segment_key(first_byte, segment), segment_key(first_byte, full), [&](std::string_view key, std::string_view row) {
      const auto number = from_big_endian(key.substr(2));
      auto found = segment < number ? find_in_directories(label, segment, number, bundles) : success();
      if (found) found = take_found(bundles_in_row(row, label), number, bundles);
      if (!found) broken = found.error();
      segment = number + 1;
      return !broken;
    }));
    if (broken) return std::move(*broken);
    return find_in_directories(label, segment, full, bundles);
  }

  static Result<void> take_found(const Result<std::vector<uint8_t>>& found, uint64_t segment, std::vector<uint64_t>& bundles) {
    if (!found) return found.error();
    for (const auto bundle : found.value()) bundles.push_back(segment * kSegmentBundles + bundle);
    return success();
  }

  Result<void> find_in_directories(uint32_t label, uint64_t segment, uint64_t end, std::vector<uint64_t>& bundles) const {
    for (uint64_t bundle = std::max(segment * kSegmentBundles, first().value / kTileWidth); bundle < end * kSegmentBundles; ++bundle) {
      DAYBOOK_TRY(const auto labels, directory(bundle));
      if (has_label(labels, label)) bundles.push_back(bundle);
    }
    return success();
  }

  // Adds a batch to the group, or says why not, or where a batch with its key went before.
  Result<Appended> stage(const Batch& batch, GroupWrite& write) const {
    if (batch.idempotency_key.empty()) return write.add(batch);
    if (const auto known = write.find(batch.idempotency_key)) return Appended{known->first, known->end, true};
    DAYBOOK_TRY(const auto known, find(batch.idempotency_key));
    if (known) return Appended{known->first, known->end, true};
    return write.add(batch);
  }

  Position first_;  // changed under both, read under mutex_
  const std::string folder_;
  const bool writes_;
  const std::unique_ptr<DiskSpace> space_;  // under write_mutex_; may be null
  const std::unique_ptr<rocksdb::DB> db_;
  std::mutex write_mutex_;
  bool failed_ = false;   // under write_mutex_
  WriteTold write_told_;  // under write_mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  MerkleTree tree_;  // changed under both, read under mutex_ (or by the writer)
  RightEdge edge_;   // likewise

  std::mutex read_mutex_;
  WalReader reader_;                                             // has hashed what was read back so far
  std::unique_ptr<rocksdb::TransactionLogIterator> read_place_;  // where that stopped
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_log(const std::string& folder, OpenMode mode, rocksdb::Env* env, std::unique_ptr<DiskSpace> space) {
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
  for (int tries = 0; tries < kTriesBeside && mode == OpenMode::kReadOnly && is_gone(status); ++tries) {
    std::this_thread::sleep_for(kPauseBeside);
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
  std::string dropped;
  const auto asked = db->Get(rocksdb::ReadOptions(), key_of(kDropped, ""), &dropped);
  if (!asked.ok() && !asked.IsNotFound()) return from_rocks(asked, "open of " + folder);
  const Position first{asked.ok() ? from_big_endian(dropped) * kTileWidth : 0};
  if (first.value > tree.size()) return corrupt(fmt::format("open: found {} entries dropped of {}", first.value, tree.size()));
  DAYBOOK_TRY(auto edge, read_edge(*db, tree, first.value / kTileWidth));
  return std::unique_ptr<EventLog>(
      std::make_unique<RocksLog>(folder, mode, std::move(db), std::move(tree), std::move(edge), first, std::move(space)));
}

}  // namespace daybook
