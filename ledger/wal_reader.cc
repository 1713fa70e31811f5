#include "ledger/wal_reader.h"

#include <fmt/format.h>

#include "ledger/big_endian.h"
#include "ledger/rocks_rows.h"

namespace daybook {
namespace {

Error unreadable(const rocksdb::Status& status) {
  auto error = from_rocks(status, "read-back of the write-ahead log");
  error.fault = Fault::kCorrupt;
  return error;
}

}  // namespace

Result<void> WalReader::read_to(rocksdb::DB& db, uint64_t size, std::unique_ptr<rocksdb::TransactionLogIterator>& place) {
  while (tree_.size() < size) {
    if (place && !place->Valid()) place->Next();  // its file may have grown; it ends for good where another file was begun
    if (!place || !place->Valid()) {
      if (const auto status = db.GetUpdatesSince(last_ + 1, &place); !status.ok()) return from_rocks(status, "read-back");
    }
    DAYBOOK_TRY(read_updates(*place, size));
  }
  return success();
}

// Takes writes until the tree has `size` entries or the iterator ends. It also ends where the file has grown since it
// was made: then the caller makes another.
Result<void> WalReader::read_updates(rocksdb::TransactionLogIterator& it, uint64_t size) {
  const uint64_t began = last_;
  for (; it.Valid() && tree_.size() < size; it.Next()) {
    auto batch = it.GetBatch();
    if (batch.sequence != last_ + 1) return corrupt(fmt::format("read-back: found write {}, want {}", batch.sequence, last_ + 1));
    if (const auto status = batch.writeBatchPtr->Iterate(this); !status.ok()) return unreadable(status);
    last_ = batch.sequence + static_cast<uint64_t>(batch.writeBatchPtr->Count()) - 1;
  }
  const auto status = it.status();
  if (!status.ok() && !status.IsTryAgain()) return unreadable(status);
  if (last_ == began && tree_.size() < size)
    return corrupt(fmt::format("read-back: the write-ahead log ends at {} entries, want {}", tree_.size(), size));
  return success();
}

rocksdb::Status WalReader::PutCF(uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) {
  const auto took = take(key.ToStringView(), value.ToStringView());
  return took ? rocksdb::Status::OK() : rocksdb::Status::Corruption(took.error().message);
}

Result<void> WalReader::take(std::string_view key, std::string_view value) {
  if (key.starts_with(kTail)) {
    DAYBOOK_TRY(const auto row, decode_tail(value));
    return take_entries(row.first, row.entries);
  }
  if (key.starts_with(kBundle)) {
    DAYBOOK_TRY(const auto bundle, decode_bundle(value));
    return take_entries(from_big_endian(key.substr(1)) * kTileWidth, bundle);
  }
  if (key.starts_with(kHead) && value != encode_head(tree_))
    return corrupt(fmt::format("the head written at size {} does not follow from the entries", tree_.size()));
  return success();
}

Result<void> WalReader::take_entries(uint64_t first, const std::vector<std::string>& all) {
  for (const auto& entry : all) {
    const uint64_t at = first++;
    const Hash leaf = leaf_hash(as_bytes(entry));
    if (at > tree_.size()) return corrupt(fmt::format("position {}: found no entry, want one before {}", tree_.size(), at));
    if (at < tree_.size()) {  // a bundle repeats the entries that stood in the tail
      if (leaf != leaves_[at % kTileWidth]) return corrupt(fmt::format("position {}: the bundle has another entry than the tail had", at));
      continue;
    }
    tree_.append(leaf);
    leaves_.push_back(leaf);
    if (leaves_.size() == kTileWidth) leaves_.clear();
  }
  return success();
}

}  // namespace daybook
