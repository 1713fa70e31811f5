// The verb doctor: what could stand in the way.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "tools/verbs.h"

namespace daybook {

int doctor(const Settings& settings) {
  Session session(settings);
  Table table{{"check", "result", "detail"}, {}};
  bool well = true;
  const auto note = [&](const std::string& check, bool good, const std::string& detail) {
    table.add({check, good ? "good" : "BAD", detail});
    well &= good;
  };
  const auto zones = zone_database_version();
  note("zone database", Zone::find("Europe/Zurich").has_value() && zones != "unknown", zones);
  note("clock", session.clock.now() > Instant(Day(std::chrono::year{2024} / 1 / 1)),
       to_text(std::chrono::floor<std::chrono::seconds>(session.clock.now())));
  const auto opened = session.open(OpenMode::kReadOnly, "doctor");
  const auto folder = ledger_folder(settings);
  note("ledger opens", opened.has_value(), opened ? folder : opened.error().message);
  if (opened) {
    Ledger& ledger = *opened.value();
    note("root key", true, ledger.config().root_key);
    struct stat log_key{};
    const bool log_key_good = ::stat(ledger.config().log_key.c_str(), &log_key) == 0 && (log_key.st_mode & 077) == 0;
    note("log key", log_key_good, ledger.config().log_key + (log_key_good ? "" : ": want it there, with mode 0600"));
    note("watermark", true, ledger.watermark() ? fmt::format("at {} events", ledger.watermark()->checkpoint.head.size) : "none yet");
    const auto replayed = replay(ledger.programme());
    note("programme book folds", replayed.has_value(),
         replayed ? fmt::format("{} events", ledger.programme().end().value) : replayed.error().message);
    const auto ahead = replayed ? replayed.value().state.last_recorded_at - session.clock.now() : std::chrono::microseconds{0};
    note("newest event is not from the future", ahead <= std::chrono::minutes{5}, replayed ? to_text(replayed.value().state.last_recorded_at) : "");
    const auto access = ledger.access_log();
    note("access book opens", access.has_value(), access ? fmt::format("{} events", access.value().log->end().value) : access.error().message);
    struct statvfs disk{};
    const bool asked = ::statvfs(folder.c_str(), &disk) == 0;
    const uint64_t free_mb = asked ? disk.f_bavail * disk.f_frsize >> 20 : 0;
    note("free disk space", free_mb >= 256, fmt::format("{} MiB, want 256", free_mb));
    table.add({"writer", "good", somebody_writes(folder, "programme") ? "somebody holds the programme book" : "nobody holds the programme book"});
  }
  print_table(table, session.format(Format::kTable, Format::kTable), settings.for_spreadsheet);
  if (!opened) return complain(opened.error());
  return well ? kDone : kFailed;
}

}  // namespace daybook
