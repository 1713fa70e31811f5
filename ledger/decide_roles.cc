// Roles: given and taken (S0-06, S0-07). A role counts from the position of the event that gave it.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/case.h"

namespace daybook {
namespace {

NewEvent about_role(const PersonId& holder, Body body) {
  NewEvent event;
  event.stream = "role/" + holder.value;
  event.subject = holder;
  event.body = std::move(body);
  return event;
}

std::optional<Refusal> not_grantable(const std::string& name) {
  const auto role = find_role(name);
  if (role && is_granted(*role)) return std::nullopt;
  std::vector<std::string_view> granted;
  for (const auto known : kRoleNames) {
    if (is_granted(*find_role(known))) granted.push_back(known);
  }
  return no("unknown-role", fmt::format("role \"{}\"", name), fmt::format("a role that is granted: {}", fmt::join(granted, ", ")));
}

// The grant of the same role for the same place; null if there is none.
const HeldRole* held_already(const Case& at, const std::string& role, const std::string& programme, const std::string& unit,
                             const std::optional<Day>* last_day) {
  const auto holder = at.state.rights.roles.find(at.facts.person);
  if (holder == at.state.rights.roles.end()) return nullptr;
  const auto& roles = holder->second;
  const auto it = std::find_if(roles.begin(), roles.end(), [&](const HeldRole& held) {
    return held.role == role && held.programme == programme && held.unit == unit && (!last_day || held.last_day == *last_day);
  });
  return it == roles.end() ? nullptr : &*it;
}

}  // namespace

// Nobody can be asked, so it rests on who can run the program with the ledger's key. The record says so.
Decision decide_roles(const Case& at, const BeginRoles&) {
  if (at.command.channel != Channel::kCli || at.facts.actor.empty() || at.facts.actor != at.facts.recorded_by) {
    return no("not-allowed", "role-begin in somebody's name", "role-begin by whoever runs the program, for themselves");
  }
  if (who_may(at.state, at.table, "role-grant", {{}, {}, "", true}, rights_day(at.facts)) > 0) {
    return no("already-begun", "somebody holds a role that may change roles", "nothing: they grant roles");
  }
  std::vector<NewEvent> events;
  for (const char* role : {"administrator", "compliance-officer"}) {
    events.push_back(about_role(at.facts.actor, RoleGranted{role, "", "", Day{}, true, "nobody held a role that may change roles"}));
  }
  return events;
}

Decision decide_roles(const Case& at, const GrantRole& c) {
  if (auto refusal = not_grantable(c.role)) return std::move(*refusal);
  if (!c.programme.empty() && !at.state.programme(c.programme)) {
    return no("unknown-programme", "no charter for a programme of that name", "a charter for that programme, adopted first");
  }
  if (const Day today = rights_day(at.facts); c.last_day && *c.last_day < today) {
    return no("already-passed", "until " + to_text(*c.last_day), "a last day from " + to_text(today) + " on, UTC");
  }
  if (const auto* held = held_already(at, c.role, c.programme, c.unit, &c.last_day)) {
    return no("already-held", "they hold that role there until that day", "another role, place or day", held->granted);
  }
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: a role is granted with one");
  return one(about_role(at.facts.person, RoleGranted{c.role, c.programme, c.unit, c.last_day.value_or(Day{}), false, c.reason}));
}

Decision decide_roles(const Case& at, const EndRole& c) {
  if (auto refusal = not_grantable(c.role)) return std::move(*refusal);
  if (!held_already(at, c.role, c.programme, c.unit, nullptr)) {
    return no("not-held", "they do not hold that role there", "role, programme and unit as they were granted: `daybook list roles` has them");
  }
  if (c.reason.empty()) return no("no-reason", "no reason", "a reason: a role is ended with one");
  return one(about_role(at.facts.person, RoleEnded{c.role, c.programme, c.unit, c.reason}));
}

}  // namespace daybook
