// The access book: a look is durable, in order, and under a signed checkpoint before the answer is given.
#include <catch2/catch_test_macros.hpp>

#include "ledger/ledger_folder.h"
#include "ledger/verify.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

struct OpenLedger {
  explicit OpenLedger(const TempFolder& folder) {
    REQUIRE(init_ledger({folder.path("ledger"), folder.path("root-key"), folder.path("log-key"), ""}, "test@host", clock, randomness).has_value());
    ledger = Ledger::open(folder.path("ledger"), {}, clock, randomness).value();
  }
  Result<void> look() {
    Look look;
    look.actor = "admin";
    look.role = "administrator";
    look.purpose = "a test";
    look.operator_name = "test@host";
    look.verb = "show";
    look.subjects = {PersonId{"someone"}};
    look.classes = {FieldClass::kContact};
    return ledger->access_book("test", clock, randomness).value()->record(look);
  }
  Result<Verified> verified() {
    const auto access = ledger->access_log().value();
    return verify(*access.log, ledger->config().access_key);
  }

  FakeClock clock;
  SeededRandomness randomness;
  std::unique_ptr<Ledger> ledger;
};

}  // namespace

TEST_CASE("a clock that is set back a little leaves the access book in order", "[access_book][S0-06]") {
  const TempFolder folder;
  OpenLedger open(folder);
  REQUIRE(open.look().has_value());

  open.clock.wall -= std::chrono::seconds{60};
  const auto looked = open.look();

  CHECK(looked.has_value());
  const auto verified = open.verified();
  REQUIRE(verified.has_value());
  CHECK(verified.value().events == 2);
}

TEST_CASE("a look is refused while the clock stands far before the newest look", "[access_book][S0-06]") {
  const TempFolder folder;
  OpenLedger open(folder);
  REQUIRE(open.look().has_value());

  open.clock.wall -= std::chrono::hours{1};
  const auto looked = open.look();

  REQUIRE(looked.has_error());
  CHECK(looked.error().message.find("the clock says") != std::string::npos);
  CHECK(open.verified().value().events == 1);
}

TEST_CASE("every look is under a signed checkpoint outside the database when it returns", "[access_book][S0-06]") {
  const TempFolder folder;
  OpenLedger open(folder);

  REQUIRE(open.look().has_value());

  const auto access = open.ledger->access_log().value();
  REQUIRE(access.watermark.has_value());
  CHECK(access.watermark->checkpoint.head == access.log->head());
}

}  // namespace daybook::test
