// Everything that can be done to a ledger and asked of it, named once: the verb of the command line, the route, the row of the table of rights. What
// has no route says why. Routes, verbs and tables are held against it by catalogue_test.
#pragma once

#include <span>
#include <string_view>

namespace daybook {

struct ActionEntry {
  std::string_view name;           // POST /v1/commands/NAME, unless it has a route of its own
  std::string_view verb;           // "do grant-seat", "role grant"
  std::string_view deed;           // its row of WHO_MAY_DO.md; of what closes a proposal none: the row of what was proposed counts
  std::string_view no_route = {};  // why there is none; empty: there is one
  std::string_view route = {};     // its own, POST, where it is more than a command
};
std::span<const ActionEntry> action_entries();
// Null where there is no such action, or it is no command over the wire.
const ActionEntry* find_served_action(std::string_view name);

struct ViewEntry {
  std::string_view verb;           // "list seats", "show"
  std::string_view row;            // of WHO_MAY_SEE.md: what says that there is anything to tell; empty: it is for everybody
  std::string_view route = {};     // GET; of what names people POST
  std::string_view no_route = {};  // why there is none
};
std::span<const ViewEntry> view_entries();

// Routes that no verb has to itself: what an action or a view is told by besides its own.
struct OtherRoute {
  std::string_view route, why;
};
std::span<const OtherRoute> other_routes();

// Verbs that are no question to a ledger and no action on one, or are for whoever has its folder and keys.
struct LocalVerb {
  std::string_view verb, why;
};
std::span<const LocalVerb> local_verbs();

}  // namespace daybook
