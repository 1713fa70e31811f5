#include "ledger/tile.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/require.h"

namespace daybook {
namespace {

// 1234067 is x001/x234/067.
std::string index_path(uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = fmt::format("x{:03}/", index % 1000) + path;
  return path;
}

std::string part(uint64_t width) { return width == kTileWidth ? "" : fmt::format(".p/{}", width); }

}  // namespace

std::string encode_bundle(const std::vector<std::string>& entries) {
  size_t size = 0;
  for (const auto& entry : entries) size += 2 + entry.size();
  std::string bytes;
  bytes.reserve(size);
  for (const auto& entry : entries) {
    require(entry.size() <= 0xffff, "an entry was measured before it was bundled");
    bytes += static_cast<char>(entry.size() >> 8);
    bytes += static_cast<char>(entry.size() & 0xff);
    bytes += entry;
  }
  return bytes;
}

Result<std::vector<std::string_view>> split_bundle(std::string_view bytes) {
  std::vector<std::string_view> entries;
  entries.reserve(kTileWidth);
  while (!bytes.empty()) {
    if (bytes.size() < 2) return Error{Fault::kCorrupt, "bundle: found a length cut short"};
    const size_t size = static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
    bytes.remove_prefix(2);
    if (bytes.size() < size) return Error{Fault::kCorrupt, fmt::format("bundle: found {} bytes of an entry, want {}", bytes.size(), size)};
    entries.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return entries;
}

Result<std::vector<std::string>> decode_bundle(std::string_view bytes) {
  DAYBOOK_TRY(const auto entries, split_bundle(bytes));
  return std::vector<std::string>(entries.begin(), entries.end());
}

uint64_t tile_width(uint64_t size, unsigned level, uint64_t index) {
  for (unsigned i = 0; i < level; ++i) size /= kTileWidth;
  if (index > size / kTileWidth) return 0;
  const uint64_t first = index * kTileWidth;
  return size <= first ? 0 : std::min(size - first, kTileWidth);
}

std::string tile_path(unsigned level, uint64_t index, uint64_t width) { return fmt::format("tile/{}/{}{}", level, index_path(index), part(width)); }
std::string bundle_path(uint64_t index, uint64_t width) { return fmt::format("tile/entries/{}{}", index_path(index), part(width)); }

Hash root_of(const std::vector<Hash>& hashes) {
  MerkleTree tree;
  for (const auto& hash : hashes) tree.append(hash);
  return tree.root();
}

}  // namespace daybook
