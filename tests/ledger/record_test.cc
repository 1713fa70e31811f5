// What the record keeps, and what it must not: keys that callers chose, rules that were tightened later, refusals.
#include <catch2/catch_test_macros.hpp>

#include "projections/explain.h"
#include "tests/support/looker.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

std::string all_bytes(TestLedger& ledger) {
  std::string bytes;
  REQUIRE(ledger.log().read(Position{}, ledger.log().end(), [&](Position, Bytes entry) { return bytes += as_text(entry), true; }).has_value());
  REQUIRE(ledger.vault().record(Position{0}, FieldClass::kContact).has_value());
  REQUIRE(ledger.log().vault().scan("", [&](std::string_view key, std::string_view) { return bytes += key, true; }).has_value());
  return bytes;
}

Command keyed(const std::string& key, const std::string& staff_number) {
  Command command;
  command.body = RecordStaff{staff_of(staff_number)};
  command.actor = command.recorded_by = "test@host";
  command.idempotency_key = key;
  command.asked = staff_number;
  return command;
}

}  // namespace

TEST_CASE("an idempotency key stands nowhere as it was given: it may name somebody", "[record][S0-06]") {
  TestLedger ledger;

  REQUIRE(ledger.sequencer().execute(keyed("Amina is ill", "U1")).outcome == Outcome::kRecorded);

  CHECK(all_bytes(ledger).find("Amina") == std::string::npos);
  CHECK(ledger.sequencer().execute(keyed("Amina is ill", "U1")).outcome == Outcome::kUnchanged);
}

TEST_CASE("an idempotency key that was used for one command is refused for another", "[record]") {
  TestLedger ledger;
  REQUIRE(ledger.sequencer().execute(keyed("k", "U1")).outcome == Outcome::kRecorded);
  const auto end = ledger.log().end();

  const auto answer = ledger.sequencer().execute(keyed("k", "U2"));

  CHECK(said(answer) == "refused key-reused");
  CHECK(ledger.log().end() == end);
}

TEST_CASE("a command that was made from what is no longer the newest changes nothing; asked again with its key, it was done", "[record]") {
  TestLedger ledger;
  const auto seen_to = ledger.log().end();
  Command first = keyed("k", "U1"), second = keyed("l", "U2");
  first.seen_to = second.seen_to = seen_to;
  REQUIRE(ledger.sequencer().execute(first).outcome == Outcome::kRecorded);
  const auto end = ledger.log().end();

  const auto late = ledger.sequencer().execute(second), again = ledger.sequencer().execute(first);

  CHECK(said(late) == "refused moved-on");
  CHECK(said(again) == "unchanged");
  CHECK(ledger.log().end() == end);
}

TEST_CASE("the fold takes an adopted charter as it stands, whatever zones this machine knows", "[record][E-39]") {
  const auto text = changed(shipped("iom-coaching"), "\"Europe/Zurich\"", "\"Nowhere/Atall\"");

  const auto strict = parse_charter(text, "mine.toml");
  const auto adopted = read_adopted_charter(text);

  CHECK(strict.has_error());
  CHECK(adopted.cycles.at(0).time_zone == "Nowhere/Atall");
  CHECK(adopted.criteria.size() == 5);
}

TEST_CASE("a charter with more criteria than a decision can hold is refused when it is added", "[record]") {
  std::string text = shipped("iom-coaching");
  for (int i = 0; i < 20; ++i) text += "\n[[criteria]]\nname = \"c" + std::to_string(i) + "\"\nrule = \"commitment\"\n";

  const auto charter = parse_charter(text, "mine.toml");

  REQUIRE(charter.has_error());
  CHECK(charter.error().message.find("found 25 of them, want 24 at most") != std::string::npos);
}

TEST_CASE("a refused row says which event stood in the way, under which rules, and what would change it", "[record][E-14]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "iom-coaching", 1);
  ledger.seated("U1", "iom-coaching/2024");
  ledger.seated("U2", "iom-coaching/2024");
  ledger.paired("P1", "iom-coaching/2024", "U1", "C1", "2024-02-01T10:00:00Z");
  const auto accepted = *ledger.state().pairing("P1")->accepted;

  std::vector<ReportRow> report;
  const std::string header = "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n";
  REQUIRE(ledger.import("activity", header + "2024-02-02T10:00:00Z,admin,request-pairing,P2,iom-coaching,2024,U2,C1,,,,,,\n", &report).has_value());

  REQUIRE(report.at(0).reason == "coach-full");
  const auto rows = refused_rows(ledger.log(), ledger.log().end(), std::nullopt, {"activity", "P2", "", std::nullopt, std::nullopt}).value();
  REQUIRE(rows.size() == 1);
  REQUIRE(rows[0].because.has_value());
  CHECK(rows[0].because->envelope.position == accepted);
  CHECK(rows[0].charter_version == 1);
  CHECK(rows[0].row.wants == "fewer than 1 active pairings with the coach, or a greater capacity");
}

TEST_CASE("a refused coach can be explained with the limits of the charter", "[record][S1-33]") {
  TestLedger ledger;
  ledger.staff("C1");
  const std::string header =
      "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,reviewed_on,review\n";
  REQUIRE(ledger.import("coaches", header + "un-coaching,C1,icf-certification,,,,,,4,2023-01-01,2023-01-02,accepted\n").has_value());
  const auto state = ledger.state();
  const Vault vault = ledger.vault();
  const Looker admin(state, vault);
  Desk desk(state, vault, admin.reader());
  Card card;

  const RefusedFilter filter{"coaches", "", "un-coaching", std::nullopt, *vault.person("C1").value()};
  explain_refusals(refused_rows(ledger.log(), ledger.log().end(), std::nullopt, filter).value(), desk, card);

  REQUIRE(card.sections.size() == 1);
  CHECK(card.sections.at(0).heading == "record-coach refused: capacity");
  CHECK(card.sections.at(0).lines.at(2).value == "capacity 4");
  CHECK(card.sections.at(0).lines.back().value == "a capacity from 1 to 3");
}

}  // namespace daybook::test
