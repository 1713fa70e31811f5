// The wrapping keys: what the keys of owners are sealed with. They stand in a file outside of the ledger's folder, sealed
// with the root key, so that no backup of the ledger holds them, and a version can be destroyed: with it go all owners' keys
// that were not wrapped anew, wherever a copy of them may still lie. Beside them stands the base key, which names and rows are found
// by, so that the root key can be changed without touching the ledger.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ledger/digest.h"
#include "ledger/result.h"

namespace daybook {

class KeyRing {
 public:
  KeyRing() = default;  // of nobody: it opens nothing

  // A new base key, and one new wrapping key, version 1.
  static KeyRing make(Randomness& randomness);
  // The ring of a ledger that has no file for one: in memory, for tests and rehearsals.
  static KeyRing of_root(const Hash& root_key);

  // kRejected: no ring at `path`, or others can read it; kCorrupt: it was not sealed with this root key for this ledger.
  static Result<KeyRing> read(const std::string& path, const Hash& root_key, const std::string& ledger);
  // The same of a file's text. `path` is for what is said of it.
  static Result<KeyRing> parse(const std::string& path, const std::string& text, const Hash& root_key, const std::string& ledger);
  // Puts the ring in the place of the file, as one step that survives a crash; the bytes that stood there are overwritten.
  Result<void> write(const std::string& path, const Hash& root_key, const std::string& ledger, Randomness& randomness) const;

  const Hash& base() const { return base_; }
  // Versions count from 1. Null: there is no such key, or no more.
  const Hash* find(uint32_t version) const;
  uint32_t newest() const { return keys_.empty() ? 0 : keys_.rbegin()->first; }
  uint32_t oldest() const { return keys_.empty() ? 0 : keys_.begin()->first; }

  void add(Randomness& randomness);  // a new version
  void drop_before(uint32_t version);

 private:
  Hash base_{};
  std::map<uint32_t, Hash> keys_;
};

}  // namespace daybook
