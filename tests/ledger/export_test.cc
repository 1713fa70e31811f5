// The folder that others keep: its files are those of C2SP tlog-tiles, the root follows from them alone, and what was
// once written stays.
#include "ledger/export.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <map>

#include "tests/ledger/naive_tree.h"
#include "tests/ledger/reference_tree.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) files[fs::relative(file.path(), folder)] = text_of(file.path());
  }
  return files;
}

SignerKey signer() {
  SeededRandomness randomness;
  return made(SignerKey::make("ledger.example/season", randomness));
}
SignedCheckpoint signed_head(const TreeHead& head) {
  const Checkpoint checkpoint{"ledger.example/season", head};
  return {checkpoint, sign_checkpoint(checkpoint, signer())};
}

// A log, and what went into it.
struct Book {
  explicit Book(bool on_disk) : log(on_disk ? made(open_rocks_log(folder.path("book"), OpenMode::kReadWrite)) : make_memory_log()) {}
  void grow(uint64_t to) {
    Batch batch;
    for (uint64_t i = entries.size(); i < to; ++i) batch.entries.push_back("entry " + std::to_string(i) + std::string(i % 7, '.'));
    for (const auto& entry : batch.entries) entries.push_back(entry), tree.append(entry);
    made(log->append(batch));
    REQUIRE(log->head() == tree.head());
  }
  TempFolder folder;
  std::unique_ptr<EventLog> log;
  std::vector<std::string> entries;
  ReferenceTree tree;
};

// C2SP's name of a tile.
std::string name_of(const std::string& level, uint64_t index, uint64_t width) {
  std::string digits = std::to_string(index);
  while (digits.size() % 3 != 0) digits.insert(digits.begin(), '0');
  std::string name = "tile/" + level;
  for (size_t i = 0; i < digits.size(); i += 3) name += (i + 3 < digits.size() ? "/x" : "/") + digits.substr(i, 3);
  return width == 256 ? name : name + ".p/" + std::to_string(width);
}

// What has to stand in the folder for a tree of that size.
std::map<std::string, std::string> wanted_files(const Book& book, uint64_t size) {
  std::map<std::string, std::string> files;
  uint64_t full = size;
  for (unsigned level = 0; full > 0; ++level, full /= 256) {
    for (uint64_t index = 0; 256 * index < full; ++index) {
      const uint64_t width = std::min<uint64_t>(256, full - 256 * index);
      std::string bytes;
      for (const Hash& hash : made(book.tree.tile(level, index, width))) bytes += as_text(hash);
      files[name_of(std::to_string(level), index, width)] = bytes;
      if (level > 0) continue;
      std::string bundle;
      for (uint64_t i = 256 * index; i < 256 * index + width; ++i) {
        bundle += static_cast<char>(book.entries[i].size() / 256);
        bundle += static_cast<char>(book.entries[i].size() % 256);
        bundle += book.entries[i];
      }
      files[name_of("entries", index, width)] = bundle;
    }
  }
  return files;
}

void same_files(const std::map<std::string, std::string>& found, const std::map<std::string, std::string>& wanted) {
  for (const auto& [name, bytes] : wanted) {
    INFO(name);
    REQUIRE(found.contains(name));
    REQUIRE((found.at(name) == bytes));
  }
  for (const auto& [name, bytes] : found) {
    INFO(name);
    REQUIRE(wanted.contains(name));
  }
}

// What somebody else's checker does with nothing but the folder and the key: both roots, from tiles and from entries.
void check_folder(const std::string& folder) {
  const auto head = made(open_checkpoint(text_of(folder + "/checkpoint"), signer().verifier())).head;
  std::vector<std::string> entries;
  ReferenceTree from_entries;
  std::string leaves;
  for (uint64_t index = 0; 256 * index < head.size; ++index) {
    const uint64_t width = std::min<uint64_t>(256, head.size - 256 * index);
    leaves += text_of(folder + "/" + name_of("0", index, width));
    const std::string bundle = text_of(folder + "/" + name_of("entries", index, width));
    size_t at = 0;
    for (uint64_t i = 0; i < width; ++i) {
      REQUIRE(at + 2 <= bundle.size());
      const size_t length = 256u * static_cast<unsigned char>(bundle[at]) + static_cast<unsigned char>(bundle[at + 1]);
      REQUIRE(at + 2 + length <= bundle.size());
      from_entries.append(std::string_view(bundle).substr(at + 2, length));
      at += 2 + length;
    }
    REQUIRE(at == bundle.size());
  }
  REQUIRE(leaves.size() == 32 * head.size);
  for (uint64_t i = 0; i < head.size; ++i) REQUIRE((as_text(from_entries.leaf(i)) == leaves.substr(32 * i, 32)));
  CHECK(from_entries.head() == head);
}

}  // namespace

TEST_CASE("an export has the files of tlog-tiles, byte for byte, and no others", "[export]") {
  const bool on_disk = GENERATE(false, true);
  const uint64_t size = GENERATE(1u, 2u, 255u, 256u, 257u, 512u, 700u);
  INFO("size " << size);
  Book book(on_disk);
  book.grow(size);
  const auto checkpoint = signed_head(book.log->head());
  const std::string folder = book.folder.path("tiles");

  const uint64_t count = made(write_tiles(*book.log, checkpoint, folder));

  auto wanted = wanted_files(book, size);
  wanted["checkpoint"] = checkpoint.note;
  same_files(files_of(folder), wanted);
  CHECK(count == wanted.size());
  check_folder(folder);
}

