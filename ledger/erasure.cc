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
  std::set<uint64_t> events;    // that are about the person, or that a row which names them led to
  std::set<std::string> asked;  // the idempotency keys of those
  std::set<std::string> names;  // by which they are found
};

// Of what a coach did, or was asked, in a pairing the client is the subject.
bool names_coach(const Event& event, const Leaving& leaving) {
  const bool named = event.envelope.provenance.actor == leaving.person || std::holds_alternative<PairingRequested>(event.body);
  return named && leaving.coached.contains(event.envelope.stream);
}

std::vector<uint32_t> labels_of_trail(const Leaving& leaving) {
  std::vector<uint32_t> labels = {short_hash(leaving.person.value)};
  for (const auto& stream : leaving.coached) labels.push_back(short_hash(stream));
  return labels;
}

Result<Trail> trail_of(const EventLog& log, const Vault& vault, const Leaving& leaving) {
  Trail trail;
  DAYBOOK_TRY(const auto name, vault.name(leaving.person));
  if (name) trail.names.insert(*name);
  const auto labels = labels_of_trail(leaving);
  std::optional<Error> broken;
  DAYBOOK_TRY(read_events_about(log, labels, Position{}, log.end(), [&](const Event& event) {
    const bool about = event.envelope.subject == leaving.person;
    if (!about && !names_coach(event, leaving)) return true;
    trail.events.insert(event.envelope.position.value);
    if (!event.envelope.idempotency_key.empty()) trail.asked.insert(event.envelope.idempotency_key);
    if (!about || !std::holds_alternative<StaffRecorded>(event.body)) return true;
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

Result<Erasure> plan_erasure(const EventLog& log, const Vault& vault, const Leaving& leaving, Randomness& randomness) {
  const auto& person = leaving.person;
  Erasure erasure{"person/" + person.value, {}, 0, 0};
  DAYBOOK_TRY(const auto trail, trail_of(log, vault, leaving));
  DAYBOOK_TRY(const auto staff_number, vault.name(person));
  for (const auto& sponsor : staff_number ? leaving.sponsors : std::vector<std::string>{}) {
    DAYBOOK_TRY(vault.add_engagement(sponsor, *staff_number, leaving.known_until, randomness, erasure.rows));
  }
  DAYBOOK_TRY(take_records(vault, erasure));
  for (const auto& name : trail.names) {
    auto row = vault.person_row(name, person);
    DAYBOOK_TRY(const auto found, vault.person(name));
    if (found == person) erasure.rows.push_back({std::move(row.key), std::nullopt});
  }
  erasure.rows.push_back({Vault::name_key(person), std::nullopt});
  for (const auto& key : trail.asked) erasure.rows.push_back({Vault::asked_row(key, {}).key, std::nullopt});
  DAYBOOK_TRY(vault.all_outcomes([&](const Hash& fingerprint, const RowOutcome& outcome) {
    if (outcome.of_erased() || !trail.events.contains(outcome.at.value)) return;
    erasure.rows.push_back(Vault::outcome_row(fingerprint, {Position{}, "erased", leaving.known_until}));
    ++erasure.fingerprints;
  }));
  return erasure;
}

Result<PersonId> person_named(const State& state, const Vault& vault, const std::string& name) {
  if (state.person(PersonId{name})) return PersonId{name};
  for (const auto& one : {name, Vault::address_name(name)}) {
    DAYBOOK_TRY(auto found, vault.person(one));
    if (found) return std::move(*found);
  }
  return PersonId{"nobody"};  // ids are longer
}

Result<Erasure> plan_expiry(const Vault& vault, const CycleId& cycle) {
  Erasure erasure{"cohort/" + cycle.text(), {}, 0, 0};
  DAYBOOK_TRY(take_records(vault, erasure));
  return erasure;
}

}  // namespace daybook
