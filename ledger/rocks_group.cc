#include "ledger/rocks_group.h"

#include <algorithm>
#include <iterator>

#include "ledger/append_rules.h"
#include "ledger/big_endian.h"
#include "ledger/rocks_rows.h"

namespace daybook {

std::optional<Appended> GroupWrite::find(const std::string& idempotency_key) const {
  const auto it = keys_.find(idempotency_key);
  return it == keys_.end() ? std::nullopt : std::optional(it->second);
}

Result<Appended> GroupWrite::add(const Batch& batch) {
  const Position first{grown_.size()};
  DAYBOOK_TRY(check_batch(batch, first));
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    leaves_.push_back(leaf_hash(as_bytes(batch.entries[i])));
    grown_.append(leaves_.back());
    entries_.push_back(&batch.entries[i]);
    labels_.push_back(batch.labels.empty() ? Labels{} : batch.labels[i]);
  }
  for (const auto& row : batch.vault) rows_.push_back(&row);
  const Appended appended{first, Position{grown_.size()}};
  if (!batch.idempotency_key.empty()) {
    writes_.Put(key_of(kIdempotency, batch.idempotency_key), big_endian(first.value) + big_endian(appended.end.value));
    keys_.emplace(batch.idempotency_key, appended);
  }
  return appended;
}

// Entries go where they belong: what fills a bundle goes straight into it, the rest into one row of the tail.
rocksdb::WriteBatch& GroupWrite::finish() {
  next_.above = edge_.above;
  size_t used = 0;
  for (uint64_t number = tree_.size() / kTileWidth; (number + 1) * kTileWidth <= grown_.size(); ++number) put_bundle(number, used);
  put_tail(used);
  put_rows();
  writes_.Put(key_of(kHead, ""), encode_head(grown_));
  return writes_;
}

rocksdb::WriteBatch& GroupWrite::begin_past(std::span<const Hash> dropped) {
  for (uint64_t number = 0; number * kTileWidth < dropped.size(); ++number) {
    const auto tile = dropped.subspan(number * kTileWidth, kTileWidth);
    const std::vector<Hash> leaves(tile.begin(), tile.end());
    for (const auto& leaf : leaves) grown_.append(leaf);
    writes_.Put(numbered(kTile, number), encode_hashes(leaves));
    close_tile(0, number, root_of(leaves));
  }
  writes_.Put(key_of(kDropped, ""), big_endian(dropped.size() / kTileWidth));
  writes_.Put(key_of(kHead, ""), encode_head(grown_));
  return writes_;
}

// In order of their keys, which RocksDB finds the places of in half the time; of the same key the last one stays the last.
void GroupWrite::put_rows() {
  std::stable_sort(rows_.begin(), rows_.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  std::string key;
  for (const auto* row : rows_) {
    key.assign(1, kVault).append(row->key);
    row->value ? writes_.Put(key, slice(*row->value)) : writes_.Delete(key);
  }
}

void GroupWrite::put_bundle(uint64_t number, size_t& used) {
  std::vector<std::string> entries;
  std::vector<Hash> leaves;
  std::vector<Labels> labels;
  const bool with_tail = number == tree_.size() / kTileWidth;
  if (with_tail) entries = edge_.entries, leaves = edge_.leaves, labels = edge_.labels;
  for (; entries.size() < kTileWidth; ++used) {
    entries.push_back(*entries_[used]);
    leaves.push_back(leaves_[used]);
    labels.push_back(labels_[used]);
  }
  writes_.Put(numbered(kBundle, number), encode_bundle(entries));
  writes_.Put(numbered(kTile, number), encode_hashes(leaves));
  writes_.Put(numbered(kDirectory, number), encode_labels(labels));
  segment_.add(number, labels);
  if ((number + 1) % kSegmentBundles == 0) put_segment(number / kSegmentBundles);
  close_tile(0, number, root_of(leaves));
}

// Rows that hold nothing are written too: so one that is missing can be told.
void GroupWrite::put_segment(uint64_t number) {
  SegmentIndex whole;
  if (!fills_segment_) whole = edge_.segment;
  whole.add(segment_);
  for (unsigned first_byte = 0; first_byte < 256; ++first_byte) {
    writes_.Put(segment_key(static_cast<uint8_t>(first_byte), number), whole.row(static_cast<uint8_t>(first_byte)));
  }
  segment_ = {};
  fills_segment_ = true;
}

void GroupWrite::put_tail(size_t used) {
  const bool closed = used > 0;
  TailRow row{closed ? grown_.size() / kTileWidth * kTileWidth : tree_.size(), {}, {}};
  for (; used < entries_.size(); ++used) {
    row.entries.push_back(*entries_[used]);
    row.labels.push_back(labels_[used]);
    next_.leaves.push_back(leaves_[used]);
  }
  if (!row.entries.empty()) writes_.Put(tail_key(row.first), encode_tail(row));
  next_.entries = std::move(row.entries);
  next_.labels = std::move(row.labels);
  keeps_tail_ = !closed && !edge_.entries.empty();
}

// Writes the hash of a full tile and, where that fills the one above it, goes on there.
void GroupWrite::close_tile(unsigned level, uint64_t number, const Hash& root) {
  writes_.Put(root_key(level, number), slice(as_text(root)));
  if (next_.above.size() <= level) next_.above.resize(level + 1);
  auto& hashes = next_.above[level];
  hashes.push_back(root);
  if (hashes.size() < kTileWidth) return;
  const Hash above = root_of(hashes);
  hashes.clear();
  close_tile(level + 1, number / kTileWidth, above);
}

void GroupWrite::adopt(MerkleTree& tree, RightEdge& edge) {
  tree = std::move(grown_);
  if (!keeps_tail_) {
    if (!fills_segment_) next_.segment = std::move(edge.segment);
    next_.segment.add(segment_);
    edge = std::move(next_);
    return;
  }
  std::move(next_.entries.begin(), next_.entries.end(), std::back_inserter(edge.entries));
  edge.labels.insert(edge.labels.end(), next_.labels.begin(), next_.labels.end());
  edge.leaves.insert(edge.leaves.end(), next_.leaves.begin(), next_.leaves.end());
}

}  // namespace daybook
