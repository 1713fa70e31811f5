#include "ledger/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/labels.h"
#include "ledger/segment_index.h"

namespace daybook {
namespace {

constexpr uint64_t kChunkBundles = 64;  // checked in one go by one thread: what is held at a time is this, for each thread

// Names the place of what is wrong: the first bad position lies among those it looks at.
class Complainer {
 protected:
  void looks_at(uint64_t first, uint64_t last) { first_ = first, last_ = last; }  // the last is included
  void looks_at(uint64_t position) { looks_at(position, position); }
  Error placed(const Error& error) const {
    const auto place = first_ == last_ ? fmt::format("position {}", first_) : fmt::format("positions {} to {}", first_, last_);
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

 private:
  uint64_t first_ = 0, last_ = 0;
};

// What an entry says that can only be judged next to the others.
struct Place {
  Hash leaf;
  size_t stream_at = 0, stream_size = 0;  // in Checked::text
  Labels labels, want;  // as the directory has them, and as they ought to be; no cohort: that of the newest event of the stream that names one
  uint64_t version = 0;
  Instant recorded_at;
  std::string erases;    // whose values went with this event; empty for nobody's
  uint64_t expires = 0;  // entries before this position may be gone, the event says
};

// Values that are not in the vault: whoever owns them must have been erased.
struct Absent {
  Position event;
  std::string owner;  // empty: the cohort that the directory names
  size_t values = 0;
};

// What can be said of some bundles by themselves. `broken` is what is wrong right after `places`.
struct Checked {
  std::vector<Place> places;
  std::string text;  // the names of their streams
  uint64_t commitments = 0, values = 0;
  std::vector<Absent> absent;
  std::optional<Error> broken;
  std::optional<Position> left_over;  // values in the vault that no entry came for
};

// Checks bundles by themselves: entries against their place, their values in the vault, their tile and directory.
class BundleChecker : private Complainer {
 public:
  BundleChecker(const EventLog& log, const VaultKeys& keys) : log_(log), vault_(log, keys) {}

  Checked check(Position from, Position to) {
    const auto take = [&](Position at, Bytes entry) {
      if (const auto good = check_entry(at, entry); !good) out_.broken = good.error();
      return !out_.broken;
    };
    const auto read = log_.read(from, to, take);
    if (!read && !out_.broken) out_.broken = read.error();
    if (next_record_ < records_.size()) out_.left_over = records_[next_record_].event;
    return std::move(out_);
  }

  // The hashes of a bundle whose entries were dropped.
  Result<std::vector<Hash>> dropped(uint64_t number) {
    looks_at(number * kTileWidth, (number + 1) * kTileWidth - 1);
    DAYBOOK_TRY(auto tile, placed(log_.tile(0, number, kTileWidth)));
    leaves_ = tile;
    DAYBOOK_TRY(check_bundle(number));
    return tile;
  }

