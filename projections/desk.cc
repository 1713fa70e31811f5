#include "projections/desk.h"

namespace daybook {

std::string Desk::person(const PersonId& id) {
  if (id.empty() || !may_look_) return id.value;
  if (const auto it = shown_.find(id); it != shown_.end()) return it->second;
  std::string shown = id.value;
  if (const auto name = vault_.name(id); !name) {
    fault_ = name.error();
  } else if (name.value()) {
    shown = *name.value();
    subjects_.insert(id);
    classes_.insert(FieldClass::kContact);
  }
  if (const auto* person = state_.person(id); person && person->staff) {
    const auto full = value(*person->staff, Body(StaffRecorded{}), "name", id);
    if (full && !full->empty()) shown += " " + *full;
  }
  return shown_.emplace(id, std::move(shown)).first->second;
}

std::optional<std::string> Desk::value(Position event, const Body& kind, std::string_view field, const PersonId& subject, size_t item) {
  if (!may_look_) return std::nullopt;
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
