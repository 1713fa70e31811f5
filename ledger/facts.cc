#include "ledger/facts.h"

#include <set>

#include "ledger/action_text.h"
#include "ledger/authority.h"
#include "ledger/civil_time.h"
#include "ledger/event_fields.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

// The fields that the rules read, by their numbers in the schema.
struct FactFields {
  uint16_t grade = field_number(StaffRecorded{}, "grade"), post = field_number(StaffRecorded{}, "post");
  uint16_t contract_type = field_number(StaffRecorded{}, "contractType"), entry_on_duty = field_number(StaffRecorded{}, "entryOnDuty");
  uint16_t training_completed_on = field_number(StaffRecorded{}, "trainingCompletedOn"), entity = field_number(StaffRecorded{}, "entity");
  uint16_t commitment = field_number(ApplicationSubmitted{}, "commitment"), commitment_put_right = field_number(FormRectified{}, "commitment");
  uint16_t arguments = field_number(ProposalMade{}, "arguments");
  uint16_t programme = field_number(ParticipationRecorded{}, "programme"), edition = field_number(ParticipationRecorded{}, "edition");
  uint16_t sponsor = field_number(ParticipationRecorded{}, "sponsor");
};
const FactFields& fields() {
  static const FactFields all;
  return all;
}

std::string value_or_empty(const std::optional<SealedRecord>& record, uint16_t field) {
  const auto* value = record ? record->find(field) : nullptr;
  return value ? *value : std::string();
}

// The staff numbers that a command names: whom it is about, and which coach or second person.
std::pair<std::string, std::string> named_people(const CommandBody& body) {
  if (const auto* c = std::get_if<RecordStaff>(&body)) return {c->values.staff_number, ""};
  if (const auto* c = std::get_if<RecordParticipation>(&body)) return {c->staff_number, ""};
  if (const auto* c = std::get_if<RecordCoach>(&body)) return {c->staff_number, ""};
  if (const auto* c = std::get_if<SubmitApplication>(&body)) return {c->staff_number, ""};
  if (const auto* c = std::get_if<GrantRole>(&body)) return {c->person, ""};
  if (const auto* c = std::get_if<EndRole>(&body)) return {c->person, ""};
  if (const auto* c = std::get_if<PlaceHold>(&body)) return {c->person, ""};
  if (const auto* c = std::get_if<LiftHold>(&body)) return {c->person, ""};
  if (const auto* c = std::get_if<RectifyStaff>(&body)) return {c->staff_number, ""};
  if (const auto* c = std::get_if<Act>(&body); c && c->action == Action::kRequestPairing) return {c->client, c->coach};
  if (const auto* c = std::get_if<BreakGlass>(&body)) return {c->person, c->told};
  return {};
}

class Names {
 public:
  Names(const Vault& vault, NameCache& cache, Randomness& randomness) : vault_(vault), cache_(cache), randomness_(randomness) {}

  // The id that goes with a name; a name that is new gets a new one.
  Result<PersonId> id_of(const std::string& name) {
    if (name.empty()) return PersonId{};
    for (const auto& known : fresh) {
      if (known.name == name) return known.person;
    }
    if (const auto* cached = cache_.find(name)) return *cached;
    DAYBOOK_TRY(auto person, vault_.person(name));
    if (person) {
      cache_.put(name, *person);
      return std::move(*person);
    }
    fresh.push_back({name, PersonId{random_id(randomness_)}});
    return fresh.back().person;
  }

  std::vector<NewName> fresh;

 private:
  const Vault& vault_;
  NameCache& cache_;
  Randomness& randomness_;
};

// Each time the person took part with the sponsor, as the ledger now has it.
Result<void> find_engagements(const State& state, const Vault& vault, const PersonId& id, const std::string& sponsor, ApplicantFacts& facts) {
  const auto* person = state.person(id);
  if (!person) return success();
  struct Row {
    std::string sponsor;
    Position at;
  };
  std::map<std::pair<std::string, std::string>, Row> rows;  // by programme and edition: a later row replaces
  for (const auto at : person->participations) {
    DAYBOOK_TRY(const auto record, vault.record(at, FieldClass::kParticipation));
    if (record)
      rows[{value_or_empty(record, fields().programme), value_or_empty(record, fields().edition)}] = {value_or_empty(record, fields().sponsor), at};
  }
  for (const auto& [edition, row] : rows) {
    if (row.sponsor != sponsor) continue;
    facts.engagements.push_back(edition.first + " " + edition.second);
    facts.engagement_events.push_back(row.at);
  }
  for (const auto& accepted : person->accepted) {
    const auto& pairing = *state.pairing(accepted.pairing);
    if (state.cycle(pairing.cycle)->charter->sponsor != sponsor) continue;
    facts.engagements.push_back("pairing " + accepted.pairing);
    facts.engagement_events.push_back(*pairing.accepted);
  }
  return success();
}

