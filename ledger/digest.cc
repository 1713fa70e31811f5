#include "ledger/digest.h"

// The functions for SHA-256 alone, which OpenSSL 3 would rather not see used: EVP costs more than the hash of a short
// message does (121 against 56 ns for a commitment), and cannot go on from the middle of a hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>

#include "ledger/require.h"

namespace daybook {
namespace {

void take(SHA256_CTX& context, std::initializer_list<Bytes> parts) {
  for (const Bytes part : parts) SHA256_Update(&context, part.data(), part.size());
}

Hash finish(SHA256_CTX& context) {
  Hash out;
  require(SHA256_Final(out.data(), &context) == 1, "SHA-256 never fails");
  return out;
}

// Where SHA-256 stands after the block of an HMAC's key, which RFC 2104 pads with zeros.
std::array<uint32_t, 8> after_key(const Hash& key, uint8_t pad) {
  std::array<uint8_t, SHA256_CBLOCK> block;
  block.fill(pad);
  for (size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Transform(&context, block.data());
  std::array<uint32_t, 8> state;
  std::copy(std::begin(context.h), std::end(context.h), state.begin());
  OPENSSL_cleanse(block.data(), block.size());
  OPENSSL_cleanse(&context, sizeof context);
  return state;
}

// SHA-256 that goes on from there.
SHA256_CTX go_on(const std::array<uint32_t, 8>& state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::copy(state.begin(), state.end(), std::begin(context.h));
  context.Nl = 8 * SHA256_CBLOCK;  // bits so far
  return context;
}

}  // namespace

Hash sha256(std::initializer_list<Bytes> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  take(context, parts);
  return finish(context);
}

Hash hmac_sha256(const Hash& key, std::initializer_list<Bytes> parts) { return HmacKey(key)(parts); }

HmacKey::HmacKey(const Hash& key) : inner_(after_key(key, 0x36)), outer_(after_key(key, 0x5c)) {}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(inner_.data(), sizeof inner_);
  OPENSSL_cleanse(outer_.data(), sizeof outer_);
}

Hash HmacKey::operator()(std::initializer_list<Bytes> parts) const {
  SHA256_CTX inner = go_on(inner_);
  take(inner, parts);
  const Hash digest = finish(inner);
  SHA256_CTX outer = go_on(outer_);
  take(outer, {digest});
  return finish(outer);
}

struct Sha256Stream::Context {
  SHA256_CTX sha;
};
Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) { SHA256_Init(&context_->sha); }
Sha256Stream::~Sha256Stream() = default;
void Sha256Stream::update(Bytes bytes) { take(context_->sha, {bytes}); }
Hash Sha256Stream::finish() { return daybook::finish(context_->sha); }

namespace {

// How often this process has been forked off another one: a child must not use what its parent uses as well.
uint64_t forks() {
  static std::atomic<uint64_t> count{0};
  static const bool counted = ::pthread_atfork(nullptr, nullptr, [] { ++count; }) == 0;
  require(counted, "a fork can be noticed");
  return count.load(std::memory_order_relaxed);
}

}  // namespace

SystemRandomness::~SystemRandomness() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }

void SystemRandomness::fill(std::span<uint8_t> out) {
  require(out.size() <= buffer_.size(), "small amounts only");
  const uint64_t now = forks();
  if (buffer_.size() - used_ < out.size() || forks_ != now) {
    forks_ = now;
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
