#include "ledger/torn_tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/durable_file.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// RocksDB's log: blocks of 32 KiB, each a row of fragments; a fragment is a header (checksum, length, kind) and its bytes.
// A write is one fragment, or a first, some middle ones and a last. No fragment begins in the last 6 bytes of a block.
constexpr uint64_t kBlock = 32'768, kHeader = 7, kRecycledHeader = 11;
enum Kind : uint8_t { kPadding = 0, kFirst = 2, kMiddle = 3, kRecycled = 5, kRecycledFirst = 6, kRecycledMiddle = 7, kRecycledLast = 8 };

bool recycled(uint8_t kind) { return (kind >= kRecycled && kind <= kRecycledLast) || kind == 11; }
bool goes_on(uint8_t kind) { return kind == kFirst || kind == kMiddle || kind == kRecycledFirst || kind == kRecycledMiddle; }

// Where the last whole write of a log ends.
uint64_t whole_end(std::string_view log) {
  const auto byte = [&](uint64_t at) { return static_cast<uint8_t>(log[at]); };
  uint64_t end = 0;
  for (uint64_t at = 0; at + kHeader <= log.size();) {
    const uint64_t block_end = (at / kBlock + 1) * kBlock;
    const uint8_t kind = byte(at + 6);
    if (at + kHeader > block_end || kind == kPadding) {
      at = block_end;
      continue;
    }
    at += (recycled(kind) ? kRecycledHeader : kHeader) + byte(at + 4) + 256U * byte(at + 5);
    if (at > log.size()) break;
    if (!goes_on(kind)) end = at;
  }
  return end;
}

fs::path note_of(const std::string& folder, std::string_view book) { return fs::path(folder) / (std::string(book) + ".dropped"); }

}  // namespace

Result<std::vector<TornTail>> torn_tails(const std::string& folder, std::string_view book) {
  std::vector<TornTail> tails;
  std::error_code failed;
  for (const auto& item : fs::directory_iterator(fs::path(folder) / book, failed)) {
    if (item.path().extension() != ".log") continue;
    std::ifstream file(item.path(), std::ios::binary);
    const std::string log(std::istreambuf_iterator<char>(file), {});
    if (!file) return Error{Fault::kStorage, item.path().string() + ": cannot be read: " + std::strerror(errno)};
    if (const uint64_t end = whole_end(log); end < log.size())
      tails.push_back({std::string(book) + "/" + item.path().filename().string(), end, log.size() - end});
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return Error{Fault::kStorage, folder + ": " + failed.message()};
  std::sort(tails.begin(), tails.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return tails;
}

Result<std::vector<TornTail>> noted_torn_tails(const std::string& folder, std::string_view book) {
  std::vector<TornTail> tails;
  std::ifstream file(note_of(folder, book));
  for (TornTail tail; file >> tail.file >> tail.offset >> tail.bytes;) tails.push_back(tail);
  return tails;
}

Result<void> note_torn_tails(const std::string& folder, std::string_view book) {
  DAYBOOK_TRY(const auto found, torn_tails(folder, book));
  if (found.empty()) return success();
  DAYBOOK_TRY(auto tails, noted_torn_tails(folder, book));
  for (const auto& tail : found) {
    if (std::find(tails.begin(), tails.end(), tail) == tails.end()) tails.push_back(tail);
  }
  std::string text;
  for (const auto& tail : tails) text += fmt::format("{} {} {}\n", tail.file, tail.offset, tail.bytes);
  return replace_file(note_of(folder, book).string(), text, 0644);
}

Result<void> forget_torn_tails(const std::string& folder, std::string_view book) {
  std::error_code failed;
  fs::remove(note_of(folder, book), failed);
  if (failed) return Error{Fault::kStorage, note_of(folder, book).string() + ": " + failed.message()};
  return success();
}

}  // namespace daybook
