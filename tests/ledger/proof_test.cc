// Proofs against the definitions of RFC 6962 and the published vectors; damaged ones, each refused in its own words; and
// the text forms of C2SP.
#include "ledger/proof.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <limits>
#include <random>

#include "ledger/note.h"
#include "tests/ledger/naive_tree.h"
#include "tests/ledger/reference_tree.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

std::string entry(uint64_t index) { return "entry " + std::to_string(index); }

const ReferenceTree& tree_of(uint64_t size) {
  static ReferenceTree tree;
  while (tree.size() < size) tree.append(entry(tree.size()));
  return tree;
}

// The same tree, as a folder of tiles has it that ends at `size`: no hash beyond.
ReferenceTree tree_that_ends(uint64_t size) {
  ReferenceTree tree;
  for (uint64_t i = 0; i < size; ++i) tree.append(entry(i));
  return tree;
}

// Makes the proof, wants the reference's, and wants it accepted.
void inclusion_holds(const TileSource& tiles, const ReferenceTree& tree, uint64_t index, uint64_t size) {
  INFO("index " << index << " size " << size);
  const auto proof = prove_inclusion(tiles, index, size);
  if (proof.has_error()) FAIL(proof.error().message);
  REQUIRE((proof.value() == tree.path(index, size)));
  REQUIRE(check_inclusion(proof.value(), index, tree.leaf(index), tree.head(size)).empty());
}

void consistency_holds(const TileSource& tiles, const ReferenceTree& tree, uint64_t old_size, uint64_t size) {
  INFO("old size " << old_size << " size " << size);
  const auto proof = prove_consistency(tiles, old_size, size);
  if (proof.has_error()) FAIL(proof.error().message);
  REQUIRE((proof.value() == tree.consistency(old_size, size)));
  REQUIRE(check_consistency(proof.value(), tree.head(old_size), tree.head(size)).empty());
}

Hash flipped(Hash hash, unsigned bit) {
  hash[bit / 8] = static_cast<uint8_t>(hash[bit / 8] ^ 1 << bit % 8);
  return hash;
}

Proof hashes(const std::vector<std::string>& hex) {
  Proof proof;
  for (const auto& text : hex) {
    const auto bytes = from_hex(text);
    REQUIRE((bytes && bytes->size() == 32));
    std::copy(bytes->begin(), bytes->end(), proof.emplace_back().begin());
  }
  return proof;
}

ReferenceTree published_tree() {
  ReferenceTree tree;
  for (const std::string input : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
    tree.append(*from_hex(input));
  }
  return tree;
}

const std::string kNote = "ledger.example/season\n1000\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— ledger.example/season AAAAAA==\n";

void require_wrong(const std::string& wrong, const std::string& words) {
  INFO("it says: " << wrong);
  REQUIRE_FALSE(wrong.empty());
  REQUIRE(says(wrong, words));
}

// One hash of a good proof changed, left out (then it says `one_less`), added, or moved.
void refuse_each_change(const Proof& good, const std::string& one_less, const Hash& stranger, std::mt19937_64& random,
                        const std::function<void(const Proof&, const std::string&)>& refused) {
  const size_t place = random() % good.size();
  Proof bad = good;
  bad[place] = flipped(bad[place], static_cast<unsigned>(random() % 256));
  refused(bad, "root");
  bad = good;
  bad.erase(bad.begin() + static_cast<long>(place));
  refused(bad, one_less);
  for (const size_t at : {size_t{0}, random() % (good.size() + 1), good.size()}) {
    bad = good;
    bad.insert(bad.begin() + static_cast<long>(at), stranger);
    refused(bad, "more hashes");
  }
  bad = good;
  bad.resize(100);
  refused(bad, "more hashes");
  if (good.size() == 1) return;
  bad = good;
  std::swap(bad[place], bad[(place + 1) % bad.size()]);
  refused(bad, "root");
}

}  // namespace

TEST_CASE("the reference is itself the definition over the entries", "[proof]") {
  std::vector<std::string> entries;
  for (uint64_t size = 0; size <= 600; ++size) {
    REQUIRE(tree_of(600).root(size) == naive_root(entries));
    entries.push_back(entry(size));
  }
}

