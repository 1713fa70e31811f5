// Signing after reading back, and the watermark: what a forger with the whole disk but without the signing key may do to
// a book, and that the next signature or the next opening refuses it.
#include "ledger/checkpointer.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <map>

#include "ledger/verify.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/ledger_home.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

SignerKey signer(uint64_t seed = 1) {
  SeededRandomness randomness(seed);
  return made(SignerKey::make("ledger.example/season", randomness));
}

std::vector<std::string> some(size_t count, const std::string& word = "entry") {
  std::vector<std::string> entries;
  for (size_t i = 0; i < count; ++i) entries.push_back(word + " " + std::to_string(i) + ", of a length that is found on disk");
  return entries;
}
void append(EventLog& log, std::vector<std::string> entries) { made(log.append({{}, "", std::move(entries), {}})); }

std::unique_ptr<EventLog> open_rocks(const TempFolder& folder, const std::string& name = "programme") {
  return made(open_rocks_log(folder.path(name), OpenMode::kReadWrite));
}

// Flips a bit of `bytes` where they stand last in the newest write-ahead log.
void damage_newest_wal(const std::string& database, const std::string& bytes) {
  fs::path newest;
  for (const auto& file : fs::directory_iterator(database)) {
    if (file.path().extension() == ".log" && (newest.empty() || file.path() > newest)) newest = file.path();
  }
  REQUIRE_FALSE(newest.empty());
  const auto place = text_of(newest).rfind(bytes);
  REQUIRE(place != std::string::npos);
  const int file = ::open(newest.c_str(), O_WRONLY);
  REQUIRE(file >= 0);
  const char changed = static_cast<char>(bytes[3] ^ 1);
  CHECK(::pwrite(file, &changed, 1, static_cast<off_t>(place + 3)) == 1);
  ::close(file);
}

std::map<uint64_t, std::string> kept(const EventLog& log) {
  std::map<uint64_t, std::string> notes;
  fine(log.checkpoints([&](uint64_t size, std::string_view note) { return notes.emplace(size, note), true; }));
  return notes;
}

// A log whose disk gives back another head than was written.
class LyingLog final : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  Result<TreeHead> read_back() override { return Error{Fault::kCorrupt, "read back: found one root, want another"}; }
};

// Both modes refuse it, and name the sizes.
void refused(LedgerHome& home, uint64_t found, uint64_t wanted) {
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const std::string message = corrupt(home.open(mode));
    INFO(message);
    CHECK(says(message, "found"));
    CHECK(says(message, "want"));
    CHECK(says(message, std::to_string(found)));
    CHECK(says(message, std::to_string(wanted)));
  }
}

}  // namespace

TEST_CASE("what is signed is the log's head, and the watermark is replaced before the note is given out", "[checkpointer]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  const auto log = on_disk ? open_rocks(folder) : make_memory_log();
  const SignerKey key = signer();
  const std::string file = folder.path("programme.checkpoint");
  Checkpointer checkpointer(*log, key, file, std::nullopt);
  std::vector<std::string> all;

  for (const size_t more : {1u, 2u, 300u, 1u}) {
    append(*log, some(more, "group of " + std::to_string(more)));
    for (const auto& entry : some(more, "group of " + std::to_string(more))) all.push_back(entry);

    const auto signed_one = made(checkpointer.sign());

    CHECK(signed_one.checkpoint.origin == "ledger.example/season");
    CHECK(signed_one.checkpoint.head == log->head());
    CHECK(signed_one.checkpoint.head == TreeHead{all.size(), naive_root(all)});
    CHECK(made(open_checkpoint(signed_one.note, key.verifier())).head == log->head());
    CHECK(text_of(file) == signed_one.note);
    const auto read = made(read_watermark(file, key.verifier()));
    REQUIRE(read);
    CHECK(read->note == signed_one.note);
    CHECK(read->checkpoint.head == log->head());
    CHECK(kept(*log).at(all.size()) == signed_one.note);
  }
  CHECK(kept(*log).size() == 4);
}

