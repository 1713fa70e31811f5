// The events themselves: which concern a person or a thing, and how they read as a sentence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/event.h"
#include "projections/desk.h"

namespace daybook {

// Filters that combine: an event passes if it meets all that are given.
struct EventFilter {
  std::optional<PersonId> person;  // about them, or of a pairing in which they are the coach
  std::string ref;                 // an application's or pairing's reference
  std::string stream, kind;
  std::optional<PersonId> actor;
  std::string role;                                    // the acting one
  std::string correlation;                             // 16 bytes: what one command made
  std::optional<Instant> since, until;                 // recorded in the half-open range
  std::optional<Instant> happened_since, happened_by;  // happened then or later; by then, the moment itself included
};
bool passes(const EventFilter& filter, const Event& event, const State& state);

// The labels (labels.h) that the events have which concern a person.
std::vector<uint32_t> labels_about(const PersonId& person, const State& state);

// What happened, in a line: "pairing P00017 accepted on 2024-02-03, window to 2024-06-03". Open fields only, and
// persons as the desk shows them.
std::string sentence(const Event& event, Desk& desk);

}  // namespace daybook
