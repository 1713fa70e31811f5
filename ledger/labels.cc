#include "ledger/labels.h"

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

}  // namespace

CycleId cohort_of(const Body& body) { return std::visit(NamedCohort{}, body); }

uint32_t label_of(const CycleId& cohort) { return cohort.programme.empty() ? 0 : short_hash(cohort.text()); }

Labels labels_of(const Envelope& envelope, const Body& body, const CycleId& cohort) {
  const auto named = cohort_of(body);
  return {short_hash(envelope.stream), short_hash(envelope.subject.value), label_of(named.programme.empty() ? cohort : named)};
}

}  // namespace daybook
