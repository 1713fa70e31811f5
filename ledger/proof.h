// Inclusion and consistency proofs of RFC 6962 and 9162: made from tiles, checked with nothing but hashes.
#pragma once

#include <vector>

#include "ledger/tile.h"

namespace daybook {

using Proof = std::vector<Hash>;

// The root over the first `size` entries.
Result<Hash> tree_root(const TileSource& tiles, uint64_t size);

// That the entry at `index` is in the tree of `size` entries. kRejected unless index < size.
Result<Proof> prove_inclusion(const TileSource& tiles, uint64_t index, uint64_t size);

// That the tree of `old_size` entries is the beginning of the one of `size`. kRejected unless old_size <= size.
Result<Proof> prove_consistency(const TileSource& tiles, uint64_t old_size, uint64_t size);

// What is wrong with a proof, in words; empty if it holds.
std::string check_inclusion(const Proof& proof, uint64_t index, const Hash& leaf, const TreeHead& head);
std::string check_consistency(const Proof& proof, const TreeHead& old_head, const TreeHead& head);

// Proofs as C2SP writes them. Of inclusion: a tlog-proof, with the checkpoint it leads to. Of consistency: the body of a
// witness's add-checkpoint.
std::string inclusion_text(const Proof& proof, uint64_t index, std::string_view checkpoint_note);
std::string consistency_text(const Proof& proof, uint64_t old_size, std::string_view checkpoint_note);

struct InclusionProof {
  uint64_t index = 0;
  Proof proof;
  std::string checkpoint_note;
};
Result<InclusionProof> parse_inclusion(std::string_view text);

}  // namespace daybook
