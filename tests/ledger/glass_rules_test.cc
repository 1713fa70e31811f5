// Break-glass: reason and scope first, a short time, a second person who is told, and a review by somebody else (C4).
#include <catch2/catch_test_macros.hpp>

#include "ledger/relation.h"
#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

// Who holds a role, and two people with a personnel record.
struct Emergency {
  Emergency() {
    {
      const TestLedger with_charters(*log, {});
    }
    grant(*log, derive_vault_keys(Hash{}), FakeClock().now(),
          {{"AD", "administrator", "iom-coaching"},
           {"CO", "compliance-officer", ""},
           {"C2", "compliance-officer", ""},
           {"AU", "auditor", ""},
           {"DP", "data-protection-officer", "iom-coaching"}});
    ledger.emplace(*log, std::vector<std::string>{});
    ledger->randomness = SeededRandomness(99);
    ledger->seated("U1", "iom-coaching/2024");
    ledger->staff("U2");
  }

  static BreakGlass sound() { return {"g1", "U1", {}, {"contact", "staff"}, 30, "an accident", "CO"}; }
  std::string broken(const BreakGlass& glass, const std::string& by = "AD") { return said(ledger->run(glass, "", by)); }
  std::string reviewed(const std::string& finding, const std::string& by, const std::string& reason = "looked into") {
    return said(ledger->run(ReviewGlass{"g1", finding, reason}, "", by));
  }
  GlassState glass() { return ledger->state().rights.glasses.at("g1"); }

  std::unique_ptr<EventLog> log = make_memory_log();
  std::optional<TestLedger> ledger;
};

}  // namespace

TEST_CASE("a broken glass says whose, which classes, until when and who was told", "[glass][C4]") {
  Emergency emergency;
  const auto before = emergency.ledger->clock.now();

  REQUIRE(emergency.broken(Emergency::sound()) == "recorded");

  const auto glass = emergency.glass();
  CHECK(glass.subject == made(emergency.ledger->vault().person("U1")));
  CHECK(glass.holder == made(emergency.ledger->vault().person("AD")));
  CHECK(glass.told == made(emergency.ledger->vault().person("CO")));
  CHECK(glass.role.empty());  // a row says none
  CHECK(glass.classes == std::vector<std::string>{"contact", "staff"});
  CHECK(glass.ends_at == before + std::chrono::minutes{30});
  CHECK(glass.open_at(glass.ends_at - std::chrono::microseconds{1}));
  CHECK_FALSE(glass.open_at(glass.ends_at));
  CHECK(glass.wants_review());
}

TEST_CASE("a glass is not broken without reason, scope, a limit, a role and a second person", "[glass][C4]") {
  Emergency emergency;
  const auto changed = [](auto change) {
    auto glass = Emergency::sound();
    change(glass);
    return glass;
  };

  CHECK(emergency.broken(changed([](auto& g) { g.reason = ""; })) == "refused no-reason");
  CHECK(emergency.broken(changed([](auto& g) { g.classes.clear(); })) == "refused no-scope");
  CHECK(emergency.broken(changed([](auto& g) { g.classes = {"contact", "gossip"}; })) == "refused no-scope");
  CHECK(emergency.broken(changed([](auto& g) { g.classes = {"open"}; })) == "refused no-scope");
  CHECK(emergency.broken(changed([](auto& g) { g.person = "U9"; })) == "refused unknown-person");
  CHECK(emergency.broken(changed([](auto& g) { g.person = ""; })) == "refused unknown-cycle");
  CHECK(emergency.broken(changed([](auto& g) { g.person = "", g.about = {"iom-coaching", "1999"}; })) == "refused unknown-cycle");
  CHECK(emergency.broken(changed([](auto& g) { g.minutes = 0; })) == "refused too-long");
  CHECK(emergency.broken(changed([](auto& g) { g.minutes = 241; })) == "refused too-long");
  CHECK(emergency.broken(Emergency::sound(), "U2") == "refused no-role");
  for (const auto* told : {"", "AD", "U1", "nobody"}) {
    INFO(told);
    CHECK(emergency.broken(changed([&](auto& g) { g.told = told; })) == "refused no-second-person");
  }
  CHECK(emergency.ledger->state().rights.glasses.empty());
  CHECK(emergency.broken(changed([](auto& g) { g.minutes = 240; })) == "recorded");
}