TEST_CASE("a second signature with nothing new is the first", "[checkpointer]") {
  const TempFolder folder;
  const auto log = open_rocks(folder);
  append(*log, some(3));
  Checkpointer checkpointer(*log, signer(), folder.path("watermark"), std::nullopt);

  const auto first = made(checkpointer.sign()), second = made(checkpointer.sign());

  CHECK(second.note == first.note);
  CHECK(second.checkpoint.head == first.checkpoint.head);
  CHECK(text_of(folder.path("watermark")) == first.note);
}

TEST_CASE("signing goes on from the watermark that was there when the book was opened", "[checkpointer]") {
  const TempFolder folder;
  const SignerKey key = signer();
  const std::string file = folder.path("watermark");
  auto log = open_rocks(folder);
  append(*log, some(3));
  const auto first = made(Checkpointer(*log, key, file, std::nullopt).sign());
  log.reset(), log = open_rocks(folder);

  Checkpointer checkpointer(*log, key, file, made(read_watermark(file, key.verifier())));
  CHECK(made(checkpointer.sign()).note == first.note);
  append(*log, some(1, "more"));
  CHECK(made(checkpointer.sign()).checkpoint.head == log->head());
  CHECK(kept(*log).size() == 2);
}

TEST_CASE("nothing is signed if somebody else replaced or removed the watermark", "[checkpointer]") {
  const TempFolder folder;
  const SignerKey key = signer();
  const std::string file = folder.path("watermark");
  const auto log = open_rocks(folder);
  append(*log, some(3));
  Checkpointer checkpointer(*log, key, file, std::nullopt);
  const auto first = made(checkpointer.sign());
  append(*log, some(2));
  std::string other;
  SECTION("by one of another size, well signed") { other = sign_checkpoint({"ledger.example/season", {2, naive_root(some(2))}}, key); }
  SECTION("by a newer one, well signed") { other = sign_checkpoint({"ledger.example/season", {4, naive_root(some(4))}}, key); }
  SECTION("by one of another key") { other = sign_checkpoint(first.checkpoint, signer(2)); }
  SECTION("by rubbish") { other = "rubbish"; }
  SECTION("by nothing") { other = ""; }
  write(file, other);

  CHECK(corrupt(checkpointer.sign()) != "nothing found");

  CHECK(text_of(file) == other);
  CHECK(kept(*log).size() == 1);
}

TEST_CASE("nothing is signed if the watermark was removed", "[checkpointer]") {
  const TempFolder folder;
  const auto log = open_rocks(folder);
  append(*log, some(3));
  Checkpointer checkpointer(*log, signer(), folder.path("watermark"), std::nullopt);
  made(checkpointer.sign());
  append(*log, some(2));
  fs::remove(folder.path("watermark"));

  CHECK(corrupt(checkpointer.sign()) != "nothing found");
  CHECK_FALSE(fs::exists(folder.path("watermark")));
}

TEST_CASE("a watermark that is there is not overwritten by a checkpointer that was told there is none", "[checkpointer]") {
  const TempFolder folder;
  const auto log = make_memory_log();
  append(*log, some(3));
  write(folder.path("watermark"), sign_checkpoint({"ledger.example/season", {9, naive_root(some(9))}}, signer()));

  CHECK(corrupt(Checkpointer(*log, signer(), folder.path("watermark"), std::nullopt).sign()) != "nothing found");
}

TEST_CASE("nothing is signed, kept or written if the log cannot be read back", "[checkpointer]") {
  const TempFolder folder;
  const auto log = make_memory_log();
  append(*log, some(3));
  LyingLog lying(*log);

  CHECK(says(corrupt(Checkpointer(lying, signer(), folder.path("watermark"), std::nullopt).sign()), "read back"));

  CHECK_FALSE(fs::exists(folder.path("watermark")));
  CHECK(kept(*log).empty());
}

