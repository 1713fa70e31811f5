#include "server/identity/secret.h"

#include <openssl/crypto.h>

#include "server/identity/base64url.h"

namespace daybook {

std::string make_secret(Randomness& randomness) {
  Hash bytes;
  randomness.fill(bytes);
  std::string secret = to_base64url(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

std::optional<Hash> digest_of_secret(std::string_view secret) {
  if (const auto bytes = from_base64url(secret); !bytes || bytes->size() != Hash().size()) return std::nullopt;
  return sha256({as_bytes(secret)});
}

bool same_secret(std::string_view found, std::string_view wanted) {
  return !wanted.empty() && found.size() == wanted.size() && CRYPTO_memcmp(found.data(), wanted.data(), found.size()) == 0;
}

}  // namespace daybook