TEST_CASE("a glass over everybody in a cycle is about the cycle, and names no person", "[glass][C4]") {
  Emergency emergency;
  auto glass = Emergency::sound();
  glass.person = "";
  glass.about = {"iom-coaching", "2024"};

  REQUIRE(emergency.broken(glass) == "recorded");

  CHECK(emergency.glass().subject.empty());
  CHECK(emergency.glass().about == CycleId{"iom-coaching", "2024"});
}

TEST_CASE("a glass keeps the role in which it was broken", "[glass][C4]") {
  Emergency emergency;
  emergency.ledger->channel = Channel::kCli;

  REQUIRE(emergency.broken(Emergency::sound()) == "recorded");

  CHECK(emergency.glass().role == "administrator");
}

TEST_CASE("the second person holds a role that may review", "[glass][C4]") {
  Emergency emergency;
  auto glass = Emergency::sound();
  for (const auto* told : {"U2", "AU"}) {
    INFO(told);
    glass.told = told;
    const auto answer = emergency.ledger->run(glass, "", "AD");
    CHECK(said(answer) == "refused no-second-person");
    CHECK(answer.refusal.saw == "whoever is told may not review it");
    CHECK(answer.refusal.wants == "a second person who may: review-glass as compliance-officer in scope, or as data-protection-officer in scope");
  }

  glass.told = "DP";
  CHECK(emergency.broken(glass) == "recorded");
}

TEST_CASE("the second person may review it where it is: not of another programme", "[glass][C4]") {
  Emergency emergency;
  auto glass = Emergency::sound();
  glass.person = "";
  glass.about = {"un-coaching", "2023-pilot"};

  glass.told = "DP";
  CHECK(emergency.broken(glass) == "refused no-second-person");
  glass.told = "C2";
  CHECK(emergency.broken(glass) == "recorded");
}

TEST_CASE("a review ends the right to look, whatever it finds", "[glass][C4]") {
  for (const auto* finding : {"proper", "improper", "unclear"}) {
    INFO(finding);
    Emergency emergency;
    REQUIRE(emergency.broken(Emergency::sound()) == "recorded");
    const auto now = emergency.ledger->clock.now();
    CHECK(emergency.glass().open_at(now));

    REQUIRE(emergency.reviewed(finding, "CO") == "recorded");

    CHECK_FALSE(emergency.glass().open_at(now));
  }
}

TEST_CASE("the data-protection officer may review, as the table has it", "[glass][rights][C4]") {
  Emergency emergency;
  REQUIRE(emergency.broken(Emergency::sound()) == "recorded");
  emergency.ledger->channel = Channel::kCli;

  CHECK(emergency.reviewed("proper", "AU") == "refused not-allowed");
  CHECK(emergency.reviewed("proper", "AD") == "refused not-allowed");
  CHECK(emergency.reviewed("proper", "DP") == "recorded");
}

TEST_CASE("somebody else reviews a glass: not who broke it, and not whom it is about", "[glass][C4]") {
  Emergency emergency;
  REQUIRE(emergency.broken(Emergency::sound(), "C2") == "recorded");

  CHECK(emergency.reviewed("proper", "C2") == "refused own-case");
  CHECK(emergency.reviewed("proper", "U1") == "refused own-case");
  CHECK(emergency.reviewed("fine", "CO") == "refused no-finding");
  CHECK(emergency.reviewed("proper", "CO", "") == "refused no-reason");
  CHECK(said(emergency.ledger->run(ReviewGlass{"g2", "proper", "x"}, "", "CO")) == "refused unknown-glass");
  CHECK(emergency.glass().wants_review());
}

TEST_CASE("an unclear finding leaves the review open; a clear one closes it for good", "[glass][C4]") {
  Emergency emergency;
  REQUIRE(emergency.broken(Emergency::sound()) == "recorded");

  REQUIRE(emergency.reviewed("unclear", "CO") == "recorded");
  CHECK(emergency.glass().wants_review());
  REQUIRE(emergency.reviewed("improper", "C2") == "recorded");
  CHECK_FALSE(emergency.glass().wants_review());
  CHECK(emergency.reviewed("proper", "CO") == "refused already-reviewed");
}

TEST_CASE("why a glass was broken does not stand in the log", "[glass][S0-06]") {
  Emergency emergency;
  REQUIRE(emergency.broken(Emergency::sound()) == "recorded");

  for (const auto& event : emergency.ledger->events()) {
    if (const auto* broken = std::get_if<GlassBroken>(&event.body)) CHECK(broken->reason.empty());
  }
}

}  // namespace daybook::test
