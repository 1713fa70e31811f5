#include "server/look_book.h"

namespace daybook {

Result<Position> LookBook::record(const Look& look) {
  auto written = book_.record(look);
  const std::lock_guard lock(mutex_);
  wrong_ = written ? std::nullopt : std::optional(written.error().message);
  return written;
}

std::optional<std::string> LookBook::wrong() const {
  const std::lock_guard lock(mutex_);
  return wrong_;
}

}  // namespace daybook
