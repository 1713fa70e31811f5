// The files of a RocksDB database, for a purge: which hold rows, and when they have gone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledger/result.h"

namespace daybook {

// The tables and write-ahead logs of `folder` that hold anything.
std::vector<std::filesystem::path> files_with_rows(const std::string& folder);

// RocksDB takes away by threads of its own what it needs no more: tables at once, a write-ahead log by way of the archive.
// Waits for it, a minute at most, and calls `ask_again` from time to time. kStorage: one of them is still there.
Result<void> wait_until_gone(const std::vector<std::filesystem::path>& files, const std::function<void()>& ask_again);

// Deletes what is in the folder. The folder itself stays: RocksDB makes its archive only when it opens, and then moves no
// log into one that is not there. kStorage: something could not be deleted.
Result<void> empty_folder(const std::string& folder);

}  // namespace daybook
