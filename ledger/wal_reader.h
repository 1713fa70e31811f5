// Hashes anew what a write-ahead log says was written, and holds it against the heads that were written with it.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/result.h"

namespace daybook {

// Goes on where it stopped, from write to write.
class WalReader final : public rocksdb::WriteBatch::Handler {
 public:
  // `seen` and the leaves of its bundle that is not full: what is known up to the write with the number `last`.
  WalReader(MerkleTree seen, std::vector<Hash> seen_leaves, uint64_t last) : tree_(std::move(seen)), leaves_(std::move(seen_leaves)), last_(last) {}

  // Reads on from the files of `db` until the tree has `size` entries. kCorrupt if they end before, skip a write, or hold
  // what does not follow. `place` is where the reading before this one stopped, null for none, and then where this one did:
  // without it a file is read again from its beginning. It is of no use after an error.
  Result<void> read_to(rocksdb::DB& db, uint64_t size, std::unique_ptr<rocksdb::TransactionLogIterator>& place);
  const MerkleTree& tree() const { return tree_; }

  // ---- called by RocksDB ----
  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) override;
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
  rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
  void LogData(const rocksdb::Slice&) override {}

 private:
  Result<void> read_updates(rocksdb::TransactionLogIterator& it, uint64_t size);
  Result<void> take(std::string_view key, std::string_view value);
  Result<void> take_entries(uint64_t first, const std::vector<std::string>& all);

  MerkleTree tree_;
  std::vector<Hash> leaves_;  // of the bundle that is not full
  uint64_t last_;             // the newest write that was read
};

}  // namespace daybook
