// Erasure and expiry: what is recorded of them. What goes out of the vault with the event was gathered as a fact.
#include "ledger/case.h"

namespace daybook {

Decision decide_erasure(const Case& at, const ErasePerson& command) {
  const auto* person = at.state.person(command.person);
  if (person && person->erased) return no("already-erased", "everything of this person went before", "a person who was not erased", person->erased);
  if (!person && at.facts.erased_records == 0)
    return no("unknown-person", "nothing is held of a person by that name", "a person of whom something is held");
  NewEvent event = about_person(command.person);
  event.body = PersonErased{at.facts.erased_records, at.facts.erased_rows, command.known_until};
  return one(std::move(event));
}

Decision decide_erasure(const Case& at, const CertifyErasure& command) {
  const auto erased = at.state.uncertified.find(command.person);
  if (erased == at.state.uncertified.end()) return std::vector<NewEvent>{};
  NewEvent event = about_person(command.person);
  event.caused_by = erased->second.value + 1;
  event.body = ErasureCertified{erased->second.value + 1, command.key_version, command.backup_horizon};
  return one(std::move(event));
}

Decision decide_erasure(const Case&, const RecordKeyChange& command) {
  NewEvent event;
  event.stream = "book/programme";
  event.body = WrappingKeyChanged{command.retired, command.version, command.owners};
  return one(std::move(event));
}

Decision decide_erasure(const Case& at, const ExpireCohort& command) {
  const auto* cycle = at.state.cycle(command.cycle);
  if (!cycle) return unknown_cycle();
  if (cycle->expired) return no("already-expired", "the statistics of this cycle went before", "a cycle whose statistics are held", cycle->expired);
  NewEvent event;
  event.stream = "cycle/" + command.cycle.text();
  event.cohort = command.cycle;
  event.charter_version = cycle->charter_version;
  event.body = CohortExpired{command.cycle.programme, command.cycle.cycle, at.facts.erased_records};
  return one(std::move(event));
}

}  // namespace daybook
