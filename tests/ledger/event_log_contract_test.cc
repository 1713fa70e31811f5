// The contract of EventLog, held against every implementation: in memory, as a rehearsal over a log that has grown, and
// on RocksDB. What only the disk can do (come back, be read beside a writer) and what only a rehearsal must not do stands
// at the end.
#include "ledger/event_log.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "tests/ledger/naive_tree.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;

Batch batch(std::vector<std::string> entries, std::optional<Position> expected = {}, std::string key = "", std::vector<VaultRow> vault = {}) {
  return {expected, std::move(key), std::move(entries), std::move(vault)};
}

Position after(Position position, uint64_t steps) { return {position.value + steps}; }

std::vector<std::string> entries_of(const EventLog& log, Position from, Position to) {
  std::vector<std::string> entries;
  uint64_t expected = from.value;
  const auto read = log.read(from, to, [&](Position at, Bytes bytes) {
    CHECK(at.value == expected++);
    entries.emplace_back(as_text(bytes));
    return true;
  });
  CHECK(read.has_value());
  return entries;
}
std::vector<std::string> entries_of(const EventLog& log) { return entries_of(log, Position{0}, log.end()); }

using Rows = std::vector<std::pair<std::string, std::string>>;
Rows rows_of(const EventLog& log, std::string_view prefix = "") {
  Rows rows;
  const auto scanned = log.vault().scan(prefix, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    return true;
  });
  CHECK(scanned.has_value());
  return rows;
}

std::optional<std::string> row_of(const EventLog& log, std::string_view key) {
  const auto value = log.vault().get(key);
  REQUIRE(value.has_value());
  return value.value();
}

Fault fault_of(const Result<Appended>& result) {
  REQUIRE(result.has_error());
  CHECK_FALSE(result.error().message.empty());
  return result.error().fault;
}

std::unique_ptr<EventLog> open_rocks(const TempFolder& folder, OpenMode mode = OpenMode::kReadWrite) {
  auto log = open_rocks_log(folder.path("book"), mode);
  if (log.has_error()) FAIL(log.error().message);
  return std::move(log).value();
}

// Enough to have left the newest part of any implementation, whatever it groups entries by.
constexpr uint64_t kGrown = 300;

void grow(EventLog& log, uint64_t count) {
  std::vector<std::string> entries;
  for (uint64_t i = 0; i < count; ++i) entries.push_back("grown " + std::to_string(i));
  REQUIRE(log.append(batch(std::move(entries), {}, "the grown", {{"base/a", "1"}, {"base/b", "2"}})).has_value());
}

enum class Kind { kMemory, kRehearsal, kRehearsalOnDisk, kRocks };

// A log of one kind, ready to be appended to.
struct Subject {
  explicit Subject(Kind kind) {
    if (kind == Kind::kMemory) {
      log = make_memory_log();
    } else if (kind == Kind::kRocks) {
      log = open_rocks(folder);
    } else {
      base = kind == Kind::kRehearsal ? make_memory_log() : open_rocks(folder);
      grow(*base, kGrown);
      log = make_memory_log(base.get());
    }
  }
  TempFolder folder;
  std::unique_ptr<EventLog> base, log;
};

Kind any_kind() {
  const Kind kind = GENERATE(Kind::kMemory, Kind::kRehearsal, Kind::kRehearsalOnDisk, Kind::kRocks);
  INFO("kind " << static_cast<int>(kind));
  return kind;
}

std::string bytes_of(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31);
  return bytes;
}

}  // namespace

TEST_CASE("an append occupies the next positions without a gap and can be read back byte for byte", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();

  const auto first = log.append(batch({"one", "two"}, start));
  const auto second = log.append(batch({std::string("\0\xff three", 8)}));

  REQUIRE(first.has_value());
  CHECK(first.value() == Appended{start, after(start, 2), false});
  REQUIRE(second.has_value());
  CHECK(second.value() == Appended{after(start, 2), after(start, 3), false});
  CHECK(log.end() == after(start, 3));
  CHECK(entries_of(log, start, log.end()) == std::vector<std::string>{"one", "two", std::string("\0\xff three", 8)});
}

