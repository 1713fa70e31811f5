// C2SP signed notes and the checkpoints in them: text that ends in a line end, an empty line, signatures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "ledger/result.h"

namespace daybook {

// A key that checks a log's signatures: NAME+8 hex digits+base64(0x01, Ed25519 public key).
struct VerifierKey {
  std::string name;
  uint32_t id = 0;  // the first four bytes of SHA-256(name, line end, 0x01, public key)
  Hash public_key{};

  std::string text() const;
  static Result<VerifierKey> parse(std::string_view text);
};

// A key that signs: PRIVATE+KEY+NAME+8 hex digits+base64(0x01, Ed25519 seed), the form of Go's sumdb/note.
class SignerKey {
 public:
  // kRejected if the name is empty or has a space or a plus.
  static Result<SignerKey> make(const std::string& name, Randomness& randomness);
  static Result<SignerKey> parse(std::string_view text);
  ~SignerKey();
  SignerKey(const SignerKey&) = default;
  SignerKey& operator=(const SignerKey&) = default;

  std::string text() const;
  const VerifierKey& verifier() const { return verifier_; }
  std::string sign(std::string_view text) const;  // 64 bytes

 private:
  SignerKey(std::string name, const Hash& seed);
  Hash seed_;
  VerifierKey verifier_;
};

// The note of `text`, which ends in a line end, with one signature line.
std::string sign_note(const std::string& text, const SignerKey& key);

// The text of a note that one of `keys` signed. kRejected, saying which, if a known key's signature is bad, if none of
// the known keys signed, or if it is no note. Signatures of unknown keys are passed over.
Result<std::string> open_note(std::string_view note, const std::vector<VerifierKey>& keys);

// A checkpoint's text: origin, size, base64 root, a line each. No extension lines are written.
struct Checkpoint {
  std::string origin;
  TreeHead head;

  std::string text() const;
  static Result<Checkpoint> parse(std::string_view text);
};

std::string sign_checkpoint(const Checkpoint& checkpoint, const SignerKey& key);

// The checkpoint in a note that `key` signed for its own name as origin.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

}  // namespace daybook
