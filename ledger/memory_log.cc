#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_map>

#include "ledger/append_rules.h"
#include "ledger/event_log.h"
#include "ledger/require.h"
#include "ledger/segment_index.h"

namespace daybook {
namespace {

class MemoryLog final : public EventLog, public VaultRows {
 public:
  explicit MemoryLog(const EventLog* base) : base_(base), base_end_(base ? base->end() : Position{}) {
    if (base_) rebuild_tree();
  }

  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    const std::lock_guard lock(mutex_);
    std::vector<Result<Appended>> answers;
    for (const auto& batch : group) answers.push_back(append_one(batch));
    grown_.notify_all();
    return answers;
  }
  using EventLog::append;

  Position end() const override {
    const std::lock_guard lock(mutex_);
    return end_locked();
  }

  TreeHead head() const override {
    const std::lock_guard lock(mutex_);
    return tree_.head();
  }

  Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
    bool more = true;
    if (base_ && from < base_end_) {
      const auto forward = [&](Position at, Bytes bytes) { return more = entry(at, bytes); };
      DAYBOOK_TRY(base_->read(from, std::min(to, base_end_), forward));
    }
    for (Position at = std::max(from, base_end_); more && at < std::min(to, end()); ++at.value) {
      std::string bytes;
      {
        const std::lock_guard lock(mutex_);
        bytes = entries_[at.value - base_end_.value];
      }
      more = entry(at, as_bytes(bytes));
    }
    return success();
  }

  Result<std::optional<Appended>> find(std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    return find_locked(key);
  }

