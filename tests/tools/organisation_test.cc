// The simulated organisation: that its life is one, and the same again from the same seed.
#include "tools/organisation.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include <set>

#include "projections/state_lines.h"
#include "tests/support/grown_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

// What an event says, the random ids left out.
std::string told(const Event& event) {
  return fmt::format("{} {} {} {}", kind_of(event.body).name, to_text(event.envelope.recorded_at), to_text(event.envelope.happened_at),
                     event.envelope.stream.substr(0, event.envelope.stream.starts_with("person") || event.envelope.stream.starts_with("import") ||
                                                             event.envelope.stream.starts_with("coach")
                                                         ? 6
                                                         : std::string::npos));
}

std::vector<std::string> life_of(const OrganisationSize& size) {
  GrownLedger ledger(size);
  std::vector<std::string> lines;
  fine(read_events(ledger.log(), Position{}, ledger.end(), [&](const Event& event) { return lines.push_back(told(event)), true; }));
  return lines;
}

}  // namespace

TEST_CASE("an organisation lives the same life again from the same seed, and another from another", "[organisation]") {
  const auto life = life_of({80, 1, 5});

  CHECK(life.size() > 200);
  CHECK((life == life_of({80, 1, 5})));  // not taken apart by the test's framework: they are long
  CHECK_FALSE((life == life_of({80, 1, 6})));
}

TEST_CASE("every kind of event of a programme occurs in three simulated years, and rows refused for many a reason", "[organisation]") {
  std::map<std::string, int> kinds, reasons;

  fine(read_events(three_years().log(), Position{}, three_years().end(), [&](const Event& event) {
    ++kinds[kind_of(event.body).name];
    if (const auto* refused = std::get_if<RowRefused>(&event.body)) ++reasons[refused->reason];
    return true;
  }));

  // Of the access book, of a crash or a restore; and of rights and keys, which the organisation's people do not touch.
  const std::set<std::string> of_others = {"RecordViewed",       "LooksExpired",     "TailDropped",     "LedgerRestored", "ProposalMade",
                                           "ProposalClosed",     "RoleGranted",      "RoleEnded",       "GlassBroken",    "GlassReviewed",
                                           "PersonErased",       "ErasureCertified", "HoldPlaced",      "HoldLifted",     "FormRectified",
                                           "WrappingKeyChanged", "CohortExpired",    "EditionPublished"};
  for (const auto& kind : ::daybook::kinds()) {
    INFO(kind.name << ": " << kinds[kind.name]);
    CHECK((kinds[kind.name] > 0 || of_others.contains(kind.name)));
  }
  for (const auto* reason : {"early", "late", "duplicate", "unknown-person", "already-done", "in-future", "capacity", "not-pledged"}) {
    INFO(reason);
    CHECK(reasons[reason] > 0);
  }
  CHECK(three_years().end().value > 3'000);
  CHECK(three_years().end().value < 10'000);
}

TEST_CASE("a simulated life is recorded in order over all its months, much of it after it happened", "[organisation]") {
  Instant last{};
  std::set<std::string> months;
  uint64_t backwards = 0, late = 0, very_late = 0, ahead = 0;

  fine(read_events(three_years().log(), Position{}, three_years().end(), [&](const Event& event) {
    const auto& e = event.envelope;
    backwards += e.recorded_at < last;
    last = e.recorded_at;
    months.insert(to_text(e.recorded_at).substr(0, 7));
    late += e.happened_at < e.recorded_at - std::chrono::hours{24};
    very_late += e.happened_at < e.recorded_at - std::chrono::hours{24 * 30};
    ahead += e.happened_at > e.recorded_at;
    return true;
  }));

  CHECK(backwards == 0);
  CHECK(months.size() == 36);
  CHECK(late > 500);
  CHECK(very_late > 20);
  CHECK(ahead == 0);
}

TEST_CASE("the state of a grown ledger is that of its log, folded at once or in parts", "[organisation]") {
  auto& ledger = three_years();
  State growing;
  Position at{};
  size_t compared = 0;

  for (uint64_t end = 500; end < ledger.end().value + 500; end += 500) {
    const Position next = std::min(Position{end}, ledger.end());
    fine(read_events(ledger.log(), at, next, [&](const Event& event) { return evolve(growing, event), true; }));
    AsOf as_of;
    as_of.position = at = next;
    const auto lines = lines_of(growing);
    CHECK(changes(lines, lines_of(made(fold(ledger.log(), as_of)))).empty());
    compared += lines.size();
  }

  CHECK(changes(lines_of(growing), lines_of(ledger.state())).empty());
  CHECK(growing.end == ledger.end());
  CHECK(compared > 10'000);
}

}  // namespace daybook::test
