#include "server/identity/key_set.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <optional>

#include "ledger/printable.h"
#include "server/identity/base64url.h"
#include "server/identity/json_fields.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr size_t kKeysMax = 64, kKidBytesMax = 256, kSetBytesMax = 128 * 1024, kDepthMax = 8;

Error rejected(std::string words) { return {Fault::kRejected, "key set: " + std::move(words)}; }

// What keeps a key from being for signatures of the three kinds; empty where nothing does.
std::string other_use(const boost::json::object& jwk, Algorithm algorithm) {
  const auto use = text_at(jwk, "use"), named = text_at(jwk, "alg");
  if (jwk.contains("use") && use != "sig") return "not for signatures";
  if (!listed_at(jwk, "key_ops", "verify").value_or(true)) return "not for checking signatures";
  if (jwk.contains("alg") && named != name_of(algorithm)) return fmt::format("not for {}", name_of(algorithm));
  return {};
}

std::optional<Algorithm> algorithm_of(const boost::json::object& jwk) {
  const auto kind = text_at(jwk, "kty"), curve = text_at(jwk, "crv");
  if (kind == "RSA") return Algorithm::kRs256;
  if (kind == "EC" && curve == "P-256") return Algorithm::kEs256;
  if (kind == "OKP" && curve == "Ed25519") return Algorithm::kEdDsa;
  return std::nullopt;
}

// The bytes of a key's part, kCorrupt where there are none: that is the issuer's disorder, and no key is taken from it.
Result<std::string> part(const boost::json::object& jwk, std::string_view name) {
  const auto text = text_at(jwk, name);
  auto bytes = text ? from_base64url(*text) : std::nullopt;
  if (!bytes) return Error{Fault::kCorrupt, fmt::format("found no base64url at \"{}\"", name)};
  return *std::move(bytes);
}

Result<PublicKey> key_of(const boost::json::object& jwk, Algorithm algorithm) {
  if (algorithm == Algorithm::kRs256) {
    DAYBOOK_TRY(const auto modulus, part(jwk, "n"));
    DAYBOOK_TRY(const auto exponent, part(jwk, "e"));
    return PublicKey::rsa(as_bytes(modulus), as_bytes(exponent));
  }
  DAYBOOK_TRY(const auto x, part(jwk, "x"));
  if (algorithm == Algorithm::kEdDsa) return PublicKey::ed25519(as_bytes(x));
  DAYBOOK_TRY(const auto y, part(jwk, "y"));
  return PublicKey::p256(as_bytes(x), as_bytes(y));
}

bool has_secret(const boost::json::object& jwk) {
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (jwk.contains(name)) return true;
  }
  return text_at(jwk, "kty") == "oct";
}

// Adds the key, or the reason why it is passed over.
Result<void> take(KeySet& set, size_t at, const boost::json::value& item) {
  const auto* jwk = item.if_object();
  if (jwk == nullptr || !text_at(*jwk, "kty")) return rejected(fmt::format("key {}: found no object with a \"kty\"", at));
  if (has_secret(*jwk)) return rejected(fmt::format("key {}: found a secret part, want public keys only", at));
  const auto pass_over = [&](const std::string& why) { set.passed_over.push_back(fmt::format("key {}: {}", at, why)); };
  const auto algorithm = algorithm_of(*jwk);
  const auto kid = text_at(*jwk, "kid");
  if (!algorithm) return pass_over("of another kind"), success();
  if (!kid || kid->empty() || kid->size() > kKidBytesMax) return pass_over("without a \"kid\" of 1 to 256 bytes"), success();
  if (const auto why = other_use(*jwk, *algorithm); !why.empty()) return pass_over(why), success();
  auto key = key_of(*jwk, *algorithm);
  if (key.has_error() && key.error().fault == Fault::kCorrupt) return rejected(fmt::format("key {}: {}", at, key.error().message));
  if (key.has_error()) return pass_over(key.error().message), success();
  if (!set.keys.emplace(*kid, std::move(key).value()).second) {
    return rejected(fmt::format("key {}: found the kid \"{}\" a second time", at, printable(*kid)));
  }
  return success();
}

}  // namespace

Result<KeySet> read_key_set(std::string_view text) {
  DAYBOOK_TRY(const auto value, read_json(text, {.bytes_max = kSetBytesMax, .depth_max = kDepthMax}));
  const auto* object = value.if_object();
  const auto* keys = object != nullptr ? object->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return rejected("found no array at \"keys\"");
  if (keys->get_array().size() > kKeysMax) return rejected(fmt::format("found {} keys, want at most {}", keys->get_array().size(), kKeysMax));
  KeySet set;
  for (const auto& item : keys->get_array()) {
    DAYBOOK_TRY(take(set, static_cast<size_t>(&item - keys->get_array().data()), item));
  }
  if (set.keys.empty()) return rejected(fmt::format("found no key that can be used here ({} passed over)", set.passed_over.size()));
  return set;
}

}  // namespace daybook
