#include "projections/desk.h"

namespace daybook {

Desk::Known Desk::known(const PersonId& id) {
  if (id.empty() || !may_look()) return {};
  Known known;
  if (const auto* row = tables_->find(id)) {
    known = {DeskTables::value(*row, "staffNumber"), DeskTables::value(*row, "name")};
  } else if (const auto name = vault_.name(id); !name) {  // an actor without a personnel record
    fault_ = name.error();
  } else if (name.value()) {
    known.staff_number = *name.value();
  }
  if (!known.staff_number.empty()) {
    subjects_.insert(id);
    classes_.insert(FieldClass::kContact);
  }
  return known;
}

std::string Desk::person(const PersonId& id) {
  const auto [staff_number, name] = known(id);
  if (staff_number.empty()) return id.value;
  return name.empty() ? staff_number : staff_number + " " + name;
}

std::optional<PersonId> Desk::find(const std::string& text) {
  if (state_.person(PersonId{text})) return PersonId{text};
  if (!may_look()) return std::nullopt;
  classes_.insert(FieldClass::kContact);
  const auto person = vault_.person(text);
  if (!person) {
    fault_ = person.error();
    return std::nullopt;
  }
  return person.value();
}

std::vector<const DeskRow*> Desk::search(const std::vector<std::string>& words) {
  if (!may_look()) return {};
  classes_.insert({FieldClass::kContact, FieldClass::kStaff});
  const auto found = tables_->search(words);
  for (const auto* row : found) subjects_.insert(row->person);
  return found;
}

std::optional<std::string> Desk::value(Position event, const Body& kind, std::string_view field, const PersonId& subject, size_t item) {
  if (!may_look()) return std::nullopt;
  for (const auto& info : kind_of(kind).fields) {
    if (info.name != field) continue;
    const auto record = vault_.record(event, info.field_class);
    if (!record) {
      fault_ = record.error();
      return std::nullopt;
    }
    const auto number = static_cast<uint16_t>(info.list ? 256 * (item + 1) + info.number : info.number);
    const auto* text = record.value() ? record.value()->find(number) : nullptr;
    if (!text) return std::nullopt;
    if (!subject.empty()) subjects_.insert(subject);
    classes_.insert(info.field_class);
    return *text;
  }
  return std::nullopt;
}

}  // namespace daybook
