// Sealing, the wrapping keys outside of the ledger, and the keys of owners wrapped with them.
#include "ledger/key_ring.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "ledger/owner_keys.h"
#include "ledger/sealing.h"
#include "tests/support/made.h"
#include "tests/support/rows_in_memory.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

struct Place {
  TempFolder folder;
  std::string path = folder.path("key-ring");
  SeededRandomness randomness{3};
  KeyRing ring = KeyRing::make(randomness);
  Hash root{7};
  void write() { fine(ring.write(path, root, "ledger-id", randomness)); }
  Result<KeyRing> read() const { return KeyRing::read(path, root, "ledger-id"); }
};

std::string hex_of(const OwnerKey& found) { return found.key ? to_hex(found.key->hash()) : "(none)"; }

}  // namespace

TEST_CASE("what is sealed opens with its key and what it was bound to, and with nothing else", "[sealing]") {
  SeededRandomness randomness;
  Hash key{1}, other{2};
  for (const std::string text : {"", "a", "a longer text with \xc3\xa9 in it"}) {
    const auto sealed = seal(key, as_bytes("here"), as_bytes(text), randomness);

    CHECK(sealed.size() == text.size() + 40);
    CHECK(made(open_sealed(key, as_bytes("here"), as_bytes(sealed))) == text);
    CHECK(says(corrupt(open_sealed(other, as_bytes("here"), as_bytes(sealed))), "not sealed for this place"));
    CHECK(says(corrupt(open_sealed(key, as_bytes("there"), as_bytes(sealed))), "not sealed for this place"));
    CHECK(seal(key, as_bytes("here"), as_bytes(text), randomness) != sealed);  // another nonce
    for (size_t size = 0; size < sealed.size(); ++size) REQUIRE(open_sealed(key, as_bytes("here"), as_bytes(sealed.substr(0, size))).has_error());
  }
}

TEST_CASE("keys that are kept stay where they are while others come and go", "[sealing]") {
  LockedKeys keys;
  std::vector<const Hash*> places;
  for (uint8_t i = 0; i < 200; ++i) places.push_back(keys.keep(Hash{i}));
  for (size_t i = 0; i < 200; i += 2) keys.drop(places[i]);
  for (int i = 0; i < 3000; ++i) keys.keep(Hash{255});

  for (size_t i = 1; i < 200; i += 2) CHECK((*places[i])[0] == i);
}

TEST_CASE("keys are kept also where the system locks no memory for them, and it is told", "[sealing]") {
  const auto child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    std::array<char, 64> bytes;
    const bool locks = ::setrlimit(RLIMIT_MEMLOCK, &none) != 0 || ::mlock(bytes.data(), bytes.size()) == 0;  // the limit is not everybody's
    LockedKeys keys;
    const auto* kept = keys.keep(Hash{7});
    ::_exit(keys.is_locked() == locks && (*kept)[0] == 7 ? 0 : 1);
  }

  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a key ring is read back with the root key of its ledger only", "[key_ring][C3]") {
  Place place;
  place.ring.add(place.randomness);
  place.write();

  const auto back = made(place.read());

  CHECK(back.oldest() == 1);
  CHECK(back.newest() == 2);
  CHECK(to_hex(*back.find(2)) == to_hex(*place.ring.find(2)));
  CHECK(back.find(3) == nullptr);
  CHECK(says(corrupt(KeyRing::read(place.path, Hash{8}, "ledger-id")), "this root key"));
  CHECK(says(corrupt(KeyRing::read(place.path, place.root, "another")), "this ledger"));
  CHECK(text_of(place.path).find(to_hex(*back.find(1))) == std::string::npos);
}

