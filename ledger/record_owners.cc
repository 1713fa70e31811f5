#include "ledger/record_owners.h"

#include <algorithm>

#include "ledger/labels.h"

namespace daybook {
namespace {

std::string owner_name(FieldOwner owner, const Envelope& envelope, const CycleId& cohort) {
  switch (owner) {
    case FieldOwner::kSubject:
      return "person/" + envelope.subject.value;
    case FieldOwner::kActor:
      return "person/" + envelope.provenance.actor.value;
    case FieldOwner::kCohort:
      return "cohort/" + cohort.text();
    case FieldOwner::kNobody:
      break;
  }
  return {};
}

}  // namespace

std::vector<RecordOwner> record_owners(const Event& event, const Commitments& commitments, const CycleId& cohort) {
  std::vector<RecordOwner> owners;
  const auto& fields = kind_of(event.body).fields;
  for (const auto& [number, digest] : commitments) {
    const auto of_field = [own = number % 256](const FieldInfo& field) { return field.number == own; };  // item i of a list: 256 * (i + 1) + its own
    const auto field = std::find_if(fields.begin(), fields.end(), of_field);
    if (field == fields.end()) continue;
    const auto of_class = [&](const RecordOwner& known) { return known.field_class == field->field_class; };
    if (std::none_of(owners.begin(), owners.end(), of_class))
      owners.push_back({field->field_class, owner_name(field->owner, event.envelope, cohort)});
  }
  return owners;
}

std::string owner_erased_by(const Event& event) {
  if (std::holds_alternative<PersonErased>(event.body)) return "person/" + event.envelope.subject.value;
  if (const auto* expired = std::get_if<CohortExpired>(&event.body)) return "cohort/" + CycleId{expired->programme, expired->cycle}.text();
  return {};
}

CycleId RunningCohorts::next(const Event& event) {
  auto named = cohort_of(event.body);
  const auto& stream = event.envelope.stream;
  if (named.programme.empty()) {
    const auto known = streams_.find(stream);
    return known == streams_.end() ? CycleId{} : known->second;
  }
  if (keeps_cohort(stream)) streams_[stream] = named;
  return named;
}

}  // namespace daybook
