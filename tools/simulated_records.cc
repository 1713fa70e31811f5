#include "tools/simulated_records.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "ledger/civil_time.h"

namespace daybook {
namespace {

using std::chrono::hours, std::chrono::minutes;

constexpr const char* kOperator = "programme-team@simulated";

std::vector<std::string> activity_row(const Deed& deed) {
  const auto& act = deed.act;
  return {to_text(deed.at),
          deed.actor,
          std::string(kActionNames[static_cast<size_t>(act.action)]),
          act.ref,
          act.programme,
          act.cycle,
          act.client,
          act.coach,
          act.session ? std::to_string(*act.session) : "",
          act.held_on ? to_text(*act.held_on) : "",
          act.minutes,
          act.rating,
          act.reason,
          act.comment};
}

}  // namespace

void SimulatedRecords::by_hand(CommandBody body, std::optional<Instant> happened_at, Agenda::Then then) {
  Command command;
  command.body = std::move(body);
  command.happened_at = happened_at;
  command.actor = kProgrammeTeam;
  command.recorded_by = kOperator;
  command.role = "administrator";
  agenda_.send(std::move(command), std::move(then));
}

void SimulatedRecords::let_time_pass() {
  Command command;
  command.body = Tick{};
  command.recorded_by = kOperator;
  command.channel = Channel::kClock;
  agenda_.send(std::move(command));
}

void SimulatedRecords::write_down(const Deed& deed, Instant when) {
  agenda_.at(when, [this, deed] {
    Command command;
    command.body = deed.act;
    command.happened_at = deed.at;
    command.actor = deed.actor;
    command.recorded_by = kOperator;
    agenda_.send(std::move(command), [then = deed.then](const Answer& answer) {
      if (then) then(answer.outcome == Outcome::kRecorded);
    });
  });
}

void SimulatedRecords::promptly(Deed deed) { write_down(deed, deed.at + minutes{chance_.from_to(0, 180)}); }

void SimulatedRecords::sooner_or_later(Deed deed) {
  const auto way = chance_.below(100);
  if (way < 30) {
    sheet_.push_back(std::move(deed));
  } else {
    write_down(deed, deed.at + (way < 70   ? hours{chance_.from_to(0, 8)}
                                : way < 92 ? hours{24 * chance_.from_to(1, 6)}
                                           : hours{24 * chance_.from_to(7, 45)}));
  }
}

void SimulatedRecords::hand_in() {
  auto deeds = std::exchange(sheet_, {});
  std::stable_sort(deeds.begin(), deeds.end(), [](const Deed& a, const Deed& b) { return a.at < b.at; });
  Rows rows;
  for (const auto& deed : deeds) rows.push_back(activity_row(deed));
  import("activity", rows, std::nullopt, [&](const ReportRow& row) {
    if (const auto& then = deeds[row.row - 1].then) then(row.outcome == "recorded");
  });
}

void SimulatedRecords::import(const std::string& sheet, const Rows& rows, std::optional<Instant> effective,
                              const std::function<void(const ReportRow&)>& row) {
  if (rows.empty()) return;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);  // it has no name, and goes by itself
  const auto& info = *find_sheet(sheet);
  std::string text = csv_line(std::vector<std::string>(info.columns.begin(), info.columns.end()));
  for (const auto& cells : rows) text += csv_line(cells);
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0) {
    return agenda_.fail({Fault::kStorage, "a temporary file cannot be written"});
  }
  agenda_.settle();  // what was sent before goes before
  const auto path = fmt::format("/proc/self/fd/{}", ::fileno(file.get()));
  const auto done = import_file(path, info, sequencer_, keys_, randomness_, {effective, kOperator}, {row, {}});
  if (!done) agenda_.fail(done.error());
}

}  // namespace daybook
