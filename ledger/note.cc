#include "ledger/note.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "ledger/csv.h"
#include "ledger/require.h"

namespace daybook {
namespace {

constexpr char kEd25519 = 0x01;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space: a signature line starts with them
constexpr size_t kSignatureLinesMax = 64, kNoteBytesMax = 1 << 20;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Hash public_key_of(const Hash& seed) {
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  Hash out;
  size_t size = out.size();
  require(key && EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1 && size == out.size(), "a seed makes an Ed25519 key");
  return out;
}

bool signature_holds(const VerifierKey& verifier, std::string_view text, std::string_view signature) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, verifier.public_key.data(), verifier.public_key.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const uint8_t*>(signature.data()), signature.size(),
                          reinterpret_cast<const uint8_t*>(text.data()), text.size()) == 1;
}

uint32_t key_id(const std::string& name, const Hash& public_key) {
  const char kind[] = {'\n', kEd25519};
  const Hash digest = sha256({as_bytes(name), as_bytes(std::string_view(kind, 2)), public_key});
  return static_cast<uint32_t>(digest[0]) << 24 | static_cast<uint32_t>(digest[1]) << 16 | static_cast<uint32_t>(digest[2]) << 8 | digest[3];
}

// The characters that Unicode calls spaces, beside those of ASCII.
bool has_unicode_space(std::string_view text) {
  for (const std::string_view space : {"\u0085", "\u00a0", "\u1680", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    if (text.find(space) != std::string_view::npos) return true;
  }
  for (size_t at = text.find("\xe2\x80"); at != std::string_view::npos; at = text.find("\xe2\x80", at + 1)) {  // U+2000 to U+200A
    if (at + 2 < text.size() && static_cast<uint8_t>(text[at + 2]) >= 0x80 && static_cast<uint8_t>(text[at + 2]) <= 0x8a) return true;
  }
  return false;
}

bool good_name(std::string_view name) {
  return !name.empty() && name.find_first_of("+ \t\r\n") == std::string_view::npos && find_bad_text(name) == std::string_view::npos &&
         !has_unicode_space(name);
}

// NAME+ID+base64(type, 32 bytes), after an optional prefix that was taken off.
struct KeyText {
  std::string name;
  uint32_t id = 0;
  Hash bytes{};
};
Result<KeyText> parse_key(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return Error{Fault::kRejected, "key: found no two plus signs, want NAME+ID+BASE64"};
  KeyText key;
  key.name = text.substr(0, first);
  const auto id = from_hex(text.substr(first + 1, second - first - 1));
  const auto bytes = from_base64(text.substr(second + 1));
  if (!good_name(key.name)) return Error{Fault::kRejected, "key: found a name with a space or nothing in it"};
  if (!id || id->size() != 4) return Error{Fault::kRejected, "key: found no id of 8 hex digits"};
  if (!bytes || bytes->size() != 33 || bytes->front() != kEd25519) return Error{Fault::kRejected, "key: found no Ed25519 key in base64"};
  for (const char byte : *id) key.id = key.id << 8 | static_cast<uint8_t>(byte);
  std::copy(bytes->begin() + 1, bytes->end(), key.bytes.begin());
  return key;
}

std::string key_text(const std::string& name, uint32_t id, const Hash& bytes) {
  std::string raw(1, kEd25519);
  raw += as_text(bytes);
  return fmt::format("{}+{:08x}+{}", name, id, to_base64(as_bytes(raw)));
}

struct SignatureLine {
  std::string name;
  uint32_t id = 0;
  std::string signature;
};
Result<SignatureLine> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return Error{Fault::kRejected, "note: found a signature line without its dash"};
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  const auto bytes = space == std::string_view::npos ? std::nullopt : from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return Error{Fault::kRejected, "note: found a signature line without a name and a base64 signature"};
  SignatureLine signature{std::string(line.substr(0, space)), 0, bytes->substr(4)};
  for (const char byte : bytes->substr(0, 4)) signature.id = signature.id << 8 | static_cast<uint8_t>(byte);
  if (!good_name(signature.name)) return Error{Fault::kRejected, "note: found a signature line with a bad key name"};
  return signature;
}

}  // namespace

std::string VerifierKey::text() const { return key_text(name, id, public_key); }

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  DAYBOOK_TRY(const auto key, parse_key(text));
  if (key.id != key_id(key.name, key.bytes)) return Error{Fault::kRejected, "key: its id does not fit its name and public key"};
  return VerifierKey{key.name, key.id, key.bytes};
}

SignerKey::SignerKey(std::string name, const Hash& seed) : seed_(seed) {
  verifier_.public_key = public_key_of(seed);
  verifier_.id = key_id(name, verifier_.public_key);
  verifier_.name = std::move(name);
}
SignerKey::~SignerKey() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