TEST_CASE("an entry that was damaged in the write-ahead log after it was appended is not signed", "[checkpointer]") {
  const size_t before = GENERATE(0u, 1u, 255u, 256u), count = GENERATE(1u, 40u, 300u);
  INFO("before " << before << " count " << count);
  const TempFolder folder;
  const SignerKey key = signer();
  const auto log = open_rocks(folder);
  Checkpointer checkpointer(*log, key, folder.path("watermark"), std::nullopt);
  if (before > 0) append(*log, some(before, "before"));
  const std::string watermark = before > 0 ? made(checkpointer.sign()).note : "";
  const auto entries = some(count, "after");
  append(*log, entries);
  damage_newest_wal(folder.path("programme"), entries[GENERATE(0u, 1u) ? 0 : count - 1]);

  CHECK(corrupt(checkpointer.sign()) != "nothing found");

  CHECK(text_of(folder.path("watermark")) == watermark);
  CHECK(kept(*log).size() == (before > 0 ? 1 : 0));
  CHECK(corrupt(checkpointer.sign()) != "nothing found");
}

TEST_CASE("damage to what was signed before in the write-ahead log is none of the next signature's, a new damage is", "[checkpointer]") {
  const TempFolder folder;
  const auto log = open_rocks(folder);
  Checkpointer checkpointer(*log, signer(), folder.path("watermark"), std::nullopt);
  for (int round = 0; round < 5; ++round) {
    append(*log, some(20, "round " + std::to_string(round)));
    CHECK(made(checkpointer.sign()).checkpoint.head == log->head());
  }
  append(*log, some(1, "the last one"));
  damage_newest_wal(folder.path("programme"), some(1, "the last one").front());

  CHECK(corrupt(checkpointer.sign()) != "nothing found");
}

TEST_CASE("no watermark is no fault of the file, another key's or a damaged one is", "[checkpointer]") {
  const TempFolder folder;
  const SignerKey key = signer();
  const std::string file = folder.path("watermark");
  CHECK_FALSE(made(read_watermark(file, key.verifier())));
  const std::string good = sign_checkpoint({"ledger.example/season", {3, naive_root(some(3))}}, key);
  write(file, good);
  CHECK(made(read_watermark(file, key.verifier()))->note == good);

  CHECK(corrupt(read_watermark(file, signer(2).verifier())) != "nothing found");
  for (const std::string& bad : {std::string(), good.substr(0, good.size() - 1), good + "\n", good.substr(1), std::string("rubbish"),
                                 sign_note("ledger.example/other\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", key)}) {
    write(file, bad);
    CHECK(corrupt(read_watermark(file, key.verifier())) != "nothing found");
  }
}

TEST_CASE("a log reaches its watermark with the same root, or what was found and wanted is named", "[checkpointer]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  const auto log = on_disk ? open_rocks(folder) : make_memory_log();
  const uint64_t size = GENERATE(5u, 300u);
  append(*log, some(size));
  const auto at = [&](uint64_t count) { return Checkpoint{"ledger.example/season", {count, naive_root(some(count))}}; };

  fine(check_watermark(*log, at(size)));
  fine(check_watermark(*log, at(size - 1)));
  fine(check_watermark(*log, at(1)));
  fine(check_watermark(*log, {"ledger.example/season", {0, sha256({})}}));

  const std::string shorter = corrupt(check_watermark(*log, at(size + 1)));
  CHECK(says(shorter, std::to_string(size)));
  CHECK(says(shorter, std::to_string(size + 1)));
  for (const uint64_t count : {uint64_t{1}, size - 1, size}) {
    Checkpoint rewritten{"ledger.example/season", {count, naive_root(some(count, "other"))}};
    const std::string message = corrupt(check_watermark(*log, rewritten));
    INFO(message);
    CHECK(says(message, "found"));
    CHECK(says(message, "want"));
    CHECK((says(message, to_hex(rewritten.head.root)) || says(message, to_base64(rewritten.head.root))));
    CHECK((says(message, to_hex(at(count).head.root)) || says(message, to_base64(at(count).head.root))));
  }
}

TEST_CASE("an entry above the watermark that is not what the tree has is found", "[checkpointer]") {
  class ChangedLog final : public ForwardingLog {
   public:
    ChangedLog(EventLog& log, uint64_t place) : ForwardingLog(log), place_(place) {}
    Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
      return log_.read(from, to, [&](Position at, Bytes bytes) {
        std::string changed(as_text(bytes));
        if (at.value == place_) changed[0] = static_cast<char>(changed[0] ^ 1);
        return entry(at, as_bytes(changed));
      });
    }

   private:
    const uint64_t place_;
  };
  const auto log = make_memory_log();
  append(*log, some(600));
  const Checkpoint watermark{"ledger.example/season", {300, naive_root(some(300))}};
  const uint64_t place = GENERATE(300u, 301u, 511u, 512u, 599u);

  fine(check_watermark(*log, watermark));
  CHECK(corrupt(check_watermark(ChangedLog(*log, place), watermark)) != "nothing found");
}

