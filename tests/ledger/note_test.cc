// Signed notes and checkpoints as C2SP writes them: the published examples, what a forger may try with a note's text, and
// every form that is none.
#include "ledger/note.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// The example of the C2SP specification.
const std::string kExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string kExampleText = "This is an example message.\n";
const std::string kExampleSignature =
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const std::string kExample = kExampleText + "\n" + kExampleSignature;

// The example of Go's sumdb/note, with its signing key.
const std::string kGoSigner = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const std::string kGoKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kGoText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const std::string kGoNote =
    kGoText + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

template <class T>
std::string refusal(const Result<T>& result) {
  if (result.has_value()) return "accepted";
  CHECK(result.error().fault == Fault::kRejected);
  CHECK_FALSE(result.error().message.empty());
  return result.error().message;
}

VerifierKey key_of(const std::string& text) { return made(VerifierKey::parse(text)); }

SignerKey signer(const std::string& name = "ledger.example/season", uint64_t seed = 1) {
  SeededRandomness randomness(seed);
  return made(SignerKey::make(name, randomness));
}

std::string signature_line(const std::string& text, const SignerKey& key) {
  const std::string note = sign_note(text, key);
  return note.substr(text.size() + 1);
}

std::string base64(std::string_view bytes) { return to_base64(as_bytes(bytes)); }

const std::string kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
const std::string kEmptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

Checkpoint a_checkpoint(uint64_t size = 1'000) {
  Checkpoint checkpoint{"ledger.example/season", {size, {}}};
  const auto bytes = *from_base64(kRoot);
  std::copy(bytes.begin(), bytes.end(), checkpoint.head.root.begin());
  return checkpoint;
}

}  // namespace

TEST_CASE("the specification's example opens, and its key's id follows from name and key", "[note]") {
  const VerifierKey key = key_of(kExampleKey);

  CHECK(key.name == "example.com/foo");
  CHECK(key.id == 0x530d903a);
  const Hash digest = sha256({as_bytes("example.com/foo\n\x01"), key.public_key});
  CHECK(to_hex(Bytes(digest).first(4)) == "530d903a");
  CHECK(key.text() == kExampleKey);
  CHECK(made(open_note(kExample, {key})) == kExampleText);
}

TEST_CASE("the note of Go's sumdb/note is signed the same, byte for byte", "[note]") {
  const SignerKey key = made(SignerKey::parse(kGoSigner));

  CHECK(key.text() == kGoSigner);
  CHECK(key.verifier().text() == kGoKey);
  CHECK(sign_note(kGoText, key) == kGoNote);
  CHECK(made(open_note(kGoNote, {key_of(kGoKey)})) == kGoText);
}

TEST_CASE("a note that was signed opens with the key's verifier, which came back from text", "[note]") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {  // some keys have a plus in their base64
    const SignerKey key = made(SignerKey::parse(signer("ledger.example/season", seed).text()));
    const VerifierKey verifier = key_of(key.verifier().text());
    const std::string text = GENERATE(as<std::string>{}, "one line\n", "\n", "two\nlines, ünïcode — 日本\n");

    const std::string note = sign_note(text, key);

    CHECK(note.starts_with(text + "\n— ledger.example/season "));
    CHECK(note.ends_with("=\n"));
    CHECK(made(open_note(note, {verifier})) == text);
  }
}

TEST_CASE("two keys made one after the other differ", "[note]") {
  SeededRandomness randomness;
  const SignerKey one = made(SignerKey::make("a", randomness)), other = made(SignerKey::make("a", randomness));

  CHECK(one.text() != other.text());
  CHECK(says(refusal(open_note(sign_note("text\n", one), {other.verifier()})), "key"));
}

TEST_CASE("a key's name is not empty and has no space and no plus", "[note]") {
  SeededRandomness randomness;
  const std::string name = GENERATE(as<std::string>{}, "", " ", "a b", "a+b", "+", "a\tb", "a\nb", "a\rb",
                                    "a\xc2\xa0"
                                    "b",
                                    "a\xe2\x80\x83"
                                    "b",
                                    "a\xe3\x80\x80");
  INFO("name <" << name << ">");

  CHECK(refusal(SignerKey::make(name, randomness)) != "accepted");
}

