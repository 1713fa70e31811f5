// The layout of tlog-tiles: paths, widths, bundles; and that a log's tiles and directory are those of the definition
// however its entries came in and however often it was opened.
#include "ledger/tile.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "ledger/event_log.h"
#include "tests/ledger/naive_tree.h"
#include "tests/ledger/reference_tree.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

std::unique_ptr<EventLog> open_rocks(const TempFolder& folder, OpenMode mode = OpenMode::kReadWrite) {
  auto log = open_rocks_log(folder.path("book"), mode);
  if (log.has_error()) FAIL(log.error().message);
  return std::move(log).value();
}

std::string random_bytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// What was appended, kept aside.
struct Model {
  std::vector<std::string> entries;
  std::vector<Labels> labels;
  ReferenceTree tree;

  // A group of `count` entries in batches of random sizes; every third batch has no labels.
  std::vector<Batch> group(std::mt19937_64& random, uint64_t count, size_t longest) {
    std::vector<Batch> group;
    while (count > 0) {
      const uint64_t take = random() % 4 == 0 ? count : 1 + random() % count;
      Batch batch;
      for (uint64_t i = 0; i < take; ++i) {
        batch.entries.push_back(random_bytes(random, 1 + random() % longest));
        batch.labels.push_back(
            {static_cast<uint32_t>(random()), random() % 2 ? static_cast<uint32_t>(random()) : 0, static_cast<uint32_t>(random() % 5)});
      }
      if (random() % 3 == 0) batch.labels.clear();
      for (uint64_t i = 0; i < take; ++i) {
        entries.push_back(batch.entries[i]);
        labels.push_back(batch.labels.empty() ? Labels{} : batch.labels[i]);
        tree.append(batch.entries[i]);
      }
      group.push_back(std::move(batch));
      count -= take;
    }
    return group;
  }
};

void append(EventLog& log, std::span<const Batch> group) {
  uint64_t end = log.end().value;
  const auto answers = log.append(group);
  REQUIRE(answers.size() == group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    REQUIRE(answers[i].has_value());
    REQUIRE(answers[i].value() == Appended{Position{end}, Position{end + group[i].entries.size()}, false});
    end += group[i].entries.size();
  }
}

// Entries, tiles to that level, directory and head are the model's, from the bundle that holds `from` on.
void check_log(const EventLog& log, const Model& model, uint64_t from = 0, unsigned highest = 63) {
  const uint64_t size = model.entries.size();
  REQUIRE(log.end() == Position{size});
  REQUIRE(log.head() == model.tree.head());

  uint64_t next = from - from % 256;
  bool same = true;
  REQUIRE(log.read(Position{next}, log.end(),
                   [&](Position at, Bytes bytes) {
                     same = same && at.value == next && as_text(bytes) == model.entries[next];
                     return ++next, same;
                   })
              .has_value());
  REQUIRE(same);
  REQUIRE(next == size);

  uint64_t span = 256;
  for (unsigned level = 0; level <= highest && size >= span / 256; ++level, span *= 256) {
    for (uint64_t index = from / span; ReferenceTree::width_of(size, level, index) > 0; ++index) {
      const uint64_t width = ReferenceTree::width_of(size, level, index);
      INFO("size " << size << " level " << level << " index " << index << " width " << width);
      const auto found = log.tile(level, index, width);
      if (found.has_error()) FAIL(found.error().message);
      REQUIRE((found.value() == model.tree.tile(level, index, width).value()));
    }
  }
  for (uint64_t bundle = from / 256; bundle < size / 256; ++bundle) {
    const auto found = log.directory(bundle);
    INFO("size " << size << " bundle " << bundle);
    if (found.has_error()) FAIL(found.error().message);
    REQUIRE((found.value() == std::vector<Labels>(model.labels.begin() + static_cast<long>(256 * bundle),
                                                  model.labels.begin() + static_cast<long>(256 * (bundle + 1)))));
  }
}

