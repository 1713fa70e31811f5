// Verbs that record one command: do, decide.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/sheet.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {

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

Result<CommandBody> read_undo(Values values) {
  const auto batch = take(values, "batch"), reason = take(values, "reason"), rows = take(values, "rows");
  const bool counted = !rows || (!rows->empty() && rows->size() < 10 && rows->find_first_not_of("0123456789") == std::string::npos);
  if (!batch || !reason || !counted || !values.empty())
    return Error{Fault::kRejected, "undo-import: want batch=BATCH reason=TEXT and, if you like, rows=N"};
  UndoImport undo{*batch, *reason, std::nullopt};
  if (rows) undo.rows = std::stoull(*rows);
  return CommandBody(std::move(undo));
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
  if (action == "offer-seat") {
    const auto programme = take(values, "programme"), cycle = take(values, "cycle"), answer_by = take(values, "answer_by");
    const auto day = answer_by ? parse_day(*answer_by) : std::nullopt;
    if (!programme || !cycle || !day || !values.empty()) {
      return Error{Fault::kRejected, "offer-seat: want programme=PROGRAMME cycle=CYCLE answer_by=YYYY-MM-DD"};
    }
    return CommandBody(OfferSeat{{*programme, *cycle}, *day});
  }
  if (action == "accept-offer") {
    const auto application = take(values, "application");
    if (!application || !values.empty()) return Error{Fault::kRejected, "accept-offer: want application=REF"};
    return CommandBody(AcceptOffer{*application});
  }
  if (action == "decline-offer") {
    const auto application = take(values, "application"), reason = take(values, "reason");
    if (!application || !reason || !values.empty()) return Error{Fault::kRejected, "decline-offer: want application=REF reason=TEXT"};
    return CommandBody(DeclineOffer{*application, *reason});
  }
  if (action == "undo-import") return read_undo(std::move(values));
  const auto it = std::find(std::begin(kActionNames), std::end(kActionNames), action);
  if (it == std::end(kActionNames)) {
    return Error{Fault::kRejected, fmt::format("do: found action \"{}\", want one of {}, {}, undo-import", printable(action),
                                               fmt::join(kActionNames, ", "), fmt::join(kSeatActionNames, ", "))};
  }
  DAYBOOK_TRY(auto act, read_action(static_cast<Action>(it - std::begin(kActionNames)), values));
  return CommandBody(std::move(act));
}

}  // namespace

int do_action(const Settings& settings, const std::string& action, const std::vector<std::string>& arguments, const std::string& idempotency_key,
              bool dry_run) {
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
  if (at && std::holds_alternative<UndoImport>(command.body)) {
    return complain({Fault::kRejected, "undo-import: takes no `at`: a row is undone from when it happened"});
  }
  if (at && !(command.happened_at = parse_instant(*at))) {
    return complain(
        {Fault::kRejected, "do: at: found \"" + printable(*at) + "\", want a time with seconds and offset, such as 2024-01-29T23:59:59+01:00"});
  }
  if (actor) command.actor = *actor;
  command.idempotency_key = idempotency_key;
  command.asked = action;
  for (const auto& argument : arguments) command.asked += "\n" + argument;
  if (std::holds_alternative<UndoImport>(command.body)) return undo_import(settings, std::move(command), dry_run);
  if (dry_run) return complain({Fault::kRejected, "--dry-run: goes with undo-import"});
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
