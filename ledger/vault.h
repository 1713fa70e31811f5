// The vault: where confidential values stand, beside the log and in the same batches. FORMAT.md has the keys.
// Records are not encrypted yet; nothing outside this file knows that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ledger/codec.h"
#include "ledger/event_log.h"

namespace daybook {

// Keys that are derived from the ledger's root key. Without it, no staff number leads to a person.
struct VaultKeys {
  Hash index{};        // staff number or other name -> person
  Hash fingerprint{};  // a spreadsheet row's cells -> what became of it
  Hash views{};        // seals the snapshots of views
};
VaultKeys derive_vault_keys(const Hash& root_key);

// What became of a spreadsheet row.
struct RowOutcome {
  Position at;
  std::string refusal;  // empty: recorded
};

class Vault {
 public:
  // Both are borrowed and must outlive this.
  Vault(const VaultRows& rows, const VaultKeys& keys) : rows_(rows), keys_(keys) {}

  // The values of one class of one event; nullopt where there are none, or no more.
  Result<std::optional<SealedRecord>> record(Position event, FieldClass field_class) const;

  // All records of the events of one bundle: positions [256 * bundle, 256 * (bundle + 1)). Calls `record` for each, in
  // order of position and class.
  Result<void> records_of(uint64_t bundle, const std::function<void(Position, FieldClass, std::string_view bytes)>& record) const;

  // Who goes by this name (a staff number, or what else an actor is called); nullopt if nobody does.
  Result<std::optional<PersonId>> person(std::string_view name) const;
  Result<std::optional<std::string>> name(const PersonId& person) const;

  Result<std::optional<RowOutcome>> outcome(const Hash& fingerprint) const;

  // The rows that make the answers above.
  static VaultRow record_row(Position event, FieldClass field_class, const SealedRecord& record);
  VaultRow person_row(std::string_view name, const PersonId& person) const;
  static VaultRow name_row(const PersonId& person, std::string_view name);
  static VaultRow asked_row(std::string_view idempotency_key, const Hash& keyed_digest);  // what a key was used for
  static VaultRow outcome_row(const Hash& fingerprint, const RowOutcome& outcome);

 private:
  const VaultRows& rows_;
  const VaultKeys& keys_;
};

}  // namespace daybook