TEST_CASE("an export of 70,000 entries has the three levels of the specification's example", "[export]") {
  Book book(true);
  book.grow(30'000);
  book.grow(70'000);
  const auto checkpoint = signed_head(book.log->head());
  const std::string folder = book.folder.path("tiles");

  made(write_tiles(*book.log, checkpoint, folder));

  const auto found = files_of(folder);
  for (const auto* name : {"tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/000",
                           "tile/entries/273.p/112", "checkpoint"}) {
    INFO(name);
    CHECK(found.contains(name));
  }
  auto wanted = wanted_files(book, 70'000);
  wanted["checkpoint"] = checkpoint.note;
  same_files(found, wanted);
  check_folder(folder);
}

TEST_CASE("an empty book is exported as its checkpoint alone", "[export]") {
  const Book book(GENERATE(false, true));
  const auto checkpoint = signed_head(book.log->head());

  made(write_tiles(*book.log, checkpoint, book.folder.path("tiles")));

  same_files(files_of(book.folder.path("tiles")), {{"checkpoint", checkpoint.note}});
}

TEST_CASE("an export ends at its checkpoint though the book goes on", "[export]") {
  const bool on_disk = GENERATE(false, true);
  const uint64_t size = GENERATE(1u, 200u, 256u, 300u, 512u, 513u);
  INFO("size " << size);
  Book book(on_disk);
  book.grow(size);
  const auto checkpoint = signed_head(book.log->head());
  book.grow(700);

  made(write_tiles(*book.log, checkpoint, book.folder.path("tiles")));

  auto wanted = wanted_files(book, size);
  wanted["checkpoint"] = checkpoint.note;
  same_files(files_of(book.folder.path("tiles")), wanted);
  check_folder(book.folder.path("tiles"));
}

TEST_CASE("an export again after growth adds files and replaces the checkpoint, nothing else", "[export]") {
  Book book(GENERATE(false, true));
  const std::string folder = book.folder.path("tiles");
  std::map<std::string, std::string> all;
  std::map<std::string, fs::file_time_type> written;
  for (const uint64_t size : {3u, 255u, 256u, 300u, 600u, 768u}) {
    book.grow(size);
    const auto checkpoint = signed_head(book.log->head());
    const size_t before = all.size();
    for (auto& [name, bytes] : wanted_files(book, size)) all.emplace(name, bytes);

    const uint64_t count = made(write_tiles(*book.log, checkpoint, folder));

    INFO("size " << size);
    CHECK(count == all.size() - before + 1);
    auto found = files_of(folder);
    CHECK(found["checkpoint"] == checkpoint.note);
    found.erase("checkpoint");
    same_files(found, all);
    check_folder(folder);
    for (const auto& [name, bytes] : found) {
      const auto time = fs::last_write_time(folder + "/" + name);
      const auto [known, is_new] = written.emplace(name, time);
      if (!is_new) CHECK(known->second == time);
    }
  }
}

TEST_CASE("an export of the same checkpoint again leaves the files as they were", "[export]") {
  Book book(true);
  book.grow(300);
  const auto checkpoint = signed_head(book.log->head());
  const std::string folder = book.folder.path("tiles");
  made(write_tiles(*book.log, checkpoint, folder));
  const auto before = files_of(folder);

  CHECK(made(write_tiles(*book.log, checkpoint, folder)) <= 1);

  CHECK((files_of(folder) == before));
}

TEST_CASE("a file that is there already is left alone, a missing one comes back", "[export]") {
  Book book(true);
  book.grow(600);
  const auto checkpoint = signed_head(book.log->head());
  const std::string folder = book.folder.path("tiles");
  made(write_tiles(*book.log, checkpoint, folder));
  const auto before = files_of(folder);
  write(folder + "/tile/0/000", "somebody else's");
  fs::remove(folder + "/tile/0/001");
  fs::remove(folder + "/tile/entries/002.p/88");

  made(write_tiles(*book.log, checkpoint, folder));

  auto wanted = before;
  wanted["tile/0/000"] = "somebody else's";
  CHECK((files_of(folder) == wanted));
}

TEST_CASE("a checkpoint that the book does not reach is not exported", "[export]") {
  Book book(GENERATE(false, true));
  book.grow(300);
  const std::string folder = book.folder.path("tiles");

  CHECK(write_tiles(*book.log, signed_head({301, book.tree.root(300)}), folder).has_error());

  CHECK_FALSE(fs::exists(folder + "/checkpoint"));
}

TEST_CASE("the checkpoint is written last: an export that fails leaves the older one", "[export]") {
  Book book(true);
  book.grow(300);
  const std::string folder = book.folder.path("tiles");
  const auto older = signed_head(book.log->head());
  made(write_tiles(*book.log, older, folder));
  book.grow(600);
  fs::create_directories(folder + "/tile/0");
  write(folder + "/tile/0/002.p", "in the way of a folder");

  CHECK(write_tiles(*book.log, signed_head(book.log->head()), folder).has_error());

  CHECK(text_of(folder + "/checkpoint") == older.note);
}

}  // namespace daybook::test
