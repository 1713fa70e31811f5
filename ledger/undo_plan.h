// Which rows of an import can be taken back, and which cannot because a later event builds on them.
#pragma once

#include <vector>

#include "ledger/state.h"

namespace daybook {

struct KeptRow {
  const Event* row = nullptr;
  Position because;  // the first later event that builds on it
};

struct UndoPlan {
  std::vector<const Event*> undone;  // newest first: the order in which they are taken back
  std::vector<KeptRow> kept;         // in the order of the file
};

// `rows`: what one import recorded or refused, in order of position; borrowed. Rows that are undone already are in neither
// list. Reversed, no row is held by a later one that goes with it.
//
// A later event builds on a row if what it decided rested on it:
//  - on a personnel record: a decision whose criteria saw it; if it is what made the person known, whatever was recorded of
//    them until their next record;
//  - on an earlier participation: every later decision of theirs that asked whether they were ever engaged;
//  - on a coach's record: requests to them and their acceptances until the next record;
//  - on an application: its decision, and answers that were put right; on a personnel record too: one that puts it right;
//  - on a request: its answer; on an acceptance: sessions, extensions, the end, decisions that found the pairing;
//  - on an end or a refusal of the coach: the client's next request; on an end, whatever took a place of the coach after it;
//  - on an extension: later extensions, acceptances and sessions of the client;
//  - on a session done: its withdrawal, its feedback, and if it used a sponsored session, later ones that are unsponsored;
//  - on a withdrawal: the session marked or missed anew, later sponsored sessions and requests of the client, where it gave one back;
//  - on a miss: a second report of it.
// A window that passed builds on nothing: it goes with what set it, and comes back with the window before.
// A refusal builds on nothing: it changed nothing, and when the row comes again it is judged again.
UndoPlan plan_undo(const State& state, const std::vector<Event>& rows);

}  // namespace daybook
