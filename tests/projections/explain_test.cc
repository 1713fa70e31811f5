#include "projections/explain.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <random>
#include <set>

#include "ledger/rules.h"
#include "projections/show.h"
#include "projections/timeline.h"
#include "tests/support/looker.h"

namespace daybook::test {
namespace {

const std::string kCycle = "iom-coaching/2024", kExecutive = "iom-executive-coaching/2024";

std::vector<Charter> charters() {
  std::vector<Charter> all;
  for (const auto& charter : shipped_charters()) all.push_back(parse_charter(charter.text, charter.name).value());
  return all;
}

// Facts of every kind, in and out of every rule.
ApplicantFacts random_facts(std::mt19937& random, Day as_of) {
  const auto one_of = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
  const auto maybe_day = [&]() -> std::optional<Day> {
    if (random() % 4 == 0) return std::nullopt;
    return as_of + std::chrono::days{static_cast<int>(random() % 1000) - 700};
  };
  ApplicantFacts facts;
  facts.contract_type = one_of({"regular", "fixed-term", "consultant", "none", "temporary", ""});
  facts.position = one_of({"chief-of-mission", "head-of-office", "officer", ""});
  facts.grade = one_of({"D1", "P5", "P2", ""});
  facts.entry_on_duty = maybe_day();
  facts.training_completed_on = maybe_day();
  facts.commitment = random() % 2 == 0;
  if (random() % 3 == 0) facts.engagements = {"iom-coaching 2023"};
  return facts;
}

// One application by somebody whose record is a little wrong, explained with or without a right to look.
struct Explained {
  explicit Explained(const std::vector<std::string>& charters = {}) : ledger(charters) {}
  TestLedger ledger;
  State state;
  std::optional<Vault> vault;

