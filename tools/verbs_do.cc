// Verbs that record one command: do, decide.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/sheet.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {

namespace {

bool is_done_by_hand(std::string_view action) {
  const auto is_one = [&](const auto& names) { return std::find(std::begin(names), std::end(names), action) != std::end(names); };
  return is_one(kActionNames) || is_one(kOtherActionNames);
}

Result<CommandBody> read_command(const std::string& action, KeyValues values) {
  if (is_done_by_hand(action)) return read_action_text(action, std::move(values));
  return Error{Fault::kRejected, fmt::format("do: found action \"{}\", want one of {}, {}", printable(action), fmt::join(kActionNames, ", "),
                                             fmt::join(kOtherActionNames, ", "))};
}

}  // namespace

int do_action(const Settings& settings, const std::string& action, const std::vector<std::string>& arguments, const std::string& idempotency_key,
              bool dry_run) {
  auto read = read_values(arguments);
  if (!read) return complain({Fault::kRejected, "do: " + read.error().message});
  auto values = std::move(read).value();
  const auto at = take(values, "at"), actor = take(values, "actor"), role = take(values, "role");
  auto body = read_command(action, std::move(values));
  if (!body) return complain(body.error());
  Command command = by_hand(settings, std::move(body).value());
  if (at && std::holds_alternative<UndoImport>(command.body)) {
    return complain({Fault::kRejected, "undo-import: takes no `at`: a row is undone from when it happened"});
  }
  if (at && !(command.happened_at = parse_instant(*at))) {
    return complain(
        {Fault::kRejected, "do: at: found \"" + printable(*at) + "\", want a time with seconds and offset, such as 2024-01-29T23:59:59+01:00"});
  }
  if (actor) command.actor = *actor;
  if (role) command.role = *role;
  command.idempotency_key = idempotency_key;
  command.asked = action;
  for (const auto& argument : arguments) command.asked += "\n" + argument;
  if (std::holds_alternative<UndoImport>(command.body)) return undo_import(settings, std::move(command), dry_run);
  if (dry_run) return complain({Fault::kRejected, "--dry-run: goes with undo-import"});
  return record_and_tell(settings, std::move(command), "do " + action);
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
  const auto proposed = is_proposal(ledger, answer);
  if (!proposed) return complain(proposed.error());
  const bool went_ahead = !proposed.value() && (answer.outcome == Outcome::kRecorded || answer.outcome == Outcome::kUnchanged);
  if (!went_ahead) return session.close(tell(session, ledger, answer, "decide"));
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
