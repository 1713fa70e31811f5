#include "ledger/checkpointer.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/durable_file.h"
#include "ledger/proof.h"

namespace daybook {
namespace {

Result<std::optional<std::string>> read_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Fault::kStorage, path + ": cannot be read"};
  return std::optional(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string shown(const TreeHead& head) { return fmt::format("{} events with root {}", head.size, to_base64(head.root)); }

}  // namespace

Result<std::optional<SignedCheckpoint>> read_watermark(const std::string& file, const VerifierKey& key) {
  DAYBOOK_TRY(const auto note, read_file(file));
  if (!note) return std::nullopt;
  auto checkpoint = open_checkpoint(*note, key);
  if (!checkpoint) return Error{Fault::kCorrupt, "watermark " + file + ": " + checkpoint.error().message};
  return std::optional(SignedCheckpoint{std::move(checkpoint).value(), *note});
}

Result<void> check_watermark(const EventLog& log, const Checkpoint& watermark) {
  const auto end = log.end().value;
  const auto& signed_head = watermark.head;
  if (end < signed_head.size) {
    return Error{Fault::kCorrupt, fmt::format("the book was cut or rolled back: found {}, want at least {}, as the watermark has it",
                                              shown(log.head()), shown(signed_head))};
  }
  DAYBOOK_TRY(const auto root, tree_root(log, signed_head.size));
  if (root != signed_head.root) {
    return Error{Fault::kCorrupt, fmt::format("the book was rewritten: found {}, want {}, as the watermark has it", shown({signed_head.size, root}),
                                              shown(signed_head))};
  }
  std::vector<Hash> leaves;
  std::optional<Error> broken;
  const auto check = [&](Position at, Bytes entry) {
    const uint64_t index = at.value / kTileWidth;
    if (leaves.empty() || at.value % kTileWidth == 0) {
      auto tile = log.tile(0, index, tile_width(end, 0, index));
      if (!tile) return broken = tile.error(), false;
      leaves = std::move(tile).value();
    }
    if (leaf_hash(entry) != leaves[at.value % kTileWidth])
      broken = Error{Fault::kCorrupt, fmt::format("position {}: the entry does not have the hash of its tile", at.value)};
    return !broken;
  };
  DAYBOOK_TRY(log.read(Position{signed_head.size}, log.end(), check));
  return broken ? Result<void>(*broken) : Result<void>(success());
}

Result<void> check_kept(const EventLog& log, const std::string& file, const VerifierKey& key) {
  uint64_t kept = 0;
  DAYBOOK_TRY(log.checkpoints([&](uint64_t size, std::string_view) { return kept = size, true; }));
  DAYBOOK_TRY(const auto watermark, read_watermark(file, key));
  const uint64_t marked = watermark ? watermark->checkpoint.head.size : 0;
  if (kept <= marked) return success();
  const auto found = watermark ? fmt::format("the watermark is older than the book's own checkpoints: found one of {} events", marked)
                               : std::string("the watermark is gone: found none beside the book");
  return Error{Fault::kCorrupt, fmt::format("{}, want {} or more", found, kept)};
}

Result<SignedCheckpoint> Checkpointer::sign() {
  DAYBOOK_TRY(const auto head, log_.read_back());
  if (newest_ && newest_->checkpoint.head == head) return *newest_;
  DAYBOOK_TRY(const auto before, read_file(file_));
  if (before != (newest_ ? std::optional(newest_->note) : std::nullopt)) {
    return Error{Fault::kCorrupt, "watermark " + file_ + ": somebody else replaced it; two processes must never sign for one book"};
  }
  SignedCheckpoint next{{key_.verifier().name, head}, ""};
  next.note = sign_checkpoint(next.checkpoint, key_);
  DAYBOOK_TRY(replace_file(file_, next.note, 0644));
  DAYBOOK_TRY(log_.keep_checkpoint(head.size, next.note));
  newest_ = next;
  return next;
}

}  // namespace daybook
