#include "projections/held.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "ledger/civil_time.h"
#include "ledger/replay.h"
#include "projections/event_filter.h"
#include "projections/timeline.h"

namespace daybook {
namespace {

bool is_theirs(const FieldInfo& field, const Event& event, const PersonId& person) {
  const bool about = event.envelope.subject == person, by = event.envelope.provenance.actor == person;
  const bool of_two = event.envelope.stream.starts_with("pairing/");  // words of one of the two are not the other's
  switch (field.owner) {
    case FieldOwner::kSubject:
      return of_two && field.field_class == FieldClass::kReason ? by : about;
    case FieldOwner::kActor:
      return by;
    case FieldOwner::kCohort:  // the cohort's figures are made of it, but it is what they said
      return of_two ? by : about;
    case FieldOwner::kNobody:
      return false;
  }
  return false;
}

void add_values(const Event& event, const PersonId& person, Desk& desk, Section& section) {
  const auto at = event.envelope.position;
  auto of = desk.matter_of(event);
  of.subject = person;
  for (const auto& field : kind_of(event.body).fields) {
    if (!is_theirs(field, event, person)) continue;
    for (size_t item = 0;; ++item) {
      const auto value = desk.value(at, event.body, field.name, of, item);
      if (value && !value->empty()) section.lines.push_back({field.list ? fmt::format("{} {}", field.name, item + 1) : field.name, *value, {at}});
      if (!field.list || !value) break;
    }
  }
}

// Others are told of by their random ids alone: their names are not the person's to have. `whole`: the event is in reach, not only that it was
// the person's doing.
Card card_of(const Event& event, const PersonId& person, bool whole, Desk& desk, Desk& sealed) {
  const auto& envelope = event.envelope;
  Card card{fmt::format("event {}: {}", envelope.position.value, kind_of(event.body).name), {}};
  auto& main = card.section("");
  main.lines = {{"what", whole ? sentence(event, sealed) : "something they did in somebody else's case", {envelope.position}},
                {"recorded at", to_text(envelope.recorded_at), {}},
                {"happened at", to_text(envelope.happened_at), {}}};
  if (whole) main.lines.push_back({"stream", envelope.stream, {}});
  if (!envelope.provenance.role.empty()) main.lines.push_back({"acting role", envelope.provenance.role, {}});
  for (auto& [name, text] : open_fields(event.body)) {
    if (whole && !text.empty()) main.lines.push_back({name, text, {}});
  }
  Section values{"what they, or others about them, said", {}};
  add_values(event, person, desk, values);
  if (!values.lines.empty()) card.sections.push_back(std::move(values));
  return card;
}

}  // namespace

Result<std::vector<Card>> held_of(const EventLog& log, const PersonId& person, Desk& desk, Desk& sealed, Position end) {
  std::vector<Card> cards;
  const auto* reader = desk.reader();
  const auto is_about = [&](const Event& event) { return reader ? concerns(event, person, *reader->state) : event.envelope.subject == person; };
  DAYBOOK_TRY(read_events(log, Position{}, std::min(end, log.end()), [&](const Event& event) {
    const bool by = event.envelope.provenance.actor == person;
    if (!by && !is_about(event)) return true;
    const bool whole = desk.reaches(event);
    if (by || whole) cards.push_back(card_of(event, person, whole, desk, sealed));
    return !desk.fault();
  }));
  if (desk.fault()) return *desk.fault();
  return cards;
}

Result<Card> recipients_of(const EventLog& looks, const Vault& values, const PersonId& person, Desk& desk) {
  Card card{"who looked at it", {}};
  auto& section = card.section("");
  std::optional<Error> broken;
  DAYBOOK_TRY(read_events_with(looks, looks.first(), looks.end(), std::span(&person.value, 1), [&](const Event& event) {
    const auto* viewed = std::get_if<RecordViewed>(&event.body);
    if (!viewed || std::find(viewed->subjects.begin(), viewed->subjects.end(), person.value) == viewed->subjects.end()) return true;
    const Matter of{person, {viewed->programme, viewed->cycle}, ""};
    if (desk.sight("access-book", of) < Sight::kMasked) return true;
    const auto purpose = values.record(event.envelope.position, FieldClass::kPurpose);
    if (!purpose) return broken = purpose.error(), false;
    const auto* kept = purpose.value() ? purpose.value()->find(field_number(RecordViewed{}, "purpose")) : nullptr;
    const auto why = desk.sight("purpose", of) != Sight::kShown ? kSealed : kept ? std::string_view(*kept) : "(erased)";
    desk.add(person, FieldClass::kPurpose);
    section.lines.push_back({to_text(event.envelope.recorded_at),
                             fmt::format("{}{}{}: {} ({}); {}", event.envelope.provenance.role, viewed->unit.empty() ? "" : " of " + viewed->unit,
                                         viewed->denied ? ", denied" : "", why, viewed->verb, fmt::join(viewed->classes, ", ")),
                             {}});
    return true;
  }));
  if (broken) return *broken;
  return card;
}

// It is a look at them, also where every value is sealed and nobody looked before.
Result<std::vector<Card>> export_of(const Inquiry& view, const PersonId& person, Position end, const EventLog& looks, const Vault& values) {
  if (view.desk->may_look()) view.desk->add(person, FieldClass::kContact);
  Desk sealed(view.state(), view.vault, nullptr);
  DAYBOOK_TRY(auto cards, held_of(view.ledger.programme(), person, *view.desk, sealed, end));
  DAYBOOK_TRY(auto recipients, recipients_of(looks, values, person, *view.desk));
  cards.push_back(std::move(recipients));
  return cards;
}

}  // namespace daybook
