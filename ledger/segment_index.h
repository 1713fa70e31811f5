// Which bundles hold an event with a label, for 256 bundles in a row: a segment. Made from their directories when the
// segment is full, so that a question about one label need not read the directory of every bundle.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"

namespace daybook {

inline constexpr uint64_t kSegmentBundles = 256;
inline constexpr uint64_t kSegmentEvents = kSegmentBundles * kTileWidth;

class SegmentIndex {
 public:
  // That the bundle of this number holds events with these labels. Bundles come in ascending order.
  void add(uint64_t bundle, std::span<const Labels> labels);
  void add(const SegmentIndex& later);

  // The numbers of the bundles with that label, counted within the segment; ascending, each once. Of 0 there are none.
  std::vector<uint8_t> bundles_with(uint32_t label) const;

  // One of the 256 rows that the index is stored as, by the first byte of the labels in it: for each label and bundle the
  // label's other three bytes and the bundle's number within the segment; ascending, each once.
  std::string row(uint8_t first_byte) const;

 private:
  std::array<std::vector<uint32_t>, 256> parts_;  // by a label's first byte; as they came, so also more than once
};

// The row of its segment in which a label stands.
inline uint8_t first_byte_of(uint32_t label) { return static_cast<uint8_t>(label >> 24); }

// What bundles_with() gives, from a stored row. kCorrupt if the bytes are no row.
Result<std::vector<uint8_t>> bundles_in_row(std::string_view row, uint32_t label);

}  // namespace daybook
