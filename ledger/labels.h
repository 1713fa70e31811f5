// What the directory says of an event: what a question can find it by without reading it.
#pragma once

#include "ledger/event.h"
#include "ledger/event_log.h"

namespace daybook {

// The cohort that an event's open fields name: its cycle; its programme alone, with an empty cycle, for what all cycles of
// a programme share (rulebooks, coaches); both empty where it names neither. An event that names none has the cohort of
// the newest event of its stream that did; an import's beginning and end have none, whatever its rows name.
CycleId cohort_of(const Body& body);

// 0 where there is no cohort.
uint32_t label_of(const CycleId& cohort);

// `cohort`: where the event names none.
Labels labels_of(const Envelope& envelope, const Body& body, const CycleId& cohort = {});

}  // namespace daybook
