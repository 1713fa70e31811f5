// Authenticated encryption: XChaCha20-Poly1305 from libsodium. Nonces are random and have 192 bits, so that a rollback of
// the disk never makes one come again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ledger/digest.h"
#include "ledger/result.h"

namespace daybook {

// Nonce, ciphertext and tag of `plain`: 40 bytes more. `bound` must be given again to open it.
std::string seal(const Hash& key, Bytes bound, Bytes plain, Randomness& randomness);

// The same, appended to `out`.
void seal_onto(std::string& out, const Hash& key, Bytes bound, Bytes plain, Randomness& randomness);

// What was sealed; kCorrupt if key or `bound` is another, or a byte was changed.
Result<std::string> open_sealed(const Hash& key, Bytes bound, Bytes sealed);

// A key made from another, for one purpose that a number names.
Hash derived_key(const Hash& key, uint64_t purpose);

// Overwrites, so that the compiler cannot leave it out.
void wipe(Hash& key);
void wipe(std::string& text);

// A copy of a key for as long as it is used, overwritten when it goes.
class BriefKey {
 public:
  explicit BriefKey(const Hash& key) : key_(key) {}
  BriefKey(const BriefKey&) = default;
  BriefKey& operator=(const BriefKey&) = default;
  ~BriefKey() { wipe(key_); }
  const Hash& hash() const { return key_; }

 private:
  Hash key_;
};

// Keys in memory that is not swapped out and not dumped, and is overwritten when it goes. Where the system locks no more
// memory for this user (`ulimit -l`), the keys are kept all the same: is_locked() tells.
class LockedKeys {
 public:
  LockedKeys() = default;
  ~LockedKeys() = default;
  LockedKeys(const LockedKeys&) = delete;
  LockedKeys& operator=(const LockedKeys&) = delete;

  // Where the key stands until it is dropped. The place does not move.
  const Hash* keep(const Hash& key);
  void drop(const Hash* key);

  bool is_locked() const { return locked_; }

 private:
  struct Free {
    void operator()(Hash* keys) const;
  };
  static constexpr size_t kChunk = 1024;
  std::vector<std::unique_ptr<Hash[], Free>> chunks_;
  std::vector<Hash*> vacant_;
  bool locked_ = true;
};

}  // namespace daybook
