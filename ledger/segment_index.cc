#include "ledger/segment_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/big_endian.h"

namespace daybook {
namespace {

constexpr size_t kItemBytes = 4;

uint32_t item_of(uint32_t label, uint64_t bundle) { return label << 8 | static_cast<uint32_t>(bundle % kSegmentBundles); }

}  // namespace

void SegmentIndex::add(uint64_t bundle, std::span<const Labels> labels) {
  for (const auto& [stream, subject, cohort] : labels) {
    for (const uint32_t label : {stream, subject, cohort}) {
      if (label == 0) continue;
      auto& part = parts_[first_byte_of(label)];
      if (const auto item = item_of(label, bundle); part.empty() || part.back() != item) part.push_back(item);
    }
  }
}

void SegmentIndex::add(const SegmentIndex& later) {
  for (size_t i = 0; i < parts_.size(); ++i) parts_[i].insert(parts_[i].end(), later.parts_[i].begin(), later.parts_[i].end());
}

std::vector<uint8_t> SegmentIndex::bundles_with(uint32_t label) const {
  std::vector<uint8_t> bundles;
  if (label == 0) return bundles;
  for (const uint32_t item : parts_[first_byte_of(label)]) {
    const auto bundle = static_cast<uint8_t>(item);
    if (item_of(label, bundle) == item && (bundles.empty() || bundles.back() != bundle)) bundles.push_back(bundle);
  }
  return bundles;
}

std::string SegmentIndex::row(uint8_t first_byte) const {
  auto items = parts_[first_byte];
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  std::string bytes;
  bytes.reserve(kItemBytes * items.size());
  for (const uint32_t item : items) append_big_endian(bytes, item, kItemBytes);
  return bytes;
}

Result<std::vector<uint8_t>> bundles_in_row(std::string_view row, uint32_t label) {
  if (row.size() % kItemBytes != 0)
    return Error{Fault::kCorrupt, fmt::format("found {} bytes in an index of a segment, want whole items", row.size())};
  const auto item = [&](size_t i) { return static_cast<uint32_t>(from_big_endian(row.substr(kItemBytes * i, kItemBytes))); };
  size_t first = 0, end = row.size() / kItemBytes;  // of the items that may be the first of this label
  const size_t count = end;
  while (first < end) {
    const size_t middle = first + (end - first) / 2;
    item(middle) < item_of(label, 0) ? first = middle + 1 : end = middle;
  }
  std::vector<uint8_t> bundles;
  for (; label != 0 && first < count && item(first) <= item_of(label, kSegmentBundles - 1); ++first)
    bundles.push_back(static_cast<uint8_t>(item(first)));
  return bundles;
}

}  // namespace daybook
