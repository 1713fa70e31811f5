#include "ledger/rocks_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ledger/big_endian.h"

namespace daybook {

std::string key_of(Table table, std::string_view rest) { return std::string(1, table).append(rest); }
std::string numbered(Table table, uint64_t number) { return key_of(table, big_endian(number)); }
std::string root_key(unsigned level, uint64_t number) { return key_of(kTileRoot, std::string(1, static_cast<char>(level))) + big_endian(number); }
std::string segment_key(uint8_t first_byte, uint64_t number) {
  return key_of(kSegment, std::string(1, static_cast<char>(first_byte))) + big_endian(number);
}
std::string tail_key(uint64_t first) { return key_of(kTail, std::string(1, static_cast<char>(first % kTileWidth))); }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

Error from_rocks(const rocksdb::Status& status, std::string_view doing) {
  const Fault fault = status.IsCorruption() ? Fault::kCorrupt : Fault::kStorage;
  return {fault, std::string(doing) + ": " + status.ToString()};
}

Error corrupt(std::string message) { return {Fault::kCorrupt, std::move(message)}; }

std::string encode_hashes(const std::vector<Hash>& hashes) {
  std::string bytes;
  bytes.reserve(32 * hashes.size());
  for (const auto& hash : hashes) bytes.append(as_text(hash));
  return bytes;
}

std::vector<Hash> decode_hashes(std::string_view bytes) {
  std::vector<Hash> hashes(bytes.size() / 32);
  for (size_t i = 0; i < hashes.size(); ++i) std::copy_n(bytes.data() + 32 * i, 32, reinterpret_cast<char*>(hashes[i].data()));
  return hashes;
}

std::string encode_head(const MerkleTree& tree) { return big_endian(tree.size()) + encode_hashes(tree.edge()); }

Result<MerkleTree> decode_head(std::string_view value) {
  const uint64_t size = value.size() >= 8 ? from_big_endian(value.substr(0, 8)) : 0;
  if (value.size() != 8 + 32 * static_cast<size_t>(std::popcount(size))) {
    return corrupt(fmt::format("head: found {} bytes for size {}, want 8 and one hash for each set bit", value.size(), size));
  }
  return MerkleTree::restore(size, decode_hashes(value.substr(8)));
}

std::string encode_labels(std::span<const Labels> labels) {
  std::string bytes;
  for (const auto& label : labels) {
    for (const uint32_t part : {label.stream, label.subject, label.cohort}) append_big_endian(bytes, part, 4);
  }
  return bytes;
}

std::vector<Labels> decode_labels(std::string_view bytes) {
  std::vector<Labels> labels(bytes.size() / 12);
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto part = [&](size_t at) { return static_cast<uint32_t>(from_big_endian(bytes.substr(12 * i + at, 4))); };
    labels[i] = {part(0), part(4), part(8)};
  }
  return labels;
}

std::string encode_tail(const TailRow& row) {
  std::string bytes = big_endian(row.first);
  append_big_endian(bytes, row.entries.size(), 2);
  return bytes + encode_labels(row.labels) + encode_bundle(row.entries);
}

Result<TailRow> decode_tail(std::string_view bytes) {
  if (bytes.size() < 10) return corrupt("tail: found fewer than 10 bytes");
  TailRow row{from_big_endian(bytes.substr(0, 8)), {}, {}};
  const auto count = from_big_endian(bytes.substr(8, 2));
  if (bytes.size() < 10 + 12 * count) return corrupt(fmt::format("tail at {}: found {} bytes for {} entries", row.first, bytes.size(), count));
  row.labels = decode_labels(bytes.substr(10, 12 * count));
  DAYBOOK_TRY(row.entries, decode_bundle(bytes.substr(10 + 12 * count)));
  if (row.entries.size() != count) return corrupt(fmt::format("tail at {}: found {} entries, want {}", row.first, row.entries.size(), count));
  return row;
}

}  // namespace daybook
