#include "tests/server/identity/test_issuer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "ledger/require.h"
#include "server/identity/base64url.h"

namespace daybook {
namespace {

constexpr size_t kCoordinateBytes = 32;

std::string number_of(EVP_PKEY* key, const char* name, size_t bytes_min) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, "the key has the number");
  std::string bytes(std::max(bytes_min, static_cast<size_t>(BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, reinterpret_cast<uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

std::string raw_public(EVP_PKEY* key) {
  std::string bytes(kCoordinateBytes, '\0');
  size_t size = bytes.size();
  require(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<uint8_t*>(bytes.data()), &size) == 1, "the key has raw bytes");
  return bytes;
}

std::string base64url(std::string_view bytes) { return to_base64url(as_bytes(bytes)); }

std::string sign_with(EVP_PKEY* key, const EVP_MD* digest, std::string_view message, int padding = 0) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = EVP_DigestSignInit(context, &parameters, digest, nullptr, key) == 1;
  if (padding != 0) good = good && EVP_PKEY_CTX_set_rsa_padding(parameters, padding) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) == 1;
  std::string signature(1024, '\0');
  size_t size = signature.size();
  good = good && EVP_DigestSign(context, reinterpret_cast<uint8_t*>(signature.data()), &size, as_bytes(message).data(), message.size()) == 1;
  EVP_MD_CTX_free(context);
  require(good, "the key signs");
  return signature.substr(0, size);
}

// r and s of an ECDSA signature in DER.
std::string joined(const std::string& der) {
  const auto* at = reinterpret_cast<const uint8_t*>(der.data());
  ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string bytes(2 * kCoordinateBytes, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(parts), reinterpret_cast<uint8_t*>(bytes.data()), kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts), reinterpret_cast<uint8_t*>(bytes.data()) + kCoordinateBytes, kCoordinateBytes);
  ECDSA_SIG_free(parts);
  return bytes;
}

}  // namespace

SigningKey SigningKey::make(Algorithm kind, std::string kid, unsigned rsa_bits) {
  EVP_PKEY* key = kind == Algorithm::kRs256   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(rsa_bits))
                  : kind == Algorithm::kEs256 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                              : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  require(key != nullptr, "a key is made");
  return {kind, std::move(kid), std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free)};
}

boost::json::object SigningKey::jwk() const {
  boost::json::object jwk{{"kid", kid_}, {"use", "sig"}, {"alg", name_of(kind_)}};
  if (kind_ == Algorithm::kRs256) {
    jwk["kty"] = "RSA";
    jwk["n"] = base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0));
    jwk["e"] = base64url(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0));
  } else if (kind_ == Algorithm::kEs256) {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = base64url(number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes));
    jwk["y"] = base64url(number_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes));
  } else {
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = base64url(raw_public(key_.get()));
  }
  return jwk;
}

PublicKey SigningKey::public_key() const {
  const auto part = [&](const char* name, size_t bytes_min) { return number_of(key_.get(), name, bytes_min); };
  if (kind_ == Algorithm::kEdDsa) return PublicKey::ed25519(as_bytes(raw_public(key_.get()))).value();
  if (kind_ == Algorithm::kRs256) {
    const auto modulus = part(OSSL_PKEY_PARAM_RSA_N, 0), exponent = part(OSSL_PKEY_PARAM_RSA_E, 0);
    return PublicKey::rsa(as_bytes(modulus), as_bytes(exponent)).value();
  }
  const auto x = part(OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes), y = part(OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes);
  return PublicKey::p256(as_bytes(x), as_bytes(y)).value();
}

std::string SigningKey::pem() const {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(out, key_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

std::string SigningKey::sign(std::string_view message) const {
  const std::string signature = sign_with(key_.get(), kind_ == Algorithm::kEdDsa ? nullptr : EVP_sha256(), message);
  return kind_ == Algorithm::kEs256 ? joined(signature) : signature;
}
std::string SigningKey::sign_der(std::string_view message) const { return sign_with(key_.get(), EVP_sha256(), message); }
std::string SigningKey::sign_pss(std::string_view message) const { return sign_with(key_.get(), EVP_sha256(), message, RSA_PKCS1_PSS_PADDING); }
std::string SigningKey::sign_sha1(std::string_view message) const { return sign_with(key_.get(), EVP_sha1(), message); }

const SigningKey& rs_key() {
  static const SigningKey key = SigningKey::make(Algorithm::kRs256, "rs-1");
  return key;
}
const SigningKey& es_key() {
  static const SigningKey key = SigningKey::make(Algorithm::kEs256, "es-1");
  return key;
}
const SigningKey& ed_key() {
  static const SigningKey key = SigningKey::make(Algorithm::kEdDsa, "ed-1");
  return key;
}
const SigningKey& stranger_rs_key() {
  static const SigningKey key = SigningKey::make(Algorithm::kRs256, "rs-1");
  return key;
}
const SigningKey& stranger_es_key() {
  static const SigningKey key = SigningKey::make(Algorithm::kEs256, "es-1");
  return key;
}

std::string key_set_text(std::initializer_list<const SigningKey*> keys) {
  boost::json::array list;
  for (const auto* key : keys) list.push_back(key->jwk());
  return boost::json::serialize(boost::json::object{{"keys", std::move(list)}});
}

std::string signed_part(std::string_view header, std::string_view claims) { return base64url(header) + "." + base64url(claims); }

std::string token_of_texts(std::string_view header, std::string_view claims, const SigningKey& key) {
  const std::string part = signed_part(header, claims);
  return part + "." + base64url(key.sign(part));
}

std::string token_of(const boost::json::object& header, const boost::json::object& claims, const SigningKey& key) {
  return token_of_texts(boost::json::serialize(header), boost::json::serialize(claims), key);
}

}  // namespace daybook
