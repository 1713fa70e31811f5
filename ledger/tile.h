// The layout of C2SP tlog-tiles: 256 entries to a bundle, 256 hashes to a tile, and the paths they are served under.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/result.h"

namespace daybook {

inline constexpr uint64_t kTileWidth = 256;

// Entries as a bundle: each behind its length, 16 bits, big-endian.
std::string encode_bundle(const std::vector<std::string>& entries);
// kCorrupt if the bytes are not whole entries.
Result<std::vector<std::string>> decode_bundle(std::string_view bytes);
Result<std::vector<std::string_view>> split_bundle(std::string_view bytes);  // the same, without a copy

// How many hashes the tile (level, index) has in a tree of that size: 0 to 256.
uint64_t tile_width(uint64_t size, unsigned level, uint64_t index);

// "tile/0/x001/234.p/12"; a full tile has no ".p". For bundles the level is "entries".
std::string tile_path(unsigned level, uint64_t index, uint64_t width);
std::string bundle_path(uint64_t index, uint64_t width);

// Where the hashes of a tree come from: a database, or a folder of tiles.
class TileSource {
 public:
  virtual ~TileSource() = default;
  // The first `width` hashes of the tile (level, index): MTH of 256^level entries each.
  virtual Result<std::vector<Hash>> tile(unsigned level, uint64_t index, uint64_t width) const = 0;
};

// The root over `hashes`, as if they were leaves' hashes: of a full tile, its hash in the tile above.
Hash root_of(const std::vector<Hash>& hashes);

}  // namespace daybook
