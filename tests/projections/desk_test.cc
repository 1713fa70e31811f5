#include "projections/desk.h"

#include <catch2/catch_test_macros.hpp>

#include "projections/lists.h"
#include "tests/support/looker.h"

namespace daybook::test {
namespace {

// Three people, of whom two are alike but for a name.
void three_people(TestLedger& ledger) {
  auto emilie = staff_of("U3");
  emilie.name = "\xc3\x89milie O'Neil";
  emilie.duty_station = "Geneva";
  auto emile = staff_of("U1");
  emile.name = "\xc3\xa9mile ONeil";
  emile.duty_station = "Gen\xc3\xa8ve";
  auto sadiq = staff_of("U2");
  sadiq.name = "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0";
  sadiq.duty_station = "Geneva";
  for (const auto& person : {emilie, emile, sadiq}) ledger.staff(person);
}

std::vector<std::string> numbers(const std::vector<const DeskRow*>& rows) {
  std::vector<std::string> all;
  for (const auto* row : rows) all.push_back(DeskTables::value(*row, "staffNumber"));
  return all;
}

using Numbers = std::vector<std::string>;

}  // namespace

TEST_CASE("a search finds the people in whose record every word stands, in any case and script", "[desk]") {
  TestLedger ledger;
  three_people(ledger);
  const auto state = ledger.state();
  const auto tables = DeskTables::build(state, ledger.vault()).value();

  CHECK(numbers(tables.search({"geneva"})) == Numbers{"U2", "U3"});
  CHECK(numbers(tables.search({"\xc3\x89MIL"})) == Numbers{"U1", "U3"});
  CHECK(numbers(tables.search({"\xc3\xa9mil", "geneva"})) == Numbers{"U3"});
  CHECK(numbers(tables.search({"\xd0\xb0\xd0\x9d\xd0\x9d"})) == Numbers{"U2"});
  CHECK(numbers(tables.search({})) == Numbers{"U1", "U2", "U3"});
  CHECK(numbers(tables.search({"geneva", "nobody"})).empty());
  CHECK(numbers(tables.search({"u3\nu1"})).empty());
}

TEST_CASE("a newer personnel record takes the place of the older in a search", "[desk]") {
  TestLedger ledger;
  three_people(ledger);
  auto moved = staff_of("U2");
  moved.duty_station = "Nairobi";
  ledger.staff(moved);
  const auto state = ledger.state();

  const auto tables = DeskTables::build(state, ledger.vault()).value();

  CHECK(numbers(tables.search({"nairobi"})) == Numbers{"U2"});
  CHECK(numbers(tables.search({"geneva"})) == Numbers{"U3"});
}

TEST_CASE("a row of the tables is renewed by itself: changed, new, or without the values that were erased", "[desk][C3]") {
  TestLedger ledger;
  three_people(ledger);
  auto tables = DeskTables::build(ledger.state(), ledger.vault()).value();
  const auto id_of = [&](const std::string& number) { return ledger.vault().person(number).value().value(); };
  const auto moving = id_of("U2"), going = id_of("U3");
  auto moved = staff_of("U2");
  moved.duty_station = "Nairobi";
  ledger.staff(moved);
  ledger.staff("U4");
  REQUIRE(ledger.run(ErasePerson{going, *parse_day("2031-12-31"), "a test"}).outcome == Outcome::kRecorded);
  const auto state = ledger.state();

  for (const auto& person : {moving, going, id_of("U4"), PersonId{"nobody"}}) REQUIRE(tables.renew(person, state, ledger.vault()).has_value());

  CHECK(numbers(tables.search({"nairobi"})) == Numbers{"U2"});
  CHECK(numbers(tables.search({"geneva"})).empty());
  CHECK(DeskTables::value(*tables.find(going), "name").empty());
  CHECK(numbers(tables.search({})) == numbers(DeskTables::build(state, ledger.vault()).value().search({})));
}

TEST_CASE("whom a search finds counts as looked at, and finding nobody is a look too", "[desk][S0-06]") {
  TestLedger ledger;
  three_people(ledger);
  const auto state = ledger.state();
  const auto vault = ledger.vault();
  const Looker admin(state, vault);
  Desk found(state, vault, admin.reader()), nobody(state, vault, admin.reader()), absent(state, vault, admin.reader()), sealed(state, vault, nullptr);

  const auto rows = found.search({"geneva"});
  nobody.search({"nowhere"});
  absent.find("U9");
  sealed.search({"geneva"});
  sealed.find("U1");

  CHECK(rows.size() == 2);
  CHECK(found.subjects().size() == 2);
  CHECK(nobody.looked());
  CHECK(nobody.subjects().empty());
  CHECK(absent.looked());
  CHECK_FALSE(sealed.looked());
}

TEST_CASE("a list names people beside their ids, and only to somebody who may look", "[desk][S0-06]") {
  TestLedger ledger;
  ledger.seated("U1", "iom-coaching/2024");
  const auto state = ledger.state();
  const auto vault = ledger.vault();
  const Looker admin(state, vault);
  Desk open(state, vault, admin.reader()), sealed(state, vault, nullptr);
  const auto& cycle = *state.cycle({"iom-coaching", "2024"});

  const auto shown = list("seats", state, cycle, Day{}, open), hidden = list("seats", state, cycle, Day{}, sealed);

  REQUIRE(shown->columns.size() == hidden->columns.size() + 2);
  CHECK(shown->columns[3].name == "person_number");
  CHECK(shown->rows[0][2] == hidden->rows[0][2]);
  CHECK(shown->rows[0][3] == "U1");
  CHECK(shown->rows[0][4] == staff_of("U1").name);
  CHECK(open.subjects().size() == 1);
  CHECK_FALSE(sealed.looked());
}

TEST_CASE("a table is sorted by numbers as numbers, either way, and rows that are alike keep their order", "[desk]") {
  Table table{{"name", number("count")}, {{"b", "10"}, {"a", "9"}, {"c", ""}, {"d", "9"}}};

  REQUIRE(sort_by(table, "count", false));
  CHECK(table.rows == std::vector<std::vector<std::string>>{{"c", ""}, {"a", "9"}, {"d", "9"}, {"b", "10"}});
  REQUIRE(sort_by(table, "count", true));
  CHECK(table.rows == std::vector<std::vector<std::string>>{{"b", "10"}, {"a", "9"}, {"d", "9"}, {"c", ""}});
  REQUIRE(sort_by(table, "name", false));
  CHECK(table.rows.front().front() == "a");
  CHECK_FALSE(sort_by(table, "colour", false));
}

}  // namespace daybook::test
