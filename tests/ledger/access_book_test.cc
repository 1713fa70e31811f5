// The access book: a look is durable, in order, and under a signed checkpoint before the answer is given.
#include <catch2/catch_test_macros.hpp>

#include "ledger/init.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "ledger/verify.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

struct OpenLedger {
  explicit OpenLedger(const TempFolder& folder) {
    REQUIRE(init_ledger({folder.path("ledger"), folder.path("root-key"), folder.path("log-key"), ""}, "test@host", clock, randomness).has_value());
    ledger = Ledger::open(folder.path("ledger"), {}, clock, randomness).value();
  }
  Result<void> look(const std::set<PersonId>& subjects = {PersonId{"someone"}}) {
    Look look;
    look.actor = "admin";
    look.role = "administrator";
    look.purpose = "a test";
    look.operator_name = "test@host";
    look.verb = "show";
    look.subjects = subjects;
    for (int i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) look.classes.insert(static_cast<FieldClass>(i));
    return ledger->access_book("test", clock, randomness).value()->record(look);
  }
  Result<Verified> verified() {
    const auto access = ledger->access_log().value();
    return verify(*access.log, ledger->config().access_key, ledger->access_keys());
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

TEST_CASE("a look at thousands of people is several events of one correlation, all durable at once", "[access_book][S0-06]") {
  const TempFolder folder;
  OpenLedger open(folder);
  std::set<PersonId> subjects;
  while (subjects.size() < 2500) subjects.insert(PersonId{random_id(open.randomness)});

  const auto looked = open.look(subjects);

  REQUIRE(looked.has_value());
  std::set<std::string> correlations;
  std::set<PersonId> written;
  const auto access = open.ledger->access_log().value();
  REQUIRE(read_events(*access.log, Position{}, access.log->end(), [&](const Event& event) {
            correlations.insert(event.envelope.correlation);
            for (const auto& subject : std::get<RecordViewed>(event.body).subjects) written.insert(PersonId{subject});
            return true;
          }).has_value());
  CHECK(access.log->end() == Position{3});
  CHECK(correlations.size() == 1);
  CHECK(written == subjects);
}

}  // namespace daybook::test
