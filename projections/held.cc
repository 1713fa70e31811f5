#include "projections/held.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/replay.h"
#include "projections/timeline.h"

namespace daybook {
namespace {

bool is_theirs(const FieldInfo& field, const Event& event, const PersonId& person) {
  switch (field.owner) {
    case FieldOwner::kSubject:
      return event.envelope.subject == person;
    case FieldOwner::kActor:
      return event.envelope.provenance.actor == person;
    case FieldOwner::kCohort:  // the cohort's figures are made of it, but it is what they said
      return event.envelope.subject == person || event.envelope.provenance.actor == person;
    case FieldOwner::kNobody:
      return false;
  }
  return false;
}

void add_values(const Event& event, const PersonId& person, Desk& desk, Section& section) {
  const auto at = event.envelope.position;
  for (const auto& field : kind_of(event.body).fields) {
    if (!is_theirs(field, event, person)) continue;
    for (size_t item = 0;; ++item) {
      const auto value = desk.value(at, event.body, field.name, {person, {}, ""}, item);
      if (value && !value->empty()) section.lines.push_back({field.list ? fmt::format("{} {}", field.name, item + 1) : field.name, *value, {at}});
      if (!field.list || !value) break;
    }
  }
}

// Others are told of by their random ids alone: their names are not the person's to have.
Card card_of(const Event& event, const PersonId& person, Desk& desk, Desk& sealed) {
  const auto& envelope = event.envelope;
  Card card{fmt::format("event {}: {}", envelope.position.value, kind_of(event.body).name), {}};
  auto& main = card.section("");
  main.lines = {{"what", sentence(event, sealed), {envelope.position}},
                {"recorded at", to_text(envelope.recorded_at), {}},
                {"happened at", to_text(envelope.happened_at), {}},
                {"stream", envelope.stream, {}}};
  if (!envelope.provenance.role.empty()) main.lines.push_back({"acting role", envelope.provenance.role, {}});
  for (auto& [name, text] : open_fields(event.body)) {
    if (!text.empty()) main.lines.push_back({name, text, {}});
  }
  Section values{"what they, or others about them, said", {}};
  add_values(event, person, desk, values);
  if (!values.lines.empty()) card.sections.push_back(std::move(values));
  return card;
}

}  // namespace

Result<std::vector<Card>> held_of(const EventLog& log, const PersonId& person, Desk& desk, Desk& sealed) {
  std::vector<Card> cards;
  DAYBOOK_TRY(read_events(log, Position{}, log.end(), [&](const Event& event) {
    const auto& envelope = event.envelope;
    if (envelope.subject == person || envelope.provenance.actor == person) cards.push_back(card_of(event, person, desk, sealed));
    return !desk.fault();
  }));
  if (desk.fault()) return *desk.fault();
  return cards;
}

Result<Card> recipients_of(const EventLog& looks, const Vault& values, const PersonId& person) {
  Card card{"who looked at it", {}};
  auto& section = card.section("");
  std::optional<Error> broken;
  DAYBOOK_TRY(read_events(looks, looks.first(), looks.end(), [&](const Event& event) {
    const auto* viewed = std::get_if<RecordViewed>(&event.body);
    if (!viewed || std::find(viewed->subjects.begin(), viewed->subjects.end(), person.value) == viewed->subjects.end()) return true;
    const auto purpose = values.record(event.envelope.position, FieldClass::kPurpose);
    if (!purpose) return broken = purpose.error(), false;
    const auto* why = purpose.value() ? purpose.value()->find(field_number(RecordViewed{}, "purpose")) : nullptr;
    section.lines.push_back({to_text(event.envelope.recorded_at),
                             fmt::format("{}{}{}: {} ({}); {}", event.envelope.provenance.role, viewed->unit.empty() ? "" : " of " + viewed->unit,
                                         viewed->denied ? ", denied" : "", why ? *why : "(erased)", viewed->verb, fmt::join(viewed->classes, ", ")),
                             {}});
    return true;
  }));
  if (broken) return *broken;
  return card;
}

}  // namespace daybook
