// What every EventLog asks of a batch before it writes.
#pragma once

#include <fmt/format.h>

#include "ledger/codec.h"
#include "ledger/event_log.h"

namespace daybook {

inline Result<void> check_batch(const Batch& batch, Position end) {
  if (batch.expected && *batch.expected != end) {
    return Error{Fault::kConflict, fmt::format("append: expected end {}, the log ends at {}", batch.expected->value, end.value)};
  }
  if (!batch.labels.empty() && batch.labels.size() != batch.entries.size()) {
    return Error{Fault::kRejected,
                 fmt::format("append: found {} labels, want one for each of {} entries", batch.labels.size(), batch.entries.size())};
  }
  if (batch.entries.empty()) return Error{Fault::kRejected, "append: found no entry, want one or more"};
  for (const auto& entry : batch.entries) {
    if (entry.empty() || entry.size() > kEntryBytesMax) {
      return Error{Fault::kRejected, fmt::format("append: found an entry of {} bytes, want 1 to {}", entry.size(), kEntryBytesMax)};
    }
  }
  return success();
}

}  // namespace daybook
