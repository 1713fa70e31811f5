// An issuer for tests: keys of its own, the set that it publishes, and tokens signed as it, or a forger, likes.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "server/identity/public_key.h"

struct evp_pkey_st;

namespace daybook {

// A key pair that signs, under any name and algorithm that it is told to claim.
class SigningKey {
 public:
  static SigningKey make(Algorithm kind, std::string kid, unsigned rsa_bits = 2048);

  const std::string& kid() const { return kid_; }
  Algorithm kind() const { return kind_; }
  boost::json::object jwk() const;  // its public part
  PublicKey public_key() const;
  std::string pem() const;                                // its public part, as a forger takes it for an HMAC secret
  std::string sign(std::string_view message) const;       // as JOSE has it
  std::string sign_der(std::string_view message) const;   // ES256: as X.509 has it
  std::string sign_pss(std::string_view message) const;   // RSA: PS256
  std::string sign_sha1(std::string_view message) const;  // RSA: over another digest

 private:
  SigningKey(Algorithm kind, std::string kid, std::shared_ptr<evp_pkey_st> key) : kind_(kind), kid_(std::move(kid)), key_(std::move(key)) {}
  Algorithm kind_;
  std::string kid_;
  std::shared_ptr<evp_pkey_st> key_;
};

// Three keys, one of each kind, made once for the process, and the same of somebody else.
const SigningKey& rs_key();
const SigningKey& es_key();
const SigningKey& ed_key();
const SigningKey& stranger_rs_key();  // under the kids of the issuer's
const SigningKey& stranger_es_key();

std::string key_set_text(std::initializer_list<const SigningKey*> keys);

// The two parts that are signed, of JSON texts as they are.
std::string signed_part(std::string_view header, std::string_view claims);
std::string token_of(const boost::json::object& header, const boost::json::object& claims, const SigningKey& key);
std::string token_of_texts(std::string_view header, std::string_view claims, const SigningKey& key);

}  // namespace daybook
