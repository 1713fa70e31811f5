// The right edge of a book: what stands in no full bundle or tile yet.
#pragma once

#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/merkle.h"
#include "ledger/result.h"
#include "ledger/segment_index.h"

namespace rocksdb {
class DB;
}

namespace daybook {

// What stands in no full bundle or tile: the newest entries, and at each level the hashes of a tile that is not full. The
// index of the newest segment, as far as its bundles are full.
struct RightEdge {
  std::vector<std::string> entries;
  std::vector<Labels> labels;
  std::vector<Hash> leaves;
  std::vector<std::vector<Hash>> above;  // above[0] is level 1
  SegmentIndex segment;
};

// "Opened OK" proves nothing: the right edge, read from entries and tiles, must have the root that the head has. The first
// `dropped` bundles are not there.
Result<RightEdge> read_edge(rocksdb::DB& db, const MerkleTree& tree, uint64_t dropped);

}  // namespace daybook
