#include "ledger/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "ledger/digest.h"

namespace daybook {
namespace {

// Hashes of subtrees, from tiles that are each read once.
class Subtrees {
 public:
  Subtrees(const TileSource& tiles, uint64_t size) : tiles_(tiles), size_(size) {}

  // MTH(D[first:end]) for any range that RFC 6962's splitting leads to.
  Result<Hash> hash(uint64_t first, uint64_t end) {
    const uint64_t count = end - first;
    if (std::has_single_bit(count) && first % count == 0) return aligned(first, count);
    const uint64_t left = std::bit_floor(count - 1);
    DAYBOOK_TRY(const auto l, hash(first, first + left));
    DAYBOOK_TRY(const auto r, hash(first + left, end));
    return node_hash(l, r);
  }

 private:
  // A full subtree of 2^h entries: 2^(h mod 8) hashes of the tile level h / 8.
  Result<Hash> aligned(uint64_t first, uint64_t count) {
    unsigned level = 0;
    for (; count >= kTileWidth; count /= kTileWidth, first /= kTileWidth) ++level;
    const uint64_t index = first / kTileWidth;
    auto [it, fresh] = read_.try_emplace({level, index});
    if (fresh) {
      DAYBOOK_TRY(it->second, tiles_.tile(level, index, tile_width(size_, level, index)));
    }
    const auto& hashes = it->second;
    const auto begin = hashes.begin() + static_cast<std::ptrdiff_t>(first % kTileWidth);
    return root_of({begin, begin + static_cast<std::ptrdiff_t>(count)});
  }