TEST_CASE("proofs over the published inputs are the published proofs", "[proof]") {
  const ReferenceTree tree = published_tree();
  REQUIRE(to_hex(tree.root(8)) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  const Proof one_of_eight =
      hashes({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
              "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});

  CHECK((made(prove_inclusion(tree, 0, 1)) == Proof{}));
  CHECK((made(prove_inclusion(tree, 0, 8)) == one_of_eight));
  CHECK((made(prove_inclusion(tree, 5, 8)) == hashes({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                                                      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})));
  CHECK((made(prove_inclusion(tree, 2, 3)) == hashes({"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"})));
  CHECK((made(prove_inclusion(tree, 1, 5)) == hashes({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                                      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                                      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})));
  CHECK((made(prove_consistency(tree, 1, 1)) == Proof{}));
  CHECK((made(prove_consistency(tree, 1, 8)) == one_of_eight));
  CHECK((made(prove_consistency(tree, 6, 8)) == hashes({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                                                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})));
  CHECK((made(prove_consistency(tree, 2, 5)) == hashes({"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                                        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})));
  for (uint64_t size = 1; size <= 8; ++size) {
    for (uint64_t index = 0; index < size; ++index) inclusion_holds(tree, tree, index, size);
    for (uint64_t old_size = 0; old_size <= size; ++old_size) consistency_holds(tree, tree, old_size, size);
  }
}

TEST_CASE("the example of RFC 6962 section 2.1.3, a tree of seven, has the proofs that it lists", "[proof]") {
  const ReferenceTree& tree = tree_of(7);
  const Hash a = tree.leaf(0), b = tree.leaf(1), c = tree.leaf(2), d = tree.leaf(3), e = tree.leaf(4), f = tree.leaf(5), j = tree.leaf(6);
  const Hash g = node_hash(a, b), h = node_hash(c, d), i = node_hash(e, f), k = node_hash(g, h), l = node_hash(i, j);
  REQUIRE(tree.root(7) == node_hash(k, l));

  CHECK((made(prove_inclusion(tree, 0, 7)) == Proof{b, h, l}));
  CHECK((made(prove_inclusion(tree, 3, 7)) == Proof{c, g, l}));
  CHECK((made(prove_inclusion(tree, 4, 7)) == Proof{f, j, k}));
  CHECK((made(prove_inclusion(tree, 6, 7)) == Proof{i, k}));
  CHECK((made(prove_consistency(tree, 3, 7)) == Proof{c, d, g, l}));
  CHECK((made(prove_consistency(tree, 4, 7)) == Proof{l}));
  CHECK((made(prove_consistency(tree, 6, 7)) == Proof{i, j, k}));
}

TEST_CASE("every proof in trees of up to 40 entries is the one of the definition, and holds", "[proof]") {
  for (uint64_t size = 0; size <= 40; ++size) {
    const ReferenceTree tiles = tree_that_ends(size);
    CHECK(made(tree_root(tiles, size)) == tiles.root(size));
    for (uint64_t index = 0; index < size; ++index) inclusion_holds(tiles, tiles, index, size);
    for (uint64_t old_size = 0; old_size <= size; ++old_size) consistency_holds(tiles, tiles, old_size, size);
  }
}

TEST_CASE("proofs in trees of any size are those of the definition, and hold", "[proof]") {
  std::mt19937_64 random(5'000);
  const ReferenceTree& tree = tree_of(5'000);
  for (int round = 0; round < 400; ++round) {
    const uint64_t size = 1 + random() % 5'000;
    REQUIRE(made(tree_root(tree, size)) == tree.root(size));
    for (const uint64_t index : {uint64_t{0}, size - 1, size / 2, static_cast<uint64_t>(random() % size)}) inclusion_holds(tree, tree, index, size);
    for (const uint64_t old_size : {uint64_t{0}, uint64_t{1}, size - 1, size, static_cast<uint64_t>(random() % size)}) {
      consistency_holds(tree, tree, old_size, size);
    }
  }
}

TEST_CASE("proofs around powers of 256 are those of the definition, made from no more tiles than a log of that size has", "[proof]") {
  std::mt19937_64 random(256);
  const uint64_t size = GENERATE(255u, 256u, 257u, 511u, 512u, 513u, 65'535u, 65'536u, 65'537u, 65'792u, 65'793u);
  const ReferenceTree tiles = tree_that_ends(size);

  REQUIRE(made(tree_root(tiles, size)) == tiles.root(size));
  for (int i = 0; i < 30; ++i) inclusion_holds(tiles, tiles, random() % size, size);
  for (const uint64_t near : {0u, 1u, 254u, 255u, 256u, 257u, 65'279u, 65'280u, 65'281u, 65'534u, 65'535u, 65'536u}) {
    if (near < size) inclusion_holds(tiles, tiles, near, size);
    if (near <= size) consistency_holds(tiles, tiles, near, size);
  }
  for (int i = 0; i < 30; ++i) consistency_holds(tiles, tiles, random() % (size + 1), size);
}

TEST_CASE("proofs for a smaller tree than the tiles reach are those of the smaller tree", "[proof]") {
  std::mt19937_64 random(9);
  const ReferenceTree& tree = tree_of(70'000);
  for (int round = 0; round < 200; ++round) {
    const uint64_t size = 1 + random() % 70'000;
    REQUIRE(made(tree_root(tree, size)) == tree.root(size));
    inclusion_holds(tree, tree, random() % size, size);
    consistency_holds(tree, tree, random() % (size + 1), size);
  }
}

TEST_CASE("there is no proof of what is not in the tree", "[proof]") {
  const ReferenceTree& tree = tree_of(300);
  for (const auto& [index, size] : {std::pair<uint64_t, uint64_t>(0, 0), {8, 8}, {9, 8}, {kMost, 8}}) {
    INFO("index " << index << " size " << size);
    const auto proof = prove_inclusion(tree, index, size);
    REQUIRE(proof.has_error());
    CHECK(proof.error().fault == Fault::kRejected);
    CHECK(says(proof.error().message, std::to_string(index)));
  }
  for (const auto& [old_size, size] : {std::pair<uint64_t, uint64_t>(9, 8), {1, 0}, {kMost, 8}}) {
    INFO("old size " << old_size << " size " << size);
    const auto proof = prove_consistency(tree, old_size, size);
    REQUIRE(proof.has_error());
    CHECK(proof.error().fault == Fault::kRejected);
    CHECK(says(proof.error().message, std::to_string(old_size)));
  }
}

TEST_CASE("a proof that would need more tiles than there are is an error, never a wrong proof", "[proof]") {
  const ReferenceTree tiles = tree_that_ends(300);

  CHECK(tree_root(tiles, 301).has_error());
  CHECK(prove_inclusion(tiles, 0, 301).has_error());
  CHECK(prove_inclusion(tiles, 300, 301).has_error());
  CHECK(prove_consistency(tiles, 300, 301).has_error());
  CHECK(tree_root(tiles, 100'000).has_error());
}

TEST_CASE("the root of no entries is the hash of nothing", "[proof]") {
  CHECK(to_hex(made(tree_root(tree_that_ends(0), 0))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("no hash of an inclusion proof can be changed, left out, added or moved, and the refusal says what is wrong", "[proof]") {
  std::mt19937_64 random(36'111);
  const ReferenceTree& tree = tree_of(5'000);
  for (int round = 0; round < 300; ++round) {
    const uint64_t size = round < 40 ? static_cast<uint64_t>(round) + 2 : 2 + random() % 4'998;
    const uint64_t index = random() % size;
    const Proof good = tree.path(index, size);
    const TreeHead head = tree.head(size);
    const Hash leaf = tree.leaf(index);
    INFO("index " << index << " size " << size);
    REQUIRE(check_inclusion(good, index, leaf, head).empty());
    const auto refused = [&](const Proof& proof, const std::string& words) { require_wrong(check_inclusion(proof, index, leaf, head), words); };
    refuse_each_change(good, "fewer hashes", tree.root(1 + random() % size), random, refused);
    refused({}, "fewer hashes");
    if (good.size() > 1) refused(Proof(good.rbegin(), good.rend()), "root");
  }
}

TEST_CASE("an inclusion proof holds for no other index, size, leaf or root, and the refusal says what is wrong", "[proof]") {
  std::mt19937_64 random(36'112);
  const ReferenceTree& tree = tree_of(5'000);
  for (int round = 0; round < 300; ++round) {
    const uint64_t size = round < 40 ? static_cast<uint64_t>(round) + 2 : 2 + random() % 4'998;
    const uint64_t index = random() % size;
    const Proof proof = tree.path(index, size);
    const TreeHead head = tree.head(size);
    const Hash leaf = tree.leaf(index);
    INFO("index " << index << " size " << size);

    uint64_t other = random() % size;
    if (other == index) other = (index + 1) % size;
    CHECK_FALSE(check_inclusion(proof, other, leaf, head).empty());
    CHECK(says(check_inclusion(proof, size, leaf, head), "position"));
    CHECK(says(check_inclusion(proof, size + index, leaf, head), "position"));
    CHECK(says(check_inclusion(proof, kMost, leaf, head), "position"));
    CHECK(says(check_inclusion({}, 0, leaf, {0, sha256({})}), "position"));
    CHECK(says(check_inclusion(proof, index, flipped(leaf, static_cast<unsigned>(random() % 256)), head), "root"));
    CHECK(says(check_inclusion(proof, index, tree.leaf(other), head), "root"));
    CHECK(says(check_inclusion(proof, index, leaf, {size, flipped(head.root, static_cast<unsigned>(random() % 256))}), "root"));
    // A leaf's hash is no root, nor a root a leaf's hash, unless the tree has one entry.
    CHECK_FALSE(check_inclusion({}, 0, head.root, head).empty());
  }
  CHECK(check_inclusion({}, 0, tree.leaf(0), tree.head(1)).empty());
}

TEST_CASE("a proof of one size whose path has another length in a second size does not hold there", "[proof]") {
  std::mt19937_64 random(2);
  const ReferenceTree& tree = tree_of(600);
  for (uint64_t size = 2; size <= 300; ++size) {
    for (const uint64_t other : {size - 1, size + 1, 2 * size}) {
      const uint64_t index = random() % std::min(size, other);
      INFO("index " << index << " size " << size << " other " << other);
      // The root is the right one of the other size: only a proof made for it may hold.
      const bool same_proof = tree.path(index, size) == tree.path(index, other);
      REQUIRE(check_inclusion(tree.path(index, size), index, tree.leaf(index), tree.head(other)).empty() == same_proof);
    }
  }
}

TEST_CASE("no hash of a consistency proof can be changed, left out, added or moved, and the refusal says what is wrong", "[proof]") {
  std::mt19937_64 random(36'113);
  const ReferenceTree& tree = tree_of(5'000);
  for (int round = 0; round < 300; ++round) {
    const uint64_t size = round < 40 ? static_cast<uint64_t>(round) + 2 : 2 + random() % 4'998;
    const uint64_t old_size = 1 + random() % (size - 1);
    const Proof good = tree.consistency(old_size, size);
    const TreeHead old_head = tree.head(old_size), head = tree.head(size);
    INFO("old size " << old_size << " size " << size);
    REQUIRE(check_consistency(good, old_head, head).empty());
    const auto refused = [&](const Proof& proof, const std::string& words) { require_wrong(check_consistency(proof, old_head, head), words); };
    refuse_each_change(good, good.size() == 1 ? "empty" : "fewer hashes", old_head.root, random, refused);
    refused({}, "empty");
  }
}

TEST_CASE("a consistency proof holds for no other sizes or roots, and the refusal says what is wrong", "[proof]") {
  std::mt19937_64 random(36'114);
  const ReferenceTree& tree = tree_of(5'000);
  for (int round = 0; round < 300; ++round) {
    const uint64_t size = round < 40 ? static_cast<uint64_t>(round) + 2 : 2 + random() % 4'998;
    const uint64_t old_size = 1 + random() % (size - 1);
    const Proof proof = tree.consistency(old_size, size);
    const TreeHead old_head = tree.head(old_size), head = tree.head(size);
    const auto bit = static_cast<unsigned>(random() % 256);
    INFO("old size " << old_size << " size " << size);

    CHECK(says(check_consistency(proof, {old_size, flipped(old_head.root, bit)}, head), "root"));
    CHECK(says(check_consistency(proof, old_head, {size, flipped(head.root, bit)}), "root"));
    CHECK_FALSE(check_consistency(proof, tree.head(old_size - 1), head).empty());
    CHECK_FALSE(check_consistency(proof, head, old_head).empty());
    CHECK(says(check_consistency({}, head, old_head), "size"));
    CHECK_FALSE(check_consistency(proof, old_head, {size, old_head.root}).empty());
    // The old tree's root given out as another size's.
    CHECK_FALSE(check_consistency(proof, {old_size == size - 1 ? old_size - 1 : old_size + 1, old_head.root}, head).empty());
  }
}

TEST_CASE("trees of one size are consistent if their roots are one, with an empty proof", "[proof]") {
  const ReferenceTree& tree = tree_of(300);
  const uint64_t size = GENERATE(1u, 2u, 255u, 256u, 300u);
  const TreeHead head = tree.head(size);

  CHECK(made(prove_consistency(tree, size, size)).empty());
  CHECK(check_consistency({}, head, head).empty());
  CHECK(says(check_consistency({}, head, {size, flipped(head.root, 7)}), "root"));
  CHECK(says(check_consistency({head.root}, head, head), "hashes"));
}

TEST_CASE("from no entries every tree follows, with an empty proof, if the empty root is the hash of nothing", "[proof]") {
  const ReferenceTree& tree = tree_of(300);
  const TreeHead nothing{0, sha256({})};
  const uint64_t size = GENERATE(0u, 1u, 2u, 256u, 300u);
  const TreeHead head = tree.head(size);

  CHECK(made(prove_consistency(tree, 0, size)).empty());
  CHECK(check_consistency({}, nothing, head).empty());
  CHECK(says(check_consistency({head.root}, nothing, head), "hashes"));
  CHECK_FALSE(check_consistency({}, {0, Hash{}}, head).empty());
  CHECK_FALSE(check_consistency({}, {0, tree.root(1)}, head).empty());
  CHECK_FALSE(check_consistency({}, nothing, {0, Hash{}}).empty());
  if (size > 0) CHECK_FALSE(check_consistency({}, head, nothing).empty());
}

TEST_CASE("sizes and indices near the end of numbers are refused, not computed with", "[proof]") {
  const Hash leaf = tree_of(1).leaf(0);
  CHECK_FALSE(check_inclusion({}, kMost - 1, leaf, {kMost, leaf}).empty());
  CHECK_FALSE(check_inclusion(Proof(64, leaf), kMost - 1, leaf, {kMost, leaf}).empty());
  CHECK_FALSE(check_consistency({}, {kMost - 1, leaf}, {kMost, leaf}).empty());
  CHECK_FALSE(check_consistency(Proof(64, leaf), {uint64_t{1} << 63, leaf}, {kMost, leaf}).empty());
}

TEST_CASE("a proof of inclusion is written as C2SP writes it", "[proof]") {
  const Proof proof = {tree_of(2).leaf(0), tree_of(2).leaf(1)};

  CHECK(inclusion_text(proof, 17, kNote) == "c2sp.org/tlog-proof@v1\nindex 17\n" + to_base64(proof[0]) + "\n" + to_base64(proof[1]) + "\n\n" + kNote);
  CHECK(inclusion_text({}, 0, kNote) == "c2sp.org/tlog-proof@v1\nindex 0\n\n" + kNote);
}

TEST_CASE("a proof of consistency is written as a witness takes it", "[proof]") {
  const Proof proof = {tree_of(2).leaf(0), tree_of(2).leaf(1)};

  CHECK(consistency_text(proof, 20, kNote) == "old 20\n" + to_base64(proof[0]) + "\n" + to_base64(proof[1]) + "\n\n" + kNote);
  CHECK(consistency_text({}, 0, kNote) == "old 0\n\n" + kNote);
}

TEST_CASE("a proof of inclusion that was written is read back", "[proof]") {
  const ReferenceTree& tree = tree_of(1'000);
  for (const uint64_t size : {1u, 2u, 7u, 256u, 1'000u}) {
    for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
      const Proof proof = tree.path(index, size);

      const auto read = made(parse_inclusion(inclusion_text(proof, index, kNote)));

      CHECK(read.index == index);
      CHECK((read.proof == proof));
      CHECK(read.checkpoint_note == kNote);
    }
  }
  CHECK(made(parse_inclusion(inclusion_text(Proof(63, tree.leaf(0)), kMost / 2, kNote))).index == kMost / 2);
}

TEST_CASE("the proof of the specification's example is read: index, hashes, and the checkpoint as it stands", "[proof]") {
  const std::vector<std::string> lines = {
      "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=", "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=",
      "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=", "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk="};
  const std::string checkpoint = "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n";
  std::string text = "c2sp.org/tlog-proof@v1\nindex 73894\n";
  for (const auto& line : lines) text += line + "\n";

  const auto read = made(parse_inclusion(text + "\n" + checkpoint));

  CHECK(read.index == 73'894);
  REQUIRE(read.proof.size() == lines.size());
  for (size_t i = 0; i < lines.size(); ++i) CHECK(to_base64(read.proof[i]) == lines[i]);
  CHECK(read.checkpoint_note == checkpoint);
  CHECK(made(Checkpoint::parse(checkpoint)).head.size == 109'482);
  CHECK(inclusion_text(read.proof, read.index, read.checkpoint_note) == text + "\n" + checkpoint);
}

TEST_CASE("what a proof carries beside it is passed over when it is read", "[proof]") {
  const auto read = made(parse_inclusion("c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 3\n\n" + kNote));

  CHECK(read.index == 3);
  CHECK(read.proof.empty());
  CHECK(read.checkpoint_note == kNote);
}

TEST_CASE("a text that is no proof of inclusion is refused, and the refusal names the place", "[proof]") {
  const std::string hash = to_base64(tree_of(1).leaf(0)), first = "c2sp.org/tlog-proof@v1\n";
  const auto [text, named] = GENERATE_COPY(table<std::string, std::string>({
      {"", "tlog-proof"},
      {"index 3\n\n" + kNote, "tlog-proof"},
      {"c2sp.org/tlog-proof@v2\nindex 3\n\n" + kNote, "tlog-proof"},
      {" c2sp.org/tlog-proof@v1\nindex 3\n\n" + kNote, "tlog-proof"},
      {"c2sp.org/tlog-proof@v1\r\nindex 3\n\n" + kNote, "tlog-proof"},
      {first, "index"},
      {first + "\n" + kNote, "index"},
      {first + hash + "\n\n" + kNote, "index"},
      {first + "index\n\n" + kNote, "index"},
      {first + "index \n\n" + kNote, "index"},
      {first + "index x\n\n" + kNote, "index"},
      {first + "index -1\n\n" + kNote, "index"},
      {first + "index +1\n\n" + kNote, "index"},
      {first + "index 01\n\n" + kNote, "index"},
      {first + "index 00\n\n" + kNote, "index"},
      {first + "index 1 \n\n" + kNote, "index"},
      {first + "index  1\n\n" + kNote, "index"},
      {first + "index 0x1\n\n" + kNote, "index"},
      {first + "index 18446744073709551616\n\n" + kNote, "index"},
      {first + "index 99999999999999999999\n\n" + kNote, "index"},
      {first + "index 3\r\n\n" + kNote, "index"},
      {first + "index 3\nindex 3\n\n" + kNote, "hash"},
      {first + "index 3\nextra aGVsbG8=\n\n" + kNote, "hash"},
      {first + "index 3\n" + hash.substr(0, 40) + "\n\n" + kNote, "hash"},
      {first + "index 3\n" + hash.substr(0, 43) + "\n\n" + kNote, "hash"},
      {first + "index 3\n" + to_base64(as_bytes(std::string(31, 'x'))) + "\n\n" + kNote, "hash"},
      {first + "index 3\n" + to_base64(as_bytes(std::string(33, 'x'))) + "\n\n" + kNote, "hash"},
      {first + "index 3\n" + hash + " \n\n" + kNote, "hash"},
      {first + "index 3\n" + hash + "\r\n\n" + kNote, "hash"},
      {first + "index 3\n" + std::string(43, '_') + "=\n\n" + kNote, "hash"},
      {first + "index 3\n" + hash + "\n" + kNote, "hash"},
      {first + "extra not base64!\nindex 3\n\n" + kNote, "extra"},
      {first + "index 3\n", "empty line"},
      {first + "index 3\n" + hash + "\n", "empty line"},
      {first + "index 3\n" + hash, "line"},
      {first + "index 3\n\n", "checkpoint"},
  }));
  INFO(text);

  const auto read = parse_inclusion(text);

  REQUIRE(read.has_error());
  CHECK(read.error().fault == Fault::kRejected);
  INFO("it says: " << read.error().message);
  CHECK(says(read.error().message, named));
}

TEST_CASE("a proof of more hashes than any tree needs is not read", "[proof]") {
  CHECK(parse_inclusion(inclusion_text(Proof(65, tree_of(1).leaf(0)), 0, kNote)).has_error());
  CHECK(parse_inclusion(inclusion_text(Proof(10'000, tree_of(1).leaf(0)), 0, kNote)).has_error());
}

}  // namespace daybook::test
