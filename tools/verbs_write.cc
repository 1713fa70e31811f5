// Verbs that record: init, charter add, import, do, decide.
#include <fmt/format.h>
#include <algorithm>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/import.h"
#include "projections/timeline.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Command by_hand(const Settings& settings, CommandBody body) {
  Command command;
  command.body = std::move(body);
  command.recorded_by = Session::operator_name();
  command.actor = settings.as.empty() ? command.recorded_by : settings.as;
  command.role = settings.role;
  return command;
}

// What was recorded, or why not. `said` gets the sentences of the events.
int tell(Session& session, Ledger& ledger, const Answer& answer, const std::string& what) {
  const bool json = session.format(Format::kText, Format::kText) == Format::kJson;
  if (answer.outcome == Outcome::kFailed) return complain(answer.error);
  if (answer.outcome == Outcome::kRefused) {
    const auto because = answer.refusal.because ? std::to_string(answer.refusal.because->value) : "null";
    if (json) {
      std::printf(
          "%s\n",
          json_object({{"outcome", "refused"}, {"reason", answer.refusal.rule}, {"saw", answer.refusal.saw}, {"because", because, true}}).c_str());
    } else {
      std::fprintf(stderr, "daybook: %s refused: %s: %s%s\n", what.c_str(), answer.refusal.rule.c_str(), printable(answer.refusal.saw).c_str(),
                   answer.refusal.because ? fmt::format(" [event {}]", because).c_str() : "");
    }
    return kNo;
  }
  const auto outcome = answer.outcome == Outcome::kRecorded ? "recorded" : "unchanged";
  if (json) {
    std::printf("%s\n", json_object({{"outcome", outcome},
                                     {"first", std::to_string(answer.range.first.value), true},
                                     {"end", std::to_string(answer.range.end.value), true},
                                     {"flags", answer.flags}})
                            .c_str());
    return kDone;
  }
  const auto vault = ledger.vault();
  State none;
  Desk desk(none, vault, false);
  uint64_t more = 0;
  const auto told = read_events(ledger.programme(), answer.range.first, answer.range.end, [&](const Event& event) {
    if (event.envelope.position.value - answer.range.first.value >= 10) return ++more, true;
    std::printf("%s: %s [event %llu]\n", outcome, printable(sentence(event, desk)).c_str(),
                static_cast<unsigned long long>(event.envelope.position.value));
    return true;
  });
  if (!told) return complain(told.error());
  if (more > 0) std::printf("and %llu more events\n", static_cast<unsigned long long>(more));
  return kDone;
}

class Report {
 public:
  explicit Report(bool for_spreadsheet) : for_spreadsheet_(for_spreadsheet) {}
  // Sees that the report can be written; what is there already stays until the import has begun.
  Result<void> prepare(const std::string& path, const std::string& sheet) {
    if (path.empty()) return success();
    std::error_code ignored;
    if (std::filesystem::equivalent(path, sheet, ignored))
      return Error{Fault::kRejected, "report " + path + ": found the spreadsheet itself, want another file"};
    path_ = path;
    const bool was_there = std::filesystem::exists(path_, ignored);
    file_.open(path_, std::ios::binary | std::ios::app);
    const auto writable = good();
    file_.close();
    if (!was_there) std::filesystem::remove(path_, ignored);
    return writable;
  }
  void begin() {
    if (path_.empty() || file_.is_open()) return;
    file_.open(path_, std::ios::binary | std::ios::trunc);
    file_ << csv_line({"row", "ref", "outcome", "reason", "flags"});
  }
  void add(const ReportRow& row) {
    begin();
    if (file_.is_open()) file_ << csv_line({std::to_string(row.row), row.ref, row.outcome, row.reason, row.flags}, for_spreadsheet_);
  }
  Result<void> close() {
    begin();
    if (!file_.is_open()) return success();
    file_.close();
    return good();
  }

 private:
  Result<void> good() const {
    if (file_) return success();
    return Error{Fault::kStorage, "report " + path_ + ": cannot be written"};
  }
  const bool for_spreadsheet_;
  std::ofstream file_;
  std::string path_;
};

}  // namespace

