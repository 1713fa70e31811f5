// The rules: given what is known and a command, the events to record, or the refusal. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/command.h"
#include "ledger/do_table.h"
#include "ledger/edition.h"
#include "ledger/rules.h"
#include "ledger/state.h"

namespace daybook {

// What an edition of a cycle is made from: those who applied, and every table that was told, whoever was told it.
struct EditionFacts {
  std::vector<Participant> participants;
  std::vector<ToldTable> told;
};
struct Proposed;

// What a command needs to know that the state does not hold. Fetched from vault and log in the same turn.
struct Facts {
  PersonId actor;  // who acts; known to the state or not
  PersonId recorded_by;
  PersonId person;                                   // the staff member, applicant or client the command names; empty if it names none
  PersonId coach;                                    // the coach, or the second person, it names
  std::string unit;                                  // of whom it is about, where a role goes by units (relation.h)
  std::map<std::string, ApplicantFacts> applicants;  // by application, for DecideCycle
  std::map<CycleId, EditionFacts> editions;          // of the cycles that have one due, for Tick
  std::vector<Event> rows;                           // of the import, in order of position, for UndoImport; as the log has them
  uint64_t erased_records = 0, erased_rows = 0;      // of the person or cohort, for ErasePerson and ExpireCohort
  std::optional<StaffRecorded> staff;                // the newest personnel record of `person` with its values, for RectifyStaff
  std::optional<FormRectified> form;                 // the newest answers with their values, for RectifyForm
  std::shared_ptr<const Proposed> proposed;          // for CloseProposal; null where there is no such proposal, or its arguments are gone
  std::string zone_data;                             // edition of the zone database
  Instant recorded_at{};                             // what rights are held against: never a time that somebody gave
};

// What somebody proposed, with the facts as they are now. `facts.actor` is whoever proposed it.
struct Proposed {
  Command command;
  Facts facts;
};

// A rule that said no: which one, in the contract's word; what it saw (confidential) and what it would take (its limit,
// open), in words; what stands in the way.
struct Refusal {
  std::string rule;
  std::string saw;
  std::string wants;
  std::optional<Position> because;  // the event that stands in the way, where there is one
};

using Decision = std::variant<std::vector<NewEvent>, Refusal>;

// `now` is when the command happened: its own happened-at, or the clock's. What `table` does not let the actor do is
// refused before any rule is asked; what wants a second person becomes a proposal.
Decision decide(const State& state, const Facts& facts, Instant now, const Command& command, const DoTable& table);

// The flags of a session that is done, as reports write them.
std::string flags_text(bool unsponsored, bool outside_window);
// The flags that an event puts in a report: unsponsored;outside-window, same-miss, or nothing.
std::string flags_of(const Body& body);

}  // namespace daybook
