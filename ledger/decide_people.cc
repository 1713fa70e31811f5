// Personnel records, earlier participations, coaches.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "ledger/case.h"

namespace daybook {
namespace {

// "60" or "37.5"; whatever is no number is no hours.
double hours(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return 0;
  char* rest = nullptr;
  const double value = std::strtod(text.c_str(), &rest);
  return *rest == '\0' ? value : 0;
}

// What keeps a coaches row from being recorded, first that applies.
std::optional<Refusal> unfit(const CoachRecorded& row, const Charter& charter, Position charter_at) {
  const bool accepted = row.review == "accepted";
  if (accepted && row.pledged_on.empty()) {
    return no("not-pledged", "accepted without a day of the confidentiality pledge", "the day on which the confidentiality pledge was given",
              charter_at);
  }
  if (accepted && row.credential_kind == "icf-training" && hours(row.training_hours) < charter.training_hours_min) {
    return no("too-few-hours", fmt::format("training hours \"{}\"", row.training_hours),
              fmt::format("{} training hours or more, or a certification", charter.training_hours_min), charter_at);
  }
  if (row.capacity < charter.capacity_min || row.capacity > charter.capacity_max) {
    return no("capacity", fmt::format("capacity {}", row.capacity),
              fmt::format("a capacity from {} to {}", charter.capacity_min, charter.capacity_max), charter_at);
  }
  if (std::find(charter.credentials.begin(), charter.credentials.end(), row.credential_kind) == charter.credentials.end()) {
    return no("credential", fmt::format("credential \"{}\"", row.credential_kind),
              fmt::format("one of the credentials {}", fmt::join(charter.credentials, ", ")), charter_at);
  }
  return std::nullopt;
}

}  // namespace

Decision decide_people(const Case& at, const RecordStaff& c) {
  NewEvent event = about_person(at.facts.person);
  event.body = c.values;
  return one(std::move(event));
}

Decision decide_people(const Case& at, const RecordParticipation& c) {
  if (!at.state.known_person(at.facts.person)) return unknown_person();
  NewEvent event = about_person(at.facts.person);
  event.body = c.values;
  return one(std::move(event));
}

Decision decide_people(const Case& at, const RecordCoach& c) {
  if (!at.state.known_person(at.facts.person)) return unknown_person();
  const auto* programme = at.state.programme(c.values.programme);
  if (!programme) return no("unknown-programme", "no charter for a programme of that name", "a charter for that programme, adopted first");
  if (auto refusal = unfit(c.values, *programme->latest().charter, programme->latest().adopted)) return std::move(*refusal);
  NewEvent event;
  event.stream = "coach/" + c.values.programme + "/" + at.facts.person.value;
  event.subject = at.facts.person;
  event.charter_version = static_cast<uint32_t>(programme->versions.size());
  event.body = c.values;
  return one(std::move(event));
}

}  // namespace daybook
