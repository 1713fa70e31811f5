#include "server/look_book.h"

namespace daybook {

Result<Position> LookBook::record(const Look& look) {
  auto written = book_.record(look);
  const std::lock_guard lock(mutex_);
  if (!written) wrong_at_ = std::chrono::steady_clock::now();
  wrong_ = written ? std::nullopt : std::optional(written.error().message);
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
  const std::lock_guard lock(mutex_);
  const bool long_ago = std::chrono::steady_clock::now() - wrong_at_ >= remembered_;
  return long_ago ? std::nullopt : wrong_;
}

}  // namespace daybook
