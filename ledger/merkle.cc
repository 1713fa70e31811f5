#include "ledger/merkle.h"

#include <bit>

#include "ledger/digest.h"
#include "ledger/require.h"

namespace daybook {

Hash leaf_hash(Bytes entry) {
  static constexpr uint8_t kPrefix[] = {0x00};
  return sha256({kPrefix, entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  static constexpr uint8_t kPrefix[] = {0x01};
  return sha256({kPrefix, left, right});
}

void MerkleTree::append(const Hash& leaf) {
  Hash hash = leaf;
  for (uint64_t bit = size_; bit & 1; bit >>= 1) {  // each full subtree of the same height is joined
    hash = node_hash(edge_.back(), hash);
    edge_.pop_back();
  }
  edge_.push_back(hash);
  ++size_;
}

Hash MerkleTree::root() const {
  if (edge_.empty()) return sha256({});
  Hash root = edge_.back();
  for (size_t i = edge_.size() - 1; i-- > 0;) root = node_hash(edge_[i], root);
  return root;
}

MerkleTree MerkleTree::restore(uint64_t size, std::vector<Hash> edge) {
  require(edge.size() == static_cast<size_t>(std::popcount(size)), "a tree's edge fits its size");
  MerkleTree tree;
  tree.size_ = size;
  tree.edge_ = std::move(edge);
  return tree;
}

}  // namespace daybook
