#include "tests/crash/forger.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "ledger/big_endian.h"
#include "ledger/codec.h"
#include "ledger/labels.h"
#include "ledger/require.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

std::unique_ptr<rocksdb::DB> open_database(const std::string& folder) {
  rocksdb::Options options;
  options.disable_auto_compactions = true;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, folder, &db);
  if (!status.ok()) throw std::runtime_error("the forger's open: " + status.ToString());
  return std::unique_ptr<rocksdb::DB>(db);
}

using Row = std::function<void(std::string_view key, std::string_view value)>;

// The rows whose key starts with `prefix`, which is taken off.
void scan(rocksdb::DB& db, const std::string& prefix, const Row& row) {
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next())
    row(it->key().ToStringView().substr(prefix.size()), it->value().ToStringView());
}

std::vector<Labels> labels_in(std::string_view bytes) {
  std::vector<Labels> all(bytes.size() / 12);
  const auto part = [&](size_t at) { return static_cast<uint32_t>(from_big_endian(bytes.substr(at, 4))); };
  for (size_t i = 0; i < all.size(); ++i) all[i] = {part(12 * i), part(12 * i + 4), part(12 * i + 8)};
  return all;
}

// The events [first, end) as rows have them.
struct Range {
  std::vector<std::string> entries;
  std::vector<Hash> leaves;
  std::string hashes, labels;
};
Range range_of(const StoredBook& book, uint64_t first, uint64_t end) {
  Range range;
  for (uint64_t at = first; at < end; ++at) {
    const auto& event = book.events[at];
    range.entries.push_back(event.entry);
    range.leaves.push_back(event.leaf);
    range.hashes += as_text(event.leaf);
    for (const uint32_t part : {event.labels.stream, event.labels.subject, event.labels.cohort}) append_big_endian(range.labels, part, 4);
  }
  return range;
}

std::string row_of(uint64_t first, const Range& tail) {
  std::string row = big_endian(first);
  append_big_endian(row, tail.entries.size(), 2);
  return row + tail.labels + encode_bundle(tail.entries);
}

std::string numbered(char table, uint64_t number) { return table + big_endian(number); }

// The vault of a book whose database is open.
class DatabaseRows final : public VaultRows {
 public:
  explicit DatabaseRows(rocksdb::DB& db) : db_(db) {}
  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::string value;
    return db_.Get({}, "v" + std::string(key), &value).ok() ? std::optional(value) : std::nullopt;
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    bool more = true;
    daybook::test::scan(db_, "v" + std::string(prefix),
                        [&](std::string_view rest, std::string_view value) { more = more && row(std::string(prefix).append(rest), value); });
    return success();
  }

 private:
  rocksdb::DB& db_;
};

// Where the rows of changed events go, sealed for their places.
class Writes : public rocksdb::WriteBatch {
 public:
  Writes(rocksdb::DB& db, const VaultKeys& keys) : rows_(db), vault_(*no_log_, rows_, keys) {}

  void put_sealed(const StoredBook& book, uint64_t at) {
    const auto& stored = book.events[at];
    if (stored.sealed.empty()) return;
    auto event = made(decode(as_bytes(stored.entry)));
    event.envelope.position = Position{at};
    std::vector<VaultRow> out;
    for (const auto& record : stored.sealed) {
      if (record.opened) {
        fine(vault_.add_record(event, record.field_class, *record.opened, randomness_, out));
      } else {
        out.push_back({Vault::record_key(Position{at}, record.field_class), record.row});
      }
    }
    for (const auto& row : out) Put("v" + row.key, *row.value);
  }

 private:
  std::unique_ptr<EventLog> no_log_ = make_memory_log();
  DatabaseRows rows_;
  Vault vault_;
  SystemRandomness randomness_;
};

// The bundle of `first`, or the tail; one or the other.
void write_place(Writes& writes, const StoredBook& book, uint64_t first, Reach reach) {
  const uint64_t number = first / kTileWidth, begin = number * kTileWidth;
  const bool full = begin + kTileWidth <= book.events.size();
  const auto range = range_of(book, begin, full ? begin + kTileWidth : book.events.size());
  if (full) {
    writes.Put(numbered('b', number), encode_bundle(range.entries));
    if (reach == Reach::kTile) writes.Put(numbered('t', number), range.hashes);
  } else {
    writes.DeleteRange("s", "t");
    writes.Put("s" + std::string(1, static_cast<char>(begin % kTileWidth)), row_of(begin, range));
  }
  writes.DeleteRange("vr" + big_endian(first), "vr" + big_endian(first + 1));
  writes.put_sealed(book, first);
}

