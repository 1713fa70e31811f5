// Whose the sealed records of an event are, as its entry tells without a key.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <vector>

#include "ledger/codec.h"
#include "ledger/event.h"

namespace daybook {

struct RecordOwner {
  FieldClass field_class;
  std::string owner;  // person/ID or cohort/PROGRAMME/CYCLE
};

// The records that an event has in the vault as long as nobody's erasure took them: one for each class that its entry
// commits to. `cohort` as RunningCohorts has it.
std::vector<RecordOwner> record_owners(const Event& event, const Commitments& commitments, const CycleId& cohort);

// The owner whose records went with this event: a person's erasure, a cohort's expiry. Empty for any other event.
std::string owner_erased_by(const Event& event);

// The cohorts of a book's events, taken in order from the first: the one an event names, else that of the newest event of
// its stream before it that named one. An import's beginning and end have none, whatever its rows name.
class RunningCohorts {
 public:
  CycleId next(const Event& event);

 private:
  boost::unordered_flat_map<std::string, CycleId> streams_;
};

}  // namespace daybook
