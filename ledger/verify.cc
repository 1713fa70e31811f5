#include "ledger/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/vault.h"

namespace daybook {
namespace {

class Verifier {
 public:
  Verifier(const EventLog& log, const VerifierKey& key) : log_(log), key_(key), vault_(log.vault(), no_keys_) {}

  // The signed checkpoints that are kept: each must have the root of its size, which check() comes past.
  Result<void> take_checkpoints() {
    std::optional<Error> broken;
    DAYBOOK_TRY(log_.checkpoints([&](uint64_t size, std::string_view note) {
      const auto checkpoint = open_checkpoint(note, key_);
      if (!checkpoint || checkpoint.value().head.size != size) {
        const auto found = checkpoint ? std::string("the note of another size") : "another: " + checkpoint.error().message;
        broken = Error{Fault::kCorrupt, fmt::format("checkpoint kept at {}: found {}, want one that {} signed", size, found, key_.name)};
      } else {
        signed_roots_[size] = checkpoint.value().head.root;
      }
      return !broken;
    }));
    return broken ? Result<void>(*broken) : Result<void>(success());
  }

  Result<void> check(Position at, Bytes entry) {
    DAYBOOK_TRY(check_checkpoint());
    looks_at(at.value);
    const Hash leaf = leaf_hash(entry);
    DAYBOOK_TRY(check_leaf(at, leaf));
    tree_.append(leaf);
    leaves_.push_back(leaf);
    DAYBOOK_TRY(const auto decoded, placed(decode_with_commitments(entry)));
    const auto& [event, commitments] = decoded;
    const auto& envelope = event.envelope;
    if (envelope.position != at) return damage("the entry of position {}, want the one of this place", envelope.position.value);
    auto& version = versions_[envelope.stream];
    if (envelope.version != version) return damage("version {} of its stream, want {}", envelope.version, version);
    ++version;
    if (envelope.recorded_at < last_) return damage("recorded at {}, want {} or later", to_text(envelope.recorded_at), to_text(last_));
    last_ = envelope.recorded_at;
    labels_.push_back({short_hash(envelope.stream), short_hash(envelope.subject.value), 0});
    DAYBOOK_TRY(check_values(at, commitments));
    return leaves_.size() == kTileWidth ? check_bundle(at.value / kTileWidth) : Result<void>(success());
  }