  Card application(const std::string& ref, bool open) {
    state = ledger.state();
    vault.emplace(ledger.vault());
    const Looker admin(state, *vault);
    Desk desk(state, *vault, open ? admin.reader() : nullptr);
    return explain_application(state, *state.application(ref), desk);
  }
};

Section section(const Card& card, const std::string& heading) {
  for (const auto& each : card.sections) {
    if (each.heading == heading) return each;
  }
  FAIL("no section " << heading);
  return card.sections.front();
}

std::vector<std::string> values(const Section& section, const std::string& label) {
  std::vector<std::string> all;
  for (const auto& line : section.lines) {
    if (line.label == label) all.push_back(line.value);
  }
  return all;
}

Line line(const Section& section, const std::string& label) {
  for (const auto& each : section.lines) {
    if (each.label == label) return each;
  }
  FAIL("no line " << label);
  return section.lines.front();
}

}  // namespace

TEST_CASE("each way that would change a criterion does, when the same rule is asked again", "[explain][S0-31]") {
  std::mt19937 random(20261122);
  int tried = 0;

  for (const auto& charter : charters()) {
    const Day as_of = charter.cycles.front().facts_as_of;
    for (int round = 0; round < 300; ++round) {
      const auto facts = random_facts(random, as_of);
      for (const auto& rule : charter.criteria) {
        const bool met = judge(rule, facts, as_of).criterion.outcome == "met";
        const auto ways = what_would_change(rule, facts, as_of);
        REQUIRE(ways.empty() == met);
        for (const auto& way : ways) {
          if (!way.facts) continue;
          INFO(charter.programme << " " << rule.name << ": " << way.words);
          REQUIRE(judge(rule, *way.facts, way.as_of).criterion.outcome == "met");
          ++tried;
        }
      }
    }
  }

  CHECK(tried > 1000);
}

TEST_CASE("the limit of a way is exact: a day later, or a month less, is not enough", "[explain][S0-20]") {
  for (const auto& charter : charters()) {
    const Day as_of = charter.cycles.front().facts_as_of;
    for (const auto& rule : charter.criteria) {
      if (rule.rule != Rule::kMonthsOfService && rule.rule != Rule::kTrainingComplete) continue;
      for (const auto& way : what_would_change(rule, {}, as_of)) {
        auto facts = way.facts.value();
        if (facts.entry_on_duty) *facts.entry_on_duty += std::chrono::days{1};
        if (facts.training_completed_on) *facts.training_completed_on += std::chrono::days{1};
        CHECK(judge(rule, facts, way.as_of).criterion.outcome == "failed");
      }
    }
  }
}

TEST_CASE("facts made for an outcome give it", "[explain]") {
  for (const auto& charter : charters()) {
    const Day as_of = charter.cycles.front().facts_as_of;
    for (const auto& rule : charter.criteria) {
      for (const auto* outcome : {"met", "failed", "referred"}) {
        if (outcome == std::string("referred") && rule.referred_grades.empty()) continue;
        CHECK(judge(rule, facts_with(rule, outcome), as_of).criterion.outcome == outcome);
      }
    }
  }
}

TEST_CASE("an explanation names each criterion, rule, version, fact, and the events behind the fact", "[explain][S0-31][E-38]") {
  Explained explained;
  auto& ledger = explained.ledger;
  auto late = staff_of("U1");
  late.entry_on_duty = "2023-07-12";
  ledger.staff(late);
  ledger.took_part("U1", "iom-executive-coaching", "CDT", "2023");
  ledger.apply("A1", "U1", kCycle, "2024-01-05T10:00:00Z");
  ledger.decide(kCycle);
  const bool open = GENERATE(true, false);

  const auto card = explained.application("A1", open);

  const auto& state = explained.state;
  const auto& person = *state.person(state.application("A1")->person);
  const auto service = section(card, "criterion service: failed");
  CHECK(line(service, "rule").value == "months-of-service, charter iom-coaching version 1");
  CHECK(line(service, "saw").value == (open ? "2023-07-12" : kSealed));
  CHECK(line(service, "saw").events == std::vector{*person.staff, *state.application("A1")->decided});
  CHECK(values(service, "would change it").front() == "entry on duty on or before 2023-01-29");
  const auto repeat = section(card, "criterion repeat: failed");
  CHECK(line(repeat, "saw").events == std::vector{person.participations.front(), *state.application("A1")->decided});
  CHECK(values(repeat, "would change it") == std::vector<std::string>{"nothing the applicant can do: the rule looks at what has been"});
  const auto commitment = section(card, "criterion commitment: met");
  CHECK(line(commitment, "saw").events == std::vector{state.application("A1")->submitted, *state.application("A1")->decided});
  CHECK(values(commitment, "would change it").empty());
}

TEST_CASE("a referral is explained by the person's decision that it waits for, sealed or not", "[explain][S0-31]") {
  Explained explained;
  auto officer = staff_of("U1");
  officer.post = "officer";
  officer.grade = "P5";
  explained.ledger.staff(officer);
  explained.ledger.apply("A1", "U1", kExecutive, "2024-03-05T10:00:00Z");
  explained.ledger.decide(kExecutive);
  const bool open = GENERATE(true, false);

  const auto ways = values(section(explained.application("A1", open), "criterion position: referred"), "would change it");

  REQUIRE(ways.size() == 4);
  CHECK(ways[0] == "a person's decision that this post is senior enough (`do decide-referral`)");
  CHECK(ways[1] == "the position chief-of-mission");
}

TEST_CASE("who waits is told how many are ahead and what would change it", "[explain][S0-33]") {
  Explained explained({changed(shipped("iom-coaching"), "seats = 350", "seats = 1")});
  for (const auto* number : {"U1", "U2", "U3"}) {
    explained.ledger.staff(number);
    explained.ledger.apply("A" + std::string(number), number, kCycle, "2024-01-0" + std::string(number + 1) + "T10:00:00Z");
  }
  explained.ledger.decide(kCycle);

  const auto card = explained.application("AU3", false);
  const auto seat = section(card, "seat");

  CHECK(line(seat, "waitlisted").value == "1 ahead; 1 of 1 seats are taken");
  CHECK(values(seat, "would change it").size() == 1);
}

TEST_CASE("an offer of a seat is shown and explained with the events behind it, until which day and what became of it", "[explain][E-07]") {
  Explained explained;
  auto& ledger = explained.ledger;
  auto senior = staff_of("U1");
  senior.post = "officer";
  senior.grade = "P5";
  ledger.staff(senior);
  ledger.apply("A1", "U1", kExecutive, "2024-03-05T10:00:00Z");
  ledger.decide(kExecutive);
  ledger.refer("A1", true);
  const auto offered = ledger.offer_seat(kExecutive, "2024-06-10").range.first;

  const auto open = section(explained.application("A1", false), "seat");
  Desk sealed(explained.state, *explained.vault, nullptr);
  const auto shown = show_application(explained.state, *explained.state.application("A1"), sealed);
  const auto cycle = show_cycle(explained.state, *explained.state.cycle(TestLedger::cycle_id(kExecutive)), sealed);
  ledger.clock.reach(*parse_instant("2024-06-12T12:00:00Z"));
  const auto ticked = ledger.tick().range;
  const auto expired = section(explained.application("A1", false), "seat");

  CHECK(line(open, "waitlisted").value == "0 ahead; 0 of 40 seats are taken, 1 held for open offers");
  CHECK(line(open, "offered").value == "a seat, to be answered by 2024-06-10, the whole day in Europe/Zurich");
  CHECK(line(open, "offered").events == std::vector{offered});
  CHECK(line(open, "would change it").value == "an answer by 2024-06-10 that takes the seat (`do accept-offer`)");
  CHECK(line(shown.sections.front(), "seat").value == "waitlisted, a seat is offered until 2024-06-10");
  CHECK(line(shown.sections.front(), "seat").events.back() == offered);
  CHECK(line(cycle.sections.front(), "seats held for open offers").events == std::vector{offered});
  CHECK(line(expired, "the offer is").value.starts_with("expired"));
  CHECK(line(expired, "the offer is").events == std::vector{Position{ticked.end.value - 1}});
}

TEST_CASE("a client whose window passed with sessions left shows as lapsed, with the event that says so", "[explain][E-01]") {
  Explained explained;
  auto& ledger = explained.ledger;
  ledger.tick();
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", kCycle);
  ledger.paired("P1", kCycle, "U1", "C1", "2024-02-01T10:00:00Z");
  const bool ended = GENERATE(false, true);
  if (ended) ledger.act("end-pairing", "P1", "2024-03-01T10:00:00Z");
  ledger.clock.reach(*parse_instant("2024-06-12T12:00:00Z"));
  const auto elapsed = ledger.tick().range.first;

  explained.application("A-U1", false);
  const auto& state = explained.state;
  const auto& pairing = *state.pairing("P1");
  Desk sealed(state, *explained.vault, nullptr);
  const auto shown = show_pairing(state, pairing, sealed);
  const auto overdue = *list("overdue", state, *state.cycle(pairing.cycle), *parse_day("2024-06-12"), sealed);
  const auto pairings = *list("pairings", state, *state.cycle(pairing.cycle), *parse_day("2024-06-12"), sealed);

  const std::string status = ended ? "ended" : "active";
  CHECK(line(shown.sections.front(), "status").value == status + ", lapsed");
  CHECK(line(shown.sections.front(), "lapsed").events == std::vector{elapsed});
  CHECK(line(explain_pairing(state, pairing, sealed).sections.front(), "lapsed").events == std::vector{elapsed});
  CHECK(overdue.rows == std::vector<std::vector<std::string>>{
                            {"P1", status, pairing.client.value, pairing.coach.value, "2024-06-01", "11", "4", std::to_string(elapsed.value)}});
  REQUIRE(pairings.rows.size() == 1);
  CHECK(pairings.rows.front()[7] == "lapsed");
}

TEST_CASE("a sealed explanation and a sealed sentence hold no name and no address", "[explain][S0-06]") {
  Explained explained;
  auto& ledger = explained.ledger;
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", kCycle);
  ledger.paired("P1", kCycle, "U1", "C1", "2024-02-01T10:00:00Z");
  const auto ref = ledger.state().pairing("P1")->application;
  std::string text;
  const auto add = [&](const Card& card) {
    for (const auto& each : card.sections) {
      for (const auto& line : each.lines) text += line.value + "\n";
    }
  };

  add(explained.application(ref, false));
  Desk sealed(explained.state, *explained.vault, nullptr);
  add(explain_pairing(explained.state, *explained.state.pairing("P1"), sealed));
  add(show_pairing(explained.state, *explained.state.pairing("P1"), sealed));
  add(show_application(explained.state, *explained.state.application(ref), sealed));
  add(show_person(explained.state, explained.state.pairing("P1")->client, sealed));
  REQUIRE(read_events(ledger.log(), Position{}, ledger.log().end(), [&](const Event& event) {
            return text += sentence(event, sealed) + "\n", true;
          }).has_value());

  CHECK(text.size() > 1000);
  for (const auto& secret : {staff_of("U1").name, staff_of("U1").email, staff_of("C1").name, staff_of("C1").email}) {
    REQUIRE_FALSE(secret.empty());
    INFO(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
  CHECK_FALSE(sealed.looked());
}

TEST_CASE("of somebody who was erased each fact is said to be erased, and each outcome stands", "[explain][erasure][C3]") {
  Explained a;
  a.ledger.seated("S1", kCycle);
  const auto before = a.application("A-S1", true);
  const auto person = a.state.application("A-S1")->person;
  REQUIRE(said(a.ledger.run(ErasePerson{person, *parse_day("2031-12-31")})) == "recorded");

  for (const bool open : {true, false}) {
    const auto after = a.application("A-S1", open);
    REQUIRE(after.sections.size() == before.sections.size());
    size_t facts = 0;
    for (size_t i = 0; i < after.sections.size(); ++i) {
      CHECK(after.sections[i].heading == before.sections[i].heading);
      for (const auto& fact : values(after.sections[i], "saw")) {
        CHECK(fact == "fact erased, outcome stands");
        ++facts;
      }
    }
    CHECK(facts == 5);
  }
}

TEST_CASE("a form that was put right is shown whole: what was not put right stands as it was given", "[show][C3][S1-22]") {
  TestLedger ledger;
  ledger.staff("S1");
  ledger.apply("A1", "S1", kCycle, "2024-01-05T12:00:00Z");
  const auto labels = [&] {
    const auto state = ledger.state();
    const auto vault = ledger.vault();
    const Looker admin(state, vault);
    Desk desk(state, vault, admin.reader());
    std::multiset<std::string> all;
    for (const auto& line : section(show_application(state, *state.application("A1"), desk), "form").lines) all.insert(line.label);
    return all;
  };
  const auto given = labels();
  REQUIRE(given.contains("goalType"));

  ledger.run(RectifyForm{"A1", {{"motivation", "to learn"}}, "left out"});

  auto put_right = labels();
  CHECK(put_right.count("goalType") == 1);
  CHECK(put_right.count("motivation") == 1);
  for (const auto& label : given) CHECK(put_right.contains(label));
}

}  // namespace daybook::test
