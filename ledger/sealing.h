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

// What was sealed; kCorrupt if key or `bound` is another, or a byte was changed.
Result<std::string> open_sealed(const Hash& key, Bytes bound, Bytes sealed);

// A key made from another, for one purpose that a number names.
Hash derived_key(const Hash& key, uint64_t purpose);

// Overwrites, so that the compiler cannot leave it out.
void wipe(Hash& key);
void wipe(std::string& text);

// Keys in memory that is not swapped out and not dumped, and is overwritten when it goes.
class LockedKeys {
 public:
  LockedKeys() = default;
  ~LockedKeys() = default;
  LockedKeys(const LockedKeys&) = delete;
  LockedKeys& operator=(const LockedKeys&) = delete;

  // Where the key stands until it is dropped. The place does not move.
  const Hash* keep(const Hash& key);
  void drop(const Hash* key);

 private:
  struct Free {
    void operator()(Hash* keys) const;
  };
  static constexpr size_t kChunk = 1024;
  std::vector<std::unique_ptr<Hash[], Free>> chunks_;
  std::vector<Hash*> vacant_;
};

}  // namespace daybook
