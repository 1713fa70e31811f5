// A group of batches on its way to the disk: the one RocksDB write that holds them, and what the tree is after it.
#pragma once

#include <rocksdb/write_batch.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/merkle.h"
#include "ledger/rocks_edge.h"

namespace daybook {

class GroupWrite {
 public:
  // `tree` and `edge` as they are before the group; borrowed.
  GroupWrite(const MerkleTree& tree, const RightEdge& edge) : tree_(tree), edge_(edge), grown_(tree) {}

  // Where a batch of this group with that key goes; nullopt if there is none.
  std::optional<Appended> find(const std::string& idempotency_key) const;
  // Adds a batch, which is borrowed until adopt(), or says why not.
  Result<Appended> add(const Batch& batch);
  // Of an empty log: as if bundles with entries of these hashes had been appended and dropped. Nothing else is added.
  rocksdb::WriteBatch& begin_past(std::span<const Hash> dropped);
  bool empty() const { return entries_.empty(); }
  // Everything that was added as rows, with the head after it. Called once.
  rocksdb::WriteBatch& finish();
  // The group is durable: moves tree and edge, the ones it was made with, past it. The last call.
  void adopt(MerkleTree& tree, RightEdge& edge);

 private:
  void put_bundle(uint64_t number, size_t& used);
  void put_segment(uint64_t number);
  void put_tail(size_t used);
  void put_rows();
  void close_tile(unsigned level, uint64_t number, const Hash& root);

  const MerkleTree& tree_;
  const RightEdge& edge_;
  MerkleTree grown_;
  rocksdb::WriteBatch writes_;
  std::map<std::string, Appended> keys_;
  std::vector<const std::string*> entries_;
  std::vector<const VaultRow*> rows_;  // of the vault
  std::vector<Labels> labels_;
  std::vector<Hash> leaves_;
  RightEdge next_;           // what the right edge will be; without the entries that stay in the present tail
  bool keeps_tail_ = false;  // the group filled no bundle: the present tail stays and grows
  SegmentIndex segment_;     // of the bundles that the group fills, after the newest segment that it fills
  bool fills_segment_ = false;
};

}  // namespace daybook
