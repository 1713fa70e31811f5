#include "tools/bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "ledger/codec.h"
#include "ledger/cohort.h"
#include "ledger/import.h"
#include "ledger/labels.h"
#include "ledger/replay.h"
#include "ledger/require.h"
#include "ledger/state_snapshot.h"
#include "ledger/verify.h"
#include "tools/bench_ledger.h"
#include "tools/bench_limits.h"
#include "tools/bench_looks.h"
#include "tools/bench_sealing.h"
#include "tools/bench_years.h"
#include "tools/session.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// The value that so large a part of them lie below.
double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}
double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

uint64_t bytes_under(const std::string& folder) {
  uint64_t bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file() && file.path().extension() == ".sst") bytes += file.file_size();
  }
  return bytes;
}

std::vector<std::string> entries_of(const EventLog& log, Position from) {
  std::vector<std::string> entries;
  const auto take = [&](Position, Bytes entry) { return entries.emplace_back(as_text(entry)), true; };
  require(log.read(from, log.end(), take).has_value(), "the bench reads what it wrote");
  return entries;
}

// What verify has to hash, in memory.
struct ToHash {
  std::vector<std::string> entries;
  std::vector<SealedRecord> records;

  ToHash(const EventLog& log, const VaultKeys& keys) : entries(entries_of(log, Position{})) {
    const Vault vault(log, keys);
    const auto take = [&](Position at, FieldClass field_class, std::string_view) {
      records.push_back(vault.record(at, field_class).value().value());
    };
    for (uint64_t bundle = 0; bundle * kTileWidth < entries.size(); ++bundle) {
      require(vault.records_of(bundle, take).has_value(), "the bench reads what it wrote");
    }
  }

  void hash_entries() const {
    MerkleTree tree;
    for (const auto& entry : entries) tree.append(leaf_hash(as_bytes(entry)));
  }
  void hash_values() const {
    for (const auto& record : records) {
      const Committer commit(record.seed);
      for (const auto& [field, value] : record.values) commit(field, value);
    }
  }
};

struct Figure {
  std::string name, unit;
  double value = 0, limit = 0;
  std::string limit_name;
  double aim = 0;  // of value / limit; 0 for none
};

// Each figure is measured in turn with its limit, so that a drift of the machine hits both.
class Bench {
 public:
  Bench(const BenchOptions& options, std::string folder) : options_(options), folder_(std::move(folder)) {}

  std::vector<Figure> run() {
    if (options_.part == "looks") return looks(), figures_;
    if (options_.part == "commands") return commands_alone(), figures_;
    BenchLedger ledger(folder_ + "/ledger");
    ledger.blocking_rate(8, 2000);  // warm
    const auto entries = entries_of(ledger.log(), Position{ledger.log().end().value - 1000});
    commands(ledger, entries);
    sealing(ledger);
    postgres(ledger, entries);
    ledger.stop();
    reading(ledger.log(), ledger.keys());
    ledger.close();
    imports();
    looks();
    growth();
    questions();
    opening();
    return figures_;
  }

 private:
  using Rate = std::function<double()>;

  std::string fresh(const std::string& name) { return fmt::format("{}/{}-{}", folder_, name, ++folders_); }

  // Measures both in turn, round by round, and adds the medians.
  void beside(Figure figure, const Rate& rate, const Rate& limit) {
    std::vector<double> ours, limits;
    for (int round = 0; round < options_.rounds; ++round) ours.push_back(rate()), limits.push_back(limit());
    figure.value = median(std::move(ours));
    figure.limit = median(std::move(limits));
    figures_.push_back(std::move(figure));
  }

  // One caller waits for the disk each time: fewer events tell as much.
  uint64_t count_for(unsigned callers) const { return options_.events / (callers == 1 ? 8 : 1) / 4 * 4; }

  void commands(BenchLedger& ledger, const std::vector<std::string>& entries) {
    const auto raw = [&](unsigned threads) { return [&, threads] { return raw_rate(fresh("raw"), entries, threads, count_for(threads)); }; };
    for (const auto& [callers, aim] : {std::pair{1u, 0.8}, {8u, 1.0}, {64u, 1.3}}) {
      const Figure figure{fmt::format("durable commands, {} callers", callers), "events/s", 0, 0,
                          fmt::format("raw synced puts, {} threads", callers),  aim};
      beside(figure, [&] { return ledger.blocking_rate(callers, count_for(callers)); }, raw(callers));
    }
    beside(
        {"durable commands, 64 in flight from 2 threads", "events/s", 0, 0, "raw synced puts, 64 threads", 2.0},
        [&] { return ledger.in_flight_rate(count_for(64)); }, raw(64));
  }