TEST_CASE("a text that is no verifier key is refused", "[note]") {
  const std::string key = "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  const std::string bytes = *from_base64(key);
  const std::string text = GENERATE_COPY(
      as<std::string>{}, "", "example.com/foo", "example.com/foo+530d903a", "+530d903a+" + key, "example.com/foo+530d903b+" + key,
      "example.com/fop+530d903a+" + key, "example.com/foo+530D903A+" + key, "example.com/foo+530d903+" + key, "example.com/foo+0530d903a+" + key,
      "example.com/foo++" + key, "example.com/foo+530d903a+", "example.com/foo+530d903a+" + key + "=", "example.com/foo+530d903a+" + key + "\n",
      " example.com/foo+530d903a+" + key, "example.com/foo+530d903a+ " + key, "example.com/foo+530d903a+" + base64(bytes.substr(0, 32)),
      "example.com/foo+530d903a+" + base64(bytes + "x"), "example.com/foo+530d903a+" + base64("\x02" + bytes.substr(1)),
      "example com/foo+530d903a+" + key, kGoSigner);
  INFO(text);

  CHECK(refusal(VerifierKey::parse(text)) != "accepted");
}

TEST_CASE("a key of another type is refused even if its id fits, for its signatures would be judged wrong", "[note]") {
  const std::string material = *from_base64("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  const char type = GENERATE('\x00', '\x02', '\x04', '\x05', '\x06', '\xff');
  const std::string other = type + material.substr(1);
  const std::string id = to_hex(sha256({as_bytes("example.com/foo\n"), as_bytes(other)})).substr(0, 8);

  CHECK(refusal(VerifierKey::parse("example.com/foo+" + id + "+" + base64(other))) != "accepted");
}

TEST_CASE("a text that is no signing key is refused, and the refusal does not repeat the secret", "[note]") {
  const std::string good = signer().text();
  const auto last = good.rfind('+', good.size() - 50);
  const std::string text =
      GENERATE_COPY(as<std::string>{}, "", "PRIVATE+KEY+", good.substr(8), good.substr(12), "private+key" + good.substr(11), good + "\n",
                    good.substr(0, good.size() - 4), good.substr(0, last) + "0" + good.substr(last), "PRIVATE+KEY+x" + good.substr(12));
  INFO(text);

  const std::string words = refusal(SignerKey::parse(text));

  CHECK(words != "accepted");
  CHECK_FALSE(says(words, good.substr(good.size() - 30, 20)));
}

TEST_CASE("signatures of unknown keys are passed over", "[note]") {
  const VerifierKey key = key_of(kExampleKey);
  const SignerKey stranger = signer("stranger.example"), same_name = signer("example.com/foo");
  const std::string before = signature_line(kExampleText, stranger), bad = "— witness.example AAAAAAAAAAAAAAAAAAAA\n";

  CHECK(made(open_note(kExampleText + "\n" + before + kExampleSignature, {key})) == kExampleText);
  CHECK(made(open_note(kExample + before, {key})) == kExampleText);
  CHECK(made(open_note(kExampleText + "\n" + bad + kExampleSignature, {key})) == kExampleText);
  CHECK(made(open_note(kExample + signature_line(kExampleText, same_name), {key})) == kExampleText);
  // The other text's signature, of a key that is not asked for: nobody can judge it.
  CHECK(made(open_note(kExample + signature_line("other\n", stranger), {key})) == kExampleText);
}

TEST_CASE("a note that none of the known keys signed is refused", "[note]") {
  const SignerKey stranger = signer("stranger.example");

  CHECK(says(refusal(open_note(kExample, {stranger.verifier()})), "key"));
  CHECK(refusal(open_note(kExample, {})) != "accepted");
  // The name alone is not enough, nor is the id.
  CHECK(refusal(open_note(kExample, {signer("example.com/foo").verifier()})) != "accepted");
  VerifierKey renamed = key_of(kExampleKey);
  renamed.name = "example.com/bar";
  CHECK(refusal(open_note(kExample, {renamed})) != "accepted");
}

TEST_CASE("one bad signature of a known key refuses the whole note, whoever else signed it, and the key is named", "[note]") {
  const VerifierKey key = key_of(kExampleKey);
  const SignerKey second = signer("second.example");
  const std::string good = signature_line(kExampleText, second), bad = signature_line("other\n", second);

  CHECK(made(open_note(kExample + good, {key, second.verifier()})) == kExampleText);
  CHECK(says(refusal(open_note(kExample + bad, {key, second.verifier()})), "second.example"));
  CHECK(says(refusal(open_note(kExampleText + "\n" + bad + kExampleSignature, {key, second.verifier()})), "second.example"));
  CHECK(says(refusal(open_note(kExampleText + "\n" + bad, {second.verifier()})), "second.example"));
}

TEST_CASE("a known key's signature of the wrong length refuses the note", "[note]") {
  const std::string bytes = *from_base64("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=");
  const std::string signature =
      GENERATE_COPY(as<std::string>{}, bytes.substr(0, 67), bytes + "x", bytes.substr(0, 4), bytes.substr(0, 5), bytes + bytes.substr(4));

  CHECK(refusal(open_note(kExampleText + "\n— example.com/foo " + base64(signature) + "\n", {key_of(kExampleKey)})) != "accepted");
}

TEST_CASE("sixteen signatures are taken, the known key's first or last", "[note]") {
  const SignerKey key = signer();
  const std::string text = "text\n", own = signature_line(text, key);
  std::string others;
  for (uint64_t i = 0; i < 15; ++i) others += signature_line(text, signer("witness" + std::to_string(i) + ".example", 100 + i));

  CHECK(made(open_note(text + "\n" + own + others, {key.verifier()})) == text);
  CHECK(made(open_note(text + "\n" + others + own, {key.verifier()})) == text);
}

TEST_CASE("the last empty line separates: a text may hold empty lines, and what looks like a signature in it is text", "[note]") {
  const SignerKey key = signer();
  const std::string text = GENERATE_COPY(as<std::string>{}, "a\n\nb\n", "\n\n\n", kExample, "a\n\n— ledger.example/season AAAA\n");

  const std::string note = sign_note(text, key);

  CHECK(made(open_note(note, {key.verifier()})) == text);
  if (text == kExample) CHECK(refusal(open_note(note, {key_of(kExampleKey)})) != "accepted");
}

TEST_CASE("a note with control characters, without its last line end, or of another form is refused", "[note]") {
  const SignerKey key = signer();
  const std::vector<VerifierKey> keys = {key.verifier()};
  const std::string text = "text\n", line = signature_line(text, key);
  const std::string encoded = line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);
  std::string url_alphabet = encoded;
  for (auto& c : url_alphabet) c = c == '+' ? '-' : c == '/' ? '_' : c;
  const std::string start = "— ledger.example/season ";
  REQUIRE(line == start + encoded + "\n");
  REQUIRE(url_alphabet != encoded);
  const std::string note = GENERATE_COPY(
      as<std::string>{}, "", "\n", "\n\n", text, text + "\n", text + line, line, "\n" + line, text + "\n" + line.substr(0, line.size() - 1),
      text + "\n" + line + "\n", text + "\n" + line + "surplus\n", text + "\n\n" + line + line.substr(0, 20),
      text + "\n" + start + url_alphabet + "\n", text + "\n" + start + encoded.substr(0, encoded.size() - 1) + "\n",
      text + "\n" + start + encoded + " \n", text + "\n" + start + " " + encoded + "\n", text + "\n" + start + encoded + "\r\n",
      text + "\n" + start + "\n", text + "\n-" + line.substr(3), text + "\n—" + line.substr(4), text + "\n " + line, text + "\n\t" + line,
      "text\r\n\n" + line, text + "\r\n" + line, text.substr(0, 4) + "\n" + line);
  INFO(note);

  CHECK(refusal(open_note(note, keys)) != "accepted");
}

