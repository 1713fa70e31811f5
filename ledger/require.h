// Checks of our own promises. They stay on in every build: a ledger in doubt does not go on.
// Nothing that comes from outside may reach one.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace daybook {

[[noreturn]] inline void broken_promise(const char* promise, const std::source_location& where) {
  std::fprintf(stderr, "daybook: stopped, a promise of the program is broken: %s (%s:%u)\n", promise, where.file_name(), where.line());
  std::abort();
}

inline void require(bool holds, const char* promise, const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    broken_promise(promise, where);
}

}  // namespace daybook