TEST_CASE("a book that was rolled back to an older copy, or rewritten to the same length, does not reach its watermark", "[checkpointer]") {
  const TempFolder folder;
  const SignerKey key = signer();
  auto log = open_rocks(folder);
  append(*log, some(5));
  log.reset();
  fs::copy(folder.path("programme"), folder.path("yesterday"), fs::copy_options::recursive);
  log = open_rocks(folder);
  append(*log, some(2, "today"));
  const auto watermark = made(Checkpointer(*log, key, folder.path("watermark"), std::nullopt).sign());
  log.reset();

  const auto rolled_back = open_rocks(folder, "yesterday");
  CHECK(says(corrupt(check_watermark(*rolled_back, watermark.checkpoint)), "7"));
  append(*rolled_back, some(2, "forged"));
  CHECK(corrupt(check_watermark(*rolled_back, watermark.checkpoint)) != "nothing found");
  append(*rolled_back, some(9, "more"));
  CHECK(corrupt(check_watermark(*rolled_back, watermark.checkpoint)) != "nothing found");
  fine(check_watermark(*open_rocks(folder), watermark.checkpoint));
}

TEST_CASE("a ledger that is closed and opened again has signed all it holds", "[checkpointer]") {
  LedgerHome home;
  const uint64_t end = home.record(1, 3);

  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto ledger = made(home.open(mode));
    REQUIRE(ledger->watermark());
    CHECK(ledger->watermark()->checkpoint.head == ledger->programme().head());
    CHECK(ledger->watermark()->checkpoint.head.size == end);
    CHECK(ledger->watermark()->note == text_of(home.path("programme.checkpoint")));
  }
  CHECK(home.damage.empty());
}

TEST_CASE("a ledger whose folder was rolled back under a newer watermark is refused, with what was found and wanted", "[checkpointer]") {
  LedgerHome home;
  const uint64_t older = home.record(1, 2);
  home.keep("yesterday");
  const uint64_t newer = home.record(3, 2);
  const std::string watermark = text_of(home.path("programme.checkpoint"));
  fs::remove_all(home.folder.path("season"));
  fs::copy(home.folder.path("yesterday"), home.folder.path("season"), fs::copy_options::recursive);
  made(home.open(OpenMode::kReadOnly));  // nothing in the folder tells
  write(home.path("programme.checkpoint"), watermark);

  refused(home, older, newer);

  CHECK(text_of(home.path("programme.checkpoint")) == watermark);
}

TEST_CASE("a ledger that was rolled back and went on with other events is refused under its newer watermark", "[checkpointer]") {
  LedgerHome home;
  home.record(1, 2);
  home.keep("yesterday");
  const uint64_t newer = home.record(3, 2);
  const std::string watermark = text_of(home.path("programme.checkpoint"));
  fs::remove_all(home.folder.path("season"));
  fs::copy(home.folder.path("yesterday"), home.folder.path("season"), fs::copy_options::recursive);
  const int others = GENERATE(2, 7);  // as many events, or more
  home.record(100, others);
  write(home.path("programme.checkpoint"), watermark);

  refused(home, newer, newer);
}

TEST_CASE("a ledger with the book of another is refused, with that one's watermark too", "[checkpointer]") {
  LedgerHome home, other(77);
  home.record(1, 3);
  other.record(1, 3);
  fs::remove_all(home.path("programme"));
  fs::copy(other.path("programme"), home.path("programme"), fs::copy_options::recursive);

  CHECK(corrupt(home.open(OpenMode::kReadOnly)) != "nothing found");
  CHECK(corrupt(home.open(OpenMode::kReadWrite)) != "nothing found");
  write(home.path("programme.checkpoint"), text_of(other.path("programme.checkpoint")));
  CHECK(corrupt(home.open(OpenMode::kReadOnly)) != "nothing found");
  CHECK(corrupt(home.open(OpenMode::kReadWrite)) != "nothing found");
}