// What the sponsor still knows of somebody who was erased and came again. No event is named: it would say who they were.
Result<void> find_kept_engagement(const Vault& vault, const PersonId& person, const std::string& sponsor, Day today, ApplicantFacts& facts) {
  DAYBOOK_TRY(const auto staff_number, vault.name(person));
  if (!staff_number) return success();
  DAYBOOK_TRY(const auto until, vault.engagement(sponsor, *staff_number));
  if (until && today <= *until) facts.engagements.push_back("before an erasure, known until " + to_text(*until));
  return success();
}

// The sponsors with whom somebody was engaged, as the ledger now has it.
Result<std::vector<std::string>> sponsors_of(const State& state, const Vault& vault, const PersonId& id) {
  std::set<std::string> sponsors;
  const auto* person = state.person(id);
  for (const auto at : person ? person->participations : std::vector<Position>{}) {
    DAYBOOK_TRY(const auto record, vault.record(at, FieldClass::kParticipation));
    sponsors.insert(value_or_empty(record, fields().sponsor));
  }
  for (const auto& accepted : person ? person->accepted : std::vector<AcceptedPairing>{})
    sponsors.insert(state.cycle(state.pairing(accepted.pairing)->cycle)->charter->sponsor);
  sponsors.erase("");
  return std::vector<std::string>(sponsors.begin(), sponsors.end());
}

// The access book may know them by the same names, under another id than ours: until it was gone through, what they were found by stays.
void add_partings(const PersonId& person, std::vector<VaultRow>& rows) {
  std::vector<VaultRow> partings;
  for (const auto& row : rows) {
    if (Vault::is_person_key(row.key)) partings.push_back({Vault::parting_key(row.key), person.value});
  }
  rows.insert(rows.end(), partings.begin(), partings.end());
}

// What goes out of the vault with the command, if it is one that takes something out.
Result<std::optional<Erasure>> planned_erasure(const State& state, const Vault& vault, const EventLog& log, const CommandBody& body,
                                               Randomness& randomness) {
  if (const auto* expire = std::get_if<ExpireCohort>(&body)) {
    DAYBOOK_TRY(auto expiry, plan_expiry(vault, expire->cycle));
    return std::optional(std::move(expiry));
  }
  const auto* erase = std::get_if<ErasePerson>(&body);
  const auto* person = erase ? state.person(erase->person) : nullptr;
  if (!erase || (person && person->erased)) return std::nullopt;
  Leaving leaving{erase->person, {}, {}, erase->known_until};
  DAYBOOK_TRY(leaving.sponsors, sponsors_of(state, vault, erase->person));
  for (const auto& [ref, pairing] : state.pairings) {
    if (pairing.coach == erase->person) leaving.coached.insert("pairing/" + ref);
  }
  DAYBOOK_TRY(auto erasure, plan_erasure(log, vault, leaving, randomness));
  add_partings(erase->person, erasure.rows);
  return std::optional(std::move(erasure));
}

}  // namespace

Result<ApplicantFacts> applicant_facts(const State& state, const Vault& vault, const ApplicationState& application, Day today) {
  ApplicantFacts facts;
  const auto* person = state.person(application.person);
  if (person && person->staff) {
    facts.record_events = {*person->staff};
    DAYBOOK_TRY(const auto staff, vault.record(*person->staff, FieldClass::kStaff));
    facts.contract_type = value_or_empty(staff, fields().contract_type);
    facts.position = value_or_empty(staff, fields().post);
    facts.grade = value_or_empty(staff, fields().grade);
    facts.entry_on_duty = parse_day(value_or_empty(staff, fields().entry_on_duty));
    facts.training_completed_on = parse_day(value_or_empty(staff, fields().training_completed_on));
  }
  const auto answers = application.rectified.value_or(application.submitted);
  DAYBOOK_TRY(const auto form, vault.record(answers, FieldClass::kRegistration));
  facts.commitment = value_or_empty(form, application.rectified ? fields().commitment_put_right : fields().commitment) == "yes";
  facts.application_events = {answers};
  const auto& sponsor = state.cycle(application.cycle)->charter->sponsor;
  DAYBOOK_TRY(find_engagements(state, vault, application.person, sponsor, facts));
  DAYBOOK_TRY(find_kept_engagement(vault, application.person, sponsor, today, facts));
  return facts;
}