// Which bundles hold a label, and the index behind that, are what the labels say, looked through one by one.
void check_index(const EventLog& log, const Model& model) {
  const uint64_t size = model.labels.size();
  for (const uint32_t label : {0u, 1u, 4u, 0xdeadbeefu, model.labels.front().stream, model.labels[size / 2].subject, model.labels.back().stream}) {
    std::vector<uint64_t> wanted;
    for (uint64_t at = 0; at < size; ++at) {
      const auto& [stream, subject, cohort] = model.labels[at];
      const bool has = label != 0 && (stream == label || subject == label || cohort == label);
      if (has && (wanted.empty() || wanted.back() != at / 256)) wanted.push_back(at / 256);
    }
    INFO("size " << size << " label " << label);
    REQUIRE((log.bundles_with(label).value() == wanted));
  }
  for (uint64_t segment = 0; segment < size / 65'536; ++segment) {
    std::set<std::pair<uint32_t, uint64_t>> items;  // label, bundle
    for (uint64_t at = 65'536 * segment; at < 65'536 * (segment + 1); ++at) {
      for (const uint32_t label : {model.labels[at].stream, model.labels[at].subject, model.labels[at].cohort}) items.emplace(label, at / 256 % 256);
    }
    std::array<std::string, 256> rows;
    for (const auto& [label, bundle] : items) {
      if (label == 0) continue;
      for (const uint32_t byte : {label >> 16, label >> 8, label}) rows[label >> 24] += static_cast<char>(byte);
      rows[label >> 24] += static_cast<char>(bundle);
    }
    for (unsigned byte = 0; byte < 256; ++byte) REQUIRE((log.index_row(segment, static_cast<uint8_t>(byte)).value() == rows[byte]));
  }
}

std::unique_ptr<EventLog> open_either(const TempFolder& folder, bool on_disk) { return on_disk ? open_rocks(folder) : make_memory_log(); }

}  // namespace

TEST_CASE("a tile's number is written in groups of three digits, all but the last with an x", "[tile]") {
  CHECK(tile_path(0, 1234067, 256) == "tile/0/x001/x234/067");
  CHECK(bundle_path(1234067, 256) == "tile/entries/x001/x234/067");
  CHECK(tile_path(0, 0, 256) == "tile/0/000");
  CHECK(tile_path(3, 7, 256) == "tile/3/007");
  CHECK(tile_path(63, 999, 256) == "tile/63/999");
  CHECK(tile_path(1, 1000, 256) == "tile/1/x001/000");
  CHECK(bundle_path(999999, 256) == "tile/entries/x999/999");
  CHECK(bundle_path(1000000, 256) == "tile/entries/x001/x000/000");
  CHECK(tile_path(0, kMost / 256, 256) == "tile/0/x072/x057/x594/x037/x927/935");
}

TEST_CASE("a partial tile's path ends in its width, a full one's does not", "[tile]") {
  CHECK(tile_path(0, 1234, 12) == "tile/0/x001/234.p/12");
  CHECK(tile_path(1, 0, 1) == "tile/1/000.p/1");
  CHECK(tile_path(0, 273, 255) == "tile/0/273.p/255");
  CHECK(bundle_path(273, 112) == "tile/entries/273.p/112");
  CHECK(bundle_path(273, 256) == "tile/entries/273");
}

