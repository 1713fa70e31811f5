// The vault: rows that come back, keys that tell nothing, and every way of putting a false value into it that somebody
// without the keys, or with them, may try.
#include "ledger/vault.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>

#include "ledger/replay.h"
#include "tests/support/made.h"
#include "tests/support/rows_in_memory.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// Two people with a record each, S1 with two; and the vault's rows in the test's hands.
struct Kept {
  Kept() {
    for (const auto* number : {"S1", "S2", "S1"}) {
      auto values = staff_of(number);
      values.name = "Name of " + values.staff_number + " at " + std::to_string(ledger.log().end().value);
      ledger.staff(values);
      at.push_back(Position{ledger.log().end().value - 1});
    }
    rows = RowsInMemory(ledger.log().vault());
  }
  std::string key(size_t n, FieldClass field_class = FieldClass::kContact) const { return Vault::record_key(at[n], field_class); }
  Event event(size_t n) {
    std::optional<Event> found;
    fine(read_events(ledger.log(), at[n], Position{at[n].value + 1}, [&](const Event& read) { return found = read, true; }));
    return *found;
  }

  TestLedger ledger;
  std::vector<Position> at;
  RowsInMemory rows;
  Vault vault{ledger.log(), rows, ledger.keys};
};

std::string value_of(const Vault& vault, Position at, FieldClass field_class, uint16_t field) {
  const auto record = made(vault.record(at, field_class));
  const auto* value = record ? record->find(field) : nullptr;
  return value ? *value : "(none)";
}

}  // namespace

TEST_CASE("a record is found by its event and class, and by no other", "[vault]") {
  Kept kept;

  CHECK(value_of(kept.vault, kept.at[0], FieldClass::kContact, 0) == "S1");
  CHECK(value_of(kept.vault, kept.at[1], FieldClass::kContact, 0) == "S2");
  CHECK(value_of(kept.vault, kept.at[0], FieldClass::kStaff, 11) == "fixed-term");
  CHECK_FALSE(made(kept.vault.record(kept.at[0], FieldClass::kFeedback)).has_value());
  CHECK_FALSE(made(kept.vault.record(Position{1'000'000}, FieldClass::kContact)).has_value());
}

TEST_CASE("no row of the vault holds a value, a name or a key in clear", "[vault][C3]") {
  Kept kept;
  for (const auto& [key, row] : kept.rows.all) {
    for (const auto* value : {"S1", "S2", "Name of", "fixed-term", "@staff.example", "test@host"}) {
      INFO(value);
      CHECK(key.find(value) == std::string::npos);
      CHECK(row.find(value) == std::string::npos);
    }
  }
}

TEST_CASE("two records that are exchanged are refused, by whatever hand", "[vault][S0-06]") {
  Kept kept;
  std::swap(kept.rows.all[kept.key(0)], kept.rows.all[kept.key(1)]);

  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kContact)), "found values of person/"));
  CHECK(says(corrupt(kept.vault.record(kept.at[1], FieldClass::kContact)), "found values of person/"));
}

TEST_CASE("an older record of the same person is refused in a newer one's place", "[vault][S0-06]") {
  Kept kept;
  kept.rows.all[kept.key(2)] = kept.rows.all[kept.key(0)];

  CHECK(says(corrupt(kept.vault.record(kept.at[2], FieldClass::kContact)), "not sealed for this event"));
}

TEST_CASE("a record of another class of the same event is refused", "[vault][S0-06]") {
  Kept kept;
  kept.rows.all[kept.key(0)] = kept.rows.all[kept.key(0, FieldClass::kStaff)];

  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kContact)), "not sealed for this event"));
}

TEST_CASE("a record is refused under another owner's key", "[vault][S0-06]") {
  Kept kept;
  const auto one = "person/" + kept.event(0).envelope.subject.value, other = "person/" + kept.event(1).envelope.subject.value;
  std::swap(kept.rows.all[OwnerKeys::row_key(one)], kept.rows.all[OwnerKeys::row_key(other)]);
  kept.ledger.keys.owners->forget_all();

  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kContact)), "key of " + one + ": found another key"));
}

