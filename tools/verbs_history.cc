// The verb history: the events themselves.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>

#include "projections/history_question.h"
#include "projections/told_events.h"
#include "tools/event_printer.h"
#include "tools/stop_signals.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

constexpr size_t kPart = 1000;  // events that are told together: so many are in memory, and one look is written down for them

// Tells the events of one listing, a part at a time. What a part shows is written down before it is printed.
class Telling {
 public:
  // All are borrowed. `stopped` ends the telling between two parts. `endless`: that there is nothing to tell is no answer yet.
  Telling(Session& session, Inquiry& view, EventPrinter& printer, bool endless, std::function<bool()> stopped)
      : session_(session), view_(view), printer_(printer), endless_(endless), stopped_(std::move(stopped)) {}

  // Gives the position to go on after, if there are more.
  Result<std::optional<Position>> tell(const Listing& listing) {
    EventTeller teller(view_);
    DAYBOOK_TRY(const auto next, teller.tell(listing, [this](ToldEvent event) { return add(std::move(event)); }));
    DAYBOOK_TRY(print_part());
    return next;
  }

  uint64_t told = 0;

 private:
  Result<bool> add(ToldEvent event) {
    part_.push_back(std::move(event));
    ++told;
    if (part_.size() == kPart) {
      DAYBOOK_TRY(print_part());
    }
    return !(part_.empty() && stopped_());
  }

  Result<void> print_part() {
    const bool any = endless_ || told > 0;
    DAYBOOK_TRY(session_.account_for("history", view_, {}, any));
    if (view_.desk->may_look() && !any) return nothing_to_tell();
    view_.new_desk();
    printer_.print(part_);
    part_.clear();
    return success();
  }

  Session& session_;
  Inquiry& view_;
  EventPrinter& printer_;
  const bool endless_;
  const std::function<bool()> stopped_;
  std::vector<ToldEvent> part_;
};

// What is asked. Also that nobody was found is an answer, and written down.
Result<Listing> read_question(Session& session, const HistoryQuestion& question, Inquiry& view) {
  auto listing = read_question(question, view);
  if (!listing) {
    DAYBOOK_TRY(session.account_for("history", view, {}, listing.error().fault != Fault::kNotFound));
  }
  return listing;
}

Result<void> list(const Settings& settings, const HistoryQuestion& question) {
  Session session(settings);
  DAYBOOK_TRY(const auto view, session.view("history"));
  DAYBOOK_TRY(const auto listing, read_question(session, question, *view));
  EventPrinter printer(session.format(Format::kText, Format::kText), settings.for_spreadsheet, false);
  DAYBOOK_TRY(const auto next, Telling(session, *view, printer, false, [] { return false; }).tell(listing));
  printer.end(next, session.looks());
  return success();
}

bool nobody_reads() {  // the other end of the pipe is closed
  pollfd out{1, 0, 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLNVAL)) != 0;
}

// Tells what is there, and again whenever the watermark has moved on: within about a second. (What a killed writer left
// unsigned comes when the ledger is next opened for writing.) A view of the database stands still, so each step
// opens its own and goes on where the one before stopped.
class Following {
 public:
  Following(const Settings& settings, const HistoryQuestion& question) : settings_(settings), question_(question) {}

  Result<void> run() {
    for (bool more = true; more;) {
      DAYBOOK_TRY(more, step());
      if (more) {
        DAYBOOK_TRY(more, wait());
      }
    }
    return success();
  }

 private:
  // False: all that was asked for is told, or nobody wants more.
  Result<bool> step() {
    Session session(settings_);
    DAYBOOK_TRY(const auto view, listing_ ? session.view_further("history", std::move(state_)) : session.view("history"));
    if (!listing_) {
      DAYBOOK_TRY(listing_, read_question(session, question_, *view));
      printer_.emplace(session.format(Format::kText, Format::kText), settings_.for_spreadsheet, true);
    }
    Telling telling(session, *view, *printer_, true, [&] { return over(std::chrono::milliseconds{0}); });
    DAYBOOK_TRY(const auto next, telling.tell(*listing_));
    if (next || (listing_->limit > 0 && telling.told == listing_->limit)) return false;
    if (listing_->limit > 0) listing_->limit -= telling.told;
    listing_->from = std::max(listing_->from, view->state().end);
    keep(*view);
    return listing_->from < listing_->to;
  }

  // What the next step begins with.
  void keep(Inquiry& view) {
    const auto& watermark = view.ledger.watermark();
    signed_ = watermark ? watermark->checkpoint.head.size : 0;
    watermark_file_ = watermark_file(view.ledger.folder(), "programme");
    key_ = view.ledger.config().programme_key;
    state_ = std::move(view).take_state();
  }

  // Until more is signed. False: nobody wants more.
  Result<bool> wait() {
    while (!over(kFollowEvery)) {
      DAYBOOK_TRY(const auto watermark, read_watermark(watermark_file_, key_));
      if (watermark && watermark->checkpoint.head.size != signed_) return true;
    }
    return false;
  }

  bool over(std::chrono::milliseconds at_most) { return stop_.came(at_most) || nobody_reads(); }

  const Settings& settings_;
  const HistoryQuestion& question_;
  StopSignals stop_;
  std::optional<Listing> listing_;  // what is still to be told
  std::optional<EventPrinter> printer_;
  State state_;
  std::string watermark_file_;
  VerifierKey key_;
  uint64_t signed_ = 0;  // the watermark's size when the last step began
};

}  // namespace

int history(const Settings& settings, const HistoryQuestion& question) {
  const auto done = question.follow ? Following(settings, question).run() : list(settings, question);
  return done ? kDone : complain(done.error());
}

}  // namespace daybook
