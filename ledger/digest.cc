#include "ledger/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

#include "ledger/require.h"

namespace daybook {
namespace {

// Fetched once: a fetch at each call halves the speed.
const EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// SHA-256 over `first` and then the parts.
Hash sha256_of(Bytes first, std::initializer_list<Bytes> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Hash out;
  bool good = EVP_DigestInit_ex2(context.get(), sha256_method(), nullptr) == 1;
  good = good && EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1;
  for (const Bytes part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  good = good && EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
  require(good, "SHA-256 never fails");
  return out;
}

}  // namespace

Hash sha256(std::initializer_list<Bytes> parts) { return sha256_of({}, parts); }

// RFC 2104, with two hashes: OpenSSL's own object for it takes three times as long for short messages.
Hash hmac_sha256(const Hash& key, std::initializer_list<Bytes> parts) {
  std::array<uint8_t, 64> inner, outer;
  inner.fill(0x36);
  outer.fill(0x5c);
  for (size_t i = 0; i < key.size(); ++i) {
    inner[i] ^= key[i];
    outer[i] ^= key[i];
  }
  const Hash digest = sha256_of(inner, parts);
  const Hash out = sha256({outer, digest});
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return out;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  require(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_method(), nullptr) == 1, "SHA-256 never fails");
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256Stream::update(Bytes bytes) {
  require(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1, "SHA-256 never fails");
}
Hash Sha256Stream::finish() {
  Hash out;
  require(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), nullptr) == 1, "SHA-256 never fails");
  return out;
}

SystemRandomness::~SystemRandomness() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }

void SystemRandomness::fill(std::span<uint8_t> out) {
  require(out.size() <= buffer_.size(), "small amounts only");
  if (buffer_.size() - used_ < out.size()) {
    require(RAND_bytes(buffer_.data(), static_cast<int>(buffer_.size())) == 1, "the system gives random bytes");
    used_ = 0;
  }
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
  OPENSSL_cleanse(buffer_.data() + used_, out.size());
  used_ += out.size();
}

std::string random_id(Randomness& randomness) {
  static constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32
  std::array<uint8_t, 26> bytes;
  randomness.fill(bytes);
  std::string id(bytes.size(), ' ');
  std::transform(bytes.begin(), bytes.end(), id.begin(), [](uint8_t byte) { return kLetters[byte % 32]; });
  return id;
}

std::string to_hex(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string to_base64(Bytes bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<uint8_t*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<uint8_t*>(bytes.data()), reinterpret_cast<const uint8_t*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
  bytes.resize(bytes.size() - padding);
  if (to_base64(as_bytes(bytes)) != text) return std::nullopt;  // one text for each value
  return bytes;
}

std::optional<std::string> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace daybook