int init(const Settings& settings, const std::string& origin) {
  std::string folder = ledger_folder(settings);
  if (folder.empty()) return complain({Fault::kRejected, "which ledger? --ledger DIR or DAYBOOK_LEDGER names it"});
  Session session(settings);
  folder = std::filesystem::absolute(folder).lexically_normal().string();
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const auto key = settings.root_key.empty() ? folder + ".root-key" : settings.root_key;
  const auto made = init_ledger({folder, key, folder + ".log-key", origin}, Session::operator_name(), session.clock, session.randomness);
  if (!made) return complain(made.error());
  if (session.format(Format::kText, Format::kText) == Format::kJson) {
    std::printf("%s\n", json_object({{"ledger", folder},
                                     {"id", made.value().id},
                                     {"root_key", made.value().root_key},
                                     {"log_key", made.value().log_key},
                                     {"origin", made.value().programme_key.name},
                                     {"verifier_key", made.value().programme_key.text()}})
                            .c_str());
    return kDone;
  }
  std::printf("made ledger %s with the charters that ship with Daybook\n", folder.c_str());
  std::printf("root key: %s (mode 0600). Losing it loses every confidential value: keep a copy, apart from the ledger.\n",
              made.value().root_key.c_str());
  std::printf("log key: %s (mode 0600). It signs checkpoints; give the verifier key to whoever checks them:\n  %s\n", made.value().log_key.c_str(),
              made.value().programme_key.text().c_str());
  return kDone;
}

namespace {

// A new version leaves the cycles alone that were open before: say so.
void tell_pinned(Ledger& ledger, const Charter& charter) {
  ledger.sequencer().look([&](const State& state) {
    const auto newest = state.programme(charter.programme)->versions.size();
    for (const auto& rules : charter.cycles) {
      const auto* cycle = state.cycle({charter.programme, rules.name});
      if (cycle && cycle->charter_version != newest) {
        std::fprintf(stderr, "daybook: cycle %s stays on version %u of the charter, under which it opened\n", rules.name.c_str(),
                     cycle->charter_version);
      }
    }
  });
}

}  // namespace

int charter_add(const Settings& settings, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kCharterBytesMax + 1, '\0');
  if (!in || !in.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    return complain({Fault::kRejected, fmt::format("{}: want a file that can be read, of {} bytes at most", file, kCharterBytesMax)});
  }
  text.resize(static_cast<size_t>(in.gcount()));
  const auto charter = parse_charter(text, file);
  if (!charter) return complain(charter.error());
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, "charter add");
  if (!ledger) return complain(ledger.error());
  const auto answer = ledger.value()->sequencer().execute(by_hand(settings, AdoptCharter{text}));
  if (answer.outcome == Outcome::kRecorded) tell_pinned(*ledger.value(), charter.value());
  return session.close(tell(session, *ledger.value(), answer, "charter"));
}

