#include "ledger/erasure.h"

#include <set>

#include "ledger/cohort.h"
#include "ledger/labels.h"

namespace daybook {
namespace {

// Every record that was sealed with the owner's key, whichever event it is of.
Result<void> take_records(const Vault& vault, Erasure& erasure) {
  std::optional<Error> broken;
  DAYBOOK_TRY(vault.all_records([&](std::string_view key, std::string_view row) {
    const auto owner = Vault::owner_of(row);
    if (!owner) return broken = owner.error(), false;
    if (owner.value() == erasure.owner) erasure.rows.push_back({std::string(key), std::nullopt}), ++erasure.records;
    return true;
  }));
  return broken ? Result<void>(*broken) : Result<void>(success());
}

struct Trail {
  std::set<uint64_t> events;    // that are about the person
  std::set<std::string> names;  // by which they are found
};

Result<Trail> trail_of(const EventLog& log, const Vault& vault, const PersonId& person) {
  Trail trail;
  DAYBOOK_TRY(const auto name, vault.name(person));
  if (name) trail.names.insert(*name);
  const uint32_t label = short_hash(person.value);
  std::optional<Error> broken;
  DAYBOOK_TRY(read_events_about(log, std::span(&label, 1), Position{}, log.end(), [&](const Event& event) {
    if (event.envelope.subject != person) return true;
    trail.events.insert(event.envelope.position.value);
    if (!std::holds_alternative<StaffRecorded>(event.body)) return true;
    const auto contact = vault.record(event.envelope.position, FieldClass::kContact);
    if (!contact) return broken = contact.error(), false;
    for (const auto& [field, value] : contact.value() ? contact.value()->values : decltype(SealedRecord::values){}) {
      if (field == field_number(StaffRecorded{}, "staffNumber")) trail.names.insert(value);
      if (field == field_number(StaffRecorded{}, "email")) trail.names.insert(Vault::address_name(value));
    }
    return true;
  }));
  if (broken) return *broken;
  return trail;
}

}  // namespace

Result<Erasure> plan_erasure(const EventLog& log, const Vault& vault, const PersonId& person, const std::vector<std::string>& sponsors,
                             Day known_until, Randomness& randomness) {
  Erasure erasure{"person/" + person.value, {}, 0, 0};
  DAYBOOK_TRY(const auto trail, trail_of(log, vault, person));
  DAYBOOK_TRY(const auto staff_number, vault.name(person));
  for (const auto& sponsor : staff_number ? sponsors : std::vector<std::string>{}) {
    DAYBOOK_TRY(vault.add_engagement(sponsor, *staff_number, known_until, randomness, erasure.rows));
  }
  DAYBOOK_TRY(take_records(vault, erasure));
  for (const auto& name : trail.names) {
    auto row = vault.person_row(name, person);
    DAYBOOK_TRY(const auto found, vault.person(name));
    if (found == person) erasure.rows.push_back({std::move(row.key), std::nullopt});
  }
  erasure.rows.push_back({Vault::name_key(person), std::nullopt});
  DAYBOOK_TRY(vault.all_outcomes([&](const Hash& fingerprint, const RowOutcome& outcome) {
    if (outcome.of_erased() || !trail.events.contains(outcome.at.value)) return;
    erasure.rows.push_back(Vault::outcome_row(fingerprint, {Position{}, "erased", known_until}));
    ++erasure.fingerprints;
  }));
  return erasure;
}

Result<Erasure> plan_expiry(const Vault& vault, const CycleId& cycle) {
  Erasure erasure{"cohort/" + cycle.text(), {}, 0, 0};
  DAYBOOK_TRY(take_records(vault, erasure));
  return erasure;
}

}  // namespace daybook