TEST_CASE("a tree of 70,000 has the tiles of the specification's example", "[tile]") {
  CHECK(tile_width(70'000, 0, 0) == 256);
  CHECK(tile_width(70'000, 0, 272) == 256);
  CHECK(tile_width(70'000, 0, 273) == 112);
  CHECK(tile_width(70'000, 0, 274) == 0);
  CHECK(tile_width(70'000, 1, 0) == 256);
  CHECK(tile_width(70'000, 1, 1) == 17);
  CHECK(tile_width(70'000, 1, 2) == 0);
  CHECK(tile_width(70'000, 2, 0) == 1);
  CHECK(tile_width(70'000, 2, 1) == 0);
  CHECK(tile_width(70'000, 3, 0) == 0);
}

TEST_CASE("only full tiles feed the level above", "[tile]") {
  CHECK(tile_width(0, 0, 0) == 0);
  CHECK(tile_width(255, 0, 0) == 255);
  CHECK(tile_width(255, 1, 0) == 0);
  CHECK(tile_width(256, 0, 0) == 256);
  CHECK(tile_width(256, 0, 1) == 0);
  CHECK(tile_width(256, 1, 0) == 1);
  CHECK(tile_width(65'535, 1, 0) == 255);
  CHECK(tile_width(65'535, 2, 0) == 0);
  CHECK(tile_width(65'536, 1, 0) == 256);
  CHECK(tile_width(65'536, 2, 0) == 1);
}

TEST_CASE("widths are those of the definition at any size and level, also where numbers end", "[tile]") {
  std::mt19937_64 random(15);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t size = random() >> (random() % 64);
    const unsigned level = static_cast<unsigned>(random() % 64);
    uint64_t last = size;
    for (unsigned l = 0; l <= level; ++l) last /= 256;
    for (const uint64_t index : {uint64_t{0}, last - (last > 0), last, last + 1, static_cast<uint64_t>(random()), kMost}) {
      INFO("size " << size << " level " << level << " index " << index);
      REQUIRE(tile_width(size, level, index) == ReferenceTree::width_of(size, level, index));
    }
  }
  CHECK(tile_width(kMost, 7, 0) == 255);
  CHECK(tile_width(kMost, 8, 0) == 0);
  CHECK(tile_width(kMost, 63, 0) == 0);
  CHECK(tile_width(kMost, 0, kMost / 256) == 255);
}

TEST_CASE("a tile's root is the hash that stands in the tile above", "[tile]") {
  ReferenceTree tree;
  std::vector<Hash> leaves;
  for (int i = 0; i < 300; ++i) {
    tree.append(std::to_string(i));
    leaves.push_back(tree.leaf(static_cast<uint64_t>(i)));

    REQUIRE(root_of(leaves) == tree.root(leaves.size()));
  }
  CHECK(root_of({}) == sha256({}));
}

TEST_CASE("entries in a bundle stand behind their length, 16 bits, big-endian", "[tile]") {
  const std::string long_one(258, 'x');

  CHECK(encode_bundle({"a", "bc", long_one}) == std::string("\0\1a\0\2bc\1\2", 9) + long_one);
  CHECK(encode_bundle({}).empty());
}

TEST_CASE("a bundle gives back the entries that went in", "[tile]") {
  std::mt19937_64 random(256);
  for (const size_t count : {0, 1, 2, 17, 255, 256}) {
    std::vector<std::string> entries;
    for (size_t i = 0; i < count; ++i) entries.push_back(random_bytes(random, 1 + random() % 600));
    if (count > 2) entries[1] = random_bytes(random, 65'535), entries[2] = std::string(65'535, '\xff');

    const auto found = decode_bundle(encode_bundle(entries));

    REQUIRE(found.has_value());
    CHECK((found.value() == entries));
  }
}

TEST_CASE("a bundle that is cut within an entry is corrupt, wherever it is cut", "[tile]") {
  const std::vector<std::string> entries = {"one", std::string(300, '2'), "3"};
  const std::string whole = encode_bundle(entries);
  size_t boundaries = 0;
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto found = decode_bundle(std::string_view(whole).substr(0, length));

    INFO("cut to " << length);
    if (length == 0 || length == 5 || length == 307) {
      ++boundaries;
      REQUIRE(found.has_value());
      CHECK(found.value().size() == boundaries - 1);
    } else {
      REQUIRE(found.has_error());
      CHECK(found.error().fault == Fault::kCorrupt);
      CHECK_FALSE(found.error().message.empty());
    }
  }
  for (const std::string& surplus : {std::string(1, '\0'), std::string("\0\2x", 3), std::string("\xff\xff", 2) + std::string(65'534, 'x')}) {
    const auto found = decode_bundle(whole + surplus);
    REQUIRE(found.has_error());
    CHECK(found.error().fault == Fault::kCorrupt);
  }
}

TEST_CASE("tiles and directory are those of the definition at every size around 256, on disk also after each opening", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  auto log = open_either(folder, on_disk);
  std::mt19937_64 random(256);
  Model model;

  for (const uint64_t size : {1, 2, 200, 253, 254, 255, 256, 257, 258, 259, 510, 511, 512, 513, 514}) {
    append(*log, model.group(random, size - model.entries.size(), 30));
    check_log(*log, model);
    check_index(*log, model);
    if (!on_disk) continue;
    log.reset();
    log = open_rocks(folder);
    check_log(*log, model);
    check_log(*open_rocks(folder, OpenMode::kReadOnly), model);
    check_index(*open_rocks(folder, OpenMode::kReadOnly), model);
  }
}

TEST_CASE("tiles and directory are those of the definition at every size around 65,536, on disk also after each opening", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  auto log = open_either(folder, on_disk);
  std::mt19937_64 random(65'536);
  Model model;
  append(*log, model.group(random, 30'001, 2));
  append(*log, model.group(random, 35'532, 2));

  for (const uint64_t size : {65'533, 65'534, 65'535, 65'536, 65'537, 65'538, 65'791, 65'792, 65'793}) {
    if (size > model.entries.size()) append(*log, model.group(random, size - model.entries.size(), 2));
    check_log(*log, model, size == 65'536 ? 0 : 65'000);
    check_index(*log, model);
    if (!on_disk) continue;
    log.reset();
    log = open_rocks(folder);
    check_log(*log, model, size == 65'537 ? 0 : 65'000);
    check_index(*log, model);
  }
}

TEST_CASE("one group that fills many bundles at once, from an odd start, is as if its entries had come one by one", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  auto log = open_either(folder, on_disk);
  std::mt19937_64 random(70'000);
  Model model;
  append(*log, model.group(random, 77, 2));
  append(*log, model.group(random, 69'923, 2));

  check_log(*log, model);
  check_index(*log, model);
  if (on_disk) log.reset(), log = open_rocks(folder);
  check_log(*log, model);
  check_index(*log, model);
  append(*log, model.group(random, 140'000, 2));  // two segments in one group
  check_index(*log, model);
}

TEST_CASE("the beginning of a tile can be had, as it was when the tree was smaller, and no hash that is not there", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  const auto log = open_either(folder, on_disk);
  std::mt19937_64 random(3);
  Model model;
  append(*log, model.group(random, 700, 20));

  for (const auto& [level, index, has] : {std::tuple(0u, 0u, 256u), {0, 1, 256}, {0, 2, 188}, {1, 0, 2}}) {
    for (uint64_t width = 1; width <= has; ++width) {
      const auto found = log->tile(level, index, width);
      INFO("level " << level << " index " << index << " width " << width);
      REQUIRE(found.has_value());
      REQUIRE((found.value() == model.tree.tile(level, index, width).value()));
    }
    INFO((on_disk ? "on disk" : "in memory") << ", level " << level << " index " << index << " has " << has);
    CHECK(log->tile(level, index, has + 1).has_error());
  }
  INFO((on_disk ? "on disk" : "in memory"));
  CHECK(log->tile(0, 3, 1).has_error());
  CHECK(log->tile(0, kMost, 1).has_error());
  CHECK(log->tile(1, 1, 1).has_error());
  CHECK(log->tile(2, 0, 1).has_error());
  CHECK(log->tile(63, 0, 1).has_error());
}

TEST_CASE("groups of every size from 1 to 600, in any order, leave the bytes, tiles and head of the definition", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const TempFolder folder;
  auto log = open_either(folder, on_disk);
  std::mt19937_64 random(600);
  std::vector<uint64_t> sizes(600);
  std::iota(sizes.begin(), sizes.end(), 1);
  std::shuffle(sizes.begin(), sizes.end(), random);
  Model model;

  for (const uint64_t size : sizes) {
    const uint64_t before = model.entries.size();
    append(*log, model.group(random, size, 12));
    INFO("a group of " << size << " at " << before);
    check_log(*log, model, before, on_disk || size % 16 == 0 ? 63 : 0);  // memory hashes the upper levels anew each time
  }
  check_log(*log, model);
  if (on_disk) log.reset(), log = open_rocks(folder);
  check_log(*log, model);
}

TEST_CASE("groups of sizes from 1 to 600 are there when the book is opened again after each", "[tile][event_log]") {
  std::mt19937_64 random(601);
  std::vector<uint64_t> sizes;
  for (uint64_t size = 1; size <= 600; ++size) {
    if (size % 4 == 1 || size <= 16 || (size + 4) % 256 <= 8) sizes.push_back(size);  // all of them take most of a minute
  }
  std::shuffle(sizes.begin(), sizes.end(), random);
  const TempFolder folder;
  Model model;

  for (const uint64_t size : sizes) {
    const uint64_t before = model.entries.size();
    const auto log = open_rocks(folder);
    append(*log, model.group(random, size, 12));
    INFO("a group of " << size << " at " << before);
    check_log(*log, model, before);
  }
  check_log(*open_rocks(folder, OpenMode::kReadOnly), model);
  check_log(*open_rocks(folder), model);
}

TEST_CASE("a rehearsal over a book has its tiles and its own, and leaves the book alone", "[tile][event_log]") {
  const bool on_disk = GENERATE(false, true);
  const uint64_t start = GENERATE(0u, 1u, 255u, 256u, 257u, 700u);
  const TempFolder folder;
  const auto base = open_either(folder, on_disk);
  std::mt19937_64 random(start);
  Model model;
  if (start > 0) append(*base, model.group(random, start, 20));
  const TreeHead head = base->head();
  const auto rehearsal = make_memory_log(base.get());

  for (const uint64_t more : {1, 254, 1, 1, 600}) {
    append(*rehearsal, model.group(random, more, 20));
    check_log(*rehearsal, model);
  }
  CHECK(base->head() == head);
}

}  // namespace daybook::test