TEST_CASE("a record sealed for its place by somebody with the keys is held against what the log commits to", "[vault][S0-06]") {
  Kept kept;
  auto record = made(kept.vault.record(kept.at[0], FieldClass::kContact)).value();
  SeededRandomness randomness(5);
  std::vector<VaultRow> rows;
  const auto forge = [&](const SealedRecord& forged) {
    rows.clear();
    fine(kept.vault.add_record(kept.event(0), FieldClass::kContact, forged, randomness, rows));
    kept.rows.put(rows);
    return corrupt(kept.vault.record(kept.at[0], FieldClass::kContact));
  };
  auto changed = record, fewer = record, more = record, reseeded = record;
  changed.values[1].second += "x";
  fewer.values.pop_back();
  more.values.emplace_back(200, "never committed to");
  reseeded.seed[31] ^= 1;

  CHECK(says(forge(changed), "does not fit its commitment"));
  CHECK(says(forge(fewer), "found 2 values, want 3"));
  CHECK(says(forge(more), "does not commit to"));
  CHECK(says(forge(reseeded), "does not fit its commitment"));
}

TEST_CASE("a record that is missing is damage, unless its owner's key was destroyed", "[vault][C3]") {
  Kept kept;
  kept.rows.all.erase(kept.key(0));
  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kContact)), "nothing that says they were erased"));

  kept.rows.put({OwnerKeys::destroyed_row("person/" + kept.event(0).envelope.subject.value, Position{99})});
  kept.ledger.keys.owners->forget_all();

  CHECK_FALSE(made(kept.vault.record(kept.at[0], FieldClass::kContact)).has_value());
  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kStaff)), "who was erased"));  // this one should have gone too
}

TEST_CASE("a key that is gone without a trace is damage", "[vault][C3]") {
  Kept kept;
  const auto owner = "person/" + kept.event(1).envelope.subject.value;
  kept.rows.all.erase(OwnerKeys::row_key(owner));
  kept.ledger.keys.owners->forget_all();

  CHECK(says(corrupt(kept.vault.record(kept.at[1], FieldClass::kContact)), "nothing that says it was destroyed"));
}

TEST_CASE("any byte of a sealed record or a wrapped key changed is refused", "[vault][S0-06]") {
  Kept kept;
  for (const auto& key : {kept.key(1), OwnerKeys::row_key("person/" + kept.event(1).envelope.subject.value)}) {
    const auto whole = kept.rows.all[key];
    for (size_t i = 0; i < whole.size(); ++i) {
      kept.rows.all[key][i] = static_cast<char>(whole[i] ^ 0x10);
      kept.ledger.keys.owners->forget_all();
      REQUIRE(kept.vault.record(kept.at[1], FieldClass::kContact).has_error());
    }
    for (size_t size = 0; size < whole.size(); ++size) {
      kept.rows.all[key] = whole.substr(0, size);
      kept.ledger.keys.owners->forget_all();
      REQUIRE(kept.vault.record(kept.at[1], FieldClass::kContact).has_error());
    }
    kept.rows.all[key] = whole;
    kept.ledger.keys.owners->forget_all();
    REQUIRE(kept.vault.record(kept.at[1], FieldClass::kContact).has_value());
  }
}

TEST_CASE("a person is found by name and a name by person, and by the ledger's own keys only", "[vault][S0-06]") {
  Kept kept;
  const auto person = kept.event(0).envelope.subject;
  const auto others = derive_vault_keys(Hash{2});
  const Vault stranger(kept.ledger.log(), kept.rows, others);

  CHECK(made(kept.vault.person("S1")) == person);
  CHECK(made(kept.vault.name(person)) == "S1");
  CHECK(made(kept.vault.person("s1")) == std::nullopt);
  CHECK(made(kept.vault.name(PersonId{"nobody"})) == std::nullopt);
  CHECK(made(stranger.person("S1")) == std::nullopt);
  CHECK(says(corrupt(stranger.name(person)), "another key"));
}

TEST_CASE("a name that was moved to another person is refused", "[vault][S0-06]") {
  Kept kept;
  const auto one = kept.event(0).envelope.subject, other = kept.event(1).envelope.subject;
  kept.rows.all[Vault::name_key(one)] = kept.rows.all[Vault::name_key(other)];

  CHECK(says(corrupt(kept.vault.name(one)), "was not sealed for " + one.value));
}

