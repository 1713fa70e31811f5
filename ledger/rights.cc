#include "ledger/rights.h"

#include <algorithm>

namespace daybook {

void apply(RightsState& rights, const Envelope& at, const RoleGranted& event) {
  HeldRole held{event.role, event.programme, event.unit, std::nullopt, at.position};
  if (event.last_day != Day{}) held.last_day = event.last_day;
  rights.roles[at.subject].push_back(std::move(held));
}

void apply(RightsState& rights, const Envelope& at, const RoleEnded& event) {
  const auto holder = rights.roles.find(at.subject);
  if (holder == rights.roles.end()) return;
  std::erase_if(holder->second,
                [&](const HeldRole& held) { return held.role == event.role && held.programme == event.programme && held.unit == event.unit; });
  if (holder->second.empty()) rights.roles.erase(holder);
}

void apply(RightsState& rights, const Envelope& at, const ProposalMade& event) {
  rights.proposals[event.proposal] = {
      event.action, {event.programme, event.cycle}, at.subject, at.provenance.actor, at.provenance.role, at.position, "", std::nullopt};
}

void apply(RightsState& rights, const Envelope& at, const ProposalClosed& event) {
  auto& proposal = rights.proposals[event.proposal];
  proposal.outcome = event.outcome;
  proposal.closed = at.position;
}

void apply(RightsState& rights, const Envelope& at, const GlassBroken& event) {
  GlassState glass;
  glass.holder = at.provenance.actor;
  glass.subject = at.subject;
  glass.about = {event.programme, event.cycle};
  glass.role = at.provenance.role;
  glass.classes = event.classes;
  glass.ends_at = Instant{std::chrono::microseconds{static_cast<int64_t>(event.ends_at)}};
  glass.told = PersonId{event.told};
  glass.broken = at.position;
  rights.glasses[event.glass] = std::move(glass);
}

void apply(RightsState& rights, const Envelope& at, const GlassReviewed& event) {
  auto& glass = rights.glasses[event.glass];
  glass.finding = event.finding;
  glass.reviewed = at.position;
}

}  // namespace daybook
