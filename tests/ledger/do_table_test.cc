// The page WHO_MAY_DO.md as a table: read strictly, and nothing that it does not name.
#include "ledger/do_table.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

std::string fault_of(const std::string& page) {
  const auto table = parse_do_table(page, "PAGE");
  return table ? "none" : table.error().message;
}

std::string shipped_page() { return std::string(shipped_do_page()); }

TEST_CASE("the program is built with the page that stands in the tree", "[rights]") {
  CHECK(shipped_page() == text_of(std::string(DAYBOOK_SOURCE_DIR) + "/ledger/WHO_MAY_DO.md"));
}

TEST_CASE("the table has a row for each action and a column for each way to stand to it", "[rights]") {
  const auto table = shipped_do_table();

  CHECK(standings().size() == 28);
  for (const auto deed : kDeeds) CHECK(table.names(deed));
  CHECK(table.at("end-pairing", {Role::kCoach, Relation::kParty}) == Verdict::kMay);
  CHECK(table.at("role-grant", {Role::kAdministrator, Relation::kInScope}) == Verdict::kSecond);
  CHECK(table.at("role-grant", {Role::kAdministrator, Relation::kOwn}) == Verdict::kNever);
}

TEST_CASE("what the table does not name is never", "[rights]") {
  const auto table = shipped_do_table();

  CHECK(table.at("fly", {Role::kAdministrator, Relation::kInScope}) == Verdict::kNever);
  CHECK(table.at("end-pairing", {Role::kAdministrator, Relation::kParty}) == Verdict::kNever);
  CHECK(DoTable().at("end-pairing", {Role::kCoach, Relation::kParty}) == Verdict::kNever);
}

TEST_CASE("a page that is not the whole table is refused, and the message says where", "[rights]") {
  const auto page = shipped_page();
  const auto row = page.find("| accept-pairing ");
  const auto end = page.find('\n', row) + 1;
  const auto line_of_row = page.substr(row, end - row);
  const auto without = page.substr(0, row) + page.substr(end);
  auto misspelt = page, unknown = page, column = page, second = page;
  misspelt.replace(page.find("never", row), 5, "maybe");
  unknown.replace(row, 16, "| accept-pairong");
  column.replace(page.find("coach party"), 11, "coach portly");
  const auto tick = page.find("| tick ");
  second.replace(page.find("may  ", tick), 6, "second");

  CHECK(says(fault_of(without), "found no row accept-pairing, want one"));
  CHECK(says(fault_of(page + line_of_row), "found action accept-pairing twice, want each action once"));
  CHECK(says(fault_of(misspelt), "found accept-pairing as client own: maybe, want may, second or never"));
  CHECK(says(fault_of(unknown), "found action accept-pairong, want one that the program knows"));
  CHECK(says(fault_of(column), "found column coach portly, want coach party"));
  CHECK(says(fault_of(second), "found tick as public elsewhere: second, want may or never"));
  CHECK(says(fault_of(page + "| fly | may |\n"), "found 2 cells, want 29"));
  CHECK(says(fault_of(""), "no row"));
  CHECK(fault_of(page) == "none");
}

}  // namespace
}  // namespace daybook::test
