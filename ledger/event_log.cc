#include "ledger/event_log.h"

#include <algorithm>

#include "ledger/digest.h"

namespace daybook {

uint32_t short_hash(std::string_view text) {
  if (text.empty()) return 0;
  const Hash digest = sha256({as_bytes(text)});
  return static_cast<uint32_t>(digest[0]) << 24 | static_cast<uint32_t>(digest[1]) << 16 | static_cast<uint32_t>(digest[2]) << 8 | digest[3];
}

bool has_label(std::span<const Labels> labels, uint32_t label) {
  return std::any_of(labels.begin(), labels.end(), [&](const Labels& of_one) { return of_one.has(label); });
}

Result<void> EventLog::drop_before(Position) { return Error{Fault::kStorage, "this log keeps every entry"}; }
Result<void> EventLog::begin_past(std::span<const Hash>) { return Error{Fault::kStorage, "this log keeps every entry"}; }
void EventLog::tell_of_writes(WriteTold) {}

}  // namespace daybook
