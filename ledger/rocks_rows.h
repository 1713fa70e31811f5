// The rows of a book in RocksDB: their keys, and values as bytes. FORMAT.md describes them; change that page first.
#pragma once

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/merkle.h"
#include "ledger/result.h"

namespace daybook {

// The tables of a book, by the first byte of a key. On disk: never change.
enum Table : char {
  kBundle = 'b',       // number -> 256 entries
  kTile = 't',         // number -> the 256 leaf hashes of that bundle
  kTileRoot = 'r',     // level (1), number -> the hash of that full tile
  kDirectory = 'd',    // number -> the labels of the 256 entries
  kSegment = 'e',      // first byte of a label (1), number -> which of 256 bundles hold the labels that begin so
  kTail = 's',         // first position mod 256 (1) -> the entries of one group that fill no bundle yet
  kHead = 'h',         // -> size and right edge of the tree
  kIdempotency = 'k',  // key -> range
  kVault = 'v',        // key -> row
  kCheckpoint = 'c',   // size -> signed note
  kDropped = 'x',      // -> how many bundles were dropped from the beginning; kPurgeDue: files still hold some of them
};
inline constexpr std::string_view kPurgeDue = "purge";

std::string key_of(Table table, std::string_view rest);
std::string numbered(Table table, uint64_t number);
std::string root_key(unsigned level, uint64_t number);         // of kTileRoot
std::string segment_key(uint8_t first_byte, uint64_t number);  // of kSegment
std::string tail_key(uint64_t first);                          // of kTail

std::string encode_hashes(const std::vector<Hash>& hashes);
std::vector<Hash> decode_hashes(std::string_view bytes);

// The head as it is stored; kCorrupt if the size and the number of hashes do not go together.
std::string encode_head(const MerkleTree& tree);
Result<MerkleTree> decode_head(std::string_view value);

std::string encode_labels(std::span<const Labels> labels);
std::vector<Labels> decode_labels(std::string_view bytes);

// The entries of one group that fill no bundle yet.
struct TailRow {
  uint64_t first = 0;
  std::vector<std::string> entries;
  std::vector<Labels> labels;
};
std::string encode_tail(const TailRow& row);
Result<TailRow> decode_tail(std::string_view bytes);

rocksdb::Slice slice(std::string_view text);  // borrows

// The one place where a failed RocksDB status becomes ours. `doing` names the step, for whoever reads the line.
Error from_rocks(const rocksdb::Status& status, std::string_view doing);
Error corrupt(std::string message);

}  // namespace daybook
