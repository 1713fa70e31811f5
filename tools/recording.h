// What verbs that record share: a command given by hand, and what became of it.
#pragma once

#include <variant>

#include "ledger/action_text.h"
#include "ledger/authority.h"
#include "tools/session.h"

namespace daybook {

// Who acts, in which role and through whom, as the settings say.
Command by_hand(const Settings& settings, CommandBody body);

// KEY=VALUE ... as they were typed. kRejected: of another form, no plain text, or a key twice.
Result<KeyValues> read_values(const std::vector<std::string>& arguments);

// Opens the ledger, has the command carried out, and tells what became of it; gives the exit status.
int record_and_tell(const Settings& settings, Command command, const std::string& what);

// What was recorded is a proposal: nothing of what was asked for has been done yet.
Result<bool> is_proposal(Ledger& ledger, const Answer& answer);

// Tells what was recorded, event by event, or why not; gives the exit status. What a refusal quotes, the event that stands in the way and what
// of it the rule saw, is told if `actor`, who acted, may be told of that event in some role of theirs; whoever runs this, if it names nobody.
int tell(Session& session, Ledger& ledger, const Answer& answer, const std::string& what, const std::string& actor = "");

// In which role whoever acts may do what is no command of the record (backup, rotate-keys), by the rights as they are in `state`; or the refusal,
// told as every other.
Result<std::variant<Role, Refusal>> role_for(std::string_view deed, const Settings& settings, const State& state, const Vault& vault, Instant now);
int tell_refused(const Refusal& refusal, const std::string& what, bool json);

}  // namespace daybook
