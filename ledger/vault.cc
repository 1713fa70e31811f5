#include "ledger/vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "ledger/big_endian.h"
#include "ledger/labels.h"

namespace daybook {
namespace {

constexpr char kRecord = 'r', kPerson = 'i', kName = 'n', kOutcome = 'f', kAsked = 'q', kOwner = 'w', kEngaged = 'p',
               kParting = 'a';                                // on disk: never change
constexpr uint64_t kNamePurpose = 0, kEngagedPurpose = 1000;  // of a key derived from an owner's; a class's own number is that of its records

std::string key(char table, std::string_view rest) { return std::string(1, table).append(rest); }

// What the seal of a record is bound to, beside the key of its owner.
std::string bound_to(const std::string& scope, const Event& event, FieldClass field_class, std::string_view owner) {
  std::string bound;
  bound.reserve(96 + scope.size() + owner.size());
  bound.append("daybook record 1\n").append(scope).append("\n");
  append_big_endian(bound, event.envelope.position.value);
  append_big_endian(bound, event.body.index(), 2);
  bound += static_cast<char>(field_class);
  return bound.append(event.envelope.event_id).append(owner);
}

std::string name_bound_to(const std::string& scope, const PersonId& person) { return "daybook name 1\n" + scope + "\n" + person.value; }

Error damaged(Position at, FieldClass field_class, std::string_view found) {
  return {Fault::kCorrupt, fmt::format("position {}: found {} in the vault, class {}", at.value, found, class_name(field_class))};
}

std::string bytes_of(Day day) { return big_endian(static_cast<uint64_t>(day.time_since_epoch().count())); }
Day day_of(std::string_view bytes) { return Day{std::chrono::days{from_big_endian(bytes)}}; }

Result<RowOutcome> read_outcome(std::string_view row) {
  if (row.size() < 8) return Error{Fault::kCorrupt, "row fingerprint: found fewer than 8 bytes"};
  RowOutcome outcome;
  outcome.at.value = from_big_endian(row.substr(0, 8));
  const auto line = row.find('\n', 8);
  outcome.refusal = row.substr(8, line - 8);
  if (line == std::string_view::npos) return outcome;
  if (row.size() != line + 9) return Error{Fault::kCorrupt, "row fingerprint: found another form"};
  outcome.erased_until = day_of(row.substr(line + 1));
  return outcome;
}

// The numbers of a kind's fields of one class; of an item of a list, the list's stands for it.
std::bitset<256> fields_of(const Event& event, FieldClass field_class) {
  std::bitset<256> numbers;
  for (const auto& info : kind_of(event.body).fields) {
    if (info.field_class == field_class) numbers.set(info.number);
  }
  return numbers;
}

// Every value fits its commitment, and every commitment of the class has its value. Gives how many there are.
Result<size_t> check_values(const Event& event, const Commitments& commitments, FieldClass field_class, Bytes plain) {
  const auto at = event.envelope.position;
  RecordReader value(plain);
  const Committer commit(value.seed());
  const auto fields = fields_of(event, field_class);
  size_t found = 0;
  for (; value.next(); ++found) {
    const auto field = value.field();
    const auto it = std::lower_bound(commitments.begin(), commitments.end(), std::pair(field, Hash{}));
    if (it == commitments.end() || it->first != field || !fields.test(field % 256))
      return damaged(at, field_class, fmt::format("a value for field {} that the log does not commit to", field));
    if (it->second != commit(field, value.text()))
      return damaged(at, field_class, fmt::format("a value for field {} that does not fit its commitment", field));
  }
  if (value.broken()) return damaged(at, field_class, "values that are not readable");
  const auto want = std::count_if(commitments.begin(), commitments.end(), [&](const auto& c) { return fields.test(c.first % 256); });
  if (static_cast<size_t>(want) != found)
    return damaged(at, field_class, fmt::format("{} values, want {}: nothing in the log says that they were erased,", found, want));
  return found;
}

// Whose a record is, as its row says; empty if it does not.
std::string_view owner_in(std::string_view row) {
  const size_t size = row.empty() ? 0 : static_cast<uint8_t>(row.front());
  return row.size() <= 1 + size ? std::string_view() : row.substr(1, size);
}

}  // namespace

VaultKeys VaultKeys::apart() const {
  auto other = *this;
  other.owners = owners->apart();
  return other;
}

VaultKeys derive_vault_keys(const KeyRing& ring, const std::string& scope) {
  return {hmac_sha256(ring.base(), {as_bytes("daybook vault index 1")}), hmac_sha256(ring.base(), {as_bytes("daybook vault fingerprint 1")}),
          hmac_sha256(ring.base(), {as_bytes("daybook views 1")}), std::make_shared<OwnerKeys>(ring, scope)};
}

VaultKeys derive_vault_keys(const Hash& root_key) { return derive_vault_keys(KeyRing::of_root(root_key), "memory"); }

FieldOwner owner_of(const Event& event, FieldClass field_class) {
  for (const auto& info : kind_of(event.body).fields) {
    if (info.field_class == field_class) return info.owner;
  }
  return FieldOwner::kNobody;
}

std::string Vault::record_key(Position event, FieldClass field_class) {
  return key(kRecord, big_endian(event.value)) + static_cast<char>(field_class);
}

// An erasure takes a row and its owner's key in one write, but here they are read one after the other: what looks damaged is judged once more if the
// row is another by now.
Result<std::optional<SealedRecord>> Vault::record(Position at, FieldClass field_class) const {
  const auto row_key = record_key(at, field_class);
  DAYBOOK_TRY(const auto row, rows_.get(row_key));
  auto answer = record_of(at, field_class, row);
  if (answer || answer.error().fault != Fault::kCorrupt) return answer;
  DAYBOOK_TRY(const auto now, rows_.get(row_key));
  return now == row ? std::move(answer) : record_of(at, field_class, now);
}

// `row` as it was read; nullopt: there was none.
Result<std::optional<SealedRecord>> Vault::record_of(Position at, FieldClass field_class, const std::optional<std::string>& row) const {
  std::optional<Result<std::optional<SealedRecord>>> answer;
  DAYBOOK_TRY(log_.read(at, Position{at.value + 1}, [&](Position, Bytes entry) {
    Event event;
    Commitments commitments;
    if (const auto read = decode_into(event, commitments, entry); !read) {
      answer = read.error();
    } else {
      answer = row ? open(event, commitments, field_class, *row) : absent(event, commitments, field_class);
    }
    return false;
  }));
  if (answer) return std::move(*answer);
  if (row) return damaged(at, field_class, "values for a position that has no event");
  return std::nullopt;
}

Result<std::string> Vault::owner_of(std::string_view row) {
  const auto owner = owner_in(row);
  if (owner.empty()) return Error{Fault::kCorrupt, "found a record in the vault without an owner"};
  return std::string(owner);
}

// The bytes of a record as they were sealed, for the caller to wipe.
Result<std::string> Vault::unsealed(const Event& event, FieldClass field_class, std::string_view row) const {
  const auto at = event.envelope.position;
  const auto owner = owner_in(row);
  if (owner.empty()) return damaged(at, field_class, "a record without an owner");
  const auto whose = daybook::owner_of(event, field_class);
  const auto& person = whose == FieldOwner::kSubject ? event.envelope.subject : event.envelope.provenance.actor;
  const bool is_persons = owner.starts_with("person/") && owner.substr(std::string_view("person/").size()) == person.value;
  const bool fits = whose == FieldOwner::kCohort ? owner.starts_with("cohort/") : whose != FieldOwner::kNobody && is_persons;
  if (!fits) return damaged(at, field_class, fmt::format("values of {}", owner));
  DAYBOOK_TRY(const auto found, owners().find(rows_, owner, static_cast<uint64_t>(field_class)));
  if (found.destroyed) return damaged(at, field_class, fmt::format("values of {}, who was erased,", owner));
  const auto bound = bound_to(owners().scope(), event, field_class, owner);
  auto bytes = open_sealed(found.key->hash(), as_bytes(bound), as_bytes(row.substr(1 + owner.size())));
  if (!bytes) return damaged(at, field_class, "values that were not sealed for this event, class and owner");
  return bytes;
}

Result<std::optional<SealedRecord>> Vault::open(const Event& event, const Commitments& commitments, FieldClass field_class,
                                                std::string_view row) const {
  DAYBOOK_TRY(auto plain, unsealed(event, field_class, row));
  const auto checked = check_values(event, commitments, field_class, as_bytes(plain));
  auto record = decode_record(as_bytes(plain));
  wipe(plain);
  DAYBOOK_TRY(checked);
  DAYBOOK_TRY(auto values, std::move(record));
  values.owner = owner_in(row);
  return std::optional(std::move(values));
}

Result<size_t> Vault::check(const Event& event, const Commitments& commitments, FieldClass field_class, std::string_view row) const {
  DAYBOOK_TRY(auto plain, unsealed(event, field_class, row));
  const auto checked = check_values(event, commitments, field_class, as_bytes(plain));
  wipe(plain);
  return checked;
}

// There is no row: because the event has no such values, or because they were erased.
Result<std::optional<SealedRecord>> Vault::absent(const Event& event, const Commitments& commitments, FieldClass field_class) const {
  const auto fields = fields_of(event, field_class);
  const bool wanted = std::any_of(commitments.begin(), commitments.end(), [&](const auto& c) { return fields.test(c.first % 256); });
  if (!wanted) return std::nullopt;
  const auto whose = daybook::owner_of(event, field_class);
  bool destroyed = false;
  if (whose == FieldOwner::kCohort) {
    DAYBOOK_TRY(destroyed, cohort_is_destroyed(event.envelope.position));
  } else {
    const auto& person = whose == FieldOwner::kSubject ? event.envelope.subject : event.envelope.provenance.actor;
    DAYBOOK_TRY(destroyed, is_destroyed("person/" + person.value));
  }
  if (destroyed) return std::nullopt;
  return damaged(event.envelope.position, field_class, "no values, and nothing that says they were erased,");
}

Result<bool> Vault::is_destroyed(const std::string& owner) const {
  DAYBOOK_TRY(const auto row, rows_.get(OwnerKeys::row_key(owner)));
  return row && OwnerKeys::is_destroyed(*row);
}

// An entry does not always say which cohort it belongs to; the directory does.
Result<bool> Vault::cohort_is_destroyed(Position event) const {
  DAYBOOK_TRY(const auto labels, log_.directory(event.value / kTileWidth));
  const auto place = event.value % kTileWidth;
  const auto cohort = place < labels.size() ? labels[place].cohort : 0;
  bool destroyed = false;
  DAYBOOK_TRY(rows_.scan(key(kOwner, "cohort/"), [&](std::string_view row_key, std::string_view row) {
    destroyed = OwnerKeys::is_destroyed(row) && short_hash(row_key.substr(std::string_view("wcohort/").size())) == cohort;
    return !destroyed;
  }));
  return destroyed;
}

Result<void> Vault::records_of(uint64_t bundle, const std::function<void(Position, FieldClass, std::string_view)>& record) const {
  const auto prefix = key(kRecord, big_endian(bundle * kTileWidth).substr(0, 7));  // a bundle's positions differ in the last byte alone
  return rows_.scan(prefix, [&](std::string_view row_key, std::string_view bytes) {
    record(Position{from_big_endian(row_key.substr(1, 8))}, static_cast<FieldClass>(row_key.back()), bytes);
    return true;
  });
}

Result<void> Vault::all_records(const std::function<bool(std::string_view, std::string_view)>& record) const {
  return rows_.scan(std::string(1, kRecord), record);
}

Result<void> Vault::all_outcomes(const std::function<void(const Hash&, const RowOutcome&)>& outcome) const {
  std::optional<Error> broken;
  DAYBOOK_TRY(rows_.scan(std::string(1, kOutcome), [&](std::string_view row_key, std::string_view row) {
    Hash fingerprint{};
    const auto read = read_outcome(row);
    if (!read || row_key.size() != 1 + fingerprint.size())
      return broken = read ? Error{Fault::kCorrupt, "row fingerprint: found another size"} : read.error(), false;
    std::copy(row_key.begin() + 1, row_key.end(), reinterpret_cast<char*>(fingerprint.data()));
    outcome(fingerprint, read.value());
    return true;
  }));
  return broken ? Result<void>(*broken) : Result<void>(success());
}

Result<std::optional<PersonId>> Vault::person(std::string_view name) const {
  DAYBOOK_TRY(auto id, rows_.get(person_row(name, {}).key));
  if (!id) return std::nullopt;
  return std::optional(PersonId{std::move(*id)});
}

std::string Vault::name_key(const PersonId& person) { return key(kName, person.value); }

Result<std::optional<std::string>> Vault::name(const PersonId& person) const {
  DAYBOOK_TRY(const auto sealed, rows_.get(name_key(person)));
  if (!sealed) return std::nullopt;
  auto name = opened_name(person, *sealed);
  if (name) return std::optional(std::move(name).value());
  DAYBOOK_TRY(const auto now, rows_.get(name_key(person)));  // they may have been erased between row and key, as in record()
  if (!now) return std::nullopt;
  return name.error();
}

Result<std::string> Vault::opened_name(const PersonId& person, std::string_view sealed) const {
  DAYBOOK_TRY(const auto found, owners().find(rows_, "person/" + person.value, kNamePurpose));
  if (!found.key) return Error{Fault::kCorrupt, "found a name of " + person.value + " in the vault, who was erased"};
  auto name = open_sealed(found.key->hash(), as_bytes(name_bound_to(owners().scope(), person)), as_bytes(sealed));
  if (!name) return Error{Fault::kCorrupt, "found a name in the vault that was not sealed for " + person.value};
  return name;
}

Result<std::optional<RowOutcome>> Vault::outcome(const Hash& fingerprint) const {
  DAYBOOK_TRY(const auto row, rows_.get(key(kOutcome, as_text(fingerprint))));
  if (!row) return std::nullopt;
  DAYBOOK_TRY(auto outcome, read_outcome(*row));
  return std::optional(std::move(outcome));
}

std::string Vault::engagement_key(const Hash& sponsor_key, std::string_view staff_number) {
  return key(kEngaged, as_text(hmac_sha256(sponsor_key, {as_bytes(staff_number)})));
}

Result<std::optional<Day>> Vault::engagement(const std::string& sponsor, std::string_view staff_number) const {
  DAYBOOK_TRY(const auto any, rows_.get(OwnerKeys::row_key("sponsor/" + sponsor)));
  if (!any) return std::nullopt;
  DAYBOOK_TRY(const auto found, owners().find(rows_, "sponsor/" + sponsor, kEngagedPurpose));
  if (!found.key) return std::nullopt;
  DAYBOOK_TRY(const auto until, rows_.get(engagement_key(found.key->hash(), staff_number)));
  if (!until) return std::nullopt;
  return std::optional(day_of(*until));
}

Result<std::vector<VaultRow>> Vault::outlived(Day today) const {
  std::vector<VaultRow> rows;
  DAYBOOK_TRY(rows_.scan(std::string(1, kEngaged), [&](std::string_view row_key, std::string_view until) {
    if (day_of(until) < today) rows.push_back({std::string(row_key), std::nullopt});
    return true;
  }));
  DAYBOOK_TRY(all_outcomes([&](const Hash& fingerprint, const RowOutcome& outcome) {
    if (outcome.of_erased() && outcome.erased_until < today) rows.push_back({key(kOutcome, as_text(fingerprint)), std::nullopt});
  }));
  return rows;
}

Result<void> Vault::add_engagement(const std::string& sponsor, std::string_view staff_number, Day until, Randomness& randomness,
                                   std::vector<VaultRow>& out) const {
  DAYBOOK_TRY(const auto found, owners().find_or_make(rows_, "sponsor/" + sponsor, kEngagedPurpose, randomness, out));
  if (found.key) out.push_back({engagement_key(found.key->hash(), staff_number), bytes_of(until)});
  return success();
}

Result<void> Vault::add_record(const Event& event, FieldClass field_class, const SealedRecord& record, Randomness& randomness,
                               std::vector<VaultRow>& out) const {
  DAYBOOK_TRY(const auto found, owners().find_or_make(rows_, record.owner, static_cast<uint64_t>(field_class), randomness, out));
  if (!found.key) return success();
  auto plain = encode_record(record);
  std::string row;
  row.reserve(1 + record.owner.size() + plain.size() + 40);
  row.append(1, static_cast<char>(record.owner.size())).append(record.owner);
  seal_onto(row, found.key->hash(), as_bytes(bound_to(owners().scope(), event, field_class, record.owner)), as_bytes(plain), randomness);
  wipe(plain);
  out.push_back({Vault::record_key(event.envelope.position, field_class), std::move(row)});
  return success();
}

Result<void> Vault::add_name(const PersonId& person, std::string_view name, Randomness& randomness, std::vector<VaultRow>& out) const {
  DAYBOOK_TRY(const auto found, owners().find_or_make(rows_, "person/" + person.value, kNamePurpose, randomness, out));
  if (!found.key) return success();
  out.push_back(person_row(name, person));
  out.push_back({Vault::name_key(person), seal(found.key->hash(), as_bytes(name_bound_to(owners().scope(), person)), as_bytes(name), randomness)});
  return success();
}

VaultRow Vault::person_row(std::string_view name, const PersonId& person) const {
  return {key(kPerson, as_text(hmac_sha256(keys_.index, {as_bytes(name)}))), person.value};
}
bool Vault::is_person_key(std::string_view key) { return key.starts_with(kPerson); }

std::string Vault::parting_key(std::string_view person_key) { return key(kParting, person_key.substr(1)); }

Result<std::map<PersonId, std::set<std::string>>> Vault::partings() const {
  std::map<PersonId, std::set<std::string>> partings;
  DAYBOOK_TRY(rows_.scan(std::string(1, kParting), [&](std::string_view row_key, std::string_view person) {
    partings[PersonId{std::string(person)}].insert(key(kPerson, row_key.substr(1)));
    return true;
  }));
  return partings;
}

std::string Vault::address_name(std::string_view address) {
  std::string name = "address\n";
  for (const char c : address) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name;
}
VaultRow Vault::asked_row(std::string_view idempotency_key, const Hash& keyed_digest) {
  return {key(kAsked, idempotency_key), std::string(as_text(keyed_digest))};
}
VaultRow Vault::outcome_row(const Hash& fingerprint, const RowOutcome& outcome) {
  auto value = big_endian(outcome.at.value) + outcome.refusal;
  if (outcome.of_erased()) value += "\n" + bytes_of(outcome.erased_until);
  return {key(kOutcome, as_text(fingerprint)), std::move(value)};
}

}  // namespace daybook
