// How the two books and what is kept of them fare, as figures: how much one write holds, how long its fsync takes, how far the kept state is behind,
// what became of looks.
#pragma once

#include "server/live_state.h"
#include "server/look_book.h"
#include "server/metrics.h"

namespace daybook {

struct BookFigures {
  Ledger& ledger;
  EventLog& access;  // the access book's
  LookBook& looks;
  const LiveState& live;
};

// All is borrowed: `metrics` until nothing is written any more, what is in `of` until nobody asks for the figures.
void add_book_figures(Metrics& metrics, const BookFigures& of);

}  // namespace daybook
