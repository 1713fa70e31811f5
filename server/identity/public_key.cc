#include "server/identity/public_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <string>
#include <utility>

namespace daybook {
namespace {

constexpr size_t kCoordinateBytes = 32;
constexpr int kRsaBitsMin = 2048, kRsaBitsMax = 8192;

template <auto kFree>
struct Freed {
  void operator()(auto* thing) const { kFree(thing); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using SharedKey = std::shared_ptr<EVP_PKEY>;

Error rejected(std::string words) { return {Fault::kRejected, "key: " + std::move(words)}; }

Number number(Bytes bytes) { return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)); }

// The key of `parameters`, none where OpenSSL finds them to be no key.
SharedKey make_key(const char* kind, const Parameters& parameters) {
  const KeyContext making(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !making || EVP_PKEY_fromdata_init(making.get()) != 1 ||
      EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  SharedKey key(made, EVP_PKEY_free);
  const KeyContext checking(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return checking && EVP_PKEY_public_check(checking.get()) == 1 ? key : nullptr;
}

// r and s as the DER that OpenSSL reads; empty unless they are 64 bytes.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  const Bytes bytes = as_bytes(signature);
  const EcSignature parts(ECDSA_SIG_new());
  Number r = number(bytes.first(kCoordinateBytes)), s = number(bytes.last(kCoordinateBytes));
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
  std::ignore = r.release();  // theirs now
  std::ignore = s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  std::string der(reinterpret_cast<const char*>(out), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}

}  // namespace

std::string_view name_of(Algorithm algorithm) { return kAlgorithmNames[static_cast<size_t>(algorithm)]; }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  const auto found = std::find(kAlgorithmNames.begin(), kAlgorithmNames.end(), name);
  if (found == kAlgorithmNames.end()) return std::nullopt;
  return static_cast<Algorithm>(found - kAlgorithmNames.begin());
}

Result<PublicKey> PublicKey::rsa(Bytes modulus, Bytes exponent) {
  if (modulus.empty() || modulus.size() > kRsaBitsMax / 8 || modulus.front() == 0)
    return rejected("found an RSA modulus that is empty, too long or has a zero in front");
  if (exponent.size() < 3 || exponent.size() > 4 || exponent.front() == 0) return rejected("found an RSA exponent that is not from 65,537 to 2^32");
  const Number n = number(modulus), e = number(exponent);
  const int bits = n ? BN_num_bits(n.get()) : 0;
  if (bits < kRsaBitsMin) return rejected(fmt::format("found an RSA key of {} bits, want at least {}", bits, kRsaBitsMin));
  if (!e || !BN_is_odd(e.get()) || !BN_is_odd(n.get())) return rejected("found an RSA key with an even part");
  const Builder builder(OSSL_PARAM_BLD_new());
  const bool built = builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                     OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  SharedKey key = built ? make_key("RSA", Parameters(OSSL_PARAM_BLD_to_param(builder.get()))) : nullptr;
  if (!key) return rejected("found numbers that are no RSA key");
  return PublicKey(Algorithm::kRs256, std::move(key));
}

Result<PublicKey> PublicKey::p256(Bytes x, Bytes y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return rejected(fmt::format("found P-256 coordinates of {} and {} bytes, want {}", x.size(), y.size(), kCoordinateBytes));
  }
  std::string point = "\x04";
  point += as_text(x);
  point += as_text(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  const bool built = builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
                     OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
  SharedKey key = built ? make_key("EC", Parameters(OSSL_PARAM_BLD_to_param(builder.get()))) : nullptr;
  if (!key) return rejected("found coordinates that are no point of P-256");
  return PublicKey(Algorithm::kEs256, std::move(key));
}

Result<PublicKey> PublicKey::ed25519(Bytes x) {
  if (x.size() != kCoordinateBytes) return rejected(fmt::format("found an Ed25519 key of {} bytes, want {}", x.size(), kCoordinateBytes));
  SharedKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()), EVP_PKEY_free);
  if (!key) return rejected("found no Ed25519 key");
  return PublicKey(Algorithm::kEdDsa, std::move(key));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const std::string der = algorithm_ == Algorithm::kEs256 ? der_of(signature) : std::string(signature);
  const EVP_MD* digest = algorithm_ == Algorithm::kEdDsa ? nullptr : EVP_sha256();  // Ed25519 hashes by itself
  const DigestContext context(EVP_MD_CTX_new());
  return !der.empty() && context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), as_bytes(der).data(), der.size(), as_bytes(message).data(), message.size()) == 1;
}

}  // namespace daybook
