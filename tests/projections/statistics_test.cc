// Whom the mean of ratings is told, and of how many people it takes to tell it.
#include "projections/statistics.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr const char* kCycle = "iom-coaching/2024";

// Clients with one coach, three sessions each; the mean takes three.
struct Rated {
  Rated() {
    ledger.accepted_coach("K1", "iom-coaching", 3);
    for (const auto* client : {"U1", "U2"}) {
      ledger.seated(client, kCycle);
      const auto ref = std::string("P-") + client;
      ledger.paired(ref, kCycle, client, "K1", "2024-02-02T12:00:00Z");
      for (uint32_t session = 1; session <= 3; ++session) {
        REQUIRE(said(ledger.done(ref, session, "2024-02-10", "2024-02-11T12:00:00Z", client)) == "recorded");
      }
    }
  }

  void rate(const std::string& ref, uint32_t session, const std::string& rating, const std::string& giver) {
    REQUIRE(said(ledger.feedback(ref, session, rating, "2024-02-12T12:00:00Z", giver)) == "recorded");
  }

  // The mean as it is told; by whom it is asked: an administrator of all, or nobody who says who they are.
  std::string mean(bool as_reader, bool earlier) {
    const auto state = ledger.state();
    const auto vault = ledger.vault();
    const Looker administrator(state, vault);
    Desk desk(state, vault, as_reader ? administrator.reader() : nullptr);
    const auto told = as_told(made(statistics(state, *state.cycle({"iom-coaching", "2024"}), vault)), {"iom-coaching", "2024"}, earlier, desk);
    looked = desk.looked();
    return told.rating_mean.value_or("none");
  }

  TestLedger ledger{{changed(shipped("iom-coaching"), "team_minimum = 5", "team_minimum = 3")}};
  bool looked = false;
};

}  // namespace

TEST_CASE("a mean of ratings by fewer people than the minimum is not told", "[stats][C5]") {
  Rated book;
  for (uint32_t session = 1; session <= 3; ++session) book.rate("P-U1", session, "4", "U1");
  book.rate("P-U1", 1, "4", "K1");
  CHECK(book.mean(true, false) == "none");
  CHECK_FALSE(book.looked);

  book.rate("P-U2", 1, "4", "U2");

  CHECK(book.mean(true, false) == "4.00");
  CHECK(book.looked);
}

TEST_CASE("no two answers of stats in a role, at any two positions, tell one rating", "[stats][C5]") {
  Rated book;
  book.rate("P-U1", 1, "4", "U1");
  book.rate("P-U1", 1, "4", "K1");
  book.rate("P-U2", 1, "4", "U2");
  REQUIRE(book.mean(true, false) == "4.00");

  CHECK(book.mean(true, true) == "none");
  book.rate("P-U2", 2, "1", "U2");

  CHECK(book.mean(true, true) == "none");
  CHECK(book.mean(false, true) == "3.25");  // whoever has the ledger's key and asks in no role
}

}  // namespace daybook::test
