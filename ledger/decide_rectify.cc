// What a person may ask for of what is held of them (C3): that it is put right, and that it is not used for a while.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/action_text.h"
#include "ledger/case.h"

namespace daybook {
namespace {

Refusal no_reason(std::string_view what) { return no("no-reason", "no reason", fmt::format("a reason: {} with one", what)); }

Refusal values_gone() {
  return no("erased", "the values that would be put right are no longer there", "nothing: what was erased is not written down again");
}

Refusal same_as_before() { return no("nothing-new", "every value is as it was recorded", "a value other than the one recorded"); }

// Puts the values in; false if nothing is other than it was.
template <class Values, size_t N>
bool put_right(Values& values, const CorrectableField<Values> (&fields)[N], const RightValues& corrections) {
  bool changed = false;
  for (const auto& [column, value] : corrections) {
    const auto field = std::find_if(std::begin(fields), std::end(fields), [&](const auto& known) { return known.column == column; });
    if (field == std::end(fields) || values.*field->member == value) continue;
    values.*field->member = value;
    changed = true;
  }
  return changed;
}

}  // namespace

Decision decide_rectify(const Case& at, const PlaceHold& c) {
  const auto* person = at.state.person(at.facts.person);
  if (!person) return unknown_person();
  if (person->held) return no("held", "what is held of them is on hold already", "nothing: one hold at a time", person->held);
  if (c.reason.empty()) return no_reason("a hold is placed");
  NewEvent event = about_person(at.facts.person);
  event.body = HoldPlaced{c.reason};
  return one(std::move(event));
}

Decision decide_rectify(const Case& at, const LiftHold& c) {
  const auto* person = at.state.person(at.facts.person);
  if (!person) return unknown_person();
  if (!person->held) return no("not-held", "what is held of them is not on hold", "a hold, placed first");
  if (c.reason.empty()) return no_reason("a hold is lifted");
  NewEvent event = about_person(at.facts.person);
  event.caused_by = person->held->value + 1;
  event.body = HoldLifted{c.reason};
  return one(std::move(event));
}

// The record whole, the newest put right: who reads the newest needs to know of no correction.
Decision decide_rectify(const Case& at, const RectifyStaff& c) {
  if (!at.state.known_person(at.facts.person)) return unknown_person();
  if (c.reason.empty()) return no_reason("a personnel record is put right");
  if (!at.facts.staff) return values_gone();
  auto values = *at.facts.staff;
  if (!put_right(values, kStaffFields, c.values)) return same_as_before();
  NewEvent event = about_person(at.facts.person);
  event.corrects = at.state.person(at.facts.person)->staff->value + 1;
  event.body = std::move(values);
  return one(std::move(event));
}

Decision decide_rectify(const Case& at, const RectifyForm& c) {
  const auto* application = at.state.application(c.application);
  if (!application) return unknown_application();
  if (c.reason.empty()) return no_reason("a form is put right");
  if (!at.facts.form) return values_gone();
  auto values = *at.facts.form;
  if (!put_right(values, kFormFields, c.values)) return same_as_before();
  values.application = c.application;
  values.programme = application->cycle.programme;
  values.cycle = application->cycle.cycle;
  values.reason = c.reason;
  NewEvent event = about_application(c.application, application->person, *at.state.cycle(application->cycle));
  event.corrects = application->rectified.value_or(application->submitted).value + 1;
  event.body = std::move(values);
  return one(std::move(event));
}

}  // namespace daybook
