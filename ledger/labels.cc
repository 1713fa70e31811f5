#include "ledger/labels.h"

#include <array>

namespace daybook {
namespace {

struct NamedCohort {
  template <class Body>
  CycleId operator()(const Body& body) const {
    if constexpr (requires { body.programme, body.cycle; }) {
      return {body.programme, body.cycle};
    } else if constexpr (requires { body.programme; }) {
      return {body.programme, ""};
    } else {
      return {};
    }
  }
  CycleId operator()(const ParticipationRecorded&) const { return {}; }  // its programme is confidential
  CycleId operator()(const RecordViewed&) const { return {}; }           // a look changes no cohort
};

// short_hash, which costs a SHA-256: the same streams, people and cohorts come again and again.
uint32_t remembered_hash(const std::string& text) {
  struct Slot {
    std::string text;
    uint32_t hash = 0;
  };
  static thread_local std::array<Slot, 4096> slots;
  auto& slot = slots[std::hash<std::string>{}(text) % slots.size()];
  if (slot.text != text) slot = {text, short_hash(text)};
  return slot.hash;
}

}  // namespace

CycleId cohort_of(const Body& body) { return std::visit(NamedCohort{}, body); }

bool keeps_cohort(std::string_view stream) { return !stream.starts_with("import/") && !stream.starts_with("role/") && !stream.starts_with("glass/"); }

uint32_t label_of(const CycleId& cohort) { return cohort.programme.empty() ? 0 : remembered_hash(cohort.text()); }

Labels labels_of(const Envelope& envelope, const Body& body, const CycleId& cohort) {
  const auto named = cohort_of(body);
  return {remembered_hash(envelope.stream), remembered_hash(envelope.subject.value), label_of(named.programme.empty() ? cohort : named)};
}

}  // namespace daybook