 private:
  Result<void> check_entry(Position at, Bytes entry) {
    looks_at(at.value);
    const Hash leaf = leaf_hash(entry);
    DAYBOOK_TRY(check_leaf(at, leaf));
    DAYBOOK_TRY(take_directory(at));
    DAYBOOK_TRY(placed(decode_into(event_, commitments_, entry)));
    const auto& envelope = event_.envelope;
    if (envelope.position != at) return damage("the entry of position {}, want the one of this place", envelope.position.value);
    leaves_.push_back(leaf);
    out_.places.push_back({leaf, out_.text.size(), envelope.stream.size(), labels_[at.value % kTileWidth], labels_of(envelope, event_.body),
                           envelope.version, envelope.recorded_at, erased_by(event_), expired_by(event_)});
    out_.text += envelope.stream;
    DAYBOOK_TRY(check_values(at));
    return leaves_.size() == kTileWidth ? check_bundle(at.value / kTileWidth) : Result<void>(success());
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

  Result<void> take_directory(Position at) {
    if (at.value % kTileWidth > 0) return success();
    DAYBOOK_TRY(labels_, placed(log_.directory(at.value / kTileWidth)));
    labels_.resize(kTileWidth);
    return success();
  }

  // What else was made from a bundle's entries: the roots above its tile.
  Result<void> check_bundle(uint64_t number) {
    DAYBOOK_TRY(check_above(1, number, root_of(leaves_)));
    leaves_.clear();
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
  Result<void> check_values(Position at) {
    if (at.value / kTileWidth != records_bundle_) {
      records_bundle_ = at.value / kTileWidth;
      records_.clear();
      rows_.clear();
      next_record_ = 0;
      DAYBOOK_TRY(placed(vault_.records_of(records_bundle_, [&](Position event, FieldClass field_class, std::string_view row) {
        records_.push_back({event, field_class, rows_.size(), row.size()});
        rows_ += row;
      })));
    }
    std::bitset<64> there;  // by class
    uint64_t checked = 0;
    for (; next_record_ < records_.size() && records_[next_record_].event <= at; ++next_record_) {
      const auto& [stored_at, field_class, row_at, row_size] = records_[next_record_];
      if (stored_at != at) {
        looks_at(stored_at.value);
        return damage("values in the vault for a position that has none");
      }
      DAYBOOK_TRY(const auto values, vault_.check(event_, commitments_, field_class, std::string_view(rows_).substr(row_at, row_size)));
      there.set(static_cast<size_t>(field_class));
      checked += values;
    }
    out_.commitments += commitments_.size();
    out_.values += checked;
    if (checked < commitments_.size()) note_absent(at, there);
    return success();
  }

  // The classes of the event that have commitments and no values.
  void note_absent(Position at, const std::bitset<64>& there) {
    for (const auto& info : kind_of(event_.body).fields) {
      const auto number = static_cast<size_t>(info.field_class);
      if (info.field_class == FieldClass::kOpen || there.test(number)) continue;
      const auto values = static_cast<size_t>(
          std::count_if(commitments_.begin(), commitments_.end(), [&](const auto& commitment) { return commitment.first % 256 == info.number; }));
      const auto& envelope = event_.envelope;
      const auto& person = info.owner == FieldOwner::kSubject ? envelope.subject : envelope.provenance.actor;
      const auto owner = info.owner == FieldOwner::kCohort ? std::string() : "person/" + person.value;
      const bool more = !out_.absent.empty() && out_.absent.back().event == at && out_.absent.back().owner == owner;
      if (more) out_.absent.back().values += values;
      if (!more && values > 0) out_.absent.push_back({at, owner, values});
    }
  }

  static uint64_t expired_by(const Event& event) {
    const auto* expired = std::get_if<LooksExpired>(&event.body);
    return expired ? expired->through : 0;
  }

  static std::string erased_by(const Event& event) {
    if (std::holds_alternative<PersonErased>(event.body)) return "person/" + event.envelope.subject.value;
    if (const auto* expired = std::get_if<CohortExpired>(&event.body)) return "cohort/" + CycleId{expired->programme, expired->cycle}.text();
    return {};
  }

  struct StoredRecord {
    Position event;
    FieldClass field_class;
    size_t row_at, row_size;  // in rows_
  };
  const EventLog& log_;
  Vault vault_;
  Event event_;  // read into again and again
  Commitments commitments_;
  std::vector<Hash> tile_, leaves_;  // of the bundle that is being read: as stored, if it is full, and as hashed
  std::vector<Labels> labels_;       // of that bundle, as stored
  std::vector<StoredRecord> records_;
  std::string rows_;
  size_t next_record_ = 0;
  uint64_t records_bundle_ = ~uint64_t{0};
  Checked out_;
};

// Checks what only the whole can show: tree, streams, times, labels, signed checkpoints. Takes the entries in order.
class BookChecker : private Complainer {
 public:
  explicit BookChecker(const EventLog& log) : log_(log) {}

  // The signed checkpoints that are kept: each must have the root of its size, which take() comes past.
  Result<void> take_checkpoints(const VerifierKey& key) {
    std::optional<Error> broken;
    DAYBOOK_TRY(log_.checkpoints([&](uint64_t size, std::string_view note) {
      const auto checkpoint = open_checkpoint(note, key);
      if (!checkpoint || checkpoint.value().head.size != size) {
        const auto found = checkpoint ? std::string("the note of another size") : "another: " + checkpoint.error().message;
        broken = Error{Fault::kCorrupt, fmt::format("checkpoint kept at {}: found {}, want one that {} signed", size, found, key.name)};
      } else {
        signed_roots_[size] = checkpoint.value().head.root;
      }
      return !broken;
    }));
    return broken ? Result<void>(*broken) : Result<void>(success());
  }

  Result<void> take(const Checked& checked) {
    const auto first_of_chunk = tree_.size();
    cohorts_.clear();
    for (const auto& place : checked.places) {
      DAYBOOK_TRY(take(place, std::string_view(checked.text).substr(place.stream_at, place.stream_size)));
    }
    DAYBOOK_TRY(check_checkpoint());  // a wrong root lies before what is wrong after it
    out_.commitments += checked.commitments;
    out_.values_checked += checked.values;
    for (const auto& absent : checked.absent) {
      const auto cohort = absent.owner.empty() ? cohorts_[absent.event.value - first_of_chunk] : 0;
      absent_.push_back({absent, cohort});
    }
    if (!left_over_) left_over_ = checked.left_over;
    return checked.broken ? Result<void>(*checked.broken) : Result<void>(success());
  }

  // The tiles of a bundle whose entries were dropped.
  Result<void> take_dropped(const std::vector<Hash>& leaves) {
    for (const auto& leaf : leaves) {
      DAYBOOK_TRY(check_checkpoint());
      tree_.append(leaf);
    }
    return success();
  }

  // After the last entry.
  Result<void> finish() {
    if (log_.first().value > expired_) {
      looks_at(0, log_.first().value - 1);
      return damage("no entries, and no event that says they expired");
    }
    DAYBOOK_TRY(check_checkpoint());
    if (left_over_) {
      looks_at(left_over_->value);
      return damage("values in the vault past the end, {}", tree_.size());
    }
    DAYBOOK_TRY(check_absent());
    DAYBOOK_TRY(check_keys());
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
  Result<void> take(const Place& place, std::string_view name) {
    DAYBOOK_TRY(check_checkpoint());
    looks_at(tree_.size());
    tree_.append(place.leaf);
    auto known = streams_.find(name);
    const bool fresh = known == streams_.end();
    if (fresh) known = streams_.try_emplace(std::string(name)).first;
    auto& stream = known->second;
    if (fresh && log_.first() > Position{}) stream.next = place.version;  // what came before was dropped
    if (place.version != stream.next) return damage("version {} of its stream, want {}", place.version, stream.next);
    ++stream.next;
    if (place.want.cohort != 0 && keeps_cohort(name)) stream.cohort = place.want.cohort;
    if (place.recorded_at < last_recorded_) return damage("recorded at {}, want {} or later", to_text(place.recorded_at), to_text(last_recorded_));
    last_recorded_ = place.recorded_at;
    expired_ = std::max(expired_, place.expires);
    if (!place.erases.empty()) erased_.emplace(place.erases, Position{tree_.size() - 1});
    return check_labels(place, stream.cohort);
  }

  Result<void> check_labels(const Place& place, uint32_t cohort) {
    auto want = place.want;
    if (want.cohort == 0) want.cohort = cohort;
    cohorts_.push_back(want.cohort);
    if (place.labels != want) return damage("another stream, subject or cohort in the directory");
    segment_.add((tree_.size() - 1) / kTileWidth, std::span(&want, 1));
    if (tree_.size() % kSegmentEvents != 0) return success();
    if (tree_.size() - kSegmentEvents >= log_.first().value) return check_segment(tree_.size() / kSegmentEvents - 1);
    segment_ = {};  // some of it was dropped
    return success();
  }

  // Values that are gone belonged to somebody, or to a cohort, whose erasure stands in the log.
  Result<void> check_absent() {
    std::set<uint32_t> cohorts;
    for (const auto& [owner, at] : erased_) {
      if (owner.starts_with("cohort/")) cohorts.insert(short_hash(owner.substr(7)));
    }
    for (const auto& [absent, cohort] : absent_) {
      const bool lawful = absent.owner.empty() ? cohorts.contains(cohort) : erased_.contains(absent.owner);
      looks_at(absent.event.value);
      if (!lawful) return damage("{} values less in the vault than were committed to: nothing in the log says that they were erased", absent.values);
      out_.values_erased += absent.values;
    }
    return success();
  }

  // A key is destroyed by an erasure in the log, and every erasure destroyed its key.
  Result<void> check_keys() {
    for (const auto& [owner, at] : erased_) {
      looks_at(at.value);
      DAYBOOK_TRY(const auto row, placed(log_.vault().get(OwnerKeys::row_key(owner))));
      if (row && !OwnerKeys::is_destroyed(*row)) return damage("a key of {} in the vault, want none after this erasure", owner);
    }
    std::optional<std::string> without;
    DAYBOOK_TRY(log_.vault().scan(OwnerKeys::row_key(""), [&](std::string_view row_key, std::string_view row) {
      if (!OwnerKeys::is_destroyed(row) || OwnerKeys::destroyed_by(row) < log_.first()) return true;  // that event expired
      if (!erased_.contains(std::string(row_key.substr(1)))) without = row_key.substr(1);
      return !without;
    }));
    if (without) return Error{Fault::kCorrupt, "found the key of " + *without + " destroyed, and nothing in the log says that it was erased"};
    return success();
  }

  Result<void> check_segment(uint64_t number) {
    looks_at(number * kSegmentEvents, (number + 1) * kSegmentEvents - 1);
    for (unsigned i = 0; i < 256; ++i) {
      const auto first_byte = static_cast<uint8_t>(i);
      DAYBOOK_TRY(const auto row, placed(log_.index_row(number, first_byte)));
      if (row != segment_.row(first_byte)) return damage("another index of the labels that begin with {:02x} than the directory's", i);
    }
    segment_ = {};
    return success();
  }

  Result<void> check_checkpoint() {
    const auto it = signed_roots_.find(tree_.size());
    if (it == signed_roots_.end()) return success();
    looks_at(signed_to_, std::max(tree_.size(), signed_to_ + 1) - 1);
    if (it->second != tree_.root()) return damage("entries whose root is not that of the checkpoint signed at {}", tree_.size());
    signed_to_ = tree_.size();
    return success();
  }

  const EventLog& log_;
  std::map<uint64_t, Hash> signed_roots_;  // by size
  uint64_t signed_to_ = 0;                 // the newest of them that the entries came past
  MerkleTree tree_;
  struct Stream {
    uint64_t next = 0;  // version
    uint32_t cohort = 0;
  };
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  boost::unordered_flat_map<std::string, Stream, NameHash, std::equal_to<>> streams_;
  SegmentIndex segment_;  // of the entries after the last full segment
  Instant last_recorded_{};
  uint64_t expired_ = 0;                             // entries before this position may be gone
  std::vector<uint32_t> cohorts_;                    // of the entries of the chunk that is being taken
  std::vector<std::pair<Absent, uint32_t>> absent_;  // with the event's cohort, where that owns the values
  std::map<std::string, Position> erased_;           // by owner
  std::optional<Position> left_over_;
  Verified out_;
};

}  // namespace

Result<Verified> verify(const EventLog& log, const VerifierKey& key, const VaultKeys& keys, const std::function<void(uint64_t)>& progress) {
  BookChecker book(log);
  DAYBOOK_TRY(book.take_checkpoints(key));
  const Position end = log.end();
  const uint64_t chunk = kChunkBundles * kTileWidth;
  const size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  std::deque<std::future<Checked>> under_way;  // in order; on a fault the rest is waited for, and dropped
  const uint64_t first = log.first().value;
  for (uint64_t number = 0; number < first / kTileWidth; ++number) {
    DAYBOOK_TRY(const auto leaves, BundleChecker(log, keys).dropped(number));
    DAYBOOK_TRY(book.take_dropped(leaves));
  }
  for (uint64_t taken = first, sent = first; taken < end.value; taken += chunk) {
    for (; under_way.size() < threads && sent < end.value; sent += chunk) {
      const Position from{sent}, to{std::min(sent + chunk, end.value)};
      under_way.push_back(std::async(std::launch::async, [&log, &keys, from, to] { return BundleChecker(log, keys).check(from, to); }));
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
  return book.result();
}

}  // namespace daybook
