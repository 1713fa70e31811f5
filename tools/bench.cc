#include "tools/bench.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <semaphore>
#include <thread>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/import.h"
#include "ledger/replay.h"
#include "ledger/require.h"
#include "ledger/sequencer.h"
#include "ledger/verify.h"
#include "tools/session.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr std::string_view kCharter = R"(programme = "bench"
title = "Bench"
sponsor = "BENCH"
[seating]
seats = 1000000
order = ["submission"]
[matching]
by = "clients"
[sessions]
allowance = 1000
minutes = 60
introduction = false
[window]
months = 4
[coaches]
capacity_min = 1
capacity_max = 1000
credentials = ["icf-certification"]
training_hours_min = 0
[[criteria]]
name = "commitment"
rule = "commitment"
[[cycles]]
name = "1"
opens_on = 2024-01-01
closes_on = 2024-12-31
time_zone = "UTC"
facts_as_of = 2024-12-31
)";

constexpr uint64_t kPairings = 512;

double seconds(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return Seconds(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Instant at_noon(int day) { return Instant(Day(std::chrono::year{2024} / 2 / 1) + std::chrono::days{day}) + std::chrono::hours{12}; }

// A ledger on disk with pairings to write sessions for.
class BenchLedger {
 public:
  explicit BenchLedger(const std::string& folder) {
    auto opened = open_rocks_log(folder, OpenMode::kReadWrite);
    require(opened.has_value(), "the bench can open a log where it was told to");
    log = std::move(opened).value();
    start();
    must(AdoptCharter{std::string(kCharter)}, at_noon(0));
    StaffRecorded staff;
    CoachRecorded coach;
    staff.contract_type = "regular";
    coach.programme = "bench";
    coach.review = "accepted";
    coach.capacity = 1000;
    coach.credential_kind = "icf-certification";
    coach.pledged_on = "2024-01-01";
    staff.staff_number = "COACH";
    must(RecordStaff{staff}, at_noon(0));
    must(RecordCoach{"COACH", coach}, at_noon(0));
    for (uint64_t i = 0; i < kPairings; ++i) {
      staff.staff_number = client(i);
      must(RecordStaff{staff}, at_noon(0));
      ApplicationSubmitted form;
      form.application = fmt::format("A{}", i);
      form.programme = "bench";
      form.cycle = "1";
      form.commitment = "yes";
      form.goal_type = "both";
      must(SubmitApplication{client(i), form}, at_noon(0));
    }
    must(DecideCycle{{"bench", "1"}}, at_noon(0));
    for (uint64_t i = 0; i < kPairings; ++i) {
      Act act;
      act.ref = pairing(i);
      act.programme = "bench";
      act.cycle = "1";
      act.client = client(i);
      act.coach = "COACH";
      must(act, at_noon(1));
      act.action = Action::kAcceptPairing;
      must(act, at_noon(1));
    }
  }

  static std::string client(uint64_t i) { return fmt::format("S{:06}", i); }
  static std::string pairing(uint64_t i) { return fmt::format("P{:06}", i); }

  // The n-th command of a run: a session marked done, then feedback on it, over all pairings in turn.
  Command command(uint64_t n) {
    const uint64_t pair = n / 2;
    Act act;
    act.ref = pairing(pair % kPairings);
    act.session = static_cast<uint32_t>(1 + pair / kPairings);
    act.action = n % 2 == 0 ? Action::kMarkSessionDone : Action::kGiveFeedback;
    act.held_on = std::chrono::floor<std::chrono::days>(at_noon(2));
    act.minutes = "60";
    act.rating = "4";
    act.comment = "helped me to reflect";
    return dressed(std::move(act), at_noon(2));
  }

  Command dressed(CommandBody body, Instant at) {
    Command command;
    command.body = std::move(body);
    command.happened_at = at;
    command.actor = "COACH";
    command.recorded_by = "bench";
    return command;
  }
  void must(CommandBody body, Instant at) {
    require(sequencer->execute(dressed(std::move(body), at)).outcome == Outcome::kRecorded, "the bench's commands are recorded");
  }
  void start() {
    auto started = Sequencer::start(*log, keys, clock, randomness);
    require(started.has_value(), "the bench's log can be folded");
    sequencer = std::move(started).value();
  }

  SystemClock clock;
  SystemRandomness randomness;
  VaultKeys keys = derive_vault_keys(Hash{});
  std::unique_ptr<EventLog> log;
  std::unique_ptr<Sequencer> sequencer;
  std::atomic<uint64_t> next{0};  // of `command`
};

// Each of `callers` threads waits for its answer before it sends the next. Done and feedback of a session are taken as
// a pair by one thread, so that neither comes before the other.
double blocking_rate(BenchLedger& ledger, unsigned callers, uint64_t count) {
  std::atomic<uint64_t> taken{0};
  const uint64_t first = ledger.next.fetch_add(count);
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (uint64_t n = taken.fetch_add(2); n + 1 < count; n = taken.fetch_add(2)) {
          for (const uint64_t m : {n, n + 1}) require(ledger.sequencer->execute(ledger.command(first + m)).outcome == Outcome::kRecorded, "recorded");
        }
      });
    }
  });
  return static_cast<double>(count) / took;
}

