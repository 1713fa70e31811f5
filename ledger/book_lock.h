// One process writes a book at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

// Held by the one process that may write a book. A second one is told who holds it.
class BookLock {
 public:
  // kBusy, naming the holder, if somebody has it. `holder` says who takes it, for the next one to read.
  static Result<std::unique_ptr<BookLock>> take(const std::string& file, const std::string& holder);
  ~BookLock();
  BookLock(const BookLock&) = delete;
  BookLock& operator=(const BookLock&) = delete;

 private:
  explicit BookLock(int fd) : fd_(fd) {}
  int fd_;
};

// Whether a process holds the lock of that book, asked without taking it.
bool somebody_writes(const std::string& folder, std::string_view book);

}  // namespace daybook
