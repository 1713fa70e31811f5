// The verb that lets time be recorded: tick.
#include <algorithm>

#include "ledger/codec.h"
#include "ledger/edition_facts.h"
#include "projections/timeline.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

// Deadlines as a table, one a row; confidential fields stay sealed.
class DeadlineTable {
 public:
  explicit DeadlineTable(Ledger& ledger) : vault_(ledger.vault()) {}

  // `at` is null where nothing was recorded.
  void add(const Event& event, const Position* at) {
    table.add({at ? std::to_string(at->value) : "", std::string(kind_of(event.body).name), to_text(event.envelope.happened_at), event.envelope.stream,
               sentence(event, sealed_)});
  }

  Table table{{number("position"), "kind", "happened_at", "stream", "what"}, {}};

 private:
  const State none_;
  const Vault vault_;
  Desk sealed_{none_, vault_, nullptr};
};

// What a tick would record now.
Result<Table> foresee(Session& session) {
  DAYBOOK_TRY(auto* ledger, session.open(OpenMode::kReadOnly, "tick"));
  DAYBOOK_TRY(const auto state, fold(ledger->programme()));
  const auto now = std::max(session.clock.now(), state.last_recorded_at);
  Facts facts;
  DAYBOOK_TRY(facts.editions, edition_facts(state, Vault(ledger->vault()), ledger->programme(), now));
  Command command;
  command.body = Tick{};
  auto decision = decide(state, facts, now, command, shipped_do_table());
  DeadlineTable deadlines(*ledger);
  for (auto& passed : std::get<std::vector<NewEvent>>(decision)) {
    Event event;
    event.envelope.stream = passed.stream;
    event.envelope.subject = passed.subject;
    event.envelope.happened_at = *passed.happened_at;
    event.body = std::move(passed.body);
    deadlines.add(event, nullptr);
  }
  return std::move(deadlines.table);
}

// Nobody acts when time passes: the events have no actor. Who ran the tick is whom they were recorded by.
Result<Table> record(Session& session) {
  DAYBOOK_TRY(auto* ledger, session.open(OpenMode::kReadWrite, "tick"));
  Command command;
  command.body = Tick{};
  command.recorded_by = Session::operator_name();
  command.channel = Channel::kClock;
  const auto answer = ledger->sequencer().execute(std::move(command));
  if (answer.outcome == Outcome::kFailed) return answer.error;
  DAYBOOK_TRY(finish_erasures(session, *ledger));
  DAYBOOK_TRY(expire_looks(session, *ledger));
  DAYBOOK_TRY(ledger->drop_outlived(session.clock));
  DeadlineTable deadlines(*ledger);
  DAYBOOK_TRY(read_events(ledger->programme(), answer.range.first, answer.range.end, [&](const Event& event) {
    deadlines.add(event, &event.envelope.position);
    return true;
  }));
  return std::move(deadlines.table);
}

}  // namespace

int tick(const Settings& settings, bool dry_run) {
  Session session(settings);
  const auto deadlines = dry_run ? foresee(session) : record(session);
  if (!deadlines) return complain(deadlines.error());
  const auto format = session.format(Format::kTable, Format::kCsv);
  if (format != Format::kTable || !deadlines.value().rows.empty()) print_table(deadlines.value(), format, settings.for_spreadsheet);
  return session.close(kDone);
}

}  // namespace daybook