// Two threads keep 64 commands in flight between them.
double in_flight_rate(BenchLedger& ledger, uint64_t count) {
  const uint64_t first = ledger.next.fetch_add(count);
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (uint64_t half = 0; half < 2; ++half) {
      threads.emplace_back([&, half] {
        std::counting_semaphore<64> room(32);
        for (uint64_t n = 0; n < count / 2; ++n) {  // pairs alternate between the threads
          const uint64_t pair = 2 * (n / 2) + half;
          room.acquire();
          ledger.sequencer->submit(ledger.command(first + 2 * pair + n % 2), [&](const Answer& answer) {
            require(answer.outcome == Outcome::kRecorded, "recorded");
            room.release();
          });
        }
        for (int i = 0; i < 32; ++i) room.acquire();
      });
    }
  });
  return static_cast<double>(count) / took;
}

// Synced puts of the same entries by as many threads, and nothing else.
double raw_rate(const std::string& folder, const std::vector<std::string>& entries, unsigned callers, uint64_t count) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  require(rocksdb::DB::Open(options, folder, &raw).ok(), "the bench can open a database where it was told to");
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::atomic<uint64_t> taken{0};
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        rocksdb::WriteOptions synced;
        synced.sync = true;
        for (uint64_t n = taken++; n < count; n = taken++) {
          require(db->Put(synced, fmt::format("{:012}", n), entries[n % entries.size()]).ok(), "a put is written");
        }
      });
    }
  });
  return static_cast<double>(count) / took;
}

uint64_t bytes_under(const std::string& folder) {
  uint64_t bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file() && file.path().extension() == ".sst") bytes += file.file_size();
  }
  return bytes;
}

struct Figure {
  std::string name, unit;
  double value = 0, limit = 0;
  std::string limit_name;
  double aim = 0;  // of value / limit; 0 for none
};

class Bench {
 public:
  Bench(const BenchOptions& options, std::string folder) : options_(options), folder_(std::move(folder)) {}

  std::vector<Figure> run() {
    BenchLedger ledger(folder_ + "/ledger");
    blocking_rate(ledger, 8, 2000);  // warm
    const auto entries = newest_entries(*ledger.log, 1000);
    for (const unsigned callers : {1u, 8u, 64u}) {
      appends(fmt::format("durable commands, {} callers", callers), entries, callers,
              callers == 1   ? 0.8
              : callers == 8 ? 1.0
                             : 1.3,
              [&](uint64_t count) { return blocking_rate(ledger, callers, count); });
    }
    appends("durable commands, 64 in flight from 2 threads", entries, 64, 2.0, [&](uint64_t count) { return in_flight_rate(ledger, count); });
    ledger.sequencer.reset();
    reading(ledger);
    imports();
    return figures_;
  }

 private:
  static std::vector<std::string> newest_entries(const EventLog& log, uint64_t count) {
    std::vector<std::string> entries;
    const auto end = log.end();
    const auto take = [&](Position, Bytes entry) { return entries.emplace_back(as_text(entry)), true; };
    require(log.read(Position{end.value - count}, end, take).has_value(), "the bench reads what it wrote");
    return entries;
  }

  std::string fresh(const std::string& name) { return fmt::format("{}/{}-{}", folder_, name, ++folders_); }

  void appends(const std::string& name, const std::vector<std::string>& entries, unsigned raw_callers, double aim,
               const std::function<double(uint64_t)>& rate) {
    std::vector<double> ours, raws;
    const uint64_t count = options_.events / (raw_callers == 1 ? 8 : 1) / 4 * 4;
    for (int round = 0; round < options_.rounds; ++round) {  // in turn, so that a drift of the machine hits both
      ours.push_back(rate(count));
      raws.push_back(raw_rate(fresh("raw"), entries, raw_callers, count));
    }
    add({name, "events/s", median(ours), median(raws), fmt::format("raw synced puts, {} threads", raw_callers), aim});
  }