TEST_CASE("a ledger whose watermark is gone is refused if it has signed before", "[checkpointer]") {
  LedgerHome home;
  home.record(1, 3);
  fs::remove(home.path("programme.checkpoint"));

  CHECK(corrupt(home.open(OpenMode::kReadOnly)) != "nothing found");
  CHECK(corrupt(home.open(OpenMode::kReadWrite)) != "nothing found");
}

TEST_CASE("a ledger with an older watermark than the checkpoints it keeps is refused, with both sizes", "[checkpointer]") {
  LedgerHome home;
  const uint64_t older = home.record(1, 3);
  const std::string watermark = text_of(home.path("programme.checkpoint"));
  const uint64_t newer = home.record(4, 2);
  write(home.path("programme.checkpoint"), watermark);

  refused(home, older, newer);
}

TEST_CASE("a ledger can be opened without being held against its watermark, to see what else is wrong", "[checkpointer]") {
  LedgerHome home;
  home.record(1, 3);
  home.keep("yesterday");
  home.record(4, 2);
  home.bring_back("yesterday", "programme");
  OpenOptions options;
  options.held = false;

  CHECK(says(corrupt(home.open(OpenMode::kReadOnly)), "rolled back"));
  const auto ledger = made(Ledger::open(home.path(""), options, home.clock, home.randomness));
  CHECK(made(verify(ledger->programme(), ledger->config().programme_key, ledger->keys())).events == ledger->programme().end().value);
  CHECK(says(corrupt(check_watermark(ledger->programme(), ledger->watermark()->checkpoint)), "rolled back"));
}

TEST_CASE("verify counts the kept checkpoints, and names one that was altered", "[checkpointer][verify]") {
  const TempFolder folder;
  const SignerKey key = signer();
  const auto log = open_rocks(folder);
  TestLedger ledger(*log, {});
  Checkpointer checkpointer(*log, key, folder.path("watermark"), std::nullopt);
  std::vector<SignedCheckpoint> notes = {made(checkpointer.sign())};
  for (int i = 0; i < 60; ++i) {
    ledger.staff("S" + std::to_string(i));
    if (i % 20 == 10) notes.push_back(made(checkpointer.sign()));
  }
  notes.push_back(made(checkpointer.sign()));
  const auto verified = made(verify(*log, key.verifier(), derive_vault_keys(Hash{})));
  CHECK(verified.checkpoints == notes.size());
  CHECK(verified.checkpoints == 5);

  const auto& victim = notes[GENERATE(0u, 2u, 4u)];
  const uint64_t size = victim.checkpoint.head.size;
  Checkpoint other = victim.checkpoint;
  std::string altered = victim.note;
  SECTION("a byte of its signature") { altered[altered.size() - 10] = altered[altered.size() - 10] == 'A' ? 'B' : 'A'; }
  SECTION("another root, well signed") { other.head.root[0] ^= 1, altered = sign_checkpoint(other, key); }
  SECTION("another size, well signed") { other.head.size += 1, altered = sign_checkpoint(other, key); }
  SECTION("another key") { altered = sign_checkpoint(other, signer(2)); }
  SECTION("another origin, well signed") { other.origin = "ledger.example/other", altered = sign_note(other.text(), key); }
  SECTION("rubbish") { altered = "rubbish"; }
  fine(log->keep_checkpoint(size, altered));

  const std::string message = corrupt(verify(*log, key.verifier(), derive_vault_keys(Hash{})));

  INFO(message);
  CHECK(says(message, std::to_string(size)));
  CHECK(says(message, "checkpoint"));
}

TEST_CASE("a kept checkpoint of more events than there are is found", "[checkpointer][verify]") {
  const TempFolder folder;
  const SignerKey key = signer();
  const auto log = open_rocks(folder);
  const TestLedger ledger(*log, {});
  const uint64_t size = log->end().value + 3;
  fine(log->keep_checkpoint(size, sign_checkpoint({"ledger.example/season", {size, naive_root(some(3))}}, key)));

  CHECK(says(corrupt(verify(*log, key.verifier(), derive_vault_keys(Hash{}))), std::to_string(size)));
}

}  // namespace daybook::test
