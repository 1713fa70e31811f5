// The tree against the values that certificate-transparency publishes for RFC 6962, and against the definition.
#include "ledger/merkle.h"

#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/ledger/naive_tree.h"

namespace daybook::test {
namespace {

// The reference inputs and the roots over the first n of them.
const std::vector<std::string> kInputs = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<std::string> random_entries(std::mt19937_64& random, size_t count) {
  std::vector<std::string> entries(count);
  for (auto& entry : entries) {
    entry.resize(random() % 90);
    for (auto& byte : entry) byte = static_cast<char>(random());
  }
  return entries;
}

}  // namespace

TEST_CASE("the roots over the published inputs are the published roots", "[merkle]") {
  MerkleTree tree;
  CHECK(to_hex(tree.root()) == kRoots[0]);
  CHECK(tree.size() == 0);

  for (size_t i = 0; i < kInputs.size(); ++i) {
    tree.append(leaf_hash(as_bytes(*from_hex(kInputs[i]))));

    CHECK(tree.size() == i + 1);
    CHECK(to_hex(tree.root()) == kRoots[i + 1]);
    CHECK(tree.head() == TreeHead{i + 1, tree.root()});
  }
}

TEST_CASE("leaves and nodes are hashed apart, so that no node passes for a leaf", "[merkle]") {
  const Hash left = leaf_hash(as_bytes("left")), right = leaf_hash(as_bytes("right"));
  std::string both(as_text(left));
  both += as_text(right);

  CHECK(to_hex(leaf_hash(as_bytes("left"))) == to_hex(sha256({as_bytes(std::string_view("\x00left", 5))})));
  CHECK(to_hex(node_hash(left, right)) == to_hex(sha256({as_bytes("\x01"), left, right})));
  CHECK(to_hex(node_hash(left, right)) != to_hex(leaf_hash(as_bytes(both))));
  CHECK(to_hex(node_hash(left, right)) != to_hex(node_hash(right, left)));
}

TEST_CASE("the fast tree agrees with the definition at every size from 0 to 600", "[merkle]") {
  std::mt19937_64 random(6962);
  const auto entries = random_entries(random, 600);
  MerkleTree tree;

  for (size_t size = 0; size <= entries.size(); ++size) {
    REQUIRE(to_hex(tree.root()) == to_hex(naive_root(std::span(entries).first(size))));
    if (size < entries.size()) tree.append(leaf_hash(as_bytes(entries[size])));
  }
}

TEST_CASE("the fast tree agrees with the definition around powers of two and of 256, and at random sizes up to 5,000", "[merkle]") {
  std::mt19937_64 random(1);
  const auto entries = random_entries(random, 65'600);
  std::vector<size_t> sizes = {1'023, 1'024, 1'025, 2'047, 2'048, 2'049, 4'095, 4'096, 4'097, 255, 256, 257, 65'535, 65'536, 65'537};
  for (int i = 0; i < 40; ++i) sizes.push_back(random() % 5'001);
  std::sort(sizes.begin(), sizes.end());
  MerkleTree tree;

  for (const size_t size : sizes) {
    while (tree.size() < size) tree.append(leaf_hash(as_bytes(entries[tree.size()])));

    INFO("size " << size);
    REQUIRE(to_hex(tree.root()) == to_hex(naive_root(std::span(entries).first(size))));
  }
}

TEST_CASE("a tree that comes back from its edge goes on as the one that never left", "[merkle]") {
  MerkleTree tree;

  for (uint64_t size = 0; size <= 300; ++size) {
    REQUIRE(tree.edge().size() == static_cast<size_t>(std::popcount(size)));

    MerkleTree restored = MerkleTree::restore(size, tree.edge());
    REQUIRE(restored.head() == tree.head());

    const Hash leaf = leaf_hash(as_bytes("entry " + std::to_string(size)));
    restored.append(leaf);
    tree.append(leaf);
    REQUIRE(restored.head() == tree.head());
    REQUIRE((restored.edge() == tree.edge()));
  }
}

TEST_CASE("the edge holds the full subtrees from the largest to the smallest", "[merkle]") {
  std::vector<std::string> entries;
  MerkleTree tree;
  for (int i = 0; i < 13; ++i) {
    entries.push_back(std::to_string(i));
    tree.append(leaf_hash(as_bytes(entries.back())));
  }
  const std::span all(entries);

  CHECK((tree.edge() == std::vector<Hash>{naive_root(all.first(8)), naive_root(all.subspan(8, 4)), naive_root(all.subspan(12, 1))}));
}

}  // namespace daybook::test
