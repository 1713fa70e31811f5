// The page of who may see what is read strictly, and what it does not name is not shown.
#include "projections/see_table.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

std::string page() { return std::string(who_may_see()); }

std::string fault_of(const std::string& text) {
  const auto table = SeeTable::parse(text);
  return table ? "none" : table.error().message;
}

// The page with the first `from` replaced.
std::string altered(const std::string& from, const std::string& to) {
  auto text = page();
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the table is the page that people review, row by row", "[disclosure][S0-06]") {
  const auto table = shipped_see_table();

  CHECK(table.at(Role::kAdministrator, Relation::kInScope, "registration.motivation") == Sight::kShown);
  CHECK(table.at(Role::kCoach, Relation::kParty, "registration.motivation") == Sight::kAbsent);
  CHECK(table.at(Role::kCoach, Relation::kParty, "registration.languages") == Sight::kShown);
  CHECK(table.at(Role::kAuditor, Relation::kInScope, "contact") == Sight::kMasked);
  CHECK(table.under_glass("feedback") == Sight::kAbsent);
  CHECK(table.rows().size() * table.columns().size() > 400);
}

TEST_CASE("what the table does not name is absent", "[disclosure]") {
  const auto table = shipped_see_table();

  CHECK(table.at(Role::kAdministrator, Relation::kInScope, "a thing of next year") == Sight::kAbsent);
  CHECK(table.at(Role::kSponsor, Relation::kParty, "contact") == Sight::kAbsent);
  CHECK(table.at(Role::kCoach, Relation::kElsewhere, "profile") == table.at(Role::kAdministrator, Relation::kElsewhere, "profile"));
}

TEST_CASE("every field of every kind of event that is not open has a cell in every column", "[disclosure][S0-06]") {
  const auto table = shipped_see_table();
  size_t fields = 0;

  for (const auto& kind : kinds()) {
    for (const auto& field : kind.fields) {
      if (field.field_class == FieldClass::kOpen) continue;
      const auto row = std::string(class_name(field.field_class)) + "." + field.name;
      INFO(kind.name << " " << row);
      CHECK(table.at(Role::kClient, Relation::kOwn, row) == Sight::kShown);  // their own, all of it
      CHECK(table.at(Role::kLineManager, Relation::kInScope, row) == Sight::kAbsent);
      ++fields;
    }
  }
  CHECK(fields > 50);
}

TEST_CASE("a page that is not quite the table is refused, by its line", "[disclosure]") {
  CHECK(fault_of(page()) == "none");
  CHECK(says(fault_of("no table"), "found no table"));
  CHECK(says(fault_of(altered("| masked | absent | shown |", "| Masked | absent | shown |")),
             "found \"Masked\", want shown, masked, counted or absent"));
  CHECK(says(fault_of(altered("| feedback |", "| gossip |")), "found \"gossip\""));
  CHECK(says(fault_of(altered("| feedback |", "| contact |")), "found \"contact\""));
  CHECK(says(fault_of(altered("registration.languages", "registration.colour")), "found \"registration.colour\""));
  CHECK(says(fault_of(altered("coach party", "coach nearby")), "found \"coach nearby\""));
  CHECK(says(fault_of(altered("sponsor in scope", "coach party")), "found \"coach party\""));
  CHECK(says(fault_of(altered("| purpose | why somebody looked | shown |", "| purpose | why somebody looked |")), "found \"15 cells\", want 16"));
  CHECK(says(fault_of(page() + "\n| contact | again |\n"), "want one table"));
  const auto row = page().find("| review |");
  CHECK(says(fault_of(page().erase(row, page().find('\n', row) - row + 1)), "found no row for review"));
}

}  // namespace daybook::test
