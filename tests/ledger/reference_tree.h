// Trees, tiles and proofs from the definitions: RFC 6962 sections 2.1.1 and 2.1.2 as recursions over the leaves, C2SP
// tlog-tiles as MTH of ranges. Only full ranges of 256^n leaves are remembered, so that a big tree is not hashed again.
#pragma once

#include "ledger/proof.h"

namespace daybook::test {

class ReferenceTree final : public TileSource {
 public:
  void append(std::string_view entry) {
    levels_[0].push_back(sha256({as_bytes(std::string_view("\x00", 1)), as_bytes(entry)}));
    for (size_t level = 1; levels_[level - 1].size() % 256 == 0; ++level) {
      const uint64_t end = size();
      if (levels_.size() == level) levels_.emplace_back();
      levels_[level].push_back(split(end - span_of(level), end));
    }
  }
  uint64_t size() const { return levels_[0].size(); }

  // MTH(D[begin:end])
  Hash mth(uint64_t begin, uint64_t end) const {
    if (begin == end) return sha256({});
    for (size_t level = 0; level < levels_.size(); ++level) {
      const uint64_t span = span_of(level);
      if (end - begin == span && begin % span == 0) return levels_[level].at(begin / span);
    }
    return split(begin, end);
  }
  Hash root(uint64_t size) const { return mth(0, size); }
  TreeHead head(uint64_t size) const { return {size, root(size)}; }
  TreeHead head() const { return head(size()); }
  Hash leaf(uint64_t index) const { return levels_[0].at(index); }

  // PATH(index, D[0:size])
  Proof path(uint64_t index, uint64_t size) const { return path(index, 0, size); }

  // SUBPROOF(old_size, D[0:size], true); nothing for sizes that RFC 6962 leaves out.
  Proof consistency(uint64_t old_size, uint64_t size) const { return old_size == 0 ? Proof{} : subproof(old_size, 0, size, true); }

  // How many hashes C2SP gives the tile.
  static uint64_t width_of(uint64_t size, unsigned level, uint64_t index) {
    for (unsigned i = 0; i < level; ++i) size /= 256;
    return index < size / 256 ? 256 : index == size / 256 ? size % 256 : 0;
  }

  // Only what a log of this size has to serve.
  Result<std::vector<Hash>> tile(unsigned level, uint64_t index, uint64_t width) const override {
    const uint64_t has = width_of(size(), level, index);
    if (width == 0 || width > has) return Error{Fault::kNotFound, "the reference has no such tile"};
    std::vector<Hash> hashes;
    for (uint64_t i = 0; i < width; ++i) hashes.push_back(mth((256 * index + i) * span_of(level), (256 * index + i + 1) * span_of(level)));
    return hashes;
  }

 private:
  static uint64_t span_of(size_t level) { return uint64_t{1} << (8 * level); }
  static uint64_t half(uint64_t count) {  // the largest power of two smaller than count
    uint64_t k = 1;
    while (2 * k < count) k *= 2;
    return k;
  }
  static Hash node(const Hash& left, const Hash& right) { return sha256({as_bytes("\x01"), left, right}); }
  Hash split(uint64_t begin, uint64_t end) const {
    const uint64_t k = half(end - begin);
    return node(mth(begin, begin + k), mth(begin + k, end));
  }
  Proof path(uint64_t m, uint64_t begin, uint64_t end) const {
    if (end - begin == 1) return {};
    const uint64_t k = half(end - begin);
    Proof proof = m < k ? path(m, begin, begin + k) : path(m - k, begin + k, end);
    proof.push_back(m < k ? mth(begin + k, end) : mth(begin, begin + k));
    return proof;
  }
  Proof subproof(uint64_t m, uint64_t begin, uint64_t end, bool known) const {
    if (m == end - begin) return known ? Proof{} : Proof{mth(begin, end)};
    const uint64_t k = half(end - begin);
    Proof proof = m <= k ? subproof(m, begin, begin + k, known) : subproof(m - k, begin + k, end, false);
    proof.push_back(m <= k ? mth(begin + k, end) : mth(begin, begin + k));
    return proof;
  }

  std::vector<std::vector<Hash>> levels_{1};  // [n]: MTH of each full range of 256^n leaves
};

}  // namespace daybook::test
