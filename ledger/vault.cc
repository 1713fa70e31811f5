#include "ledger/vault.h"

#include "ledger/big_endian.h"

namespace daybook {
namespace {

constexpr char kRecord = 'r', kPerson = 'i', kName = 'n', kOutcome = 'f', kAsked = 'q';  // on disk: never change

std::string key(char table, std::string_view rest) { return std::string(1, table).append(rest); }

std::string record_key(Position event, FieldClass field_class) { return key(kRecord, big_endian(event.value)) + static_cast<char>(field_class); }

}  // namespace

VaultKeys derive_vault_keys(const Hash& root_key) {
  return {hmac_sha256(root_key, {as_bytes("daybook vault index 1")}), hmac_sha256(root_key, {as_bytes("daybook vault fingerprint 1")}),
          hmac_sha256(root_key, {as_bytes("daybook views 1")})};
}

Result<std::optional<SealedRecord>> Vault::record(Position event, FieldClass field_class) const {
  DAYBOOK_TRY(const auto bytes, rows_.get(record_key(event, field_class)));
  if (!bytes) return std::nullopt;
  DAYBOOK_TRY(auto record, decode_record(as_bytes(*bytes)));
  return std::optional(std::move(record));
}

Result<void> Vault::records_of(uint64_t bundle, const std::function<void(Position, FieldClass, std::string_view)>& record) const {
  const auto prefix = key(kRecord, big_endian(bundle * kTileWidth).substr(0, 7));  // a bundle's positions differ in the last byte alone
  return rows_.scan(prefix, [&](std::string_view row_key, std::string_view bytes) {
    record(Position{from_big_endian(row_key.substr(1, 8))}, static_cast<FieldClass>(row_key.back()), bytes);
    return true;
  });
}

Result<std::optional<PersonId>> Vault::person(std::string_view name) const {
  DAYBOOK_TRY(auto id, rows_.get(person_row(name, {}).key));
  if (!id) return std::nullopt;
  return std::optional(PersonId{std::move(*id)});
}

Result<std::optional<std::string>> Vault::name(const PersonId& person) const { return rows_.get(name_row(person, {}).key); }

Result<std::optional<RowOutcome>> Vault::outcome(const Hash& fingerprint) const {
  DAYBOOK_TRY(const auto bytes, rows_.get(key(kOutcome, as_text(fingerprint))));
  if (!bytes) return std::nullopt;
  if (bytes->size() < 8) return Error{Fault::kCorrupt, "row fingerprint: found fewer than 8 bytes"};
  RowOutcome outcome;
  outcome.at.value = from_big_endian(std::string_view(*bytes).substr(0, 8));
  outcome.refusal = bytes->substr(8);
  return std::optional(std::move(outcome));
}

VaultRow Vault::record_row(Position event, FieldClass field_class, const SealedRecord& record) {
  return {record_key(event, field_class), encode_record(record)};
}
VaultRow Vault::person_row(std::string_view name, const PersonId& person) const {
  return {key(kPerson, as_text(hmac_sha256(keys_.index, {as_bytes(name)}))), person.value};
}
VaultRow Vault::name_row(const PersonId& person, std::string_view name) { return {key(kName, person.value), std::string(name)}; }
VaultRow Vault::asked_row(std::string_view idempotency_key, const Hash& keyed_digest) {
  return {key(kAsked, idempotency_key), std::string(as_text(keyed_digest))};
}
VaultRow Vault::outcome_row(const Hash& fingerprint, const RowOutcome& outcome) {
  return {key(kOutcome, as_text(fingerprint)), big_endian(outcome.at.value) + outcome.refusal};
}

}  // namespace daybook
