// SHA-256, HMAC and randomness, all from OpenSSL.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/types.h"

namespace daybook {

// SHA-256 over the parts, one after the other.
Hash sha256(std::initializer_list<Bytes> parts);

// HMAC-SHA-256 over the parts, one after the other.
Hash hmac_sha256(const Hash& key, std::initializer_list<Bytes> parts);

// HMAC-SHA-256 of many messages under one key: the key's own blocks are hashed once, not for each message.
class HmacKey {
 public:
  explicit HmacKey(const Hash& key);
  ~HmacKey();  // wipes
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;
  Hash operator()(std::initializer_list<Bytes> parts) const;

 private:
  std::array<uint32_t, 8> inner_, outer_;  // SHA-256 after the first block
};

// SHA-256 of a stream of bytes.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void update(Bytes bytes);
  Hash finish();  // once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Where random bytes come from. The process has one that asks the system; tests have a seeded one.
class Randomness {
 public:
  virtual ~Randomness() = default;
  virtual void fill(std::span<uint8_t> out) = 0;  // of 8,192 bytes at most
};

// The system's generator, through a small buffer that is wiped as it is used. A process forked off this one draws anew.
// For one thread at a time.
class SystemRandomness final : public Randomness {
 public:
  ~SystemRandomness() override;
  void fill(std::span<uint8_t> out) override;

 private:
  std::array<uint8_t, 8192> buffer_;
  size_t used_ = buffer_.size();
  uint64_t forks_ = 0;
};

// A random word of 26 letters and digits (128 bits), fit for an id that says nothing.
std::string random_id(Randomness& randomness);

std::string to_hex(Bytes bytes);
std::string to_base64(Bytes bytes);
std::optional<std::string> from_hex(std::string_view text);     // none if it is not whole bytes of hex
std::optional<std::string> from_base64(std::string_view text);  // standard, padded, nothing else

}  // namespace daybook
