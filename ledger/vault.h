// The vault: where confidential values stand, beside the log and in the same batches, sealed with the keys of those whose
// they are. FORMAT.md has its rows. What it gives was held against the log: a value that does not fit its commitment, or is
// gone although nothing says that it was erased, is damage and not an answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/codec.h"
#include "ledger/event_log.h"
#include "ledger/owner_keys.h"

namespace daybook {

// The keys of one book's vault. The first three are derived from the base key of the ledger's ring: without it, no staff number leads
// to a person. The others are random, and can be destroyed.
struct VaultKeys {
  Hash index{};        // staff number, address or other name -> person
  Hash fingerprint{};  // a spreadsheet row's cells -> what became of it
  Hash views{};        // seals the snapshots of views
  std::shared_ptr<OwnerKeys> owners;

  // The same for a rehearsal, whose new keys nobody keeps.
  VaultKeys apart() const;
};
// `scope`: the ledger's id and the book.
VaultKeys derive_vault_keys(const KeyRing& ring, const std::string& scope);
// Of a ledger in memory.
VaultKeys derive_vault_keys(const Hash& root_key);

// What became of a spreadsheet row.
struct RowOutcome {
  Position at;
  std::string refusal;  // empty: recorded
  Day erased_until{};   // not 1970-01-01: it was about somebody who was erased; until then, inclusive, it is known, and refused
  bool of_erased() const { return erased_until != Day{}; }
  bool is_tombstone() const { return of_erased() && at == Position{}; }  // and it did not come again yet
};

class Vault {
 public:
  // All are borrowed and must outlive this.
  Vault(const EventLog& log, const VaultKeys& keys) : Vault(log, log.vault(), keys) {}
  // With rows as they will be when the next batch is written. The events of that batch cannot be asked about.
  Vault(const EventLog& log, const VaultRows& rows, const VaultKeys& keys) : log_(log), rows_(rows), keys_(keys) {}

  // The values of one class of one event; nullopt where there are none, or where they were erased, be it while they were read.
  Result<std::optional<SealedRecord>> record(Position event, FieldClass field_class) const;

  // The same for an event that was read already, and the row that stands for it.
  Result<std::optional<SealedRecord>> open(const Event& event, const Commitments& commitments, FieldClass field_class, std::string_view row) const;

  // The same checks, and how many values there are: for who wants none of them.
  Result<size_t> check(const Event& event, const Commitments& commitments, FieldClass field_class, std::string_view row) const;

  // Whose a row of `records_of` is; kCorrupt if it has no such form.
  static Result<std::string> owner_of(std::string_view row);

  // All rows of the events of one bundle: positions [256 * bundle, 256 * (bundle + 1)). Calls `record` for each, in order
  // of position and class.
  Result<void> records_of(uint64_t bundle, const std::function<void(Position, FieldClass, std::string_view row)>& record) const;

  // Every sealed record, with its key, until `record` returns false; and every outcome of a row.
  Result<void> all_records(const std::function<bool(std::string_view key, std::string_view row)>& record) const;
  Result<void> all_outcomes(const std::function<void(const Hash& fingerprint, const RowOutcome&)>& outcome) const;

  // Who goes by this name (a staff number, an address, or what else an actor is called); nullopt if nobody does.
  Result<std::optional<PersonId>> person(std::string_view name) const;
  Result<std::optional<std::string>> name(const PersonId& person) const;

  Result<std::optional<RowOutcome>> outcome(const Hash& fingerprint) const;

  // Until which day the sponsor knows that somebody with this staff number, who was erased since, was engaged with it;
  // nullopt if it does not.
  Result<std::optional<Day>> engagement(const std::string& sponsor, std::string_view staff_number) const;

  // The rows, to be taken out, by which somebody who was erased was to be known until a day before `today`.
  Result<std::vector<VaultRow>> outlived(Day today) const;

  // The rows that make the answers above, added to `out`; with the key of an owner who had none. Of an owner whose key was
  // destroyed nothing is kept.
  Result<void> add_record(const Event& event, FieldClass field_class, const SealedRecord& record, Randomness& randomness,
                          std::vector<VaultRow>& out) const;
  Result<void> add_name(const PersonId& person, std::string_view name, Randomness& randomness, std::vector<VaultRow>& out) const;
  Result<void> add_engagement(const std::string& sponsor, std::string_view staff_number, Day until, Randomness& randomness,
                              std::vector<VaultRow>& out) const;
  VaultRow person_row(std::string_view name, const PersonId& person) const;
  static bool is_person_key(std::string_view key);  // of such a row
  // Under which such a row's key stands from somebody's erasure until the access book was gone through; and those that stand, by person.
  static std::string parting_key(std::string_view person_key);
  Result<std::map<PersonId, std::set<std::string>>> partings() const;
  static std::string address_name(std::string_view address);  // what an e-mail address is found by, in any case
  static std::string record_key(Position event, FieldClass field_class);
  static std::string name_key(const PersonId& person);
  static VaultRow asked_row(std::string_view idempotency_key, const Hash& keyed_digest);  // what a key was used for
  static VaultRow outcome_row(const Hash& fingerprint, const RowOutcome& outcome);

  OwnerKeys& owners() const { return *keys_.owners; }
  const VaultRows& rows() const { return rows_; }

 private:
  static std::string engagement_key(const Hash& sponsor_key, std::string_view staff_number);
  Result<std::optional<SealedRecord>> record_of(Position at, FieldClass field_class, const std::optional<std::string>& row) const;
  Result<std::string> opened_name(const PersonId& person, std::string_view sealed) const;
  Result<std::string> unsealed(const Event& event, FieldClass field_class, std::string_view row) const;
  Result<std::optional<SealedRecord>> absent(const Event& event, const Commitments& commitments, FieldClass field_class) const;
  Result<bool> is_destroyed(const std::string& owner) const;
  Result<bool> cohort_is_destroyed(Position event) const;

  const EventLog& log_;
  const VaultRows& rows_;
  const VaultKeys& keys_;
};

// Whose the fields of a class are in an event; FieldOwner::kNobody if it has none of that class.
FieldOwner owner_of(const Event& event, FieldClass field_class);

}  // namespace daybook