TEST_CASE("a control character in a text is refused even under a good signature", "[note]") {
  const SignerKey key = signer();
  const char control = GENERATE('\0', '\1', '\t', '\r', '\x1b', '\x1f');
  const std::string text = std::string("a") + control + "b\n", line = signature_line("x\n", key);
  const std::string note =
      text + "\n— ledger.example/season " + base64(std::string(*from_hex(key.verifier().text().substr(22, 8))) + key.sign(text)) + "\n";

  CHECK(refusal(open_note(note, {key.verifier()})) != "accepted");
}

TEST_CASE("a text that is no UTF-8 is refused even under a good signature", "[note]") {
  const SignerKey key = signer();
  const std::string bytes = GENERATE(as<std::string>{}, "\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80");
  const std::string text = "a" + bytes + "b\n";
  const std::string note =
      text + "\n— ledger.example/season " + base64(std::string(*from_hex(key.verifier().text().substr(22, 8))) + key.sign(text)) + "\n";

  CHECK(refusal(open_note(note, {key.verifier()})) != "accepted");
}

TEST_CASE("whatever byte of a note is changed, it is refused or means what it meant", "[note]") {
  const VerifierKey key = key_of(kExampleKey);
  size_t accepted = 0;
  for (size_t place = 0; place < kExample.size(); ++place) {
    for (int change = 1; change < 256; change += place < kExampleText.size() ? 1 : 3) {
      std::string note = kExample;
      note[place] = static_cast<char>(note[place] ^ change);
      const auto text = open_note(note, {key});
      INFO("place " << place << " change " << change);
      if (text.has_value()) ++accepted;
      if (text.has_value()) REQUIRE(text.value() == kExampleText);
    }
    for (const std::string& with : {std::string(), std::string(2, kExample[place])}) {
      std::string note = kExample;
      note.replace(place, 1, with);
      const auto text = open_note(note, {key});
      if (text.has_value()) REQUIRE(text.value() == kExampleText);
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("a checkpoint is origin, size and root, a line each", "[note]") {
  CHECK(a_checkpoint().text() == "ledger.example/season\n1000\n" + kRoot + "\n");
  CHECK(Checkpoint{"a", {0, sha256({})}}.text() == "a\n0\n" + kEmptyRoot + "\n");

  const auto read = made(Checkpoint::parse(a_checkpoint().text()));

  CHECK(read.origin == "ledger.example/season");
  CHECK(read.head == a_checkpoint().head);
  CHECK(made(Checkpoint::parse("a\n0\n" + kEmptyRoot + "\n")).head == TreeHead{0, sha256({})});
  CHECK(made(Checkpoint::parse("a\n9223372036854775807\n" + kRoot + "\n")).head.size == 9223372036854775807);
}

TEST_CASE("the checkpoint of the specification's example is read, and written the same", "[note]") {
  const std::string text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

  const auto checkpoint = made(Checkpoint::parse(text));

  CHECK(checkpoint.origin == "example.com/behind-the-sofa");
  CHECK(checkpoint.head.size == 20'852'163);
  CHECK(to_base64(checkpoint.head.root) == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  CHECK(checkpoint.text() == text);
}

TEST_CASE("extension lines of a checkpoint are passed over when it is read", "[note]") {
  const auto read = made(Checkpoint::parse(a_checkpoint().text() + "Timestamp: 1679315147\nanother\n"));

  CHECK(read.head == a_checkpoint().head);
  CHECK(read.text() == a_checkpoint().text());
}

TEST_CASE("a text that is no checkpoint is refused", "[note]") {
  const std::string bytes = *from_base64(kRoot);
  const std::string text = GENERATE_COPY(
      as<std::string>{}, "", "\n", "a\n", "a\n5\n", "a\n5\n" + kRoot, "\n5\n" + kRoot + "\n", "a\n05\n" + kRoot + "\n", "a\n00\n" + kRoot + "\n",
      "a\n+5\n" + kRoot + "\n", "a\n-5\n" + kRoot + "\n", "a\n 5\n" + kRoot + "\n", "a\n5 \n" + kRoot + "\n", "a\n\n" + kRoot + "\n",
      "a\n0x5\n" + kRoot + "\n", "a\n5.0\n" + kRoot + "\n", "a\n18446744073709551616\n" + kRoot + "\n", "a\n99999999999999999999999\n" + kRoot + "\n",
      "a\n5\n\n", "a\n5\n" + kRoot.substr(0, 43) + "\n", "a\n5\n" + kRoot + " \n", "a\n5\n" + base64(bytes.substr(1)) + "\n",
      "a\n5\n" + base64(bytes + "x") + "\n", "a\n5\n" + std::string(43, '_') + "=\n", "a\n5\n" + kRoot.substr(0, 42) + "J=\n",
      "a\n5\r\n" + kRoot + "\n", "a\n5\n" + kRoot + "\n\n", "a\n5\n" + kRoot + "\n\nextension\n", "a\n5\n" + kRoot + "\nextension");
  INFO(text);

  CHECK(refusal(Checkpoint::parse(text)) != "accepted");
}

TEST_CASE("a checkpoint of no entries has the hash of nothing as its root, and no other", "[note]") {
  CHECK(refusal(Checkpoint::parse("a\n0\n" + kRoot + "\n")) != "accepted");
  CHECK(refusal(Checkpoint::parse("a\n0\n" + base64(std::string(32, '\0')) + "\n")) != "accepted");
}

TEST_CASE("a signed checkpoint opens with the key of its origin, and no other", "[note]") {
  const SignerKey key = signer();
  const std::string note = sign_checkpoint(a_checkpoint(), key);

  CHECK(note == sign_note(a_checkpoint().text(), key));
  CHECK(made(open_checkpoint(note, key.verifier())).head == a_checkpoint().head);
  CHECK(refusal(open_checkpoint(note, signer("ledger.example/season", 2).verifier())) != "accepted");
  CHECK(refusal(open_checkpoint(note, signer("ledger.example/season/access").verifier())) != "accepted");
}

TEST_CASE("a checkpoint of another origin is refused though the key signed it, and both origins are named", "[note]") {
  const SignerKey key = signer();
  Checkpoint other = a_checkpoint();
  other.origin = "ledger.example/other";

  const std::string words = refusal(open_checkpoint(sign_note(other.text(), key), key.verifier()));

  INFO(words);
  CHECK(says(words, "ledger.example/other"));
  CHECK(says(words, "ledger.example/season"));
}

TEST_CASE("a note that is no checkpoint is none though the key signed it", "[note]") {
  const SignerKey key = signer();

  CHECK(refusal(open_checkpoint(sign_note("ledger.example/season\n", key), key.verifier())) != "accepted");
  CHECK(refusal(open_checkpoint(sign_note("ledger.example/season\n01\n" + kRoot + "\n", key), key.verifier())) != "accepted");
}

TEST_CASE("whatever byte of a signed checkpoint is changed, it is refused", "[note]") {
  const SignerKey key = signer();
  const std::string good = sign_checkpoint(a_checkpoint(), key);
  for (size_t place = 0; place < good.size(); ++place) {
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 3, 255}) {
      std::string note = good;
      note[place] = static_cast<char>(note[place] ^ change);
      INFO("place " << place << " change " << change);
      REQUIRE(refusal(open_checkpoint(note, key.verifier())) != "accepted");
    }
  }
  for (size_t length = 0; length < good.size(); ++length) REQUIRE(refusal(open_checkpoint(good.substr(0, length), key.verifier())) != "accepted");
}

}  // namespace daybook::test
