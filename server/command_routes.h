// What may be done to the record by those who may do it: one command each, decided and durable before it is answered.
#pragma once

#include "server/asker.h"
#include "server/caps.h"
#include "server/erasures.h"
#include "server/live_state.h"
#include "server/service.h"

namespace daybook {

// What commands are carried out with. All is borrowed.
struct CommandParts {
  Ledger& ledger;
  LiveState& live;
  const Callers& callers;
  const SeeTable& table;
  const Clock& clock;
  ServiceLog& log;
  AccessBook& book;
  Erasures& erasures;
  Turns* turns = nullptr;  // of commands that keep their worker until something is gone from the disk; null: as many as there are workers
};

// POST /v1/commands/{action}: the action's keys as a JSON object; Idempotency-Key is wanted, If-Match with a position may be there. What `parts`
// borrows must outlive the router.
void add_command_routes(Router& router, const CommandParts& parts);

// Keeps commands away while more wait for the writer than it takes at a time, before anything of them is looked at. Borrowed.
Gate writer_gate(const Sequencer& sequencer);

}  // namespace daybook
