#include "server/look_book.h"

#include <fmt/format.h>

namespace daybook {

Result<Position> LookBook::record(const Look& look) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_++ == 0) moved_at_ = std::chrono::steady_clock::now();
  }
  auto written = book_.record(look);
  const std::lock_guard lock(mutex_);
  --waiting_;
  moved_at_ = std::chrono::steady_clock::now();
  if (!written) wrong_at_ = moved_at_;
  const bool seen_by_book = !written && written.error().fault == Fault::kFull;  // as long as it is so
  wrong_ = written || seen_by_book ? std::nullopt : std::optional(written.error().message);
  count(look, written.has_value());
  return written;
}

void LookBook::count_in(Metrics& metrics) {
  const auto counter = [&](const char* answer) {
    return &metrics.counter("daybook_looks_total", "Looks at what is confidential: told; refused; unwritten, for which nothing was told.",
                            {{"answer", answer}});
  };
  told_ = counter("told");
  refused_ = counter("refused");
  unwritten_ = counter("unwritten");
}

void LookBook::count(const Look& look, bool written) const {
  if (auto* counter = !written ? unwritten_ : look.denied ? refused_ : told_) counter->add();
}

std::optional<std::string> LookBook::wrong() const {
  const auto writable = book_.writable();
  if (!writable && writable.error().fault != Fault::kBusy) return writable.error().message;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto still = std::chrono::duration_cast<std::chrono::seconds>(now - moved_at_);
  if (waiting_ > 0 && still >= limits_.stuck) return fmt::format("no look was written for {} s, and {} wait", still.count(), waiting_);
  return now - wrong_at_ >= limits_.remembered ? std::nullopt : wrong_;
}

}  // namespace daybook