TEST_CASE("a key ring that others can read, or that is not there, is refused", "[key_ring][C3]") {
  Place place;
  CHECK(place.read().error().fault == Fault::kRejected);
  place.write();
  struct stat info{};
  REQUIRE(::stat(place.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::chmod(place.path.c_str(), 0644) == 0);

  CHECK(says(place.read().error().message, "want 0600"));
}

TEST_CASE("any byte of a key ring changed, or cut off, is refused", "[key_ring][bad-input]") {
  Place place;
  place.write();
  const auto whole = text_of(place.path);
  for (size_t i = 0; i + 1 < whole.size(); ++i) {  // the last line end may go
    for (const char byte : {static_cast<char>(whole[i] ^ 1), 'z', ' '}) {
      if (byte == whole[i]) continue;
      auto changed = whole;
      changed[i] = byte;
      write(place.path, changed);
      INFO(i << " " << changed);
      REQUIRE(place.read().has_error());
    }
    write(place.path, whole.substr(0, i));
    REQUIRE(place.read().has_error());
  }
}

TEST_CASE("a version that is dropped is gone from the file, and the bytes that stood there are overwritten", "[key_ring][C3]") {
  Place place;
  place.write();
  const auto before = text_of(place.path).substr(20);
  std::filesystem::create_hard_link(place.path, place.folder.path("old"));  // what lay under the name before
  place.ring.add(place.randomness);
  place.ring.drop_before(2);
  place.write();

  CHECK(made(place.read()).find(1) == nullptr);
  CHECK(text_of(place.folder.path("old")).find(before) == std::string::npos);
  CHECK(text_of(place.folder.path("old")).find_first_not_of('\0') == std::string::npos);
}

TEST_CASE("an owner's key is made once and found again", "[owner_keys][C3]") {
  SeededRandomness randomness;
  RowsInMemory rows;
  std::vector<VaultRow> out;
  OwnerKeys keys(KeyRing::make(randomness), "ledger/programme");

  const auto made_now = hex_of(made(keys.find_or_make(rows, "person/a", 1, randomness, out)));
  CHECK(out.size() == 1);
  CHECK(hex_of(made(keys.find_or_make(rows, "person/a", 1, randomness, out))) == made_now);
  CHECK(out.size() == 1);
  rows.put(out);
  keys.forget_all();

  CHECK(hex_of(made(keys.find(rows, "person/a", 1))) == made_now);
  CHECK(hex_of(made(keys.find_or_make(rows, "person/a", 1, randomness, out))) == made_now);
  CHECK(out.size() == 1);
  CHECK(hex_of(made(keys.find_or_make(rows, "person/b", 1, randomness, out))) != made_now);
  CHECK(hex_of(made(keys.find(rows, "person/a", 2))) != made_now);
  SeededRandomness same;
  Hash whole;  // what was made, and stands in the row wrapped
  KeyRing::make(same);
  same.fill(whole);
  CHECK(to_hex(derived_key(whole, 1)) == made_now);
  CHECK(out[0].value->find(std::string(as_text(whole))) == std::string::npos);
}

TEST_CASE("of more owners than are held the key is found again, also of one whose row is still to be written", "[owner_keys][C3]") {
  SeededRandomness randomness;
  RowsInMemory rows;
  std::vector<VaultRow> to_come;
  OwnerKeys keys(KeyRing::make(randomness), "ledger/programme");
  const auto waiting = hex_of(made(keys.find_or_make(rows, "person/waiting", 1, randomness, to_come)));
  const auto early = hex_of(made(keys.find_or_make(rows, "person/early", 1, randomness, to_come)));
  rows.put(std::vector{to_come[1]});
  for (int i = 0; i < 70'000; ++i) {
    std::vector<VaultRow> out;
    made(keys.find_or_make(rows, "person/" + std::to_string(i), 1, randomness, out));
    rows.put(out);
  }

  CHECK(hex_of(made(keys.find(rows, "person/waiting", 1))) == waiting);
  CHECK(hex_of(made(keys.find_or_make(rows, "person/waiting", 1, randomness, to_come))) == waiting);
  CHECK(hex_of(made(keys.find(rows, "person/early", 1))) == early);
  CHECK(keys.held() < 70'000);
}

TEST_CASE("a wrapped key opens for its own owner, book and ledger only", "[owner_keys][C3]") {
  SeededRandomness randomness;
  const auto ring = KeyRing::make(randomness);
  RowsInMemory rows;
  std::vector<VaultRow> out;
  OwnerKeys keys(ring, "ledger/programme");
  made(keys.find_or_make(rows, "person/a", 1, randomness, out));
  rows.put(out);
  rows.all[OwnerKeys::row_key("person/b")] = rows.all[OwnerKeys::row_key("person/a")];
  OwnerKeys of_other_book(ring, "ledger/access");

  CHECK(says(corrupt(keys.find(rows, "person/b", 1)), "key of person/b: found another key"));
  CHECK(says(corrupt(of_other_book.find(rows, "person/a", 1)), "another key"));
  CHECK(says(corrupt(keys.find(rows, "person/c", 1)), "nothing that says it was destroyed"));
}

TEST_CASE("keys are wrapped anew some at a time, and open with the new version alone", "[owner_keys][C3]") {
  SeededRandomness randomness;
  auto ring = KeyRing::make(randomness);
  RowsInMemory rows;
  std::vector<VaultRow> out;
  OwnerKeys keys(ring, "ledger/programme");
  std::map<std::string, std::string> known;
  for (int i = 0; i < 25; ++i) {
    const auto owner = "person/" + std::to_string(i);
    known[owner] = hex_of(made(keys.find_or_make(rows, owner, 1, randomness, out)));
  }
  rows.put(out);
  rows.put({OwnerKeys::destroyed_row("person/3", Position{4})});

  ring.add(randomness);
  keys.use(ring);
  int rounds = 0;
  for (;; ++rounds) {
    const auto some = made(keys.rewrapped(rows, 10, randomness));
    if (some.empty()) break;
    CHECK(some.size() <= 10);
    rows.put(some);
  }
  ring.drop_before(2);
  OwnerKeys after(ring, "ledger/programme");

  CHECK(rounds == 3);
  for (const auto& [owner, key] : known) CHECK(hex_of(made(after.find(rows, owner, 1))) == (owner == "person/3" ? "(none)" : key));
}

TEST_CASE("keys are taken apart while the ring is replaced", "[owner_keys]") {
  SeededRandomness randomness;
  const auto before = KeyRing::make(randomness);
  auto after = before;
  after.add(randomness);
  OwnerKeys keys(before, "ledger/programme");
  std::jthread replacing([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) keys.use(after), keys.use(before);
  });

  for (int i = 0; i < 5000; ++i) {
    const auto newest = keys.apart()->ring().newest();
    REQUIRE((newest == before.newest() || newest == after.newest()));
  }
}

}  // namespace daybook::test
