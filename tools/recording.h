// What verbs that record share: a command given by hand, and what became of it.
#pragma once

#include "tools/session.h"

namespace daybook {

// Who acts, in which role and through whom, as the settings say.
Command by_hand(const Settings& settings, CommandBody body);

// Tells what was recorded, event by event, or why not; gives the exit status.
int tell(Session& session, Ledger& ledger, const Answer& answer, const std::string& what);

}  // namespace daybook
