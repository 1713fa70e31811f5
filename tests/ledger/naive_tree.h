// The Merkle tree as RFC 6962 section 2.1 defines it, written from the text and slow: what the fast one is held against.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ledger/digest.h"

namespace daybook::test {

// MTH(D[n]): of nothing SHA-256(); of one entry SHA-256(0x00 || entry); else SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))
// with k the largest power of two smaller than n.
inline Hash naive_root(std::span<const std::string> entries) {
  if (entries.empty()) return sha256({});
  if (entries.size() == 1) return sha256({as_bytes(std::string_view("\x00", 1)), as_bytes(entries.front())});
  size_t k = 1;
  while (2 * k < entries.size()) k *= 2;
  const Hash left = naive_root(entries.first(k)), right = naive_root(entries.subspan(k));
  return sha256({as_bytes("\x01"), left, right});
}

}  // namespace daybook::test