  void reading(BenchLedger& ledger) {
    const EventLog& log = *ledger.log;
    const auto events = static_cast<double>(log.end().value);
    std::vector<double> scans, folds, hashes, checks;
    SystemRandomness randomness;
    const auto key = SignerKey::make("bench", randomness).value().verifier();
    std::vector<std::string> entries;
    require(log.read(Position{}, log.end(), [&](Position, Bytes entry) { return entries.emplace_back(as_text(entry)), true; }).has_value(), "read");
    for (int round = 0; round < options_.rounds; ++round) {
      scans.push_back(events /
                      seconds([&] { require(read_events(log, Position{}, log.end(), [](const Event&) { return true; }).has_value(), "scanned"); }));
      folds.push_back(events / seconds([&] { require(replay(log).has_value(), "folded"); }));
      hashes.push_back(events / seconds([&] {
                         MerkleTree tree;
                         for (const auto& entry : entries) tree.append(leaf_hash(as_bytes(entry)));
                       }));
      checks.push_back(events / seconds([&] { require(verify(log, key).has_value(), "verified"); }));
    }
    add({"rebuild of the state", "events/s", median(folds), median(scans), "bare scan and decode", 0.6});
    add({"verify", "events/s", median(checks), median(hashes), "leaf and node hashes in memory", 0.8});
    double entry_bytes = 0;
    for (const auto& entry : entries) entry_bytes += static_cast<double>(entry.size());
    ledger.log.reset();  // flushes
    add({"bytes on disk per event", "bytes", static_cast<double>(bytes_under(folder_ + "/ledger")) / events, entry_bytes / events,
         "bytes of its entry", 0});
  }

  void imports() {
    const auto file = folder_ + "/staff.csv";
    const uint64_t rows = std::max<uint64_t>(options_.events, 1000);
    {
      std::ofstream out(file);
      const auto& columns = find_sheet("staff")->columns;
      for (size_t i = 0; i < columns.size(); ++i) out << (i ? "," : "") << columns[i];
      out << "\n";
      for (uint64_t i = 0; i < rows; ++i) {
        out << fmt::format(
            "N{:07},Name "
            "{},n{}@staff.example,IOM,Field,Geneva,Switzerland,Europe,LOGNET,P3,officer,regular,f,en;fr,Europe/Zurich,2015-01-01,2020-01-01,,\n",
            i, i, i);
      }
    }
    std::vector<double> rates;
    for (int round = 0; round < options_.rounds; ++round) {
      auto log = open_rocks_log(fresh("import"), OpenMode::kReadWrite).value();
      SystemClock clock;
      SystemRandomness randomness;
      const auto keys = derive_vault_keys(Hash{});
      auto sequencer = Sequencer::start(*log, keys, clock, randomness).value();
      const double took = seconds([&] {
        const auto done = import_file(file, *find_sheet("staff"), *sequencer, keys, randomness, {std::nullopt, "bench"}, {});
        require(done.has_value() && done.value().recorded == rows, "every row is recorded");
      });
      rates.push_back(static_cast<double>(rows) / took);
    }
    add({"import of staff rows", "rows/s", median(rates), 30'000, "the aim", 1.0});
  }

  void add(Figure figure) { figures_.push_back(std::move(figure)); }

  const BenchOptions& options_;
  const std::string folder_;
  int folders_ = 0;
  std::vector<Figure> figures_;
};

}  // namespace

int bench(const BenchOptions& options, Format format) {
  std::string folder = (fs::path(options.folder.empty() ? "." : options.folder) / "daybook-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return complain({Fault::kStorage, folder + ": cannot be made"});
  const auto figures = Bench(options, folder).run();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  Table table{{"figure", "value", "unit", "limit", "beside", "ratio", "aim"}, {}};
  for (const auto& f : figures) {
    table.add({f.name, fmt::format("{:.0f}", f.value), f.unit, fmt::format("{:.0f}", f.limit), f.limit_name, fmt::format("{:.2f}", f.value / f.limit),
               f.aim > 0 ? fmt::format("{:.2f}", f.aim) : ""});
  }
  print_table(table, format);
  return kDone;
}

}  // namespace daybook
