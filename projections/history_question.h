// What is asked of the events themselves, as text, and the listing that it asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "projections/event_pages.h"
#include "projections/inquiry.h"

namespace daybook {

struct HistoryQuestion {
  std::string subject, stream, actor, role, correlation, since, until, happened_since, happened_until, position;
  std::vector<std::string> kinds;
  std::optional<uint64_t> chain, after;
  uint64_t limit = 0;  // 0: all
  bool reverse = false, follow = false;
  bool by_name = true;        // people by staff number too; else by id alone
  std::string prefix = "--";  // before an option's name in what an error says. Empty: it is said to a stranger, and what was found is not repeated
};

// The answer where nothing is told to somebody who says who they are: what is not there and what is out of reach, a position too.
Error nothing_to_tell();

// kRejected: an option's value has no such form. kNotFound: it names what is not there; to a reader who says who they are, what is not there
// and what is out of reach is a listing without events.
Result<Listing> read_question(const HistoryQuestion& question, const Inquiry& view);

}  // namespace daybook
