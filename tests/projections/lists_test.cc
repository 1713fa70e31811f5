// Lists that are of no cycle.
#include "projections/lists.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {

TEST_CASE("an administrator of one programme is told of the imports with rows of theirs, one of all programmes of every import", "[list][S0-06]") {
  TestLedger ledger;
  const std::string coaches =
      "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,reviewed_on,review\n";
  for (const char* number : {"S1", "S2"}) ledger.staff(number);
  made(ledger.import("coaches", coaches + "iom-coaching,S1,icf-certification,,,,,,3,2023-01-01,2023-01-02,accepted\n"));
  made(ledger.import("coaches", coaches + "un-coaching,S2,icf-certification,,,,,,3,2023-01-01,2023-01-02,accepted\n"));
  made(ledger.import("coaches", coaches + "iom-coaching,S2,neither,,,,,,3,2023-01-01,2023-01-02,accepted\n"));  // refused
  made(ledger.import("participations", "staff_number,programme,sponsor,edition,sessions_done\nS1,elsewhere,CDT,2019,1\n"));
  const auto state = ledger.state();
  const auto vault = ledger.vault();
  const auto programmes = made(import_programmes(ledger.log(), state.end));
  const auto rows_for = [&](const std::string& programme) {
    const Looker reader(state, vault, Role::kAdministrator, programme);
    Desk desk(state, vault, reader.reader());
    return imports(state, programmes, desk).rows.size();
  };

  CHECK(rows_for("iom-coaching") == 2);
  CHECK(rows_for("un-coaching") == 1);
  CHECK(rows_for("iom-executive-coaching") == 0);
  CHECK(rows_for("") == 4);
}

}  // namespace daybook::test
