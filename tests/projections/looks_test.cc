// The access book as it is read: by whom it may be, and what each of them is told.
#include "projections/looks.h"

#include <algorithm>
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

  // The rows of all pages, of another size each.
  std::vector<std::vector<std::string>> paged(const Reader* reader, LookFilter filter) {
    const Vault names(*access, ledger.keys);
    std::vector<std::vector<std::string>> rows;
    for (filter.limit = 1;; filter.limit = filter.limit * 3 % 100 + 1) {
      Desk desk(state, *vault, reader);
      auto page = made(look_page(*access, names, filter, desk));
      for (auto& row : page.table.rows) rows.push_back(std::move(row));
      if (!page.next) return rows;
      filter.from = Position{page.next->value + 1};
    }
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

TEST_CASE("looks of a time and of somebody are those of the whole book, whatever is left out and on pages of any size", "[looks]") {
  Book book;
  for (int i = 0; i < 600; ++i) {
    const int day = 4 + i / 35;
    const auto at = std::string(day < 10 ? "2024-03-0" : "2024-03-") + std::to_string(day) + "T10:00:00Z";
    book.look("show", i % 7 == 0 ? std::vector<PersonId>{book.id("U1")} : std::vector<PersonId>{}, at, false);
  }
  const Looker officer(book.state, *book.vault, Role::kComplianceOfficer);
  const auto whole = book.told(officer.reader()).rows;

  for (const std::string since : {"", "2024-03-01T10:00:00Z", "2024-03-05T10:00:00Z", "2024-03-05T10:00:01Z", "2025-01-01T00:00:00Z"}) {
    for (const std::string until : {"", "2024-03-01T10:00:00Z", "2024-03-12T10:00:00Z", "2024-03-12T10:00:01Z"}) {
      for (const auto& about : {std::string(), book.id("U1").value, book.id("U2").value, std::string("nobody")}) {
        CAPTURE(since, until, about);
        LookFilter filter;
        if (!since.empty()) filter.since = parse_instant(since);
        if (!until.empty()) filter.until = parse_instant(until);
        if (!about.empty()) filter.about = PersonId{about};
        auto wanted = whole;
        std::erase_if(wanted, [&](const auto& row) {
          const bool before = !since.empty() && row[1] < since, after = !until.empty() && row[1] >= until;
          return before || after || row[10].find(about) == std::string::npos;
        });
        const auto told = book.told(officer.reader(), filter).rows;
        CHECK(told.size() == wanted.size());
        for (size_t i = 0; i < std::min(told.size(), wanted.size()); ++i) CHECK(told[i][0] == wanted[i][0]);
        CHECK(book.paged(officer.reader(), filter) == told);
      }
    }
  }
}

}  // namespace daybook::test
