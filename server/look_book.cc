#include "server/look_book.h"

namespace daybook {

Result<Position> LookBook::record(const Look& look) {
  auto written = book_.record(look);
  const std::lock_guard lock(mutex_);
  if (!written) wrong_at_ = std::chrono::steady_clock::now();
  wrong_ = written ? std::nullopt : std::optional(written.error().message);
  return written;
}

std::optional<std::string> LookBook::wrong() const {
  const std::lock_guard lock(mutex_);
  const bool long_ago = std::chrono::steady_clock::now() - wrong_at_ >= remembered_;
  return long_ago ? std::nullopt : wrong_;
}

}  // namespace daybook
