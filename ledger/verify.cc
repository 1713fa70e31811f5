#include "ledger/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <future>
#include <map>
#include <thread>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/vault.h"

namespace daybook {
namespace {

constexpr uint64_t kChunkBundles = 16;  // checked in one go by one thread: what is held at a time is this, for each thread

template <class... Args>
Error damage(fmt::format_string<Args...> found, Args&&... args) {
  return {Fault::kCorrupt, "found " + fmt::format(found, std::forward<Args>(args)...)};
}

// The same error, with the place.
Error placed(Position at, const Error& error) { return {error.fault, fmt::format("position {}: {}", at.value, error.message)}; }

// What an entry says that can only be judged next to the others.
struct Place {
  Hash leaf;
  std::string stream;
  uint64_t version = 0;
  Instant recorded_at;
};

// What can be said of some bundles by themselves. `broken` is what is wrong right after `places`.
struct Checked {
  std::vector<Place> places;
  uint64_t commitments = 0, values = 0;
  std::optional<Error> broken;
  std::optional<Position> left_over;  // values in the vault that no entry came for
};

// Checks bundles by themselves: entries against their place, their values in the vault, their tile and directory.
class BundleChecker {
 public:
  explicit BundleChecker(const EventLog& log) : log_(log), vault_(log.vault(), no_keys_) {}

  Checked check(Position from, Position to) {
    const auto take = [&](Position at, Bytes entry) {
      if (const auto good = check_entry(at, entry); !good) out_.broken = placed(at, good.error());
      return !out_.broken;
    };
    const auto read = log_.read(from, to, take);
    if (!read && !out_.broken) out_.broken = read.error();
    if (next_record_ < records_.size()) out_.left_over = records_[next_record_].first;
    return std::move(out_);
  }

 private:
  Result<void> check_entry(Position at, Bytes entry) {
    const Hash leaf = leaf_hash(entry);
    DAYBOOK_TRY(decode_into(event_, commitments_, entry));
    const auto& envelope = event_.envelope;
    if (envelope.position != at) return damage("the entry of position {}, want the one of this place", envelope.position.value);
    labels_.push_back({short_hash(envelope.stream), short_hash(envelope.subject.value), 0});
    leaves_.push_back(leaf);
    out_.places.push_back({leaf, envelope.stream, envelope.version, envelope.recorded_at});
    DAYBOOK_TRY(check_values(at));
    return leaves_.size() == kTileWidth ? check_bundle(at.value / kTileWidth) : Result<void>(success());
  }

  // The rows that were made from a bundle's entries: its tile, the roots above it, its directory.
  Result<void> check_bundle(uint64_t number) {
    DAYBOOK_TRY(const auto tile, log_.tile(0, number, kTileWidth));
    for (uint64_t i = 0; i < kTileWidth; ++i) {
      if (tile[i] != leaves_[i]) return damage("another hash in {} for position {}", tile_path(0, number, kTileWidth), number * kTileWidth + i);
    }
    DAYBOOK_TRY(check_above(1, number, root_of(leaves_)));
    DAYBOOK_TRY(const auto labels, log_.directory(number));
    for (uint64_t i = 0; i < kTileWidth; ++i) {
      const bool same = labels[i].stream == labels_[i].stream && labels[i].subject == labels_[i].subject;
      if (!same) return damage("another stream or subject in the directory for position {}", number * kTileWidth + i);
    }
    leaves_.clear();
    labels_.clear();
    return success();
  }

  // The tile at `level` has `hash` as the hash of tile `number` of the level below.
  Result<void> check_above(unsigned level, uint64_t number, const Hash& hash) {
    const uint64_t place = number % kTileWidth;
    DAYBOOK_TRY(const auto tile, log_.tile(level, number / kTileWidth, place + 1));
    if (tile[place] != hash) return damage("another hash in {} at {}", tile_path(level, number / kTileWidth, place + 1), place);
    return place + 1 == kTileWidth ? check_above(level + 1, number / kTileWidth, root_of(tile)) : Result<void>(success());
  }

  // Every value that stands in the vault must fit its commitment, and have one.
  Result<void> check_values(Position at) {
    if (at.value / kTileWidth != records_bundle_) {
      records_bundle_ = at.value / kTileWidth;
      records_.clear();
      next_record_ = 0;
      DAYBOOK_TRY(
          vault_.records_of(records_bundle_, [&](Position event, FieldClass, std::string_view bytes) { records_.emplace_back(event, bytes); }));
    }
    uint64_t checked = 0;
    for (; next_record_ < records_.size() && records_[next_record_].first <= at; ++next_record_) {
      const auto& [stored_at, bytes] = records_[next_record_];
      if (stored_at != at) return damage("values in the vault for position {}, which has none", stored_at.value);
      DAYBOOK_TRY(const auto record, decode_record(as_bytes(bytes)));
      const Committer commit(record.seed);
      for (const auto& [field, value] : record.values) {
        const auto it = std::lower_bound(commitments_.begin(), commitments_.end(), std::pair(field, Hash{}));
        if (it == commitments_.end() || it->first != field) return damage("a value in the vault for field {} that the log does not commit to", field);
        if (it->second != commit(field, value)) return damage("a value in the vault for field {} that does not fit its commitment", field);
        ++checked;
      }
    }
    out_.commitments += commitments_.size();
    out_.values += checked;
    if (checked != commitments_.size())
      return damage("{} values in the vault, want {}: nothing in the log says that they were erased", checked, commitments_.size());
    return success();
  }