Result<SignerKey> SignerKey::make(const std::string& name, Randomness& randomness) {
  if (!good_name(name)) return Error{Fault::kRejected, "key name: found \"" + name + "\", want no spaces and no plus"};
  Hash seed;
  randomness.fill(seed);
  return SignerKey(name, seed);
}

Result<SignerKey> SignerKey::parse(std::string_view text) {
  static constexpr std::string_view kPrefix = "PRIVATE+KEY+";
  if (!text.starts_with(kPrefix)) return Error{Fault::kRejected, "signing key: found no PRIVATE+KEY+ at its start"};
  DAYBOOK_TRY(const auto key, parse_key(text.substr(kPrefix.size())));
  SignerKey signer(key.name, key.bytes);
  if (signer.verifier_.id != key.id) return Error{Fault::kRejected, "signing key: its id does not fit its name and key"};
  return signer;
}

std::string SignerKey::text() const { return "PRIVATE+KEY+" + key_text(verifier_.name, verifier_.id, seed_); }

std::string SignerKey::sign(std::string_view text) const {
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  size_t size = signature.size();
  const bool good = key && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size, reinterpret_cast<const uint8_t*>(text.data()),
                                   text.size()) == 1;
  require(good && size == 64, "Ed25519 signs");
  return signature;
}

std::string sign_note(const std::string& text, const SignerKey& key) {
  require(!text.empty() && text.back() == '\n', "a note's text ends in a line end");
  const auto& verifier = key.verifier();
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(verifier.id >> shift & 0xff);
  bytes += key.sign(text);
  return text + "\n" + std::string(kDash) + verifier.name + " " + to_base64(as_bytes(bytes)) + "\n";
}

Result<std::string> open_note(std::string_view note, const std::vector<VerifierKey>& keys) {
  const bool plain =
      note.size() <= kNoteBytesMax && find_bad_text(note) == std::string_view::npos && note.find_first_of("\r\t") == std::string_view::npos;
  if (!plain) return Error{Fault::kRejected, "note: found something other than UTF-8 text without control characters"};
  const auto split = note.rfind("\n\n");  // the last empty line separates
  if (split == std::string_view::npos || !note.ends_with('\n')) return Error{Fault::kRejected, "note: found no empty line before signatures"};
  const std::string text(note.substr(0, split + 1));
  std::string_view rest = note.substr(split + 2);
  bool signed_by_known = false;
  size_t lines = 0;
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    if (++lines > kSignatureLinesMax) return Error{Fault::kRejected, fmt::format("note: found more than {} signatures", kSignatureLinesMax)};
    DAYBOOK_TRY(const auto signature, parse_signature(rest.substr(0, rest.find('\n'))));
    for (const auto& key : keys) {
      if (key.name != signature.name || key.id != signature.id) continue;
      if (!signature_holds(key, text, signature.signature)) return Error{Fault::kRejected, "note: the signature of " + key.name + " does not hold"};
      signed_by_known = true;
    }
  }
  if (!signed_by_known) return Error{Fault::kRejected, "note: no known key signed it"};
  return text;
}

std::string Checkpoint::text() const { return fmt::format("{}\n{}\n{}\n", origin, head.size, to_base64(head.root)); }

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  const auto take_line = [&]() -> std::optional<std::string> {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    std::string line(text.substr(0, end));
    text.remove_prefix(end + 1);
    return line;
  };
  const auto origin = take_line(), size = take_line(), root = take_line();
  if (!origin || !size || !root) return Error{Fault::kRejected, "checkpoint: found fewer than three lines: origin, size, root"};
  const bool number = size->size() <= 19 && size->find_first_not_of("0123456789") == std::string::npos && (size->size() == 1 || size->front() != '0');
  if (!number) return Error{Fault::kRejected, "checkpoint: found size \"" + *size + "\", want a decimal number without leading zeros"};
  while (!text.empty()) {  // extension lines: passed over, but they must be lines
    if (!take_line()) return Error{Fault::kRejected, "checkpoint: found an extension line that is empty or has no end"};
  }
  const auto hash = from_base64(*root);
  if (!hash || hash->size() != 32) return Error{Fault::kRejected, "checkpoint: found root \"" + *root + "\", want 32 bytes in base64"};
  Checkpoint checkpoint{*origin, {std::stoull(*size), {}}};
  std::copy(hash->begin(), hash->end(), checkpoint.head.root.begin());
  if (checkpoint.head.size == 0 && checkpoint.head.root != MerkleTree().root()) {
    return Error{Fault::kRejected, "checkpoint: found a root of no entries that is not SHA-256 of nothing"};
  }
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SignerKey& key) { return sign_note(checkpoint.text(), key); }

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  DAYBOOK_TRY(const auto text, open_note(note, {key}));
  DAYBOOK_TRY(auto checkpoint, Checkpoint::parse(text));
  if (checkpoint.origin != key.name) return Error{Fault::kRejected, "checkpoint: found origin " + checkpoint.origin + ", want " + key.name};
  return checkpoint;
}

}  // namespace daybook
