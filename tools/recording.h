// What verbs that record share: a command given by hand, and what became of it.
#pragma once

#include "ledger/action_text.h"
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

// Tells what was recorded, event by event, or why not; gives the exit status.
int tell(Session& session, Ledger& ledger, const Answer& answer, const std::string& what);

}  // namespace daybook
