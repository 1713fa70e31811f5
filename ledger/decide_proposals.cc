// What wants a second person: proposed by one, done when another agrees. Whatever the table says so of.
#include <algorithm>
#include <iterator>

#include "ledger/action_text.h"
#include "ledger/case.h"

namespace daybook {
namespace {

// Whoever may not second a proposal is not told whether there is one.
Refusal out_of_reach() {
  return no("not-allowed", "no proposal of that id that whoever acts may close",
            "the id of an open proposal, and a role in which what is proposed may be done, by somebody other than its proposer and its subject");
}

NewEvent about_proposal(const std::string& id, const PersonId& subject, Body body) {
  NewEvent event;
  event.stream = "proposal/" + id;
  event.subject = subject;
  event.body = std::move(body);
  return event;
}

// In which role the actor may do what is proposed; nullopt: in none, or it is about them.
std::optional<Role> may_second(const Case& at, const ProposalState& proposal, Ask ask) {
  if (proposal.subject == at.facts.actor) return std::nullopt;
  ask.actor = at.facts.actor;
  ask.role = at.command.role;
  const auto permit = authorize(at.state, at.table, ask);
  const auto* given = std::get_if<Permit>(&permit);
  return given ? std::optional(given->role) : std::nullopt;
}

// What was proposed, decided anew as if its proposer asked for it now.
Decision carry_out(const Case& at, const Facts& facts, const ProposalState& proposal, Ask ask) {
  ask.role = proposal.role;
  auto permit = authorize(at.state, at.table, ask);
  if (auto* refusal = std::get_if<Refusal>(&permit)) return std::move(*refusal);
  const auto& command = at.facts.proposed->command;
  if (auto refusal = hold_in_the_way(at.state, command.body, ask.matter, facts.coach)) return std::move(*refusal);
  const Instant now = command.happened_at.value_or(at.now);
  auto decision = follow_rules({at.state, facts, now, command, at.table}, command.body);
  auto* events = std::get_if<std::vector<NewEvent>>(&decision);
  if (!events) return decision;
  for (auto& event : *events) {  // they stand after the closing, and follow from the proposal
    if (event.led_to_by) ++*event.led_to_by;
    if (event.caused_by == 0 && !event.led_to_by) event.caused_by = proposal.made.value + 1;
    if (!event.happened_at) event.happened_at = now;
    event.actor = proposal.proposer;
    event.role = proposal.role;
  }
  return decision;
}

}  // namespace

Decision propose(const Case& at, const Ask& ask, Role role) {
  const auto id = std::to_string(at.state.end.value);
  const auto values = values_of(at.command);
  ProposalMade made{id, std::string(ask.deed), ask.matter.cycle.programme, ask.matter.cycle.cycle, to_lines(values), ""};
  for (const auto& [key, value] : values) {
    if (key == "reason") made.reason = value;
  }
  NewEvent event = about_proposal(id, ask.matter.subject.empty() ? ask.actor : ask.matter.subject, std::move(made));
  event.role = role_name(role);
  return one(std::move(event));
}

Decision close_proposal(const Case& at, const CloseProposal& c) {
  const auto known = at.state.rights.proposals.find(c.proposal);
  if (known == at.state.rights.proposals.end() || !at.facts.proposed) return out_of_reach();
  const auto& proposal = known->second;
  Facts facts = at.facts.proposed->facts;
  facts.recorded_at = at.facts.recorded_at;
  facts.zone_data = at.facts.zone_data;
  facts.erased_records = at.facts.erased_records;
  facts.erased_rows = at.facts.erased_rows;
  const Ask ask = ask_of(at.state, facts, at.facts.proposed->command);
  const bool own = at.facts.actor == proposal.proposer;
  const auto role = own ? find_role(proposal.role) : may_second(at, proposal, ask);
  if (!role || (!own && c.outcome == "withdrawn")) return out_of_reach();
  if (!proposal.outcome.empty()) return no("not-open", "the proposal is " + proposal.outcome, "a proposal that is open", proposal.closed);
  if (own && c.outcome != "withdrawn") {
    return no("needs-second-person", "whoever proposed it", "somebody else who may do it; its proposer can withdraw it", proposal.made);
  }
  if (c.outcome == "declined" && c.reason.empty()) return no("no-reason", "no reason", "a reason: a proposal is declined with one");
  NewEvent closing =
      about_proposal(c.proposal, proposal.subject, ProposalClosed{c.proposal, c.outcome, c.reason, proposal.about.programme, proposal.about.cycle});
  closing.caused_by = proposal.made.value + 1;
  closing.role = role_name(*role);
  std::vector<NewEvent> events = {std::move(closing)};
  if (c.outcome != "seconded") return events;
  auto decision = carry_out(at, facts, proposal, ask);
  auto* done = std::get_if<std::vector<NewEvent>>(&decision);
  if (!done) return decision;
  std::move(done->begin(), done->end(), std::back_inserter(events));
  return events;
}

}  // namespace daybook
