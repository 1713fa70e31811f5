// The Merkle tree of RFC 6962 section 2.1 over the entries of a book. Appending and asking for the root need only the
// right edge: one hash for each bit that is set in the size.
#pragma once

#include <vector>

#include "ledger/types.h"

namespace daybook {

Hash leaf_hash(Bytes entry);                          // SHA-256(0x00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)

// A book's size and the root over that many entries: what two readers compare.
struct TreeHead {
  uint64_t size = 0;
  Hash root{};
  bool operator==(const TreeHead&) const = default;
};

class MerkleTree {
 public:
  MerkleTree() = default;
  void append(const Hash& leaf);
  uint64_t size() const { return size_; }
  Hash root() const;  // of no entries: SHA-256 of nothing
  TreeHead head() const { return {size_, root()}; }

  // The full subtrees from the largest to the smallest: the state to keep, and to come back from.
  const std::vector<Hash>& edge() const { return edge_; }
  static MerkleTree restore(uint64_t size, std::vector<Hash> edge);  // `edge` has one hash per set bit of `size`

 private:
  uint64_t size_ = 0;
  std::vector<Hash> edge_;
};

}  // namespace daybook
