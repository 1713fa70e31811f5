#include "server/book_figures.h"

namespace daybook {
namespace {

void watch_writes(Metrics& metrics, EventLog& log, const std::string& book) {
  auto& events = metrics.histogram("daybook_group_events", "Events that one write held, by book.", {{"book", book}}, Histogram::kNumbers);
  auto& seconds = metrics.histogram("daybook_write_seconds", "Time of one write with its fsync, by book.", {{"book", book}});
  log.tell_of_writes([&events, &seconds](size_t entries, std::chrono::nanoseconds took) {
    events.observe(static_cast<double>(entries));
    seconds.observe(took);
  });
}

}  // namespace

void add_book_figures(Metrics& metrics, const BookFigures& of) {
  watch_writes(metrics, of.ledger.programme(), "programme");
  watch_writes(metrics, of.access, "access");
  of.looks.count_in(metrics);
  metrics.gauge("daybook_view_lag_events", "Events that are durable and not yet in the state that views are answered from.",
                [&live = of.live] { return static_cast<double>(live.behind()); });
  metrics.gauge("daybook_commands_waiting", "Commands that the writer has not begun to decide.",
                [&writer = of.ledger.sequencer()] { return static_cast<double>(writer.waiting()); });
}

}  // namespace daybook