TEST_CASE("a stale or future expected end is a conflict and changes nothing", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  REQUIRE(log.append(batch({"first"}, start)).has_value());
  const TreeHead head = log.head();
  const Position wrong = GENERATE(0, 1) ? start : Position{start.value + 2};

  const auto refused = log.append(batch({"a", "b"}, wrong, "key", {{"row", "value"}}));

  CHECK(fault_of(refused) == Fault::kConflict);
  CHECK(log.end() == after(start, 1));
  CHECK(log.head() == head);
  CHECK(row_of(log, "row") == std::nullopt);
  CHECK(log.find("key").value() == std::nullopt);
}

TEST_CASE("a known idempotency key gives the earlier range in every mode and writes nothing", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  const std::string key("k\0\xff", 3);
  const bool first_expected = GENERATE(false, true);
  REQUIRE(log.append(batch({"one", "two"}, first_expected ? std::optional(start) : std::nullopt, key)).has_value());
  REQUIRE(log.append(batch({"later"}, {}, "another")).has_value());
  const TreeHead head = log.head();
  const auto expected = GENERATE_COPY(std::optional<Position>{}, std::optional(after(start, 3)), std::optional(start));

  const auto again = log.append(batch({"other bytes"}, expected, key, {{"row", "value"}}));

  REQUIRE(again.has_value());
  CHECK(again.value() == Appended{start, after(start, 2), true});
  CHECK(log.head() == head);
  CHECK(log.end() == after(start, 3));
  CHECK(row_of(log, "row") == std::nullopt);
  const auto found = log.find(key).value();
  REQUIRE(found.has_value());
  CHECK(found->first == start);
  CHECK(found->end == after(start, 2));
  CHECK(log.find("k").value() == std::nullopt);
  CHECK(log.find("").value() == std::nullopt);
}

TEST_CASE("batches without an idempotency key are never taken for repetitions", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();

  const auto first = log.append(batch({"same"}));
  const auto second = log.append(batch({"same"}));

  CHECK(first.value() == Appended{start, after(start, 1), false});
  CHECK(second.value() == Appended{after(start, 1), after(start, 2), false});
}