  // What clients over the wire are held beside.
  void commands_alone() {
    BenchLedger ledger(folder_ + "/ledger");
    ledger.blocking_rate(8, 2000);  // warm
    figures_.push_back({"durable commands with keys, 64 callers", "events/s", ledger.blocking_rate(64, count_for(64), true), 0, "", 0});
  }

  // Appends, and what they would be without what sealing takes: it is done one value after the other by the thread that decides and
  // writes, so it is measured by itself, on as many bytes, and taken away. That the rest would run meanwhile is not assumed.
  static double without_sealing(double rate, double sealing_of_one) { return 1 / (1 / rate - sealing_of_one); }
  static constexpr const char* kUnsealed = "the same less the time of sealing";

  void sealing(BenchLedger& ledger) {
    double rate = 0;
    beside(
        {"durable commands, 64 in flight, sealed", "events/s", 0, 0, kUnsealed, 0.8}, [&] { return rate = ledger.in_flight_rate(count_for(64)); },
        [&] { return without_sealing(rate, sealing_seconds(ledger.log()) / static_cast<double>(ledger.log().end().value)); });
  }

  void postgres(BenchLedger& ledger, const std::vector<std::string>& entries) {
    const auto server = Postgres::start(options_.postgres, fresh("postgres"));
    if (!server) return (void)std::fprintf(stderr, "bench: %s\n", server.error().message.c_str());
    for (const unsigned callers : {1u, 8u, 64u}) {
      const Figure figure{fmt::format("durable commands, {} callers", callers),   "events/s", 0, 0,
                          fmt::format("PostgreSQL inserts, {} clients", callers), 0};
      const auto inserts = [&] {
        const auto rate = server.value()->insert_rate(entries.back(), callers, count_for(callers));
        if (!rate) std::fprintf(stderr, "bench: %s\n", rate.error().message.c_str());
        return rate ? rate.value() : 0;
      };
      beside(figure, [&] { return ledger.blocking_rate(callers, count_for(callers)); }, inserts);
    }
  }

  void reading(const EventLog& log, const VaultKeys& keys) {
    SystemRandomness randomness;
    const auto key = SignerKey::make("bench", randomness).value().verifier();
    const auto events = static_cast<double>(log.end().value);
    const auto rate = [&](const std::function<void()>& work) { return [events, work] { return events / seconds(work); }; };
    const auto scan = [&] { require(read_events(log, Position{}, log.end(), [](const Event&) { return true; }).has_value(), "scanned"); };
    beside({"rebuild of the state", "events/s", 0, 0, "bare scan and decode", 0.6}, rate([&] { require(fold(log).has_value(), "folded"); }),
           rate(scan));
    figures_.push_back({"rebuild of the state", "events/s", figures_.back().value, 2e6, "the aim", 1.0});
    beside({"rebuild that hashes what it folds", "events/s", 0, 0, "bare scan and decode", 0},
           rate([&] { require(replay(log).has_value(), "folded"); }), rate(scan));

    const ToHash all(log, keys);
    const auto checked = rate([&] { require(verify(log, key, keys).has_value(), "verified"); });
    const auto hash_all = [&] { all.hash_entries(), all.hash_values(); };
    beside({"verify", "events/s", 0, 0, "the same hashes in memory, one thread", 0.8}, checked, rate(hash_all));
    beside({"verify", "events/s", 0, 0, "leaf and node hashes in memory, one thread", 0}, checked, rate([&] { all.hash_entries(); }));
    entry_bytes_ = 0;
    for (const auto& entry : all.entries) entry_bytes_ += static_cast<double>(entry.size()) / events;
    events_ = events;
  }

