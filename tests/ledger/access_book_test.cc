// The access book: a look is durable, in order, and under a signed checkpoint before the answer is given.
#include <catch2/catch_test_macros.hpp>

#include "ledger/init.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "ledger/verify.h"
#include "tests/support/a_look.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

struct OpenLedger {
  explicit OpenLedger(const TempFolder& folder) {
    REQUIRE(init_ledger({folder.path("ledger"), folder.path("root-key"), folder.path("log-key"), ""}, "test@host", clock, randomness).has_value());
    ledger = Ledger::open(folder.path("ledger"), {}, clock, randomness).value();
  }
  Result<Position> look(const std::set<PersonId>& subjects = {PersonId{"someone"}}) {
    auto look = a_look();
    look.subjects = subjects;
    for (int i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) look.classes.insert(static_cast<FieldClass>(i));
    return ledger->access_book("test", clock, randomness).value()->record(look);
  }
  Result<Verified> verified() {
    const auto access = made(ledger->access_log());
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

TEST_CASE("a look has an id, and says that it was denied, under which glass, and in which unit the role is held", "[access_book][S0-06]") {
  const TempFolder folder;
  OpenLedger open(folder);
  REQUIRE(open.look().has_value());
  auto look = a_look("someone", "S1");
  look.role = "coach";
  look.denied = true;
  look.glass = Position{41};
  look.unit = "CDT";

  const auto looked = open.ledger->access_book("test", open.clock, open.randomness).value()->record(look);

  REQUIRE(looked.has_value());
  CHECK(looked.value() == Position{1});
  const auto access = open.ledger->access_log().value();
  REQUIRE(read_events(*access.log, looked.value(), access.log->end(), [&](const Event& event) {
            const auto& viewed = std::get<RecordViewed>(event.body);
            CHECK(viewed.denied);
            CHECK(viewed.glass == 42);
            CHECK(viewed.unit == "CDT");
            CHECK(viewed.subjects == std::vector<std::string>{"someone"});
            CHECK(viewed.purpose.empty());  // sealed
            return true;
          }).has_value());
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

TEST_CASE("looks older than the policy keeps them go by whole bundles, and what is left still verifies", "[access_book][C3][C4]") {
  const TempFolder folder;
  OpenLedger open(folder);
  const auto book = [&] { return open.ledger->access_book("test", open.clock, open.randomness).value(); };
  const auto look_at = [&](AccessBook& access, int times) {
    for (int i = 0; i < times; ++i) REQUIRE(access.record(a_look()).has_value());
  };
  look_at(*book(), 300);
  open.clock.pass(std::chrono::hours{24 * 200});
  look_at(*book(), 300);
  const auto whole = open.verified().value();

  REQUIRE(book()->expire(365).has_value());
  CHECK(open.verified().value().events == 600);  // nothing is that old
  open.clock.pass(std::chrono::hours{24 * 200});
  REQUIRE(book()->expire(365).has_value());

  const auto access = open.ledger->access_log().value();
  CHECK(access.log->first() == Position{256});
  const auto verified = open.verified();
  REQUIRE(verified.has_value());
  CHECK(verified.value().events == 601);
  CHECK(verified.value().checkpoints >= whole.checkpoints);
  CHECK(verified.value().values_checked < whole.values_checked);
  CHECK(access.log->read(Position{255}, Position{257}, [](Position, Bytes) { return true; }).error().fault == Fault::kNotFound);
  CHECK(access.log->tile(0, 0, 256).has_value());
  REQUIRE(book()->expire(365).has_value());
  CHECK(open.verified().value().events == 601);
  look_at(*book(), 300);  // and it goes on
  CHECK(open.verified().value().events == 901);
}

TEST_CASE("entries that are gone without an event that says they expired are damage", "[access_book][verify][C4]") {
  const TempFolder folder;
  OpenLedger open(folder);
  {
    const auto access = open.ledger->access_book("test", open.clock, open.randomness).value();
    for (int i = 0; i < 300; ++i) REQUIRE(access->record(a_look()).has_value());
    REQUIRE(access->log().drop_before(Position{256}).has_value());
  }

  const auto verified = open.verified();

  REQUIRE(verified.has_error());
  CHECK(verified.error().fault == Fault::kCorrupt);
  CHECK(verified.error().message.find("no event that says they expired") != std::string::npos);
}

TEST_CASE("with looks that expired go the names of those who did not look since", "[access_book][C3][C4]") {
  const TempFolder folder;
  OpenLedger open(folder);
  const auto look_as = [&](const std::string& actor, int times) {
    const auto book = open.ledger->access_book("test", open.clock, open.randomness).value();
    for (int i = 0; i < times; ++i) REQUIRE(book->record(a_look("someone", actor)).has_value());
  };
  look_as("one who left", 200);
  look_as("one who stays", 100);
  open.clock.pass(std::chrono::hours{24 * 400});
  look_as("one who stays", 1);

  REQUIRE(open.ledger->access_book("test", open.clock, open.randomness).value()->expire(365).has_value());

  const auto access = open.ledger->access_log().value();
  const auto keys = open.ledger->access_keys();
  const Vault vault(*access.log, keys);
  CHECK_FALSE(made(vault.person("one who left")).has_value());
  REQUIRE(made(vault.person("one who stays")).has_value());
  CHECK(made(vault.name(*made(vault.person("one who stays")))) == "one who stays");
  uint64_t names = 0;
  fine(access.log->vault().scan("n", [&](std::string_view, std::string_view) { return ++names, true; }));
  CHECK(names == 2);  // and whoever ran the program
  CHECK(open.verified().has_value());
  look_as("one who left", 1);  // they may come again
  CHECK(open.verified().has_value());
}

}  // namespace daybook::test
