// Commands that are more than their keys: whom an erasure means, a glass and its id, and new keys, which are there before an event says so.
#pragma once

#include "ledger/action_text.h"
#include "server/command_routes.h"

namespace daybook {

// What the action's keys say, as read_action_text, and what only the ledger knows of it. kRejected: the message says what is wanted; another
// fault is the ledger's.
Result<CommandBody> read_deed(const CommandParts& parts, std::string_view action, KeyValues values);

// Of rotate-keys: whether a new root key is asked for too. kRejected: other keys.
Result<bool> read_key_change(KeyValues values);

// Makes new keys, if `actor` may. `asked` goes with the event that says so.
Answer change_keys(const CommandParts& parts, const PersonId& actor, bool root, Command asked);

}  // namespace daybook