// The index of every full segment of 256 bundles: 256 rows, by the first byte of the labels in them.
void write_index(rocksdb::WriteBatch& writes, const StoredBook& book) {
  constexpr uint64_t kEvents = 256 * kTileWidth;
  writes.DeleteRange("e", "f");
  for (uint64_t segment = 0; (segment + 1) * kEvents <= book.events.size(); ++segment) {
    std::vector<std::set<std::string>> rows(256);
    for (uint64_t at = segment * kEvents; at < (segment + 1) * kEvents; ++at) {
      for (const uint32_t label : {book.events[at].labels.stream, book.events[at].labels.subject, book.events[at].labels.cohort}) {
        std::string item;
        append_big_endian(item, label, 4);
        item += static_cast<char>(at / kTileWidth);
        if (label != 0) rows[label >> 24].insert(item.substr(1));
      }
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      std::string row;
      for (const auto& item : rows[i]) row += item;
      writes.Put("e" + std::string(1, static_cast<char>(i)) + big_endian(segment), row);
    }
  }
}

// Every row that follows from the events from `first` on.
void write_rest(Writes& writes, const StoredBook& book, uint64_t first) {
  const uint64_t size = book.events.size();
  for (const char table : {'b', 't', 'd'}) writes.DeleteRange(numbered(table, first / kTileWidth), std::string(1, static_cast<char>(table + 1)));
  writes.DeleteRange("r", "t");  // the tail too
  writes.DeleteRange("vr" + big_endian(first), "vs");
  MerkleTree tree;
  std::vector<std::vector<Hash>> levels(1);  // [n]: the hashes of the tiles of level n
  for (uint64_t number = 0; (number + 1) * kTileWidth <= size; ++number) {
    const auto range = range_of(book, number * kTileWidth, (number + 1) * kTileWidth);
    for (const auto& leaf : range.leaves) tree.append(leaf);
    levels[0].push_back(root_of(range.leaves));
    if (number < first / kTileWidth) continue;
    writes.Put(numbered('b', number), encode_bundle(range.entries));
    writes.Put(numbered('t', number), range.hashes);
    writes.Put(numbered('d', number), range.labels);
  }
  for (size_t level = 0; level < levels.size(); ++level) {
    for (uint64_t i = 0; i < levels[level].size(); ++i) {
      writes.Put("r" + std::string(1, static_cast<char>(level)) + big_endian(i), std::string(as_text(levels[level][i])));
      if ((i + 1) % kTileWidth != 0) continue;
      if (levels.size() == level + 1) levels.emplace_back();
      const auto last = levels[level].begin() + static_cast<std::ptrdiff_t>(i + 1);
      levels[level + 1].push_back(root_of({last - kTileWidth, last}));
    }
  }
  write_index(writes, book);
  const uint64_t tail = size / kTileWidth * kTileWidth;
  const auto range = range_of(book, tail, size);
  for (const auto& leaf : range.leaves) tree.append(leaf);
  if (tail < size) writes.Put("s" + std::string(1, '\0'), row_of(tail, range));
  std::string head = big_endian(size);
  for (const auto& hash : tree.edge()) head += as_text(hash);
  writes.Put("h", head);
  for (uint64_t at = first; at < size; ++at) writes.put_sealed(book, at);
}

void write_now(rocksdb::DB& db, rocksdb::WriteBatch& writes) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  require(db.Write(options, &writes).ok() && db.Flush({}).ok(), "a forger can write");
}

// Where the numbers of an envelope lie: behind the message's header and the root's pointer, a word each, as the schema
// has them.
void set_word(StoredEvent& event, size_t word, uint64_t value) {
  std::memcpy(event.entry.data() + 16 + 8 * word, &value, 8);
  event.put(event.entry);
}
Envelope envelope_of(const StoredEvent& event) { return made(decode(as_bytes(event.entry))).envelope; }

}  // namespace

