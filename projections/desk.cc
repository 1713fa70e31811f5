#include "projections/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/labels.h"

namespace daybook {
namespace {

const FieldInfo* find_field(const Body& kind, std::string_view field) {
  const auto& fields = kind_of(kind).fields;
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& info) { return info.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

std::string row_of(const FieldInfo& field) { return fmt::format("{}.{}", class_name(field.field_class), field.name); }

// The classes of which a glass must have one to open a row: its own or, of a thing, those of its fields; none for one without fields, which goes
// with any.
std::vector<std::string_view> classes_of(std::string_view row) {
  if (row == "names" || row == "coach-names") return {"contact"};
  if (row == "people") return {"contact", "staff", "participation"};
  if (row == "applications" || row == "decisions") return {"registration", "statistic", "intake"};
  if (row == "pairings") return {"session", "reason"};
  if (row == "coaches") return {"credential", "profile"};
  if (row == "rights" || row == "programme" || row == "figures" || row == "access-book" || row == "export") return {};
  return {row.substr(0, row.find('.'))};
}

// The class by which a glass opens a row; nullopt if it does not.
std::optional<FieldClass> opened_by(const GlassState& glass, std::string_view row) {
  const auto classes = classes_of(row);
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) {
    const auto field_class = static_cast<FieldClass>(i);
    const auto name = class_name(field_class);
    const bool broken_for = std::find(glass.classes.begin(), glass.classes.end(), name) != glass.classes.end();
    if (broken_for && (classes.empty() || std::find(classes.begin(), classes.end(), name) != classes.end())) return field_class;
  }
  return std::nullopt;
}

template <class... Bodies>
bool is_one_of(const Event& event) {
  return (std::holds_alternative<Bodies>(event.body) || ...);
}

bool covers(const GlassState& glass, const Matter& matter) {
  if (!glass.subject.empty()) return glass.subject == matter.subject;
  return glass.about.programme == matter.cycle.programme && (glass.about.cycle.empty() || glass.about.cycle == matter.cycle.cycle);
}

}  // namespace

// With the unit of its subject, as it is now.
Matter Desk::in_unit(const Matter& matter) const {
  Matter there = matter;
  if (const auto* row = (reader_->units ? reader_->units : reader_->tables)->find(matter.subject)) there.unit = DeskTables::value(*row, "entity");
  return there;
}

// Nobody looks at their own case as one who administers it, no more than they act on it.
std::optional<Relation> Desk::relation_to(const Matter& matter) const {
  const auto& state = *reader_->state;
  const auto to = [&](const Matter& there) { return relation(state, reader_->actor, reader_->role, there, reader_->today()); };
  const auto stands = by_unit_ ? to(in_unit(matter)) : to(matter);
  return stands == Relation::kInScope && is_party(state, reader_->actor, matter) ? Relation::kElsewhere : stands;
}

// Neither is it about the reader, nor do they hold their role where it is.
bool Desk::is_stranger(const Matter& matter) const {
  if (!reader_) return false;
  const auto stands = relation_to(matter);
  return stands != Relation::kOwn && stands != Relation::kInScope;
}

// A glass adds to the role in which it was broken, where that is held.
const GlassState* Desk::glass_over(std::string_view row, const Matter& matter) const {
  for (const auto& [id, glass] : reader_->state->rights.glasses) {
    const bool theirs = glass.holder == reader_->actor && glass.role == role_name(reader_->role);
    if (theirs && glass.open_at(reader_->now) && covers(glass, matter) && opened_by(glass, row)) return &glass;
  }
  return nullptr;
}

void Desk::note_unit(const Matter& matter) {
  const auto& r = *reader_;
  const auto* grant = by_unit_ ? grant_over(*r.state, r.actor, r.role, in_unit(matter), r.today()) : nullptr;
  units_.insert(grant ? grant->unit : "");
}

Sight Desk::sight(std::string_view row, const Matter& matter) {
  if (!reader_) return Sight::kMasked;
  const auto stands = relation_to(matter);
  if (!stands) return Sight::kAbsent;
  const auto by_role = reader_->table->at(reader_->role, *stands, row);
  return *stands == Relation::kInScope ? sight_in_scope(row, matter, by_role) : by_role;
}

// What a glass shows counts as looked at, field or not: it is looked into afterwards.
Sight Desk::sight_in_scope(std::string_view row, const Matter& matter, Sight by_role) {
  const auto by_glass = reader_->table->under_glass(row);
  const auto* glass = by_glass > by_role ? glass_over(row, matter) : nullptr;
  const auto told = glass ? by_glass : by_role;
  if (told != Sight::kAbsent) note_unit(matter);
  if (!glass) return told;
  glass_ = glass->broken;
  if (const auto opened = opened_by(*glass, row)) add(matter.subject, *opened);
  return told;
}

bool Desk::reaches(std::string_view thing, const Matter& matter) {
  if (!reader_ || sight(thing, matter) == Sight::kShown) return true;
  withhold(matter.subject);
  return false;
}

bool Desk::reaches(const PairingState& pairing) {
  if (!reader_) return true;
  const Matter of_coach{pairing.coach, pairing.cycle, pairing.ref};
  return sight("pairings", of_coach) == Sight::kShown || reaches("pairings", {pairing.client, pairing.cycle, pairing.ref});
}

bool Desk::reaches_coach(const std::string& programme, const PersonId& person, const CoachState& coach) {
  const Matter matter{person, {programme, ""}, ""};
  const bool stranger = coach.review != "accepted" && is_stranger(matter);
  if (stranger) withhold(person);
  return !stranger && reaches("coaches", matter);
}

bool Desk::reaches(const Event& event) {
  const auto matter = matter_of(event);
  return reaches(thing_of(event), matter) && reaches_inside(event, matter);
}

bool Desk::reaches_feedback(const PersonId& giver, const PairingState& pairing) {
  return tells(FeedbackGiven{}, "comment", {giver, pairing.cycle, pairing.ref});
}

// What an event says that its thing alone does not: nothing else is to it than fields that the reader may not be told of, or it is
// about a coach whom nobody had accepted.
bool Desk::reaches_inside(const Event& event, const Matter& matter) {
  const auto& actor = event.envelope.provenance.actor;
  bool told = true;
  if (const auto* record = std::get_if<CoachRecorded>(&event.body)) {
    const auto* coach = state_.coach(record->programme, matter.subject);
    told = !is_stranger(matter) || (record->review == "accepted" && (!coach || coach->review == "accepted"));
  } else if (std::holds_alternative<RowUndone>(event.body)) {
    told = thing_of(event) != "coaches" || !is_stranger(matter);  // nobody says any more that they were accepted
  } else if (std::holds_alternative<FeedbackGiven>(event.body)) {
    told = tells(event.body, "comment", {actor, matter.cycle, matter.pairing});
  } else if (std::holds_alternative<ParticipationRecorded>(event.body)) {
    told = tells(event.body, "programme", matter);
  } else if (std::holds_alternative<RowRefused>(event.body)) {
    const bool by_reader = reader_ && !actor.empty() && actor == reader_->actor;
    told = by_reader || tells(event.body, "saw", matter);
  }
  if (!told) withhold(matter.subject);
  return told;
}

Desk::Known Desk::known(const Matter& who, As as) {
  const auto& id = who.subject;
  if (id.empty() || !reader_ || sight(as == As::kCoach ? "coach-names" : "names", who) != Sight::kShown) return {};
  Known known;
  if (const auto* row = reader_->tables->find(id)) {
    known = {DeskTables::value(*row, "staffNumber"), DeskTables::value(*row, "name")};
  } else if (const auto name = vault_.name(id); !name) {  // an actor without a personnel record
    fault_ = name.error();
  } else if (name.value()) {
    known.staff_number = *name.value();
  }
  if (!known.staff_number.empty()) add(id, FieldClass::kContact);
  return known;
}

std::string Desk::person(const Matter& who, As as) {
  const auto [staff_number, name] = known(who, as);
  if (staff_number.empty()) return who.subject.value;
  return name.empty() ? staff_number : staff_number + " " + name;
}

std::optional<PersonId> Desk::find(const std::string& text, std::string_view thing, const std::string& programme) {
  const bool by_id = state_.person(PersonId{text}) != nullptr;
  if (!reader_) return by_id ? std::optional(PersonId{text}) : std::nullopt;
  if (!by_id) classes_.insert(FieldClass::kContact);
  const auto person = by_id ? Result<std::optional<PersonId>>(PersonId{text}) : vault_.person(text);
  if (!person) {
    fault_ = person.error();
    return std::nullopt;
  }
  if (!person.value()) return std::nullopt;
  const Matter matter{*person.value(), {programme, ""}, ""};
  const auto least = thing == "access-book" ? Sight::kMasked : Sight::kShown;  // a look is told of without who looked
  const auto name = thing == "coaches" ? "coach-names" : "names";
  if (sight(thing, matter) >= least && (by_id || sight(name, matter) == Sight::kShown)) return *person.value();
  withhold(*person.value());
  return std::nullopt;
}

std::vector<const DeskRow*> Desk::search(const std::vector<std::string>& words) {
  if (!reader_) return {};
  classes_.insert({FieldClass::kContact, FieldClass::kStaff});
  auto found = reader_->tables->search(words);
  std::erase_if(found, [&](const DeskRow* row) {  // whole, or a search would tell what a record holds without showing it
    const Matter matter{row->person, {}, ""};
    return !(reaches("people", matter) && reaches("contact", matter) && reaches("staff", matter));
  });
  for (const auto* row : found) subjects_.insert(row->person);
  return found;
}

bool Desk::tells(const Body& kind, std::string_view field, const Matter& of) {
  const auto* info = find_field(kind, field);
  return info && sight(row_of(*info), of) >= Sight::kMasked;
}

std::optional<std::string> Desk::value(Position event, const Body& kind, std::string_view field, const Matter& of, size_t item) {
  const auto* info = reader_ ? find_field(kind, field) : nullptr;
  if (!info || sight(row_of(*info), of) != Sight::kShown) return std::nullopt;
  const auto record = vault_.record(event, info->field_class);
  if (!record) {
    fault_ = record.error();
    return std::nullopt;
  }
  const auto number = static_cast<uint16_t>(info->list ? 256 * (item + 1) + info->number : info->number);
  const auto* text = record.value() ? record.value()->find(number) : nullptr;
  if (!text) return std::nullopt;
  add(of.subject, info->field_class);
  return *text;
}

Matter matter_of(const Event& event, const State& state) {
  Matter matter{event.envelope.subject, cohort_of(event.body), ""};
  if (const auto* row = std::get_if<RowRefused>(&event.body); row && row->sheet == "activity") matter.pairing = row->ref;
  const std::string_view stream = event.envelope.stream;
  if (!stream.starts_with("pairing/")) return matter;
  matter.pairing = stream.substr(8);
  if (const auto* pairing = state.pairing(matter.pairing)) matter.cycle = pairing->cycle;
  return matter;
}

std::string_view thing_of(std::string_view stream) {
  const auto of = stream.substr(0, stream.find('/'));
  if (of == "pairing" || of == "activity") return "pairings";
  if (of == "coach" || of == "coaches") return "coaches";
  if (of == "person" || of == "staff" || of == "participations") return "people";
  if (of == "role" || of == "proposal" || of == "glass") return "rights";
  return of == "applications" ? of : of == "application" ? "decisions" : of == "access" ? "access-book" : "programme";
}

std::string_view thing_of(const Event& event) {
  if (is_one_of<ApplicationSubmitted, FormRectified>(event)) return "applications";
  if (is_one_of<HoldPlaced, HoldLifted, PersonErased, ErasureCertified>(event)) return "rights";
  const auto* row = std::get_if<RowRefused>(&event.body);
  return thing_of(row ? row->sheet : event.envelope.stream);
}

}  // namespace daybook
