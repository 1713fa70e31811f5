// The access book as it is read: by whom it may be, and what each of them is told.
#include "projections/looks.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/looker.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

constexpr const char* kCycle = "iom-coaching/2024";

// Three looks at two people: one as administrator, one denied, one search that found nobody.
struct Book {
  Book() {
    ledger.seated("U1", kCycle);
    ledger.seated("U2", kCycle);
    state = ledger.state();
    vault.emplace(ledger.vault());
    look("show", {id("U1"), id("U2")}, "2024-03-01T10:00:00Z", false);
    look("explain", {id("U1")}, "2024-03-02T10:00:00Z", true);
    look("find", {}, "2024-03-03T10:00:00Z", false);
  }

  PersonId id(const std::string& name) const { return made(vault->person(name)).value(); }

  void look(const std::string& verb, const std::vector<PersonId>& whose, const std::string& at, bool denied) {
    Event event;
    event.envelope.stream = "access/looker";
    event.envelope.recorded_at = event.envelope.happened_at = *parse_instant(at);
    event.envelope.provenance = {PersonId{"id-of-looker"}, "administrator", PersonId{"id-of-machine"}, Channel::kCli, ""};
    RecordViewed viewed;
    viewed.verb = verb;
    for (const auto& subject : whose) viewed.subjects.push_back(subject.value);
    viewed.classes = {"contact", "registration"};
    viewed.programme = "iom-coaching";
    viewed.cycle = "2024";
    viewed.purpose = "why of " + verb;
    viewed.operator_name = "user@host";
    viewed.denied = denied;
    viewed.unit = "CDT";
    event.body = viewed;
    append_event(*access, ledger.keys, std::move(event), {{"M1", PersonId{"id-of-looker"}}});
  }

  Table told(const Reader* reader, const LookFilter& filter = {}) {
    Desk desk(state, *vault, reader);
    const Vault names(*access, ledger.keys);
    auto table = made(looks(*access, names, filter, desk));
    subjects = desk.subjects();
    return table;
  }

  TestLedger ledger;
  State state;
  std::optional<Vault> vault;
  std::unique_ptr<EventLog> access = make_memory_log();
  std::set<PersonId> subjects;  // of the newest reading
};

std::string cell(const Table& table, size_t row, std::string_view column) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == column) return table.rows.at(row).at(i);
  }
  return "no such column";
}

Reader as_themselves(const Book& book, const std::string& number, const SeeTable& table, const DeskTables& tables) {
  return {book.id(number), Role::kClient, *parse_instant("2024-06-01T12:00:00Z"), &book.state, &table, &tables};
}

}  // namespace

TEST_CASE("a compliance officer reads who looked, in which role, why and through whom", "[looks][S0-06]") {
  Book book;
  const Looker officer(book.state, *book.vault, Role::kComplianceOfficer);

  const auto table = book.told(officer.reader());

  REQUIRE(table.rows.size() == 3);
  CHECK(cell(table, 0, "actor_name") == "M1");
  CHECK(cell(table, 0, "role") == "administrator");
  CHECK(cell(table, 0, "unit") == "CDT");
  CHECK(cell(table, 0, "purpose") == "why of show");
  CHECK(cell(table, 0, "through") == "user@host");
  CHECK(cell(table, 0, "subjects") == book.id("U1").value + ";" + book.id("U2").value);
  CHECK(cell(table, 1, "answer") == "denied");
  CHECK(cell(table, 2, "subjects").empty());
  CHECK(book.subjects == std::set<PersonId>{book.id("U1"), book.id("U2")});
}

TEST_CASE("a person is told of looks at their own record, and not who looked or at whom else", "[looks][C3]") {
  Book book;
  const auto see = shipped_see_table();
  const auto tables = made(DeskTables::build(book.state, *book.vault));
  const auto reader = as_themselves(book, "U2", see, tables);

  const auto table = book.told(&reader);

  REQUIRE(table.rows.size() == 1);
  CHECK(cell(table, 0, "asked_for") == "show");
  CHECK(cell(table, 0, "role") == "administrator");
  CHECK(cell(table, 0, "unit") == "CDT");
  CHECK(cell(table, 0, "purpose") == "why of show");
  CHECK(cell(table, 0, "at") == "2024-03-01T10:00:00Z");
  for (const auto* column : {"actor", "actor_name", "through"}) CHECK(cell(table, 0, column).empty());
  CHECK(cell(table, 0, "subjects") == book.id("U2").value);
}

TEST_CASE("nobody else reads the access book", "[looks][S0-06]") {
  Book book;

  for (const auto role : {Role::kAdministrator, Role::kAuditor, Role::kSponsor, Role::kLineManager, Role::kSupervisionLead}) {
    const Looker other(book.state, *book.vault, role);
    INFO(role_name(role));
    CHECK(book.told(other.reader()).rows.empty());
    CHECK(book.subjects.empty());
  }
}

TEST_CASE("who asks for looks at somebody out of reach asks about them in vain; where there are none, about nobody", "[looks][S0-06]") {
  Book book;
  const Looker auditor(book.state, *book.vault, Role::kAuditor);
  const Vault names(*book.access, book.ledger.keys);
  LookFilter about;
  Desk of_u1(book.state, *book.vault, auditor.reader()), of_nobody(book.state, *book.vault, auditor.reader());

  about.about = book.id("U1");
  CHECK(made(looks(*book.access, names, about, of_u1)).rows.empty());
  about.about = PersonId{"nobody"};
  CHECK(made(looks(*book.access, names, about, of_nobody)).rows.empty());

  CHECK(of_u1.withheld() == std::set<PersonId>{book.id("U1")});
  CHECK(of_nobody.withheld().empty());
}

TEST_CASE("a compliance officer of another programme reads none of it", "[looks][S0-06]") {
  Book book;
  const Looker officer(book.state, *book.vault, Role::kComplianceOfficer, "un-coaching");

  CHECK(book.told(officer.reader()).rows.empty());
}

TEST_CASE("looks are found by person, by who looked and by time, the end not included", "[looks]") {
  Book book;
  const Looker officer(book.state, *book.vault, Role::kComplianceOfficer);
  LookFilter about, by, then, nobody;
  about.about = book.id("U1");
  by.by = PersonId{"id-of-looker"};
  then.since = parse_instant("2024-03-02T10:00:00Z");
  then.until = parse_instant("2024-03-03T10:00:00Z");
  nobody.by = PersonId{"somebody else"};

  CHECK(book.told(officer.reader(), about).rows.size() == 2);
  CHECK(book.subjects == std::set<PersonId>{book.id("U1")});
  CHECK(book.told(officer.reader(), by).rows.size() == 3);
  CHECK(book.told(officer.reader(), then).rows.size() == 1);
  CHECK(book.told(officer.reader(), nobody).rows.empty());
}

}  // namespace daybook::test