Result<std::vector<Event>> rows_of_import(const State& state, const EventLog& log, const std::string& batch) {
  std::vector<Event> rows;
  const auto import = state.imports.find(batch);
  if (import == state.imports.end()) return rows;
  const Position first{import->second.started.value + 1};
  DAYBOOK_TRY(read_events(log, first, import->second.finished.value_or(log.end()), [&](const Event& event) {
    if (event.envelope.provenance.batch == batch) rows.push_back(event);
    return true;
  }));
  return rows;
}

namespace {

// Takes the values of some classes into an event's fields.
struct Unsealer {
  const std::vector<FieldInfo>& fields;
  const std::map<FieldClass, SealedRecord>& records;
  size_t next = 0;

  void operator()(std::string& field) {
    const auto& info = fields[next++];
    const auto record = records.find(info.field_class);
    const auto* value = record == records.end() ? nullptr : record->second.find(info.number);
    if (value) field = *value;
  }
  template <class Field>
  void operator()(Field&) {
    ++next;
  }
};

// The values of an event, of those classes; nullopt if one of the records is no longer there.
template <class Kind>
Result<std::optional<Kind>> unsealed(const Vault& vault, Position at, const std::vector<FieldClass>& classes) {
  std::map<FieldClass, SealedRecord> records;
  for (const auto field_class : classes) {
    DAYBOOK_TRY(auto record, vault.record(at, field_class));
    if (!record) return std::optional<Kind>();
    records.emplace(field_class, std::move(*record));
  }
  Kind values;
  Unsealer unsealer{kind_of(Body(values)).fields, records};
  describe(unsealer, values);
  return std::optional(std::move(values));
}

Result<std::optional<FormRectified>> newest_form(const Vault& vault, const ApplicationState& application) {
  if (application.rectified) return unsealed<FormRectified>(vault, *application.rectified, {FieldClass::kRegistration});
  DAYBOOK_TRY(const auto form, unsealed<ApplicationSubmitted>(vault, application.submitted, {FieldClass::kRegistration}));
  if (!form) return std::optional<FormRectified>();
  return std::optional(FormRectified{"", "", "", form->form_version, form->commitment, form->languages, form->time_zone, form->motivation, ""});
}

Result<void> gather_applicants(const State& state, const Vault& vault, const CycleId& id, Day today, Facts& facts) {
  const auto* cycle = state.cycle(id);
  if (!cycle) return success();
  for (const auto& ref : cycle->applications) {
    const auto& application = *state.application(ref);
    if (!application.outcome.empty()) continue;
    DAYBOOK_TRY(facts.applicants[ref], applicant_facts(state, vault, application, today));
  }
  return success();
}

// The unit of whom a command is about; empty where no role goes by units, or there is nobody.
Result<std::string> unit_of_subject(const State& state, const Vault& vault, const Command& command, const Facts& facts) {
  const bool asks_no_right = command.channel == Channel::kImport || std::holds_alternative<CloseProposal>(command.body);
  if (asks_no_right || !goes_by_unit(state)) return std::string();
  const auto* person = state.person(ask_of(state, facts, command).matter.subject);
  if (!person || !person->staff) return std::string();
  DAYBOOK_TRY(const auto staff, vault.record(*person->staff, FieldClass::kStaff));
  return value_or_empty(staff, fields().entity);
}

// Whether its rules look at more than the state and the people it names.
bool wants_values(const CommandBody& body) {
  return std::holds_alternative<DecideCycle>(body) || std::holds_alternative<UndoImport>(body) || std::holds_alternative<RectifyStaff>(body) ||
         std::holds_alternative<RectifyForm>(body) || std::holds_alternative<ErasePerson>(body) || std::holds_alternative<ExpireCohort>(body);
}

// Whom the command is about, which is what its rights are asked by; who acts is not among it.
Result<void> gather_people(const State& state, const Vault& vault, const Command& command, Names& names, Facts& facts) {
  const auto [person, coach] = named_people(command.body);
  DAYBOOK_TRY(facts.person, names.id_of(person));
  DAYBOOK_TRY(facts.coach, names.id_of(coach));
  DAYBOOK_TRY(facts.unit, unit_of_subject(state, vault, command, facts));
  return success();
}

// What the command's own rules need beside them.
Result<void> gather_values(const State& state, const Vault& vault, const EventLog& log, const Command& command, Day today, Facts& facts) {
  if (const auto* decide = std::get_if<DecideCycle>(&command.body)) return gather_applicants(state, vault, decide->cycle, today, facts);
  if (const auto* undo = std::get_if<UndoImport>(&command.body)) {
    DAYBOOK_TRY(facts.rows, rows_of_import(state, log, undo->batch));
  }
  const auto* known = std::holds_alternative<RectifyStaff>(command.body) ? state.person(facts.person) : nullptr;
  if (known && known->staff) {
    DAYBOOK_TRY(facts.staff, unsealed<StaffRecorded>(vault, *known->staff, {FieldClass::kContact, FieldClass::kStaff}));
  }
  const auto* rectify = std::get_if<RectifyForm>(&command.body);
  if (const auto* application = rectify ? state.application(rectify->application) : nullptr) {
    DAYBOOK_TRY(facts.form, newest_form(vault, *application));
  }
  return success();
}

// The command that was proposed, and whom it is about as things are now. Null if there is no such proposal, or its arguments are gone.
Result<std::shared_ptr<Proposed>> gather_proposed(const State& state, const Vault& vault, const std::string& id, Day today, Names& names) {
  const auto proposal = state.rights.proposals.find(id);
  if (proposal == state.rights.proposals.end()) return std::shared_ptr<Proposed>();
  DAYBOOK_TRY(const auto record, vault.record(proposal->second.made, FieldClass::kReview));
  if (!record) return std::shared_ptr<Proposed>();
  auto values = from_lines(value_or_empty(record, fields().arguments));
  const auto at = take(values, "at");
  auto proposed = std::make_shared<Proposed>();
  DAYBOOK_TRY(proposed->command.body, read_action_text(proposal->second.action, std::move(values)));
  if (at) proposed->command.happened_at = parse_instant(*at);
  proposed->facts.actor = proposal->second.proposer;
  proposed->facts.recorded_at = Instant(today);
  DAYBOOK_TRY(gather_people(state, vault, proposed->command, names, proposed->facts));
  return Result<std::shared_ptr<Proposed>>(std::move(proposed));
}

// Whether whoever acts has the right by which what is asked for, or was proposed, is done. If not, the rules are not asked, and what they would need
// is not read: the time would tell a stranger what there is, and every other command would wait for it.
bool may_be_done(const State& state, const DoTable& rights, const Command& command, const Facts& facts) {
  const auto* close = std::get_if<CloseProposal>(&command.body);
  if (close && (!facts.proposed || close->outcome != "seconded")) return false;
  auto ask = close ? ask_of(state, facts.proposed->facts, facts.proposed->command) : ask_of(state, facts, command);
  if (close) ask.actor = facts.actor, ask.role = command.role;
  return std::holds_alternative<Permit>(authorize(state, rights, ask));
}

}  // namespace