namespace {

// Rows from which an erasure takes what it takes as soon as one of them was read.
class ErasedWhenRead final : public VaultRows {
 public:
  ErasedWhenRead(Kept& kept, std::string read, const std::string& owner) : kept_(kept), read_(std::move(read)), owner_(owner) {}
  Result<std::optional<std::string>> get(std::string_view key) const override {
    auto value = kept_.rows.get(key);
    if (key == read_ && !std::exchange(erased_, true)) {
      kept_.rows.put({{read_, std::nullopt}, OwnerKeys::destroyed_row(owner_, Position{99})});
      kept_.ledger.keys.owners->forget_all();
    }
    return value;
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return kept_.rows.scan(prefix, row);
  }

 private:
  Kept& kept_;
  const std::string read_, owner_;
  mutable bool erased_ = false;
};

}  // namespace

TEST_CASE("whoever is erased between the reading of a row and of its key is erased, not damaged", "[vault][C3]") {
  Kept kept;
  const auto person = kept.event(0).envelope.subject;
  const auto owner = "person/" + person.value;
  const ErasedWhenRead record_goes(kept, kept.key(0), owner), name_goes(kept, Vault::name_key(person), owner);

  SECTION("a record") {
    const Vault vault(kept.ledger.log(), record_goes, kept.ledger.keys);
    CHECK_FALSE(made(vault.record(kept.at[0], FieldClass::kContact)).has_value());
  }
  SECTION("a name") {
    const Vault vault(kept.ledger.log(), name_goes, kept.ledger.keys);
    CHECK_FALSE(made(vault.name(person)).has_value());
  }
  CHECK(says(corrupt(kept.vault.record(kept.at[0], FieldClass::kStaff)), "who was erased"));  // what stays with such a key is damage as before
}

TEST_CASE("of somebody whose key was destroyed nothing is kept any more", "[vault][C3]") {
  Kept kept;
  const auto person = kept.event(0).envelope.subject;
  const auto record = made(kept.vault.record(kept.at[0], FieldClass::kContact)).value();
  kept.rows.put({OwnerKeys::destroyed_row("person/" + person.value, Position{99})});
  kept.ledger.keys.owners->forget_all();
  SeededRandomness randomness(5);

  std::vector<VaultRow> rows;
  fine(kept.vault.add_record(kept.event(0), FieldClass::kContact, record, randomness, rows));
  fine(kept.vault.add_name(person, "S1", randomness, rows));

  CHECK(rows.empty());
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
  const Day until{std::chrono::days{20'000}};
  kept.rows.put({Vault::outcome_row(Hash{1}, {Position{UINT64_MAX - 1}, "", {}}), Vault::outcome_row(Hash{2}, {Position{0}, "coach-full", {}}),
                 Vault::outcome_row(Hash{4}, {Position{7}, "erased", until})});

  const auto recorded = made(kept.vault.outcome(Hash{1})), refused = made(kept.vault.outcome(Hash{2})), erased = made(kept.vault.outcome(Hash{4}));

  CHECK((recorded->at == Position{UINT64_MAX - 1} && recorded->refusal.empty() && !recorded->of_erased()));
  CHECK((refused->at == Position{0} && refused->refusal == "coach-full" && !refused->of_erased()));
  CHECK((erased->at == Position{7} && erased->refusal == "erased" && erased->erased_until == until));
  CHECK_FALSE(made(kept.vault.outcome(Hash{3})).has_value());
}

TEST_CASE("a damaged outcome of a row is an error, not an answer", "[vault]") {
  Kept kept;
  auto row = Vault::outcome_row(Hash{1}, {Position{9}, "", {}});
  row.value = row.value->substr(0, 4);
  kept.rows.put({row});

  CHECK(says(corrupt(kept.vault.outcome(Hash{1})), "fewer than 8 bytes"));
}

TEST_CASE("the rows of a ledger hold a person's values, its log none of them", "[vault][S0-06]") {
  TestLedger ledger;
  auto values = staff_of("U7777777");
  values.name = "Marker Name";
  values.supervisor = "U6666666";
  ledger.staff(values);
  const auto person = made(ledger.vault().person("U7777777"));

  std::string log;
  fine(ledger.log().read(Position{0}, ledger.log().end(), [&](Position, Bytes entry) { return log += as_text(entry), true; }));

  REQUIRE(person.has_value());
  CHECK(log.find(person->value) != std::string::npos);
  for (const auto* secret : {"U7777777", "Marker Name", "U6666666", "@staff.example", "test@host"}) {
    INFO(secret);
    CHECK(log.find(secret) == std::string::npos);
  }
}

}  // namespace daybook::test
