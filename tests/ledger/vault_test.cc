// The vault: rows that come back, keys that tell nothing, damage that is said.
#include "ledger/vault.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

struct Kept {
  VaultKeys keys = derive_vault_keys(Hash{1});
  std::unique_ptr<EventLog> log = make_memory_log();
  Vault vault{log->vault(), keys};

  void put(std::vector<VaultRow> rows) {
    Batch batch;
    batch.entries = {"entry"};
    batch.vault = std::move(rows);
    REQUIRE(log->append(batch).has_value());
  }
};

SealedRecord a_record(const std::string& value) {
  SealedRecord record;
  record.owner = "person/abc";
  record.seed.fill(7);
  record.values = {{2, value}, {5, ""}};
  return record;
}

}  // namespace

TEST_CASE("a record is found by its event and class, and by no other", "[vault]") {
  Kept kept;
  const Position high{0x0102030405060708};
  kept.put({Vault::record_row(Position{0}, FieldClass::kContact, a_record("zero")),
            Vault::record_row(Position{256}, FieldClass::kContact, a_record("one")),
            Vault::record_row(Position{256}, FieldClass::kStaff, a_record("two")), Vault::record_row(high, FieldClass::kPurpose, a_record("three"))});
  const auto value = [&](Position at, FieldClass field_class) -> std::string {
    const auto record = kept.vault.record(at, field_class).value();
    return record ? *record->find(2) : "(none)";
  };

  CHECK(value(Position{0}, FieldClass::kContact) == "zero");
  CHECK(value(Position{256}, FieldClass::kContact) == "one");
  CHECK(value(Position{256}, FieldClass::kStaff) == "two");
  CHECK(value(high, FieldClass::kPurpose) == "three");
  CHECK(value(Position{1}, FieldClass::kContact) == "(none)");
  CHECK(value(Position{0}, FieldClass::kStaff) == "(none)");
  CHECK(kept.vault.record(Position{256}, FieldClass::kStaff).value()->owner == "person/abc");
  CHECK(to_hex(kept.vault.record(Position{256}, FieldClass::kStaff).value()->seed) == to_hex(a_record("").seed));
}

TEST_CASE("a person is found by name and a name by person", "[vault]") {
  Kept kept;
  const PersonId person{"0123456789abcdefghjkmnpqrs"};
  kept.put({kept.vault.person_row("U000148", person), Vault::name_row(person, "U000148")});

  CHECK(kept.vault.person("U000148").value() == person);
  CHECK(kept.vault.name(person).value() == "U000148");
  CHECK(kept.vault.person("U00014").value() == std::nullopt);
  CHECK(kept.vault.person("u000148").value() == std::nullopt);
  CHECK(kept.vault.person("").value() == std::nullopt);
  CHECK(kept.vault.name(PersonId{"0123456789abcdefghjkmnpqrt"}).value() == std::nullopt);
}

TEST_CASE("without the root key no staff number leads to a person", "[vault][S0-06]") {
  Kept kept;
  const PersonId person{"0123456789abcdefghjkmnpqrs"};
  const VaultRow row = kept.vault.person_row("U000148", person);
  kept.put({row});

  const VaultKeys others = derive_vault_keys(Hash{2});

  CHECK(row.key.find("U000148") == std::string::npos);
  CHECK(row.key.find(std::string(as_text(sha256({as_bytes("U000148")})).substr(0, 16))) == std::string::npos);
  CHECK(Vault(kept.log->vault(), others).person("U000148").value() == std::nullopt);
}

TEST_CASE("keys are derived apart from each other and from another root", "[vault]") {
  const VaultKeys keys = derive_vault_keys(Hash{1}), again = derive_vault_keys(Hash{1}), others = derive_vault_keys(Hash{2});

  CHECK(to_hex(keys.index) == to_hex(again.index));
  CHECK(to_hex(keys.fingerprint) == to_hex(again.fingerprint));
  CHECK(to_hex(keys.index) != to_hex(keys.fingerprint));
  CHECK(to_hex(keys.index) != to_hex(Hash{1}));
  CHECK(to_hex(keys.fingerprint) != to_hex(Hash{1}));
  CHECK(to_hex(keys.index) != to_hex(others.index));
  CHECK(to_hex(keys.fingerprint) != to_hex(others.fingerprint));
}

TEST_CASE("what became of a row is found by its fingerprint", "[vault]") {
  Kept kept;
  kept.put({Vault::outcome_row(Hash{1}, {Position{UINT64_MAX - 1}, ""}), Vault::outcome_row(Hash{2}, {Position{0}, "coach-full"})});

  const auto recorded = kept.vault.outcome(Hash{1}).value(), refused = kept.vault.outcome(Hash{2}).value();

  REQUIRE(recorded.has_value());
  CHECK(recorded->at == Position{UINT64_MAX - 1});
  CHECK(recorded->refusal == "");
  REQUIRE(refused.has_value());
  CHECK(refused->at == Position{0});
  CHECK(refused->refusal == "coach-full");
  CHECK(kept.vault.outcome(Hash{3}).value() == std::nullopt);
}

TEST_CASE("a damaged row of the vault is an error, not an answer", "[vault]") {
  Kept kept;
  VaultRow record = Vault::record_row(Position{1}, FieldClass::kContact, a_record("value")), outcome = Vault::outcome_row(Hash{1}, {Position{9}, ""});
  record.value = record.value->substr(0, record.value->size() / 2);
  outcome.value = outcome.value->substr(0, outcome.value->size() / 2);
  kept.put({record, outcome});

  const auto a = kept.vault.record(Position{1}, FieldClass::kContact);
  const auto b = kept.vault.outcome(Hash{1});

  REQUIRE(a.has_error());
  CHECK(a.error().fault == Fault::kCorrupt);
  REQUIRE(b.has_error());
  CHECK(b.error().fault == Fault::kCorrupt);
}

TEST_CASE("the rows of a ledger hold a person's values, its log none of them", "[vault][S0-06]") {
  TestLedger ledger;
  auto values = staff_of("U7777777");
  values.name = "Marker Name";
  values.supervisor = "U6666666";
  ledger.staff(values);
  const auto person = ledger.vault().person("U7777777").value();

  std::string log;
  REQUIRE(ledger.log()
              .read(Position{0}, ledger.log().end(),
                    [&](Position, Bytes entry) {
                      log += as_text(entry);
                      return true;
                    })
              .has_value());

  REQUIRE(person.has_value());
  CHECK(log.find(person->value) != std::string::npos);
  for (const auto* secret : {"U7777777", "Marker Name", "U6666666", "@staff.example", "test@host"}) {
    INFO(secret);
    CHECK(log.find(secret) == std::string::npos);
  }
}

}  // namespace daybook::test
