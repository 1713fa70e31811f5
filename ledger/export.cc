#include "ledger/export.h"

#include <algorithm>
#include <filesystem>

#include "ledger/durable_file.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  bool has(const std::string& name) const { return fs::exists(fs::path(folder_) / name); }

  Result<void> write(const std::string& name, std::string_view bytes) {
    const auto path = fs::path(folder_) / name;
    DAYBOOK_TRY(make_folder(path.parent_path().string()));
    ++written;
    return replace_file(path.string(), bytes, 0644);
  }

  uint64_t written = 0;

 private:
  std::string folder_;
};

Result<void> write_bundle(const EventLog& log, uint64_t number, uint64_t width, Folder& folder) {
  const auto name = bundle_path(number, width);
  if (folder.has(name)) return success();
  std::vector<std::string> entries;
  const uint64_t first = number * kTileWidth;
  const auto take = [&](Position, Bytes entry) { return entries.emplace_back(as_text(entry)), true; };
  DAYBOOK_TRY(log.read(Position{first}, Position{first + width}, take));
  return folder.write(name, encode_bundle(entries));
}

Result<void> write_tile(const EventLog& log, unsigned level, uint64_t number, uint64_t width, Folder& folder) {
  const auto name = tile_path(level, number, width);
  if (folder.has(name)) return success();
  DAYBOOK_TRY(const auto hashes, log.tile(level, number, width));
  std::string bytes;
  for (const auto& hash : hashes) bytes += as_text(hash);
  return folder.write(name, bytes);
}

}  // namespace

Result<uint64_t> write_tiles(const EventLog& log, const SignedCheckpoint& checkpoint, const std::string& path) {
  Folder folder(path);
  const uint64_t size = checkpoint.checkpoint.head.size;
  for (uint64_t number = 0; number * kTileWidth < size; ++number) {
    DAYBOOK_TRY(write_bundle(log, number, tile_width(size, 0, number), folder));
  }
  uint64_t hashes = size;
  for (unsigned level = 0; hashes > 0; ++level, hashes /= kTileWidth) {
    for (uint64_t number = 0; number * kTileWidth < hashes; ++number) {
      DAYBOOK_TRY(write_tile(log, level, number, tile_width(size, level, number), folder));
    }
  }
  DAYBOOK_TRY(folder.write("checkpoint", checkpoint.note));
  return folder.written;
}

}  // namespace daybook
