// What the options of history ask.
#pragma once

#include "projections/event_pages.h"
#include "tools/verbs.h"

namespace daybook {

// kRejected: an option's value has no such form. kNotFound: it names what is not there; to a reader who says who they are, what is not there
// and what is out of reach is a listing without events.
// The answer where nothing is told to somebody who says who they are: what is not there and what is out of reach, a position too.
Error nothing_to_tell();

Result<Listing> read_question(const HistoryArguments& arguments, Inquiry& view);

}  // namespace daybook
