#include "ledger/sealing.h"

#include <sodium.h>

#include "ledger/require.h"

namespace daybook {
namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == sizeof(Hash) && crypto_kdf_KEYBYTES == sizeof(Hash));

void begin() {
  static const bool begun = ::sodium_init() >= 0;
  require(begun, "libsodium begins");
}

uint8_t* bytes_of(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

}  // namespace

std::string seal(const Hash& key, Bytes bound, Bytes plain, Randomness& randomness) {
  std::string out;
  seal_onto(out, key, bound, plain, randomness);
  return out;
}

void seal_onto(std::string& out, const Hash& key, Bytes bound, Bytes plain, Randomness& randomness) {
  begin();
  const size_t at = out.size();
  out.resize(at + kNonce + plain.size() + kTag);
  auto* nonce = bytes_of(out) + at;
  randomness.fill({nonce, kNonce});
  ::crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonce, nullptr, plain.data(), plain.size(), bound.data(), bound.size(), nullptr, nonce,
                                               key.data());
}

Result<std::string> open_sealed(const Hash& key, Bytes bound, Bytes sealed) {
  begin();
  if (sealed.size() < kNonce + kTag) return Error{Fault::kCorrupt, "found fewer bytes than a seal has"};
  std::string out(sealed.size() - kNonce - kTag, '\0');
  const auto* after_nonce = sealed.data() + kNonce;
  if (::crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(out), nullptr, nullptr, after_nonce, sealed.size() - kNonce, bound.data(), bound.size(),
                                                   sealed.data(), key.data()) != 0) {
    return Error{Fault::kCorrupt, "found bytes that were not sealed for this place with this key"};
  }
  return out;
}

Hash derived_key(const Hash& key, uint64_t purpose) {
  begin();
  Hash derived;
  ::crypto_kdf_derive_from_key(derived.data(), derived.size(), purpose, "daybook1", key.data());
  return derived;
}

void wipe(Hash& key) { ::sodium_memzero(key.data(), key.size()); }
void wipe(std::string& text) { ::sodium_memzero(text.data(), text.size()); }

const Hash* LockedKeys::keep(const Hash& key) {
  begin();
  if (vacant_.empty()) {
    chunks_.emplace_back(static_cast<Hash*>(::sodium_allocarray(kChunk, sizeof(Hash))));
    require(chunks_.back() != nullptr, "there is memory for keys");
    locked_ &= ::sodium_mlock(chunks_.back().get(), kChunk * sizeof(Hash)) == 0;  // it was tried, but not said whether it could be
    for (size_t i = kChunk; i > 0; --i) vacant_.push_back(&chunks_.back()[i - 1]);
  }
  auto* place = vacant_.back();
  vacant_.pop_back();
  *place = key;
  return place;
}

void LockedKeys::drop(const Hash* key) {
  auto* place = const_cast<Hash*>(key);  // which is ours: keep() gave it out
  wipe(*place);
  vacant_.push_back(place);
}

void LockedKeys::Free::operator()(Hash* keys) const { ::sodium_free(keys); }

}  // namespace daybook