TEST_CASE("a key that comes twice in one group is written once", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  const std::vector<Batch> group = {batch({"a", "b"}, start, "key"), batch({"c"}), batch({"d"}, start, "key"), batch({"e"}, {}, "key")};

  const auto answers = log.append(group);

  REQUIRE(answers.size() == 4);
  CHECK(answers[0].value() == Appended{start, after(start, 2), false});
  CHECK(answers[1].value() == Appended{after(start, 2), after(start, 3), false});
  CHECK(answers[2].value() == Appended{start, after(start, 2), true});
  CHECK(answers[3].value() == Appended{start, after(start, 2), true});
  CHECK(entries_of(log, start, log.end()) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a refused batch leaves its key free, within the group and after", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  const std::vector<Batch> group = {batch({"never"}, after(start, 7), "key"), batch({""}, {}, "key"), batch({"a"}, start, "key")};

  const auto answers = log.append(group);

  REQUIRE(answers.size() == 3);
  CHECK(fault_of(answers[0]) == Fault::kConflict);
  CHECK(fault_of(answers[1]) == Fault::kRejected);
  CHECK(answers[2].value() == Appended{start, after(start, 1), false});
  CHECK(log.append(batch({"b"}, {}, "key")).value() == Appended{start, after(start, 1), true});
}

TEST_CASE("a conflict in the middle of a group leaves the others as they are", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  const std::vector<Batch> group = {
      batch({"a", "b"}, start, "first", {{"v/first", "1"}}),      batch({"never"}, start, "stale", {{"v/first", "overwritten"}, {"v/stale", "1"}}),
      batch({"c"}, after(start, 2), "third", {{"v/third", "1"}}), batch({"d"}, {}, "fourth"),
      batch({}, after(start, 4), "empty", {{"v/empty", "1"}}),    batch({"e"}, after(start, 4)),
  };

  const auto answers = log.append(group);

  REQUIRE(answers.size() == 6);
  CHECK(answers[0].value() == Appended{start, after(start, 2), false});
  CHECK(fault_of(answers[1]) == Fault::kConflict);
  CHECK(answers[2].value() == Appended{after(start, 2), after(start, 3), false});
  CHECK(answers[3].value() == Appended{after(start, 3), after(start, 4), false});
  CHECK(fault_of(answers[4]) == Fault::kRejected);
  CHECK(answers[5].value() == Appended{after(start, 4), after(start, 5), false});
  CHECK(entries_of(log, start, log.end()) == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(rows_of(log, "v/") == Rows{{"v/first", "1"}, {"v/third", "1"}});
  CHECK(log.find("stale").value() == std::nullopt);
  CHECK(log.find("empty").value() == std::nullopt);
  CHECK(log.head() == TreeHead{log.end().value, naive_root(entries_of(log))});
}

TEST_CASE("entries hold 1 to 65,535 bytes; a batch with any other is refused whole", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();

  CHECK(log.append(batch({bytes_of(1)})).has_value());
  CHECK(log.append(batch({bytes_of(65'535)})).has_value());
  CHECK(fault_of(log.append(batch({"good", bytes_of(65'536)}, {}, "large", {{"large", "1"}}))) == Fault::kRejected);
  CHECK(fault_of(log.append(batch({"good", ""}, {}, "none", {{"none", "1"}}))) == Fault::kRejected);

  CHECK((entries_of(log, start, log.end()) == std::vector<std::string>{bytes_of(1), bytes_of(65'535)}));
  CHECK(row_of(log, "large") == std::nullopt);
  CHECK(row_of(log, "none") == std::nullopt);
  CHECK(log.find("large").value() == std::nullopt);
}

TEST_CASE("an empty batch is refused, an empty group does nothing", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const TreeHead head = log.head();

  CHECK(fault_of(log.append(batch({}, log.end(), "key", {{"row", "1"}}))) == Fault::kRejected);
  CHECK(log.append(std::span<const Batch>{}).empty());

  CHECK(log.head() == head);
  CHECK(row_of(log, "row") == std::nullopt);
}

TEST_CASE("reads are half-open, stop early when told, and are empty past the end", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  std::vector<std::string> entries;
  for (int i = 0; i < 700; ++i) entries.push_back("entry " + std::to_string(i));
  REQUIRE(log.append(batch({entries.begin(), entries.begin() + 650})).has_value());
  REQUIRE(log.append(batch({entries.begin() + 650, entries.end()})).has_value());
  const auto all = entries_of(log);
  const uint64_t end = log.end().value;
  REQUIRE(all.size() == end);
  REQUIRE(std::vector(all.end() - 700, all.end()) == entries);

  for (const uint64_t from : {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256}, uint64_t{257}, uint64_t{299}, uint64_t{300}, uint64_t{512},
                              end - 1, end, end + 1, UINT64_MAX}) {
    for (const uint64_t to :
         {uint64_t{0}, uint64_t{1}, uint64_t{256}, uint64_t{257}, uint64_t{300}, uint64_t{513}, end - 1, end, end + 1, UINT64_MAX}) {
      INFO("from " << from << " to " << to);
      const uint64_t last = std::min(to, end), first = std::min(from, last);
      const std::vector<std::string> want(all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(last));
      REQUIRE(entries_of(log, Position{from}, Position{to}) == want);
    }
  }
  for (const uint64_t stop : {uint64_t{1}, uint64_t{256}, uint64_t{301}, end - 1}) {
    uint64_t calls = 0;
    REQUIRE(log.read(Position{0}, log.end(), [&](Position, Bytes) { return ++calls < stop; }).has_value());
    CHECK(calls == stop);
  }
}

TEST_CASE("vault rows are put and removed with their batch, in the order given", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  REQUIRE(log.append(batch({"a"}, {}, "", {{"v/1", "one"}, {"v/2", ""}, {"v/3", std::string("\0\xff", 2)}})).has_value());
  CHECK(rows_of(log, "v/") == Rows{{"v/1", "one"}, {"v/2", ""}, {"v/3", std::string("\0\xff", 2)}});

  REQUIRE(log.append(batch({"b"}, {}, "", {{"v/1", std::nullopt}, {"v/2", "two"}, {"v/absent", std::nullopt}, {"v/4", "x"}, {"v/4", "four"}}))
              .has_value());
  CHECK(rows_of(log, "v/") == Rows{{"v/2", "two"}, {"v/3", std::string("\0\xff", 2)}, {"v/4", "four"}});
  CHECK(row_of(log, "v/1") == std::nullopt);
  CHECK(row_of(log, "v/2") == "two");
  CHECK(row_of(log, "v/") == std::nullopt);

  REQUIRE(log.append(batch({"c"}, {}, "", {{"v/1", "again"}, {"v/2", "put"}, {"v/2", std::nullopt}})).has_value());
  CHECK(rows_of(log, "v/") == Rows{{"v/1", "again"}, {"v/3", std::string("\0\xff", 2)}, {"v/4", "four"}});
}

TEST_CASE("rows that a later batch of the same group touches end as that batch says", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const std::vector<Batch> group = {batch({"a"}, {}, "", {{"v/1", "first"}, {"v/2", "first"}}),
                                    batch({"b"}, {}, "", {{"v/1", "second"}, {"v/2", std::nullopt}})};

  for (const auto& answer : log.append(group)) REQUIRE(answer.has_value());

  CHECK(rows_of(log, "v/") == Rows{{"v/1", "second"}});
}

TEST_CASE("a scan gives the rows of a prefix in the order of their bytes, also past 0x7f and at 0xff", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const std::vector<std::string> keys = {"p",
                                         std::string("p\0", 2),
                                         "pa",
                                         "pa\x7f",
                                         "pa\x80",
                                         "pa\xff",
                                         "pa\xff\xff",
                                         "pa\xff\xff"
                                         "a",
                                         "pb",
                                         "q",
                                         "\xff",
                                         "\xff\xff"};
  std::vector<VaultRow> rows;
  for (size_t i = keys.size(); i-- > 0;) rows.push_back({keys[i], "value " + std::to_string(i)});
  REQUIRE(log.append(batch({"a"}, {}, "", rows)).has_value());
  const std::string prefix = GENERATE(as<std::string>{}, "p", "pa", "pa\xff", "pa\xff\xff", "pb", "q", "\xff", "\xff\xff", "\xff\xff\xff", "pc", "o");
  Rows want;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].starts_with(prefix)) want.emplace_back(keys[i], "value " + std::to_string(i));
  }

  CHECK(rows_of(log, prefix) == want);

  size_t calls = 0;
  REQUIRE(log.vault().scan("p", [&](std::string_view, std::string_view) { return ++calls < 3; }).has_value());
  CHECK(calls == 3);
}

TEST_CASE("the empty prefix scans every row of the vault and nothing else", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  Rows want = {{"row", "1"}};
  if (subject.base) want = {{"base/a", "1"}, {"base/b", "2"}, {"row", "1"}};

  REQUIRE(log.append(batch({"a"}, {}, "row", {{"row", "1"}})).has_value());

  CHECK(rows_of(log) == want);
}

TEST_CASE("whoever waits for the end is woken by the append that moves it", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;

  for (int i = 0; i < 5; ++i) {
    const Position seen = log.end();
    std::promise<void> about_to_wait;
    auto tail = std::async(std::launch::async, [&] {
      about_to_wait.set_value();
      return log.wait(seen, 20s);  // bounded, should nobody wake it
    });
    about_to_wait.get_future().wait();

    REQUIRE(log.append(batch({"entry " + std::to_string(i)})).has_value());

    REQUIRE(tail.wait_for(10s) == std::future_status::ready);
    CHECK(tail.get() == after(seen, 1));
  }
}

TEST_CASE("a tail that reads from wait to wait sees every entry once and in order", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  auto tail = std::async(std::launch::async, [&] {
    std::vector<std::string> seen;
    Position at = start;
    while (seen.size() < 30) {
      const Position end = log.wait(at, 10s);
      if (end == at) break;  // nothing came
      (void)log.read(at, end, [&](Position, Bytes bytes) {
        seen.emplace_back(as_text(bytes));
        return true;
      });
      at = end;
    }
    return seen;
  });

  std::vector<std::string> want;
  for (int i = 0; i < 30; ++i) {
    want.push_back("entry " + std::to_string(i));
    REQUIRE(log.append(batch({want.back()})).has_value());
  }

  CHECK(tail.get() == want);
}

TEST_CASE("a wait ends at once where the end is past, and when its time is up", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  REQUIRE(log.append(batch({"a"})).has_value());

  CHECK(log.wait(start, 10min) == after(start, 1));
  CHECK(log.wait(after(start, 1), 0ms) == after(start, 1));
  CHECK(log.wait(after(start, 1), 1ms) == after(start, 1));
  CHECK(log.wait(after(start, 9), 1ms) == after(start, 1));
}

TEST_CASE("appends from eight threads leave a gapless log in which each batch stands whole", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  constexpr int kThreads = 8, kEach = 25;
  std::vector<std::vector<std::pair<Appended, std::string>>> answers(kThreads);
  std::vector<std::thread> threads;

  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(t) + "/" + std::to_string(i);
        auto answer = log.append(batch({name + "a", name + "b", name + "c"}, {}, name, {{"by/" + name, name}}));
        if (answer.has_value()) answers[t].emplace_back(answer.value(), name);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  CHECK(log.end() == after(start, 3 * kThreads * kEach));
  const auto entries = entries_of(log, start, log.end());
  REQUIRE(entries.size() == 3 * kThreads * kEach);
  for (const auto& list : answers) {
    REQUIRE(list.size() == kEach);
    for (const auto& [range, name] : list) {
      REQUIRE(range.end.value == range.first.value + 3);
      const auto at = range.first.value - start.value;
      REQUIRE(entries.at(at) == name + "a");
      REQUIRE(entries.at(at + 1) == name + "b");
      REQUIRE(entries.at(at + 2) == name + "c");
    }
  }
  CHECK(rows_of(log, "by/").size() == kThreads * kEach);
  CHECK(log.head() == TreeHead{log.end().value, naive_root(entries_of(log))});
}

TEST_CASE("readers beside a writer see whole batches only, up to an end that grows", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  const Position start = log.end();
  std::atomic<bool> stop = false;
  auto reader = std::async(std::launch::async, [&] {
    std::string fault;
    Position last = start;
    do {
      const Position end = log.end();
      const TreeHead head = log.head();
      if (end < last) fault = "the end went back";
      if (head.size < end.value) fault = "the head is behind the end";
      if ((end.value - start.value) % 5 != 0 || (head.size - start.value) % 5 != 0) fault = "half a batch is there";
      uint64_t count = 0;
      (void)log.read(start, end, [&](Position, Bytes) { return ++count, true; });
      if (count != end.value - start.value) fault = "an entry before the end is not there";
      last = end;
    } while (!stop && fault.empty());
    return fault;
  });

  for (int i = 0; i < 100; ++i) REQUIRE(log.append(batch({"a", "b", "c", "d", "e"})).has_value());
  stop = true;

  CHECK(reader.get() == "");
}

TEST_CASE("the head is the size and the RFC 6962 root over all entries", "[event_log]") {
  const Subject subject(any_kind());
  EventLog& log = *subject.log;
  std::vector<std::string> all = entries_of(log);
  CHECK(log.head() == TreeHead{all.size(), naive_root(all)});

  for (const int count : {1, 1, 2, 3, 5, 120, 124, 1, 255, 1, 7}) {
    std::vector<std::string> entries;
    for (int i = 0; i < count; ++i) entries.push_back(std::to_string(all.size()) + "." + std::to_string(i));
    all.insert(all.end(), entries.begin(), entries.end());

    REQUIRE(log.append(batch(entries)).has_value());

    REQUIRE(log.head() == TreeHead{all.size(), naive_root(all)});
  }
}

TEST_CASE("a ledger on disk that is opened again has the same bytes, head, keys and vault, and goes on", "[event_log]") {
  const TempFolder folder;
  std::vector<std::string> entries;
  TreeHead head;
  Rows rows;
  {
    const auto log = open_rocks(folder);
    grow(*log, kGrown);
    REQUIRE(log->append(batch({bytes_of(65'535), "b"}, Position{kGrown}, "key", {{"base/b", std::nullopt}, {"x\xff", "3"}})).has_value());
    CHECK(log->append(batch({"stale"}, Position{0}, "refused")).has_error());
    entries = entries_of(*log);
    head = log->head();
    rows = rows_of(*log);
  }

  for (int time = 0; time < 2; ++time) {
    const auto log = open_rocks(folder);

    CHECK(log->end() == Position{kGrown + 2});
    CHECK((entries_of(*log) == entries));
    CHECK(log->head() == head);
    CHECK(rows_of(*log) == rows);
    const auto expected = GENERATE(std::optional<Position>{}, std::optional(Position{kGrown + 2}), std::optional(Position{0}));
    CHECK(log->append(batch({"c"}, expected, "key")).value() == Appended{Position{kGrown}, Position{kGrown + 2}, true});
    CHECK(log->append(batch({"c"}, expected, "the grown")).value() == Appended{Position{0}, Position{kGrown}, true});
    CHECK(log->find("refused").value() == std::nullopt);
    CHECK(log->head() == head);
  }
  const auto log = open_rocks(folder);
  REQUIRE(log->append(batch({"d"}, Position{kGrown + 2})).has_value());
  entries.push_back("d");
  CHECK((entries_of(*log) == entries));
  CHECK(log->head() == TreeHead{kGrown + 3, naive_root(entries)});
}

TEST_CASE("a ledger on disk opens at every size with the head it had", "[event_log]") {
  const TempFolder folder;
  std::vector<std::string> entries;

  for (const int count : {0, 1, 1, 1, 252, 1, 1, 253, 2}) {
    {
      const auto log = open_rocks(folder);
      for (int i = 0; i < count; ++i) {
        entries.push_back("entry " + std::to_string(entries.size()));
      }
      if (count > 0) REQUIRE(log->append(batch({entries.end() - count, entries.end()})).has_value());
    }
    const auto log = open_rocks(folder);

    REQUIRE(entries_of(*log) == entries);
    REQUIRE(log->head() == TreeHead{entries.size(), naive_root(entries)});
  }
}

TEST_CASE("a ledger can be read beside its writer, as it was when it was opened", "[event_log]") {
  const TempFolder folder;
  const auto writer = open_rocks(folder);
  grow(*writer, kGrown);
  const auto entries = entries_of(*writer);
  const TreeHead head = writer->head();

  const auto reader = open_rocks(folder, OpenMode::kReadOnly);
  REQUIRE(writer->append(batch({"later"}, {}, "later", {{"base/a", "changed"}, {"later", "1"}})).has_value());

  CHECK(reader->end() == Position{kGrown});
  CHECK(reader->head() == head);
  CHECK(entries_of(*reader, Position{0}, Position{kGrown + 9}) == entries);
  CHECK(rows_of(*reader) == Rows{{"base/a", "1"}, {"base/b", "2"}});
  CHECK(reader->find("later").value() == std::nullopt);
  CHECK(reader->append(batch({"by a reader"})).has_error());
  CHECK(writer->end() == Position{kGrown + 1});
  CHECK(open_rocks(folder, OpenMode::kReadOnly)->end() == Position{kGrown + 1});
}

TEST_CASE("opening to read makes no ledger where there is none", "[event_log]") {
  const TempFolder folder;

  const auto opened = open_rocks_log(folder.path("nothing"), OpenMode::kReadOnly);

  REQUIRE(opened.has_error());
  CHECK_FALSE(opened.error().message.empty());
  CHECK_FALSE(std::filesystem::exists(folder.path("nothing")));
}

TEST_CASE("a rehearsal reads through to its base and never writes there", "[event_log]") {
  const TempFolder folder;
  const bool on_disk = GENERATE(false, true);
  const auto base = on_disk ? open_rocks(folder) : make_memory_log();
  grow(*base, kGrown);
  REQUIRE(base->append(batch({"last"}, {}, "key", {{"base/c", "3"}})).has_value());
  const auto entries = entries_of(*base);
  const TreeHead head = base->head();
  const Rows rows = rows_of(*base);

  {
    const auto rehearsal = make_memory_log(base.get());
    CHECK(rehearsal->head() == head);
    CHECK(rehearsal->append(batch({"other"}, {}, "key")).value() == Appended{Position{kGrown}, Position{kGrown + 1}, true});
    REQUIRE(rehearsal->append(batch({"new"}, Position{kGrown + 1}, "new", {{"base/a", std::nullopt}, {"base/b", "changed"}, {"base/bb", "new"}}))
                .has_value());
    CHECK(entries_of(*rehearsal, Position{kGrown - 1}, Position{UINT64_MAX}) == std::vector<std::string>{"grown 299", "last", "new"});
    CHECK(rows_of(*rehearsal) == Rows{{"base/b", "changed"}, {"base/bb", "new"}, {"base/c", "3"}});
    CHECK(row_of(*rehearsal, "base/a") == std::nullopt);
    CHECK(row_of(*rehearsal, "base/c") == "3");
  }

  CHECK(base->end() == Position{kGrown + 1});
  CHECK(entries_of(*base) == entries);
  CHECK(base->head() == head);
  CHECK(rows_of(*base) == rows);
  CHECK(base->find("new").value() == std::nullopt);
}

}  // namespace daybook::test