  const EventLog& log_;
  const VaultKeys no_keys_;
  Vault vault_;
  Event event_;  // read into again and again
  Commitments commitments_;
  std::vector<Hash> leaves_;  // of the bundle that is being read
  std::vector<Labels> labels_;
  std::vector<std::pair<Position, std::string>> records_;
  size_t next_record_ = 0;
  uint64_t records_bundle_ = ~uint64_t{0};
  Checked out_;
};

// Checks what only the whole can show: tree, streams, times, signed checkpoints. Takes the entries in order.
class BookChecker {
 public:
  // The signed checkpoints that are kept: each must have the root of its size, which take() comes past.
  Result<void> take_checkpoints(const EventLog& log, const VerifierKey& key) {
    std::optional<Error> broken;
    DAYBOOK_TRY(log.checkpoints([&](uint64_t size, std::string_view note) {
      const auto checkpoint = open_checkpoint(note, key);
      if (!checkpoint || checkpoint.value().head.size != size) {
        broken = Error{Fault::kCorrupt,
                       fmt::format("checkpoint at {}: {}", size, checkpoint ? "found the note of another size" : checkpoint.error().message)};
      } else {
        signed_roots_[size] = checkpoint.value().head.root;
      }
      return !broken;
    }));
    return broken ? Result<void>(*broken) : Result<void>(success());
  }

  Result<void> take(const Checked& checked) {
    for (const auto& place : checked.places) {
      const Position at{tree_.size()};
      if (const auto good = take(place); !good) return placed(at, good.error());
    }
    out_.commitments += checked.commitments;
    out_.values_checked += checked.values;
    if (!left_over_) left_over_ = checked.left_over;
    return checked.broken ? Result<void>(*checked.broken) : Result<void>(success());
  }

  // After the last entry.
  Result<void> finish() {
    DAYBOOK_TRY(check_checkpoint());
    if (left_over_) return damage("values in the vault for position {}, past the end", left_over_->value);
    if (!signed_roots_.empty() && signed_roots_.rbegin()->first > tree_.size()) {
      return damage("a signed checkpoint of {} events, want {} at most", signed_roots_.rbegin()->first, tree_.size());
    }
    return success();
  }

  Verified result() {
    out_.head = tree_.head();
    out_.events = tree_.size();
    out_.checkpoints = signed_roots_.size();
    return out_;
  }

 private:
  Result<void> take(const Place& place) {
    DAYBOOK_TRY(check_checkpoint());
    tree_.append(place.leaf);
    auto& version = versions_[place.stream];
    if (place.version != version) return damage("version {} of its stream, want {}", place.version, version);
    ++version;
    if (place.recorded_at < last_) return damage("recorded at {}, want {} or later", to_text(place.recorded_at), to_text(last_));
    last_ = place.recorded_at;
    return success();
  }

  Result<void> check_checkpoint() {
    const auto it = signed_roots_.find(tree_.size());
    if (it != signed_roots_.end() && it->second != tree_.root())
      return damage("entries whose root is not that of the checkpoint signed at {}", tree_.size());
    return success();
  }

  std::map<uint64_t, Hash> signed_roots_;  // by size
  MerkleTree tree_;
  boost::unordered_flat_map<std::string, uint64_t> versions_;  // the next of each stream
  Instant last_{};
  std::optional<Position> left_over_;
  Verified out_;
};

}  // namespace

Result<Verified> verify(const EventLog& log, const VerifierKey& key, const std::function<void(uint64_t)>& progress) {
  BookChecker book;
  DAYBOOK_TRY(book.take_checkpoints(log, key));
  const Position end = log.end();
  const uint64_t chunk = kChunkBundles * kTileWidth;
  const size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  std::deque<std::future<Checked>> under_way;  // in order; on a fault the rest is waited for, and dropped
  for (uint64_t taken = 0, sent = 0; taken < end.value; taken += chunk) {
    for (; under_way.size() < threads && sent < end.value; sent += chunk) {
      const Position from{sent}, to{std::min(sent + chunk, end.value)};
      under_way.push_back(std::async(std::launch::async, [&log, from, to] { return BundleChecker(log).check(from, to); }));
    }
    if (progress) progress(taken);
    const auto checked = under_way.front().get();
    under_way.pop_front();
    DAYBOOK_TRY(book.take(checked));
  }
  const auto verified = book.result();
  if (verified.head != log.head()) {
    return Error{Fault::kCorrupt, fmt::format("root over {} events: found {}, want {} as stored", verified.events, to_hex(verified.head.root),
                                              to_hex(log.head().root))};
  }
  DAYBOOK_TRY(book.finish());
  DAYBOOK_TRY(log.check_files());
  return verified;
}

}  // namespace daybook
