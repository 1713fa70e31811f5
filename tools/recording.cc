// What verbs that record share.
#include "tools/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/csv.h"
#include "projections/refusal.h"
#include "projections/timeline.h"
#include "tools/verbs.h"

namespace daybook {

Command by_hand(const Settings& settings, CommandBody body) {
  Command command;
  command.body = std::move(body);
  command.recorded_by = Session::operator_name();
  command.actor = settings.as.empty() ? command.recorded_by : settings.as;
  command.role = settings.role;
  return command;
}

int tell_refused(const Refusal& refusal, const std::string& what, bool json) {
  const auto because = refusal.because ? std::to_string(refusal.because->value) : "null";
  if (json) {
    const std::vector<Field> fields = {
        {"outcome", "refused"}, {"reason", refusal.rule}, {"saw", refusal.saw}, {"wants", refusal.wants}, {"because", because, true}};
    std::printf("%s\n", json_object(fields).c_str());
  } else {
    std::fprintf(stderr, "daybook: %s refused: %s: %s%s\n  would change it: %s\n", what.c_str(), refusal.rule.c_str(), printable(refusal.saw).c_str(),
                 refusal.because ? fmt::format(" [event {}]", because).c_str() : "", printable(refusal.wants).c_str());
  }
  return kNo;
}

namespace {

// The refusal as whoever acted may have it.
Result<Refusal> as_told(Session& session, Ledger& ledger, const std::string& actor, Refusal refusal) {
  if (!refusal.because) return refusal;
  const auto vault = ledger.vault();
  DAYBOOK_TRY(const auto person, vault.person(actor.empty() ? session.reader_name() : actor));
  DAYBOOK_TRY(const auto now, ledger.state());
  DAYBOOK_TRY(const auto tables, goes_by_unit(now.state) ? DeskTables::build(now.state, vault) : Result<DeskTables>(DeskTables()));
  const Reader reader{person.value_or(PersonId{}), Role::kPublic, session.clock.now(), &now.state, &session.see_table(), &tables, nullptr};
  return refusal_as_told(std::move(refusal), reader, ledger.programme(), vault);
}

// The events of a range as sentences, ten of them at most.
Result<void> tell_events(Ledger& ledger, const Appended& range, const std::string& outcome) {
  constexpr uint64_t kTold = 10;
  const auto vault = ledger.vault();
  const State none;
  Desk sealed(none, vault, nullptr);
  const Position end{std::min(range.end.value, range.first.value + kTold)};
  DAYBOOK_TRY(read_events(ledger.programme(), range.first, end, [&](const Event& event) {
    std::printf("%s: %s [event %llu]\n", outcome.c_str(), printable(sentence(event, sealed)).c_str(),
                static_cast<unsigned long long>(event.envelope.position.value));
    return true;
  }));
  if (end < range.end) std::printf("and %llu more events\n", static_cast<unsigned long long>(range.end.value - end.value));
  return success();
}

}  // namespace

int tell(Session& session, Ledger& ledger, const Answer& answer, const std::string& what, const std::string& actor) {
  const bool json = session.format(Format::kText, Format::kText) == Format::kJson;
  if (answer.outcome == Outcome::kFailed) return complain(answer.error);
  if (answer.outcome == Outcome::kRefused) {
    const auto refusal = as_told(session, ledger, actor, answer.refusal);
    return refusal ? tell_refused(refusal.value(), what, json) : int{complain(refusal.error())};
  }
  const std::string outcome = answer.outcome == Outcome::kRecorded ? "recorded" : "unchanged";
  if (!json) {
    const auto told = tell_events(ledger, answer.range, outcome);
    return told ? int{kDone} : complain(told.error());
  }
  std::printf("%s\n", json_object({{"outcome", outcome},
                                   {"first", std::to_string(answer.range.first.value), true},
                                   {"end", std::to_string(answer.range.end.value), true},
                                   {"flags", answer.flags}})
                          .c_str());
  return kDone;
}

Result<KeyValues> read_values(const std::vector<std::string>& arguments) {
  KeyValues values;
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) return Error{Fault::kRejected, "found \"" + printable(argument) + "\", want key=value"};
    const auto key = argument.substr(0, equals);
    if (take(values, key)) return Error{Fault::kRejected, "found the key " + printable(key) + " twice"};
    if (find_bad_text(argument) != std::string::npos) {
      return Error{Fault::kRejected, printable(key) + " is not UTF-8 text without control characters"};
    }
    values.emplace_back(key, argument.substr(equals + 1));
  }
  return values;
}

int record_and_tell(const Settings& settings, Command command, const std::string& what) {
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, what);
  if (!ledger) return complain(ledger.error());
  const auto actor = command.actor;
  const int status = tell(session, *ledger.value(), ledger.value()->sequencer().execute(std::move(command)), what, actor);
  if (status != kDone) return session.close(status);
  if (const auto finished = finish_erasures(session, *ledger.value()); !finished) return session.close(complain(finished.error()));
  return session.close(kDone);
}

Result<std::variant<Role, Refusal>> role_for(std::string_view deed, const Settings& settings, const State& state, const Vault& vault, Instant now) {
  const auto actor = settings.as.empty() ? Session::operator_name() : settings.as;
  DAYBOOK_TRY(const auto person, vault.person(actor));
  const auto permit = authorize_deed(state, shipped_do_table(), deed, person.value_or(PersonId{}), settings.role, now);
  if (const auto* refusal = std::get_if<Refusal>(&permit)) return std::variant<Role, Refusal>(*refusal);
  return std::variant<Role, Refusal>(std::get<Permit>(permit).role);
}

Result<bool> is_proposal(Ledger& ledger, const Answer& answer) {
  bool proposed = false;
  if (answer.outcome != Outcome::kRecorded) return proposed;
  DAYBOOK_TRY(read_events(ledger.programme(), answer.range.first, Position{answer.range.first.value + 1},
                          [&](const Event& event) { return proposed = std::holds_alternative<ProposalMade>(event.body), true; }));
  return proposed;
}

}  // namespace daybook
