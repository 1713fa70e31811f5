#include "tests/support/looker.h"

#include "ledger/labels.h"
#include "tests/support/made.h"

namespace daybook::test {

Looker::Looker(const State& state, const Vault& vault, Role role, const std::string& programme)
    : state_(state), tables_(made(DeskTables::build(state, vault))) {
  reader_.actor = PersonId{"somebody who looks"};
  reader_.role = role;
  reader_.now = *parse_instant("2024-06-01T12:00:00Z");
  state_.rights.roles[reader_.actor].push_back({std::string(role_name(role)), programme, "", std::nullopt, {}});
  reader_.state = &state_;
  reader_.table = &table_;
  reader_.tables = &tables_;
}

void append_event(EventLog& log, const VaultKeys& keys, Event event, const std::vector<std::pair<std::string, PersonId>>& names) {
  static SeededRandomness randomness(4711);
  auto& envelope = event.envelope;
  envelope.position = log.end();
  for (auto* id : {&envelope.event_id, &envelope.correlation}) {
    id->assign(16, '\0');
    randomness.fill({reinterpret_cast<uint8_t*>(id->data()), id->size()});
  }
  Batch batch;
  batch.expected = log.end();
  auto encoded = made(encode(event, {}, randomness));
  batch.entries.push_back(std::move(encoded.entry));
  batch.labels.push_back(labels_of(envelope, event.body));
  const Vault vault(log, keys);
  for (const auto& [field_class, sealed] : encoded.sealed) fine(vault.add_record(event, field_class, sealed, randomness, batch.vault));
  for (const auto& [name, id] : names) fine(vault.add_name(id, name, randomness, batch.vault));
  made(log.append(batch));
}

void grant(EventLog& log, const VaultKeys& keys, Instant now, const std::vector<Grant>& grants) {
  std::map<PersonId, uint64_t> versions;
  for (const auto& [name, role, programme] : grants) {
    const auto known = made(Vault(log, keys).person(name));
    const PersonId id = known.value_or(PersonId{"id-of-" + name});
    Event event;
    event.envelope.stream = "role/" + id.value;
    event.envelope.version = versions[id]++;
    event.envelope.recorded_at = event.envelope.happened_at = now;
    event.envelope.subject = id;
    event.body = RoleGranted{role, programme, "", {}, true, "a test"};
    append_event(log, keys, std::move(event), known ? std::vector<std::pair<std::string, PersonId>>{} : std::vector{std::pair{name, id}});
  }
}

}  // namespace daybook::test
