// The keys that check an issuer's signatures. The kind of key decides the algorithm, and there are three of each: nothing
// that a token says can choose another, and nothing that works with a shared secret is compiled in.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "ledger/result.h"
#include "ledger/types.h"

struct evp_pkey_st;

namespace daybook {

enum class Algorithm { kRs256, kEs256, kEdDsa };  // RFC 7518 and 8037: RSA PKCS #1 v1.5, P-256, Ed25519
inline constexpr std::array<std::string_view, 3> kAlgorithmNames = {"RS256", "ES256", "EdDSA"};
std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_named(std::string_view name);  // exactly so spelled

// Copies share one key. Safe to use from several threads.
class PublicKey {
 public:
  // kRejected unless the modulus has 2,048 to 8,192 bits and is odd, and the exponent is odd and from 65,537 to 2^32. Big-endian,
  // without leading zeros.
  static Result<PublicKey> rsa(Bytes modulus, Bytes exponent);
  // kRejected unless both are of 32 bytes and are a point of the curve.
  static Result<PublicKey> p256(Bytes x, Bytes y);
  // kRejected unless it is of 32 bytes.
  static Result<PublicKey> ed25519(Bytes x);

  Algorithm algorithm() const { return algorithm_; }
  // Whether this key's owner signed `message`. An ES256 signature is r and s, 32 bytes each (RFC 7518 3.4), never DER.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  PublicKey(Algorithm algorithm, std::shared_ptr<evp_pkey_st> key) : algorithm_(algorithm), key_(std::move(key)) {}
  Algorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace daybook
