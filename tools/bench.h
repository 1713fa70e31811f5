// `daybook bench`: each figure beside its limit, measured in the same run.
#pragma once

#include <cstdint>
#include <string>

#include "tools/output.h"

namespace daybook {

struct BenchOptions {
  std::string folder;        // where to measure; a new folder within it, removed afterwards
  uint64_t events = 20'000;  // of each append measurement
  int rounds = 5;            // medians of so many
  uint64_t book = 300'000;   // events of the long book: does a command cost more in it than at 100,000? what does a question take?
  std::string part;          // "commands" by 64 callers, or "looks", alone; empty: all
  std::string postgres;      // folder of PostgreSQL's programs; empty: the newest under /usr/lib/postgresql
};

// Prints a table or JSON; gives the exit status.
int bench(const BenchOptions& options, Format format);

}  // namespace daybook