  // After the last entry.
  Result<void> finish() {
    DAYBOOK_TRY(check_checkpoint());
    if (next_record_ != records_.end()) {
      looks_at(next_record_->first.value);
      return damage("values in the vault past the end, {}", tree_.size());
    }
    if (!signed_roots_.empty() && signed_roots_.rbegin()->first > tree_.size()) {
      looks_at(tree_.size(), signed_roots_.rbegin()->first - 1);
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
  // The positions that a complaint names: the first bad one lies among them.
  void looks_at(uint64_t first, uint64_t last) { named_first_ = first, named_last_ = last; }
  void looks_at(uint64_t position) { looks_at(position, position); }
  Error placed(const Error& error) const {
    const auto place =
        named_first_ == named_last_ ? fmt::format("position {}", named_first_) : fmt::format("positions {} to {}", named_first_, named_last_);
    return {error.fault, place + ": " + error.message};
  }
  template <class T>
  Result<T> placed(Result<T> result) const {
    return result ? std::move(result) : Result<T>(placed(result.error()));
  }
  template <class... Args>
  Error damage(fmt::format_string<Args...> found, Args&&... args) const {
    return placed({Fault::kCorrupt, "found " + fmt::format(found, std::forward<Args>(args)...)});
  }

  Result<void> check_checkpoint() {
    const auto it = signed_roots_.find(tree_.size());
    if (it == signed_roots_.end()) return success();
    looks_at(signed_to_, std::max(tree_.size(), signed_to_ + 1) - 1);
    if (it->second != tree_.root()) return damage("entries whose root is not that of the checkpoint signed at {}", tree_.size());
    signed_to_ = tree_.size();
    return success();
  }

  // Before anything else that could be wrong with an entry: a full bundle's tile tells the very position.
  Result<void> check_leaf(Position at, const Hash& leaf) {
    const uint64_t place = at.value % kTileWidth, number = at.value / kTileWidth;
    if (place == 0) {
      tile_.clear();
      if (at.value + kTileWidth <= log_.end().value) {
        DAYBOOK_TRY(tile_, placed(log_.tile(0, number, kTileWidth)));
      }
    }
    if (!tile_.empty() && tile_[place] != leaf) return damage("an entry that does not have the hash in {}", tile_path(0, number, kTileWidth));
    return success();
  }

  // What else was made from a bundle's entries: the roots above its tile, its directory.
  Result<void> check_bundle(uint64_t number) {
    const uint64_t first = number * kTileWidth;
    DAYBOOK_TRY(check_above(1, number, root_of(leaves_)));
    looks_at(first, first + kTileWidth - 1);
    DAYBOOK_TRY(const auto labels, placed(log_.directory(number)));
    for (uint64_t i = 0; i < kTileWidth; ++i) {
      if (labels[i].stream == labels_[i].stream && labels[i].subject == labels_[i].subject) continue;
      looks_at(first + i);
      return damage("another stream or subject in the directory");
    }
    leaves_.clear();
    labels_.clear();
    return success();
  }

  // The tile at `level` has `hash` as the hash of tile `number` of the level below.
  Result<void> check_above(unsigned level, uint64_t number, const Hash& hash) {
    const uint64_t place = number % kTileWidth, under = uint64_t{1} << (8 * level);  // entries under the hash
    looks_at(number * under, (number + 1) * under - 1);
    DAYBOOK_TRY(const auto tile, placed(log_.tile(level, number / kTileWidth, place + 1)));
    if (tile[place] != hash) return damage("entries that do not have the hash in {} at {}", tile_path(level, number / kTileWidth, place + 1), place);
    return place + 1 == kTileWidth ? check_above(level + 1, number / kTileWidth, root_of(tile)) : Result<void>(success());
  }

  // Every value that stands in the vault must fit its commitment, and have one.
  Result<void> check_values(Position at, const Commitments& commitments) {
    if (at.value / kTileWidth != records_bundle_) {
      records_bundle_ = at.value / kTileWidth;
      records_.clear();
      DAYBOOK_TRY(placed(
          vault_.records_of(records_bundle_, [&](Position event, FieldClass, std::string_view bytes) { records_.emplace_back(event, bytes); })));
      next_record_ = records_.begin();
    }
    uint64_t checked = 0;
    for (; next_record_ != records_.end() && next_record_->first <= at; ++next_record_) {
      if (next_record_->first != at) {
        looks_at(next_record_->first.value);
        return damage("values in the vault for a position that has none");
      }
      DAYBOOK_TRY(const auto record, placed(decode_record(as_bytes(next_record_->second))));
      for (const auto& [field, value] : record.values) {
        const auto it = std::lower_bound(commitments.begin(), commitments.end(), std::pair(field, Hash{}));
        if (it == commitments.end() || it->first != field) return damage("a value in the vault for field {} that the log does not commit to", field);
        if (it->second != commitment(record.seed, field, value))
          return damage("a value in the vault for field {} that does not fit its commitment", field);
        ++checked;
      }
    }
    out_.commitments += commitments.size();
    out_.values_checked += checked;
    if (checked != commitments.size())
      return damage("{} values in the vault, want {}: nothing in the log says that they were erased", checked, commitments.size());
    return success();
  }

  const EventLog& log_;
  const VerifierKey& key_;
  const VaultKeys no_keys_;
  Vault vault_;
  std::map<uint64_t, Hash> signed_roots_;  // by size
  std::vector<Hash> tile_, leaves_;        // of the bundle that is being read: as stored, if it is full, and as hashed
  std::vector<Labels> labels_;
  std::vector<std::pair<Position, std::string>> records_;  // of the bundle that is being read
  std::vector<std::pair<Position, std::string>>::const_iterator next_record_ = records_.end();
  uint64_t records_bundle_ = ~uint64_t{0};
  MerkleTree tree_;
  uint64_t named_first_ = 0, named_last_ = 0;  // what a complaint names; the last is included
  uint64_t signed_to_ = 0;                     // the newest kept checkpoint that the entries came past
  std::unordered_map<std::string, uint64_t> versions_;
  Instant last_{};
  Verified out_;
};

}  // namespace

Result<Verified> verify(const EventLog& log, const VerifierKey& key, const std::function<void(uint64_t)>& progress) {
  Verifier verifier(log, key);
  DAYBOOK_TRY(verifier.take_checkpoints());
  std::optional<Error> broken;
  const auto take = [&](Position at, Bytes entry) {
    if (progress && at.value % 4096 == 0) progress(at.value);
    if (const auto checked = verifier.check(at, entry); !checked) broken = checked.error();
    return !broken;
  };
  DAYBOOK_TRY(log.read(Position{}, log.end(), take));
  if (broken) return std::move(*broken);
  const auto verified = verifier.result();
  if (verified.head != log.head()) {
    return Error{Fault::kCorrupt, fmt::format("root over {} events: found {}, want {} as stored", verified.events, to_hex(verified.head.root),
                                              to_hex(log.head().root))};
  }
  DAYBOOK_TRY(verifier.finish());
  DAYBOOK_TRY(log.check_files());
  return verified;
}

}  // namespace daybook
