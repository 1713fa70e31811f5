// W3C trace context: by which one request is followed through several systems, and found in our log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/digest.h"

namespace daybook {

struct Trace {
  std::string trace_id = {};   // 32 lower-case hex digits, not all 0
  std::string parent_id = {};  // of the caller's step, 16 hex digits; empty if the request brought none
  std::string span_id = {};    // of ours; by this an answer is found in the log
  bool sampled = false;
  // The field for whoever is called on behalf of this request.
  std::string text() const;
};

// The caller's trace with a step of our own, or a new trace if `traceparent` is empty or not exactly of the form of version 00: it is never a
// reason to refuse.
Trace continue_trace(std::string_view traceparent, Randomness& randomness);

}  // namespace daybook