int import(const Settings& settings, const ImportArguments& arguments) {
  const auto* sheet = find_sheet(arguments.kind);
  if (!sheet)
    return complain({Fault::kRejected,
                     "import: found kind \"" + printable(arguments.kind) + "\", want staff, participations, coaches, applications or activity"});
  ImportOptions options;
  options.operator_name = Session::operator_name();
  if (!arguments.effective.empty()) {
    if (arguments.kind != "staff" && arguments.kind != "participations") {
      return complain({Fault::kRejected,
                       "--effective: goes with staff and participations; the rows of " + arguments.kind + " say themselves when they happened"});
    }
    options.effective = parse_moment(arguments.effective, Zone::utc());
    if (!options.effective)
      return complain({Fault::kRejected, "--effective: found \"" + printable(arguments.effective) + "\", want a day or a time"});
  }
  Session session(settings);
  const auto opened = session.open(arguments.dry_run ? OpenMode::kReadOnly : OpenMode::kReadWrite, "import " + arguments.kind);
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  Report report(settings.for_spreadsheet);
  if (const auto ready = report.prepare(arguments.report, arguments.file); !ready) return complain(ready.error());

  std::unique_ptr<EventLog> rehearsal;
  std::unique_ptr<Sequencer> rehearsing;
  if (arguments.dry_run) {
    rehearsal = make_memory_log(&ledger.programme());
    auto started = Sequencer::start(*rehearsal, ledger.keys(), session.clock, session.randomness, settings.confirm_clock);
    if (!started) return complain(started.error());
    rehearsing = std::move(started).value();
  }
  Progress progress("import " + arguments.kind);
  const ImportWatcher watcher{
      [&](const ReportRow& row) { report.add(row); },
      [&](const ImportProgress& p) {
        progress.show(fmt::format("{} {} rows, {}%", p.checking ? "checked" : "took", p.rows, p.bytes_total ? p.bytes * 100 / p.bytes_total : 0));
      }};
  const auto done =
      import_file(arguments.file, *sheet, rehearsing ? *rehearsing : ledger.sequencer(), ledger.keys(), session.randomness, options, watcher);
  if (!done) {
    if (const auto emptied = report.close(); !emptied) return complain(emptied.error());  // an earlier report must not stand for this import
    auto error = done.error();
    error.message = arguments.file + " is refused, nothing was recorded:\n" + error.message;
    return complain(done.error().fault == Fault::kRejected ? error : done.error());
  }
  if (const auto closed = report.close(); !closed) return complain(closed.error());
  const auto& counts = done.value();
  const auto end = (rehearsal ? *rehearsal : ledger.programme()).end().value;
  if (const auto format = session.format(Format::kText, Format::kText); format != Format::kText) {
    print_fields({{"rows", std::to_string(counts.rows()), true},
                  {"recorded", std::to_string(counts.recorded), true},
                  {"refused", std::to_string(counts.refused), true},
                  {"unchanged", std::to_string(counts.unchanged), true},
                  {"end", std::to_string(end), true},
                  {"dry_run", arguments.dry_run ? "true" : "false", true}},
                 format);
    return session.close(kDone);
  }
  std::printf("%s%s: %llu rows: %llu recorded, %llu refused, %llu unchanged; the ledger ends at %llu\n",
              arguments.dry_run ? "rehearsed, nothing recorded: " : "", arguments.kind.c_str(), static_cast<unsigned long long>(counts.rows()),
              static_cast<unsigned long long>(counts.recorded), static_cast<unsigned long long>(counts.refused),
              static_cast<unsigned long long>(counts.unchanged), static_cast<unsigned long long>(ledger.programme().end().value));
  return session.close(kDone);
}

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> take(Values& values, std::string_view key) {
  for (auto it = values.begin(); it != values.end(); ++it) {
    if (it->first != key) continue;
    auto value = std::move(it->second);
    values.erase(it);
    return value;
  }
  return std::nullopt;
}

Result<CommandBody> read_command(const std::string& action, Values values) {
  if (action == "decide-referral") {
    const auto application = take(values, "application"), outcome = take(values, "outcome"), reason = take(values, "reason");
    if (!application || !reason || !outcome || (*outcome != "eligible" && *outcome != "not-eligible") || !values.empty()) {
      return Error{Fault::kRejected, "decide-referral: want application=REF outcome=eligible|not-eligible reason=TEXT"};
    }
    return CommandBody(DecideReferral{*application, *outcome == "eligible", *reason});
  }
  if (action == "grant-seat") {
    const auto programme = take(values, "programme"), cycle = take(values, "cycle");
    if (!programme || !cycle || !values.empty()) return Error{Fault::kRejected, "grant-seat: want programme=PROGRAMME cycle=CYCLE"};
    return CommandBody(GrantSeat{{*programme, *cycle}});
  }
  const auto it = std::find(std::begin(kActionNames), std::end(kActionNames), action);
  if (it == std::end(kActionNames)) {
    return Error{Fault::kRejected,
                 fmt::format("do: found action \"{}\", want {}, decide-referral or grant-seat", printable(action), fmt::join(kActionNames, ", "))};
  }
  DAYBOOK_TRY(auto act, read_action(static_cast<Action>(it - std::begin(kActionNames)), values));
  return CommandBody(std::move(act));
}

}  // namespace