void StoredEvent::put(std::string bytes) {
  entry = std::move(bytes);
  leaf = leaf_hash(as_bytes(entry));
  const auto event = made(decode(as_bytes(entry)));
  labels = labels_of(event.envelope, event.body);
}

StoredBook read_book(const std::string& database, const VaultKeys& keys) {
  const auto db = open_database(database);
  std::string head;
  require(db->Get({}, "h", &head).ok() && head.size() >= 8, "a forger's book has a head");
  StoredBook book;
  book.keys = keys;
  book.events.resize(from_big_endian(std::string_view(head).substr(0, 8)));
  const auto take = [&](uint64_t first, std::string_view bundle, std::string_view labels) {
    const auto entries = made(decode_bundle(bundle));
    const auto all = labels_in(labels);
    for (size_t i = 0; i < entries.size() && first + i < book.events.size(); ++i) {
      auto& event = book.events[first + i];
      event.entry = entries[i];
      event.leaf = leaf_hash(as_bytes(entries[i]));
      event.labels = all.at(i);
    }
  };
  scan(*db, "b", [&](std::string_view key, std::string_view bundle) {
    std::string labels;
    require(db->Get({}, "d" + std::string(key), &labels).ok(), "a bundle has a directory");
    take(from_big_endian(key) * kTileWidth, bundle, labels);
  });
  const uint64_t tail = book.events.size() / kTileWidth * kTileWidth;
  scan(*db, "s", [&](std::string_view, std::string_view row) {
    const uint64_t first = from_big_endian(row.substr(0, 8)), count = from_big_endian(row.substr(8, 2));
    if (first >= tail) take(first, row.substr(10 + 12 * count), row.substr(10, 12 * count));
  });
  const auto no_log = make_memory_log();
  const DatabaseRows rows(*db);
  const Vault vault(*no_log, rows, keys);
  scan(*db, "vr", [&](std::string_view key, std::string_view row) {
    auto& stored = book.events.at(from_big_endian(key.substr(0, 8)));
    Event event;
    Commitments commitments;
    fine(decode_into(event, commitments, as_bytes(stored.entry)));
    const auto field_class = static_cast<FieldClass>(key.back());
    stored.sealed.push_back({field_class, std::string(row), made(vault.open(event, commitments, field_class, row))});
  });
  scan(*db, "c", [&](std::string_view key, std::string_view note) { book.checkpoints.emplace(from_big_endian(key), note); });
  return book;
}

void write_book(const std::string& database, const StoredBook& book, uint64_t first, Reach reach) {
  const auto db = open_database(database);
  Writes writes(*db, book.keys);
  if (reach == Reach::kBook) {
    write_rest(writes, book, first);
  } else {
    write_place(writes, book, first, reach);
  }
  writes.DeleteRange("c", "d");
  for (const auto& [size, note] : book.checkpoints) writes.Put(numbered('c', size), note);
  write_now(*db, writes);
}

std::string read_row(const std::string& database, const std::string& key) {
  std::string value;
  require(open_database(database)->Get({}, key, &value).ok(), "a forger finds the row");
  return value;
}

void write_row(const std::string& database, const std::string& key, const std::optional<std::string>& value) {
  const auto db = open_database(database);
  rocksdb::WriteBatch writes;
  value ? writes.Put(key, *value) : writes.Delete(key);
  write_now(*db, writes);
}

void set_position(StoredEvent& event, uint64_t position) { set_word(event, 0, position); }
void set_version(StoredEvent& event, uint64_t version) { set_word(event, 1, version); }
void set_happened_at(StoredEvent& event, Instant at) {
  set_word(event, 3, static_cast<uint64_t>(at.time_since_epoch().count()));
  require(envelope_of(event).happened_at == at, "a forger knows where the time stands");
}

void replace_bytes(StoredEvent& event, std::string_view from, std::string_view to) {
  const auto at = event.entry.find(from);
  require(at != std::string::npos && from.size() == to.size(), "what a forger writes over stands in the entry");
  event.put(event.entry.replace(at, from.size(), to));
}

}  // namespace daybook::test
