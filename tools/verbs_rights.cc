// Verbs of rights: who holds which role, and what wants a second person.
#include <algorithm>
#include <iterator>

#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

int change_role(const Settings& settings, const std::string& action, const RoleArguments& arguments) {
  auto values = read_values(arguments.values);
  if (!values) return complain({Fault::kRejected, action + ": " + values.error().message});
  KeyValues all = {{"person", arguments.person}, {"role", arguments.role}};
  const KeyValues places = {{"programme", arguments.programme}, {"unit", arguments.unit}, {"until", arguments.until}};
  std::copy_if(places.begin(), places.end(), std::back_inserter(all), [](const auto& place) { return !place.second.empty(); });
  all.insert(all.end(), values.value().begin(), values.value().end());
  auto body = read_action_text(action, std::move(all));
  if (!body) return complain(body.error());
  return record_and_tell(settings, by_hand(settings, std::move(body).value()), action);
}

}  // namespace

int role_begin(const Settings& settings) { return record_and_tell(settings, by_hand(settings, BeginRoles{}), "role begin"); }
int role_grant(const Settings& settings, const RoleArguments& arguments) { return change_role(settings, "role-grant", arguments); }
int role_end(const Settings& settings, const RoleArguments& arguments) { return change_role(settings, "role-end", arguments); }

int close_proposal(const Settings& settings, const std::string& proposal, const std::string& outcome, const std::vector<std::string>& values) {
  auto read = read_values(values);
  if (!read) return complain({Fault::kRejected, proposal + ": " + read.error().message});
  const auto reason = take(read.value(), "reason");
  if (!read.value().empty()) return complain({Fault::kRejected, "found the key " + printable(read.value().front().first) + ", want reason=TEXT"});
  return record_and_tell(settings, by_hand(settings, CloseProposal{proposal, outcome, reason.value_or("")}), "proposal " + proposal);
}

}  // namespace daybook