  Position wait(Position seen, std::chrono::milliseconds at_most) const override {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, at_most, [&] { return end_locked() > seen; });
    return end_locked();
  }

  const VaultRows& vault() const override { return *this; }
  Result<void> rewrite(std::span<const VaultRow> rows) override {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows) rows_[row.key] = row.value;
    return success();
  }
  Result<void> purge() override { return success(); }

  Result<std::vector<Hash>> tile(unsigned level, uint64_t index, uint64_t width) const override {
    const std::lock_guard lock(mutex_);
    if (width > tile_width(leaves_.size(), level, index)) return Error{Fault::kNotFound, tile_path(level, index, width) + ": there is no such tile"};
    uint64_t span = 1;  // entries under one hash of this level
    for (unsigned i = 0; i < level; ++i) span *= kTileWidth;
    std::vector<Hash> hashes;
    for (uint64_t first = index * kTileWidth * span; width > 0; --width, first += span) {
      const auto begin = leaves_.begin() + static_cast<std::ptrdiff_t>(first);
      hashes.push_back(root_of({begin, begin + static_cast<std::ptrdiff_t>(span)}));
    }
    return hashes;
  }

  Result<std::vector<Labels>> directory(uint64_t bundle) const override {
    const std::lock_guard lock(mutex_);
    const uint64_t width = tile_width(labels_.size(), 0, bundle);
    if (width == 0 && bundle > 0) return Error{Fault::kNotFound, "directory: there is no such bundle"};
    const auto begin = labels_.begin() + static_cast<std::ptrdiff_t>(bundle * kTileWidth);
    return std::vector<Labels>(begin, begin + static_cast<std::ptrdiff_t>(width));
  }

  Result<std::vector<uint64_t>> bundles_with(uint32_t label) const override {
    const std::lock_guard lock(mutex_);
    std::vector<uint64_t> bundles;
    for (size_t segment = 0; segment < segments_.size(); ++segment) {
      for (const auto bundle : segments_[segment].bundles_with(label)) bundles.push_back(segment * kSegmentBundles + bundle);
    }
    return bundles;
  }

  Result<std::string> index_row(uint64_t segment, uint8_t first_byte) const override {
    const std::lock_guard lock(mutex_);
    require(segment < labels_.size() / kSegmentEvents, "only a full segment has an index");
    return segments_[segment].row(first_byte);
  }

  Result<TreeHead> read_back() override { return head(); }  // memory survives no crash: there is nothing else to read

  Result<void> check_files() const override { return success(); }

  Result<void> keep_checkpoint(uint64_t size, const std::string& note) override {
    const std::lock_guard lock(mutex_);
    notes_[size] = note;
    return success();
  }
  Result<void> checkpoints(const std::function<bool(uint64_t, std::string_view)>& checkpoint) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& [size, note] : notes_) {
      if (!checkpoint(size, note)) break;
    }
    return success();
  }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto it = rows_.find(key); it != rows_.end()) return it->second;
    }
    return base_ ? base_->vault().get(key) : Result<std::optional<std::string>>(std::nullopt);
  }

  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    std::map<std::string, std::optional<std::string>, std::less<>> rows;
    if (base_) {
      const auto keep = [&](std::string_view key, std::string_view value) { return rows.emplace(key, value), true; };
      DAYBOOK_TRY(base_->vault().scan(prefix, keep));
    }
    {
      const std::lock_guard lock(mutex_);
      for (auto it = rows_.lower_bound(prefix); it != rows_.end() && it->first.starts_with(prefix); ++it) rows[it->first] = it->second;
    }
    for (const auto& [key, value] : rows) {
      if (value && !row(key, *value)) break;
    }
    return success();
  }

 private:
  Position end_locked() const { return Position{base_end_.value + entries_.size()}; }

  Result<std::optional<Appended>> find_locked(std::string_view key) const {
    if (const auto it = keys_.find(std::string(key)); it != keys_.end()) return std::optional(it->second);
    return base_ ? base_->find(key) : Result<std::optional<Appended>>(std::nullopt);
  }

  Result<Appended> append_one(const Batch& batch) {
    DAYBOOK_TRY(const auto known, batch.idempotency_key.empty() ? Result<std::optional<Appended>>(std::nullopt) : find_locked(batch.idempotency_key));
    if (known) return Appended{known->first, known->end, true};
    DAYBOOK_TRY(check_batch(batch, end_locked()));
    const Position first = end_locked();
    for (size_t i = 0; i < batch.entries.size(); ++i) {
      add_leaf(leaf_hash(as_bytes(batch.entries[i])), batch.labels.empty() ? Labels{} : batch.labels[i]);
      entries_.push_back(batch.entries[i]);
    }
    for (const auto& row : batch.vault) rows_[row.key] = row.value;
    const Appended appended{first, end_locked()};
    if (!batch.idempotency_key.empty()) keys_.emplace(batch.idempotency_key, appended);
    return appended;
  }

  void add_leaf(const Hash& leaf, const Labels& labels) {
    tree_.append(leaf);
    leaves_.push_back(leaf);
    if (labels_.size() % kSegmentEvents == 0) segments_.emplace_back();
    segments_.back().add(labels_.size() / kTileWidth, std::span(&labels, 1));
    labels_.push_back(labels);
  }

  void rebuild_tree() {
    std::vector<Labels> labels;
    const auto add = [&](Position at, Bytes bytes) {
      if (at.value % kTileWidth == 0) {
        auto known = base_->directory(at.value / kTileWidth);
        require(known.has_value(), "a rehearsal starts from a sound log");
        labels = std::move(known).value();
      }
      add_leaf(leaf_hash(bytes), labels[at.value % kTileWidth]);
      return true;
    };
    const auto read = base_->read(Position{}, base_end_, add);
    require(read.has_value() && tree_.head() == base_->head(), "a rehearsal starts from a sound log");
  }

  const EventLog* const base_;
  const Position base_end_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::vector<std::string> entries_;
  std::map<std::string, std::optional<std::string>, std::less<>> rows_;
  std::unordered_map<std::string, Appended> keys_;
  MerkleTree tree_;
  std::vector<Hash> leaves_;
  std::vector<Labels> labels_;
  std::vector<SegmentIndex> segments_;
  std::map<uint64_t, std::string> notes_;
};

}  // namespace

std::unique_ptr<EventLog> make_memory_log(const EventLog* base) { return std::make_unique<MemoryLog>(base); }

}  // namespace daybook
