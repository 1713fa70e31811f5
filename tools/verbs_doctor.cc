// The verb doctor: what could stand in the way.
#include <fmt/format.h>
#include <sys/stat.h>

#include "ledger/sealing.h"
#include "projections/glasses.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

class Findings {
 public:
  void note(const std::string& check, bool good, const std::string& detail) {
    table.add({check, good ? "good" : "BAD", detail});
    well &= good;
  }
  Table table{{"check", "result", "detail"}, {}};
  bool well = true;
};

void look_at_machine(const Clock& clock, Findings& found) {
  const auto zones = zone_database_version();
  found.note("zone database", Zone::find("Europe/Zurich").has_value() && zones != "unknown", zones);
  found.note("clock", clock.now() > Instant(Day(std::chrono::year{2024} / 1 / 1)), to_text(std::chrono::floor<std::chrono::seconds>(clock.now())));
}

void look_at_memory(Findings& found) {
  LockedKeys keys;
  keys.keep(Hash{});
  const bool locked = keys.is_locked();
  found.table.add(
      {"keys in memory", locked ? "good" : "unlocked",
       locked ? "locked: never swapped out, in no core dump" : "the system locks no more memory: they may be swapped out (see `ulimit -l`)"});
}

void look_at_keys(const Ledger& ledger, Findings& found) {
  found.note("root key", true, ledger.config().root_key);
  struct stat log_key{};
  const bool good = ::stat(ledger.config().log_key.c_str(), &log_key) == 0 && (log_key.st_mode & 077) == 0;
  found.note("log key", good, ledger.config().log_key + (good ? "" : ": want it there, with mode 0600"));
}

void look_at_books(Ledger& ledger, const Clock& clock, Findings& found) {
  found.note("watermark", true, ledger.watermark() ? fmt::format("at {} events", ledger.watermark()->checkpoint.head.size) : "none yet");
  const auto replayed = replay(ledger.programme());
  found.note("programme book folds", replayed.has_value(),
             replayed ? fmt::format("{} events", ledger.programme().end().value) : replayed.error().message);
  if (replayed) {
    const auto newest = replayed.value().state.last_recorded_at;
    const auto open = glasses_to_review(replayed.value().state);
    found.table.add(
        {"broken glass", open == 0 ? "good" : "open", open == 0 ? "none waits for a review" : fmt::format("{} to review: `list glasses`", open)});
    found.note("newest event is not from the future", newest - clock.now() <= std::chrono::minutes{5}, to_text(newest));
  }
  const auto access = ledger.access_log();
  found.note("access book opens", access.has_value(), access ? fmt::format("{} events", access.value().log->end().value) : access.error().message);
  found.note("writer", true, somebody_writes(ledger.folder(), "programme") ? "somebody holds the programme book" : "nobody holds the programme book");
}

void look_at_disk(const Ledger& ledger, Findings& found) {
  const auto& rule = ledger.config().disk;
  const auto free = free_bytes(ledger.folder());
  found.note("free disk space", free && free.value() >= rule.floor_bytes,
             free ? fmt::format("{} MiB, the floor is {}", free.value() >> 20, rule.floor_bytes >> 20) : free.error().message);
  for (const auto* book : {"programme", "access"}) {
    const bool stands = has_ballast(ballast_file(ledger.folder(), book), rule);
    found.table.add({fmt::format("{} ballast", book), stands ? "good" : "none",
                     fmt::format("{} MiB{}", rule.ballast_bytes >> 20, stands ? "" : ": given up; the next write makes it where there is room")});
  }
}

}  // namespace

int doctor(const Settings& settings) {
  Session session(settings);
  Findings found;
  look_at_machine(session.clock, found);
  look_at_memory(found);
  const auto opened = session.open(OpenMode::kReadOnly, "doctor");
  found.note("ledger opens", opened.has_value(), opened ? ledger_folder(settings) : opened.error().message);
  if (opened) {
    look_at_keys(*opened.value(), found);
    look_at_books(*opened.value(), session.clock, found);
    look_at_disk(*opened.value(), found);
  }
  print_table(found.table, session.format(Format::kTable, Format::kTable), settings.for_spreadsheet);
  if (!opened) return complain(opened.error());
  return found.well ? kDone : kFailed;
}

}  // namespace daybook