  void imports() {
    figures_.push_back({"bytes on disk per event", "bytes", static_cast<double>(bytes_under(folder_ + "/ledger")) / events_, entry_bytes_,
                        "bytes of its entry", 0});  // after the close, which flushes
    const auto file = folder_ + "/staff.csv";
    write_staff(file, options_.events);
    beside(
        {"import of staff rows", "rows/s", 0, 0, "the aim", 1.0}, [&] { return static_cast<double>(options_.events) / import_seconds(file); },
        [] { return 30'000.0; });
    double rate = 0;
    const auto rows = static_cast<double>(options_.events);
    beside(
        {"import of staff rows, sealed", "rows/s", 0, 0, kUnsealed, 0.8}, [&] { return rate = rows / import_seconds(file); },
        [&] { return without_sealing(rate, sealed_in_ / rows); });
  }

  // What a list of 50 people takes with the access event that goes before it, and without: rounds of both in turn.
  void looks() {
    BenchLooks lists(folder_ + "/looks");
    const uint64_t count = std::max<uint64_t>(options_.events / 50, 100);
    for (const unsigned readers : {1u, 32u}) {
      std::vector<double> with, without;
      lists.list_times(readers, count / 2, true);  // warm
      for (int round = 0; round < options_.rounds; ++round) {
        for (const auto& [times, written] : {std::pair{&with, true}, {&without, false}}) {
          const auto took = lists.list_times(readers, count, written);
          times->insert(times->end(), took.begin(), took.end());
        }
      }
      for (const auto& [name, part] : {std::pair{"p50", 0.5}, {"p99", 0.99}}) {
        figures_.push_back({fmt::format("confidential list of 50 people, {} readers, {}", readers, name), "us", quantile(with, part),
                            quantile(without, part), "without its access event", 0});
      }
    }
  }

  static void write_staff(const std::string& file, uint64_t rows) {
    std::ofstream out(file);
    out << fmt::format("{}\n", fmt::join(find_sheet("staff")->columns, ","));
    for (uint64_t i = 0; i < rows; ++i) {
      out << fmt::format("N{0:07},Name {0},n{0}@staff.example,IOM,Field,Geneva,Switzerland,Europe,LOGNET,", i)
          << "P3,officer,regular,f,en;fr,Europe/Zurich,2015-01-01,2020-01-01,,\n";
    }
  }

  double import_seconds(const std::string& file) {
    const auto log = open_rocks_log(fresh("import"), OpenMode::kReadWrite).value();
    const SystemClock clock;
    SystemRandomness randomness;
    const auto keys = derive_vault_keys(Hash{});
    const auto sequencer = Sequencer::start(*log, keys, clock, randomness).value();
    const double took = seconds([&] {
      const auto done = import_file(file, *find_sheet("staff"), *sequencer, keys, randomness, {std::nullopt, "bench"}, {});
      require(done.has_value() && done.value().recorded == options_.events, "every row is recorded");
    });
    sealed_in_ = sealing_seconds(*log);
    return took;
  }

  // Does a command cost more in a long book? A short and a long one take the same in turn.
  void growth() {
    constexpr uint64_t kShort = 100'000;
    BenchLedger small(folder_ + "/short"), large(folder_ + "/long");
    small.grow(kShort);
    large.grow(options_.book);
    const uint64_t count = std::min<uint64_t>(count_for(64), 10'000) / 4 * 4;
    beside(
        {fmt::format("durable commands at {} events", options_.book), "events/s", 0, 0, fmt::format("at {} events", kShort), 0.8},
        [&] { return large.in_flight_rate(count); }, [&] { return small.in_flight_rate(count); });
  }

  // What is found through the directory, at moments after it ended: in the long book.
  void questions() {
    const auto folder = folder_ + "/long";
    const auto log = open_rocks_log(folder, OpenMode::kReadOnly).value();
    const uint64_t end = log->end().value, years = end / kBenchYear;
    if (years == 0) return;
    SystemClock clock;
    const VaultKeys keys = derive_vault_keys(Hash{});
    const Vault vault(*log, keys);
    unsigned programme = 0;
    const auto next_year = [&] { return static_cast<unsigned>(programme++ * 7 % years); };
    AsOf now;
    now.recorded = clock.now();
    time(50, "as-of of one cohort", *log, [&] {
      const auto cycle = bench_cycle(programme % kBenchProgrammes, next_year());
      const std::vector<uint32_t> labels = {label_of(cycle), label_of({cycle.programme, ""})};
      return Question{labels, [&, cycle] { require(replay_cohort(*log, cycle, now).value().state.cycle(cycle)->pairings.size() > 100, "folded"); }};
    });
    time(20, "history of one person", *log, [&] {
      const auto person = vault.person(bench_client(programme % kBenchProgrammes, next_year(), programme)).value();
      const std::vector<uint32_t> labels = {short_hash(person->value)};
      return Question{labels, [&, labels] { require(count_about(*log, labels) > 20, "told"); }};
    });
  }

  struct Question {
    std::vector<uint32_t> labels;
    std::function<void()> ask;
  };

  static uint64_t count_about(const EventLog& log, std::span<const uint32_t> labels) {
    uint64_t count = 0;
    require(read_events_about(log, labels, Position{}, log.end(), [&](const Event&) { return ++count, true; }).has_value(), "read");
    return count;
  }

  // Each round asks of another cycle or person; what the last one was about is told beside the figure.
  void time(double aim, const std::string& name, const EventLog& log, const std::function<Question()>& question) {
    std::vector<double> took;
    Question asked;
    for (int round = 0; round < 2 * options_.rounds + 1; ++round) {
      asked = question();
      took.push_back(1000 * seconds(asked.ask));
    }
    const auto bundles = log.bundles_with(asked.labels.front()).value().size();
    figures_.push_back({fmt::format("{}, {} events in {} bundles of {}", name, count_about(log, asked.labels), bundles, log.end().value / kTileWidth),
                        "ms", median(std::move(took)), aim, "the aim", 0});
  }

  // A bare log, without its watermark and keys.
  void opening() {
    const auto folder = folder_ + "/long", kept = folder_ + "/kept";
    std::vector<double> to_read, folded, from_snapshot;
    const int rounds = std::min(options_.rounds, 3);
    for (int round = 0; round < rounds; ++round) folded.push_back(BenchLedger::open_to_write(folder, kept));
    const uint64_t end = keep_snapshot(folder, kept);
    for (int round = 0; round < rounds; ++round) {
      to_read.push_back(1000 * seconds([&] { require(open_rocks_log(folder, OpenMode::kReadOnly).has_value(), "opened"); }));
      from_snapshot.push_back(BenchLedger::open_to_write(folder, kept));
    }
    const auto tell = [&](const std::string& how, std::vector<double> took) {
      figures_.push_back({fmt::format("open of {} events {}", end, how), "ms", median(std::move(took)), 1000, "the aim", 0});
    };
    tell("to read", std::move(to_read));
    tell("to write, from a snapshot", std::move(from_snapshot));
    tell("to write, without one", std::move(folded));
  }

  // Gives how many events were folded for it.
  static uint64_t keep_snapshot(const std::string& folder, const std::string& kept) {
    const auto log = open_rocks_log(folder, OpenMode::kReadOnly).value();
    const State state = fold(*log).value();
    require(keep_state({kept, Hash{}}, *log, state).has_value(), "the bench can keep a snapshot");
    return state.end.value;
  }

  const BenchOptions& options_;
  const std::string folder_;
  int folders_ = 0;
  double events_ = 0, entry_bytes_ = 0;  // of the ledger that was read
  double sealed_in_ = 0;                 // seconds of sealing in the newest import
  std::vector<Figure> figures_;
};

}  // namespace

int bench(const BenchOptions& options, Format format) {
  std::string folder = fs::absolute(fs::path(options.folder.empty() ? "." : options.folder) / "daybook-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return complain({Fault::kStorage, folder + ": cannot be made"});
  if (::geteuid() == 0) fs::permissions(folder, fs::perms(0755));  // PostgreSQL runs as nobody in there
  const auto figures = Bench(options, folder).run();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  Table table{{"figure", "value", "unit", "limit", "beside", "ratio", "aim"}, {}};
  for (const auto& f : figures) {
    table.add({f.name, fmt::format("{:.{}f}", f.value, f.unit == "ms" ? 1 : 0), f.unit, fmt::format("{:.0f}", f.limit), f.limit_name,
               f.limit > 0 ? fmt::format("{:.2f}", f.value / f.limit) : "", f.aim > 0 ? fmt::format("{:.2f}", f.aim) : ""});
  }
  print_table(table, format);
  return kDone;
}

}  // namespace daybook
