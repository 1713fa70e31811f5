// The verb simulate: the life of a made-up organisation as a ledger, for demos and for measuring.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tools/verbs.h"

namespace daybook {
namespace {

// The ledger is made by the clock of its life: recorded-at never goes back, and charters of today would hold up all that
// follows.
Result<void> make_if_missing(const Settings& settings, const Clock& clock, Randomness& randomness) {
  DAYBOOK_TRY(const auto places, init_places(settings, ""));
  std::error_code ignored;
  if (std::filesystem::exists(config_file(places.folder), ignored)) return success();
  DAYBOOK_TRY(init_ledger(places, Session::operator_name(), clock, randomness));
  return success();
}

// When the newest event was recorded. The error is that of a ledger somebody uses already.
Result<Instant> newest_of_unused(const Settings& settings) {
  Session session(settings);
  DAYBOOK_TRY(auto* ledger, session.open(OpenMode::kReadOnly, "simulate"));
  std::optional<Error> used;
  Instant newest{};
  DAYBOOK_TRY(read_events(ledger->programme(), Position{}, ledger->programme().end(), [&](const Event& event) {
    newest = event.envelope.recorded_at;
    const bool rulebook = std::holds_alternative<CharterAdopted>(event.body) || std::holds_alternative<CycleOpened>(event.body) ||
                          std::holds_alternative<RoleGranted>(event.body);
    if (!rulebook) {
      used = not_there(fmt::format("simulate: found {} at position {}, want a new ledger, or one that holds charters alone", kind_of(event.body).name,
                                   event.envelope.position.value));
    }
    return rulebook;
  }));
  if (used) return *used;
  return newest;
}

// Whoever runs this makes the simulated team administrators.
Result<void> appoint_team(Sequencer& sequencer) {
  Command command;
  command.body = GrantRole{kProgrammeTeam, "administrator", "", "", std::nullopt, "runs the programmes"};
  command.actor = command.recorded_by = Session::operator_name();
  const auto answer = sequencer.execute(std::move(command));
  if (answer.outcome == Outcome::kFailed) return answer.error;
  const bool holds = answer.outcome == Outcome::kRecorded || answer.refusal.rule == "already-held";
  if (!holds) return Error{Fault::kRejected, "simulate: its team cannot be made administrator: " + answer.refusal.saw};
  return success();
}

}  // namespace

int simulate(const Settings& settings, const OrganisationSize& size) {
  Session session(settings);
  SimulatedClock begin(life_begins());
  if (const auto made = make_if_missing(settings, begin, session.randomness); !made) return complain(made.error());
  const auto newest = newest_of_unused(settings);
  if (!newest) return complain(newest.error());
  SimulatedClock clock(std::max(life_begins(), newest.value()));
  const auto opened = session.open_by(clock, OpenMode::kReadWrite, "simulate");
  if (!opened) return complain(opened.error());
  auto& ledger = *opened.value();
  if (const auto appointed = appoint_team(ledger.sequencer()); !appointed) return complain(appointed.error());
  Progress progress("simulate");
  const auto began = std::chrono::steady_clock::now();
  Organisation organisation(ledger.sequencer(), ledger.keys(), session.randomness, clock, size);
  const auto lived = organisation.live(
      [&](Instant month) { progress.show(fmt::format("{} {} events", to_text(month).substr(0, 7), ledger.programme().end().value)); });
  if (!lived) return complain(lived.error());
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto events = ledger.programme().end().value;
  if (const auto format = session.format(Format::kText, Format::kText); format != Format::kText) {
    print_fields({{"events", std::to_string(events), true},
                  {"people", std::to_string(size.people), true},
                  {"years", std::to_string(size.years), true},
                  {"seed", std::to_string(size.seed), true},
                  {"recorded_until", to_text(clock.now())},
                  {"seconds", fmt::format("{:.2f}", took), true}},
                 format);
  } else {
    fmt::print("{} events of {} people in {} years, recorded until {}; {:.1f} s, {:.0f} events/s\n", events, size.people, size.years,
               to_text(clock.now()), took, static_cast<double>(events) / took);
  }
  return session.close(kDone);
}

}  // namespace daybook
