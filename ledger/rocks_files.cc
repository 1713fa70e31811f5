#include "ledger/rocks_files.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace daybook {

namespace fs = std::filesystem;

std::vector<fs::path> files_with_rows(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder, failed)) {
    const auto kind = file.path().extension();
    if ((kind == ".log" || kind == ".sst") && file.file_size(failed) > 0 && !failed) files.push_back(file.path());
  }
  return files;
}

Result<void> wait_until_gone(const std::vector<fs::path>& files, const std::function<void()>& ask_again) {
  using std::chrono::steady_clock;
  constexpr std::chrono::seconds kLongest{60};
  constexpr int kLooksBetween = 100;  // of a millisecond each
  const auto last = steady_clock::now() + kLongest;
  int looks = 0;
  for (const auto& file : files) {
    std::error_code failed;
    while (fs::exists(file, failed) && steady_clock::now() < last) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (++looks % kLooksBetween == 0) ask_again();
    }
    if (!fs::exists(file, failed)) continue;
    return Error{Fault::kStorage,
                 fmt::format("purge: found {} {} s after its rows were written anew, want it gone", file.string(), kLongest.count())};
  }
  return success();
}

Result<void> empty_folder(const std::string& folder) {
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder, failed)) {
    fs::remove(file, failed);
    if (failed) break;
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return Error{Fault::kStorage, "purge: " + folder + ": " + failed.message()};
  return success();
}

}  // namespace daybook
