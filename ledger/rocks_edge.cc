#include "ledger/rocks_edge.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <map>
#include <memory>

#include "ledger/rocks_rows.h"

namespace daybook {
namespace {

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

Result<SegmentIndex> read_segment(rocksdb::DB& db, uint64_t size, uint64_t dropped) {
  SegmentIndex segment;
  for (uint64_t number = std::max(dropped, size / kSegmentEvents * kSegmentBundles); number < size / kTileWidth; ++number) {
    DAYBOOK_TRY(const auto row, needed(db, numbered(kDirectory, number), fmt::format("directory of bundle {}", number)));
    segment.add(number, decode_labels(row));
  }
  return segment;
}

}  // namespace

Result<RightEdge> read_edge(rocksdb::DB& db, const MerkleTree& tree, uint64_t dropped) {
  DAYBOOK_TRY(auto edge, read_tail(db, tree.size()));
  DAYBOOK_TRY(edge.segment, read_segment(db, tree.size(), dropped));
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
  if (tree.size() / kTileWidth > dropped) {
    DAYBOOK_TRY(const auto newest, needed(db, numbered(kBundle, tree.size() / kTileWidth - 1), "newest bundle"));
  }
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions()));
  it->Seek(numbered(kBundle, tree.size() / kTileWidth));
  if (it->Valid() && it->key().starts_with(std::string(1, kBundle))) return corrupt("open: found a bundle past the head's size");
  if (!it->status().ok()) return from_rocks(it->status(), "open");
  return edge;
}

}  // namespace daybook
