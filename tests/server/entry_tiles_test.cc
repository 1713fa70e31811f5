#include "server/entry_tiles.h"

#include <catch2/catch_test_macros.hpp>

#include "ledger/merkle.h"
#include "ledger/tile.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const std::string kEntries = "/v1/tile/entries/";
const As kAuditor{"U3", "auditor"};

struct Home : ServedLedger {
  Home() { run(GrantRole{"U3", "auditor", "", "", std::nullopt, "a test"}); }
};

}  // namespace

TEST_CASE("an auditor gets the entries that hash to the tiles, and the look is written down", "[server][views][proof]") {
  Home served;
  const auto before = served.looks().size();

  const auto answer = served.get(kEntries + "000.p/5", kAuditor);

  REQUIRE(answer.status == 200);
  CHECK(answer.content_type == "application/octet-stream");
  CHECK(answer.caching == Caching::kNever);
  const auto entries = made(decode_bundle(answer.body));
  const auto hashes = made(served.ledger->programme().tile(0, 0, 5));
  REQUIRE(entries.size() == 5);
  for (size_t i = 0; i < 5; ++i) CHECK(leaf_hash(as_bytes(entries[i])) == hashes[i]);
  CHECK(served.looks().size() == before + 1);
}

TEST_CASE("entries are not there for whoever is not told every event whole", "[server][views][S0-06]") {
  Home served;
  served.run(GrantRole{"C1", "auditor", "un-coaching", "", std::nullopt, "a test"});

  for (const auto& as : {kAdmin, As{"test@host", "compliance-officer"}, As{"U1", "client"}, As{"C1", "auditor"}}) {
    CAPTURE(as.name, as.role);
    const auto refused = served.get(kEntries + "000.p/5", as);
    CHECK(problem_in(refused) == "not-found");
    CHECK(refused.body.size() == served.get(kEntries + "000.p/256", as).body.size());
  }
  CHECK(problem_in(served.get(kEntries + "000.p/5", {"U1", "auditor"})) == "role-not-held");
  CHECK(problem_in(served.get(kEntries + "000.p/5", kNobody)) == "sign-in-wanted");
}

TEST_CASE("a bundle has one address, and is there as soon as its last entry is", "[server][views][proof]") {
  Home served;
  const auto end = served.end();
  REQUIRE(end < kTileWidth);

  CHECK(served.get(kEntries + "000.p/" + std::to_string(end), kAuditor).status == 200);
  for (const auto& name :
       {"000.p/" + std::to_string(end + 1), std::string("000"), std::string("001"), std::string("000.p/05"), std::string("000.p/0"),
        std::string("0000.p/5"), std::string("x000/000.p/5"), std::string("5"), std::string("000.p/5/6")}) {
    CAPTURE(name);
    CHECK(problem_in(served.get(kEntries + name, kAuditor)) == "not-found");
  }
}

}  // namespace daybook::test
