#include "server/erasures.h"

#include <condition_variable>

#include "server/identity/demo_codes.h"

namespace daybook {

bool Erasures::is_finished(const Event& erased) const {
  const auto finished = ledger_.is_finished(erased);
  if (!finished) log_.write(Severity::kError, "erasures", {{"found", finished.error().message}});
  return finished && finished.value();
}

bool Erasures::finish(const Event& erased) {
  if (std::holds_alternative<PersonErased>(erased.body)) end_sessions();  // whoever was faster on disk
  if (is_finished(erased)) return true;
  finish();
  return is_finished(erased);
}

void Erasures::end_sessions() {
  sessions_.end_if([&](const BrowserSession& session) {
    const bool named = !session.person.empty() || session.who.issuer == kDemoIssuer;
    const auto person = of_sessions_.person_of(session.who, session.person);
    return !person || (named && !person.value());
  });
}

void Erasures::finish() {
  SystemRandomness randomness;
  note(ledger_.finish_erasures(book_, clock_, randomness), unfinished_);
}

Result<void> Erasures::drop_outlived() {
  auto dropped = book_.expire(ledger_.config().looks_kept_days);
  if (dropped) dropped = ledger_.drop_outlived(clock_);
  note(dropped, undropped_);
  return dropped;
}

void Erasures::note(const Result<void>& done, std::optional<std::string>& wrong) {
  if (!done) log_.write(Severity::kError, "erasures", {{"found", done.error().message}});
  const std::lock_guard lock(mutex_);
  wrong = done ? std::nullopt : std::optional(done.error().message);
}

std::optional<std::string> Erasures::wrong() const {
  const std::lock_guard lock(mutex_);
  return unfinished_ ? unfinished_ : undropped_;
}

namespace {

void keep(Erasures& erasures, const Clock& clock, std::chrono::seconds every, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  std::optional<Day> dropped;
  while (!stop.stop_requested()) {
    erasures.finish();
    const auto today = std::chrono::floor<std::chrono::days>(clock.now());
    if (dropped != today && erasures.drop_outlived()) dropped = today;
    wake.wait_for(lock, stop, every, [] { return false; });
  }
}

}  // namespace

ErasureKeeper::ErasureKeeper(Erasures& erasures, const Clock& clock, std::chrono::seconds every)
    : thread_([&erasures, &clock, every](const std::stop_token& stop) { keep(erasures, clock, every, stop); }) {}

}  // namespace daybook