int do_action(const Settings& settings, const std::string& action, const std::vector<std::string>& arguments, const std::string& idempotency_key) {
  Values values;
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) return complain({Fault::kRejected, "do: found \"" + printable(argument) + "\", want key=value"});
    const auto key = argument.substr(0, equals);
    if (take(values, key)) return complain({Fault::kRejected, "do: found the key " + printable(key) + " twice"});
    if (find_bad_text(argument) != std::string::npos)
      return complain({Fault::kRejected, "do: " + printable(key) + " is not UTF-8 text without control characters"});
    values.emplace_back(key, argument.substr(equals + 1));
  }
  const auto at = take(values, "at"), actor = take(values, "actor");
  auto body = read_command(action, std::move(values));
  if (!body) return complain(body.error());
  Command command = by_hand(settings, std::move(body).value());
  if (at && !(command.happened_at = parse_instant(*at))) {
    return complain(
        {Fault::kRejected, "do: at: found \"" + printable(*at) + "\", want a time with seconds and offset, such as 2024-01-29T23:59:59+01:00"});
  }
  if (actor) command.actor = *actor;
  command.idempotency_key = idempotency_key;
  command.asked = action;
  for (const auto& argument : arguments) command.asked += "\n" + argument;
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, "do " + action);
  if (!ledger) return complain(ledger.error());
  return session.close(tell(session, *ledger.value(), ledger.value()->sequencer().execute(std::move(command)), action));
}

int decide_cycle(const Settings& settings, const std::string& text, const std::string& on) {
  const auto cycle = parse_cycle(text);
  if (!cycle) return complain({Fault::kRejected, "decide: found \"" + printable(text) + "\", want PROGRAMME/CYCLE"});
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadWrite, "decide");
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  Command command = by_hand(settings, DecideCycle{*cycle});
  if (!on.empty()) {
    Zone zone = Zone::utc();
    ledger.sequencer().look([&](const State& state) {
      if (const auto* known = state.cycle(*cycle)) zone = Zone::find(known->rules->time_zone).value_or(zone);
    });
    command.happened_at = parse_moment(on, zone);
    if (!command.happened_at) return complain({Fault::kRejected, "--on: found \"" + printable(on) + "\", want a day or a time"});
  }
  const auto answer = ledger.sequencer().execute(std::move(command));
  if (answer.outcome != Outcome::kRecorded && answer.outcome != Outcome::kUnchanged) return session.close(tell(session, ledger, answer, "decide"));
  uint64_t eligible = 0, not_eligible = 0, referred = 0, seated = 0, waitlisted = 0;
  const auto count = read_events(ledger.programme(), answer.range.first, answer.range.end, [&](const Event& event) {
    if (const auto* decided = std::get_if<EligibilityDecided>(&event.body)) {
      ++(decided->outcome == "eligible" ? eligible : decided->outcome == "referred" ? referred : not_eligible);
    }
    seated += std::holds_alternative<SeatGranted>(event.body);
    waitlisted += std::holds_alternative<WaitlistJoined>(event.body);
    return true;
  });
  if (!count) return complain(count.error());
  const std::vector<Field> fields = {{"decided", std::to_string(eligible + not_eligible + referred), true},
                                     {"eligible", std::to_string(eligible), true},
                                     {"not_eligible", std::to_string(not_eligible), true},
                                     {"referred", std::to_string(referred), true},
                                     {"seated", std::to_string(seated), true},
                                     {"waitlisted", std::to_string(waitlisted), true},
                                     {"end", std::to_string(ledger.programme().end().value), true}};
  if (session.format(Format::kText, Format::kText) != Format::kText)
    return print_fields(fields, session.format(Format::kText, Format::kText)), session.close(kDone);
  std::printf("%s: decided %llu: %llu eligible, %llu not eligible, %llu referred; %llu seated, %llu waitlisted\n", text.c_str(),
              static_cast<unsigned long long>(eligible + not_eligible + referred), static_cast<unsigned long long>(eligible),
              static_cast<unsigned long long>(not_eligible), static_cast<unsigned long long>(referred), static_cast<unsigned long long>(seated),
              static_cast<unsigned long long>(waitlisted));
  return session.close(kDone);
}

}  // namespace daybook
