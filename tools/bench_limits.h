// What `daybook bench` holds its figures beside: the same bytes written by others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/result.h"

namespace daybook {

// Puts per second of the entries into a bare RocksDB, each synced, by as many threads, and nothing else.
double raw_rate(const std::string& folder, const std::vector<std::string>& entries, unsigned callers, uint64_t count);

// A PostgreSQL of our own in a folder of our own, reached through a socket in it. It is stopped with the object.
class Postgres {
 public:
  // `programs` is the folder of its programs, or empty: the newest under /usr/lib/postgresql. kNotFound if there is none.
  static Result<std::unique_ptr<Postgres>> start(const std::string& programs, const std::string& folder);
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  // Inserts per second of an entry, each a transaction of its own, by as many clients.
  Result<double> insert_rate(const std::string& entry, unsigned clients, uint64_t count);

 private:
  Postgres(std::string programs, std::string folder) : programs_(std::move(programs)), folder_(std::move(folder)) {}
  const std::string programs_, folder_;
  int server_ = -1;  // its process
};

}  // namespace daybook