  const TileSource& tiles_;
  const uint64_t size_;
  std::map<std::pair<unsigned, uint64_t>, std::vector<Hash>> read_;
};

// PATH(index, D[first:end]) of RFC 6962, leaf's sibling first.
Result<void> path(Subtrees& trees, uint64_t index, uint64_t first, uint64_t end, Proof& proof) {
  if (end - first == 1) return success();
  const uint64_t split = first + std::bit_floor(end - first - 1);
  const bool left = index < split;
  DAYBOOK_TRY(left ? path(trees, index, first, split, proof) : path(trees, index, split, end, proof));
  DAYBOOK_TRY(const auto sibling, left ? trees.hash(split, end) : trees.hash(first, split));
  proof.push_back(sibling);
  return success();
}

// SUBPROOF(old, D[first:end], whole) of RFC 6962; `old` counts from the start of the log.
Result<void> subproof(Subtrees& trees, uint64_t old, uint64_t first, uint64_t end, bool whole, Proof& proof) {
  if (old == end) {
    if (whole) return success();
    DAYBOOK_TRY(const auto hash, trees.hash(first, end));
    proof.push_back(hash);
    return success();
  }
  const uint64_t split = first + std::bit_floor(end - first - 1);
  const bool left = old <= split;
  DAYBOOK_TRY(left ? subproof(trees, old, first, split, whole, proof) : subproof(trees, old, split, end, false, proof));
  DAYBOOK_TRY(const auto sibling, left ? trees.hash(split, end) : trees.hash(first, split));
  proof.push_back(sibling);
  return success();
}

}  // namespace

Result<Hash> tree_root(const TileSource& tiles, uint64_t size) {
  if (size == 0) return MerkleTree().root();
  return Subtrees(tiles, size).hash(0, size);
}

Result<Proof> prove_inclusion(const TileSource& tiles, uint64_t index, uint64_t size) {
  if (index >= size) return Error{Fault::kRejected, fmt::format("inclusion: found position {}, want less than the size, {}", index, size)};
  Subtrees trees(tiles, size);
  Proof proof;
  DAYBOOK_TRY(path(trees, index, 0, size, proof));
  return proof;
}

Result<Proof> prove_consistency(const TileSource& tiles, uint64_t old_size, uint64_t size) {
  if (old_size > size) return Error{Fault::kRejected, fmt::format("consistency: found old size {}, want {} at most", old_size, size)};
  Proof proof;
  if (old_size == 0 || old_size == size) return proof;
  Subtrees trees(tiles, size);
  DAYBOOK_TRY(subproof(trees, old_size, 0, size, true, proof));
  return proof;
}

// RFC 9162 section 2.1.3.2.
std::string check_inclusion(const Proof& proof, uint64_t index, const Hash& leaf, const TreeHead& head) {
  if (index >= head.size) return fmt::format("position {} is not in a tree of {} entries", index, head.size);
  uint64_t fn = index, sn = head.size - 1;
  Hash hash = leaf;
  for (const auto& sibling : proof) {
    if (sn == 0) return "the proof has more hashes than the path";
    if (fn % 2 == 1 || fn == sn) {
      hash = node_hash(sibling, hash);
      for (; fn % 2 == 0 && fn != 0; fn /= 2) sn /= 2;
    } else {
      hash = node_hash(hash, sibling);
    }
    fn /= 2, sn /= 2;
  }
  if (sn != 0) return "the proof has fewer hashes than the path";
  return hash == head.root ? "" : "the proof leads to another root";
}

// RFC 9162 section 2.1.4.2.
std::string check_consistency(const Proof& proof, const TreeHead& old_head, const TreeHead& head) {
  if (old_head.size > head.size) return fmt::format("the old size, {}, is above the new one, {}", old_head.size, head.size);
  if (old_head.size == head.size) {
    if (!proof.empty()) return "the proof of equal sizes has hashes";
    return old_head.root == head.root ? "" : "two roots of one size differ";
  }
  if (old_head.size == 0) {
    if (!proof.empty()) return "the proof from an empty tree has hashes";
    return old_head.root == MerkleTree().root() ? "" : "the root of the empty tree is not that of no entries";
  }
  if (proof.empty()) return "the proof is empty";
  size_t next = 0;
  const bool full = std::has_single_bit(old_head.size);
  uint64_t fn = old_head.size - 1, sn = head.size - 1;
  for (; fn % 2 == 1; fn /= 2) sn /= 2;
  Hash fr = full ? old_head.root : proof[next++];
  Hash sr = fr;
  for (; next < proof.size(); ++next) {
    const auto& sibling = proof[next];
    if (sn == 0) return "the proof has more hashes than the path";
    if (fn % 2 == 1 || fn == sn) {
      fr = node_hash(sibling, fr);
      sr = node_hash(sibling, sr);
      for (; fn % 2 == 0 && fn != 0; fn /= 2) sn /= 2;
    } else {
      sr = node_hash(sr, sibling);
    }
    fn /= 2, sn /= 2;
  }
  if (sn != 0) return "the proof has fewer hashes than the path";
  if (fr != old_head.root) return "the proof does not lead to the old root";
  return sr == head.root ? "" : "the proof does not lead to the new root";
}

namespace {

constexpr std::string_view kProofName = "c2sp.org/tlog-proof@v1";

std::string lines_of(const Proof& proof) {
  std::string text;
  for (const auto& hash : proof) text += to_base64(hash) + "\n";
  return text;
}

}  // namespace

std::string inclusion_text(const Proof& proof, uint64_t index, std::string_view checkpoint_note) {
  return fmt::format("{}\nindex {}\n{}\n{}", kProofName, index, lines_of(proof), checkpoint_note);
}

std::string consistency_text(const Proof& proof, uint64_t old_size, std::string_view checkpoint_note) {
  return fmt::format("old {}\n{}\n{}", old_size, lines_of(proof), checkpoint_note);
}

Result<InclusionProof> parse_inclusion(std::string_view text) {
  const auto wrong = [](std::string_view what) { return Error{Fault::kRejected, "tlog-proof: " + std::string(what)}; };
  const auto take_line = [&]() -> std::optional<std::string> {  // none if no line end follows
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string line(text.substr(0, end));
    text.remove_prefix(end + 1);
    return line;
  };
  InclusionProof out;
  if (take_line() != kProofName) return wrong("its first line is not " + std::string(kProofName));
  auto line = take_line();
  if (line && line->starts_with("extra ")) {
    if (!from_base64(line->substr(6))) return wrong("found an extra line that is not base64");
    line = take_line();
  }
  const auto number = line && line->starts_with("index ") ? line->substr(6) : "";
  if (number.empty() || number.size() > 19 || number.find_first_not_of("0123456789") != std::string::npos ||
      (number.size() > 1 && number[0] == '0')) {
    return wrong("found no index line");
  }
  out.index = std::stoull(number);
  for (line = take_line(); line && !line->empty(); line = take_line()) {
    const auto hash = from_base64(*line);
    if (!hash || hash->size() != 32 || out.proof.size() == 63) return wrong("found a line that is no hash");
    std::copy(hash->begin(), hash->end(), out.proof.emplace_back().begin());
  }
  if (!line) return wrong("found no empty line after the hashes");
  if (text.empty()) return wrong("found no checkpoint after the hashes");
  out.checkpoint_note = text;
  return out;
}

}  // namespace daybook