Result<Gathered> gather_facts(const State& state, const Vault& vault, const EventLog& log, const Command& command, NameCache& cache,
                              Randomness& randomness, Day today, const DoTable& rights) {
  Gathered gathered;
  auto& facts = gathered.facts;
  Names names(vault, cache, randomness);
  facts.recorded_at = Instant(today);
  DAYBOOK_TRY(facts.actor, names.id_of(command.actor));
  DAYBOOK_TRY(facts.recorded_by, names.id_of(command.recorded_by));
  DAYBOOK_TRY(gather_people(state, vault, command, names, facts));
  std::shared_ptr<Proposed> proposed;
  if (const auto* close = std::get_if<CloseProposal>(&command.body)) {
    DAYBOOK_TRY(proposed, gather_proposed(state, vault, close->proposal, today, names));
    facts.proposed = proposed;
  }
  gathered.new_names = std::move(names.fresh);
  const auto& done = proposed ? proposed->command : command;
  if (!wants_values(done.body) || !may_be_done(state, rights, command, facts)) return gathered;
  DAYBOOK_TRY(gather_values(state, vault, log, done, today, proposed ? proposed->facts : facts));
  DAYBOOK_TRY(gathered.erasure, planned_erasure(state, vault, log, done.body, randomness));
  if (gathered.erasure) facts.erased_records = gathered.erasure->records, facts.erased_rows = gathered.erasure->fingerprints;
  return gathered;
}

}  // namespace daybook
