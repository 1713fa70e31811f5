// What the directory says of an event: what a question can find it by without reading it.
#pragma once

#include <string_view>

#include "ledger/event.h"
#include "ledger/event_log.h"

namespace daybook {

// The cohort that an event's open fields name: its cycle; its programme alone, with an empty cycle, for what all cycles of
// a programme share (rulebooks, coaches); both empty where it names neither. An event that names none has the cohort of
// the newest event of its stream that did, where the stream keeps it.
CycleId cohort_of(const Body& body);

// False: an event of the stream that names no cohort has none, whatever others name: an import's beginning and end, a role of every programme,
// what became of a broken glass.
bool keeps_cohort(std::string_view stream);

// 0 where there is no cohort.
uint32_t label_of(const CycleId& cohort);

// `cohort`: where the event names none.
Labels labels_of(const Envelope& envelope, const Body& body, const CycleId& cohort = {});

}  // namespace daybook
