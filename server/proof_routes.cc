#include "server/proof_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/proof.h"
#include "server/problem.h"

namespace daybook {
namespace {

constexpr std::string_view kNote = "text/plain; charset=utf-8";

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

Response not_there(const Request& request, const std::string& detail) { return problem("not-found", detail, request.trace); }

// A whole number in the one way it is written in a path: no sign, no leading zero.
std::optional<uint64_t> number_of(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return std::stoull(std::string(text));
}

struct TileName {
  unsigned level;
  uint64_t index, width;
};

// "x001/x234/067.p/12" as index and width. Whatever is not how we would write it is no tile.
std::optional<TileName> tile_of(std::string_view level_text, std::string_view text) {
  const auto level = number_of(level_text);
  if (!level || *level > 63 || text.size() > 40) return std::nullopt;
  const auto part = text.find(".p/");
  const auto width = part == std::string_view::npos ? kTileWidth : number_of(text.substr(part + 3)).value_or(0);
  uint64_t index = 0;
  for (const char c : text.substr(0, part)) {
    if (c >= '0' && c <= '9') index = index * 10 + static_cast<uint64_t>(c - '0');
    if (index > uint64_t{1} << 56) return std::nullopt;
  }
  const TileName name{static_cast<unsigned>(*level), index, width};
  if (width == 0 || width > kTileWidth || tile_path(name.level, index, width) != fmt::format("tile/{}/{}", *level, text)) return std::nullopt;
  return name;
}

Response note_of(const SignedCheckpoint& newest) { return {.content_type = std::string(kNote), .body = newest.note, .caching = Caching::kBriefly}; }

Response checkpoint(Published& published, const Request& request) {
  const auto newest = published.newest(now());
  if (!newest) return problem_of(newest.error(), request.trace);
  if (!newest.value()) return not_there(request, "no checkpoint was signed yet");
  return note_of(*newest.value());
}

Response tile(Published& published, const Request& request, const Found& found) {
  const auto name = tile_of(found.path.at("level"), found.path.at("index"));
  if (!name) return not_there(request, "the path is not that of a tile of hashes, tile/LEVEL/INDEX[.p/WIDTH]");
  const auto newest = published.newest(now());
  if (!newest) return problem_of(newest.error(), request.trace);
  const uint64_t size = newest.value() ? newest.value()->checkpoint.head.size : 0;
  if (name->width > tile_width(size, name->level, name->index)) return not_there(request, "no checkpoint covers this tile yet");
  const auto hashes = published.log().tile(name->level, name->index, name->width);
  if (!hashes) return problem_of(hashes.error(), request.trace);
  std::string bytes;
  for (const auto& hash : hashes.value()) bytes += as_text(hash);
  return {.content_type = "application/octet-stream", .body = std::move(bytes), .caching = Caching::kForever};
}

// The text of a proof to the checkpoint of a size that the path names; `make` gives its hashes as text.
template <class Make>
Response proof_to(Published& published, const Request& request, const Found& found, const std::string& what, const Make& make) {
  const auto size = number_of(found.path.at("size")), other = number_of(found.path.at(what));
  if (!size || !other) return not_there(request, fmt::format("want whole numbers as the size and the {}", what));
  const auto signed_one = published.of_size(*size, now());
  if (!signed_one) return problem_of(signed_one.error(), request.trace);
  if (!signed_one.value()) return not_there(request, "no checkpoint of this size is at hand: /v1/checkpoint has the newest");
  const Result<std::string> text = make(*other, *signed_one.value());
  if (text) return {.content_type = std::string(kNote), .body = text.value(), .caching = Caching::kForever};
  if (text.error().fault == Fault::kRejected) return not_there(request, fmt::format("the {} is not in a tree of this size", what));
  return problem_of(text.error(), request.trace);
}

Response inclusion(Published& published, const Request& request, const Found& found) {
  return proof_to(published, request, found, "position", [&](uint64_t position, const SignedCheckpoint& to) -> Result<std::string> {
    DAYBOOK_TRY(const auto proof, prove_inclusion(published.log(), position, to.checkpoint.head.size));
    return inclusion_text(proof, position, to.note);
  });
}

Response consistency(Published& published, const Request& request, const Found& found) {
  return proof_to(published, request, found, "old", [&](uint64_t old, const SignedCheckpoint& to) -> Result<std::string> {
    DAYBOOK_TRY(const auto proof, prove_consistency(published.log(), old, to.checkpoint.head.size));
    return consistency_text(proof, old, to.note);
  });
}

}  // namespace

Result<void> Published::look(Moment moment) {
  if (!must_read(moment)) return success();
  DAYBOOK_TRY(auto read, read_newest_());
  looked_ = moment;
  if (read && (kept_.empty() || kept_.back().checkpoint.head.size < read->checkpoint.head.size)) {
    kept_.push_back(std::move(*read));
    if (kept_.size() > kKept) kept_.pop_front();
  }
  const uint64_t covered = kept_.empty() ? 0 : kept_.back().checkpoint.head.size;
  if (log_.end().value <= covered) behind_since_.reset();
  if (log_.end().value > covered && !behind_since_) behind_since_ = moment;
  return success();
}

Result<std::optional<SignedCheckpoint>> Published::newest(Moment moment) {
  const std::lock_guard lock(mutex_);
  DAYBOOK_TRY(look(moment));
  if (kept_.empty()) return std::optional<SignedCheckpoint>();
  return std::optional(kept_.back());
}

std::optional<SignedCheckpoint> Published::kept(Moment moment) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || must_read(moment) || kept_.empty()) return std::nullopt;
  return kept_.back();
}

Result<std::optional<SignedCheckpoint>> Published::of_size(uint64_t size, Moment moment) {
  const std::lock_guard lock(mutex_);
  DAYBOOK_TRY(look(moment));
  const auto it = std::find_if(kept_.rbegin(), kept_.rend(), [&](const SignedCheckpoint& kept) { return kept.checkpoint.head.size == size; });
  if (it == kept_.rend()) return std::optional<SignedCheckpoint>();
  return std::optional(*it);
}

Result<std::chrono::milliseconds> Published::lag(Moment moment) {
  const std::lock_guard lock(mutex_);
  DAYBOOK_TRY(look(moment));
  using std::chrono::milliseconds;
  return behind_since_ ? std::chrono::duration_cast<milliseconds>(moment - *behind_since_) : milliseconds(0);
}

void add_proof_routes(Router& router, Published& published) {
  Route newest{Method::kGet, "/v1/checkpoint", {}, {}, [&published](const Request& request, const Found&) { return checkpoint(published, request); }};
  newest.quick = [&published](const Request&, const Found&) -> std::optional<Response> {
    const auto kept = published.kept(now());
    return kept ? std::optional(note_of(*kept)) : std::nullopt;
  };
  router.add(std::move(newest));
  const auto add = [&](std::string path, Response (*answer)(Published&, const Request&, const Found&)) {
    router.add({Method::kGet, std::move(path), {}, {}, [&published, answer](const Request& request, const Found& found) {
                  return answer(published, request, found);
                }});
  };
  add("/v1/tile/{level}/{index*}", tile);
  add("/v1/proof/inclusion/{size}/{position}", inclusion);
  add("/v1/proof/consistency/{old}/{size}", consistency);
}

}  // namespace daybook
