// One question over the wire, from the request to its answer: who asks, of which moment, what they are told, and the look that is durable before
// there is a body. What is asked is the caller's; everything that every view has in common is here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "projections/inquiry.h"
#include "server/asker.h"
#include "server/cursor.h"
#include "server/live_state.h"
#include "server/look_book.h"
#include "server/router.h"

namespace daybook {

// What views are answered from. All is borrowed.
struct ViewParts {
  Ledger& ledger;
  LiveState& live;
  LookBook& looks;
  const Callers& callers;
  const SeeTable& table;
  const Cursors& cursors;
  const Clock& clock;
  ServiceLog& log;
};

// What will be told, of which nothing is written yet.
struct Draft {
  bool there = true;   // false: answered as what does not exist
  bool told = true;    // false: nothing that is there may be told, which is a look in vain
  CycleId cycle = {};  // that it is about; may be empty
  // The members of the answer beside those that every one has, as JSON. Called once the look is durable; it holds values, and borrows nothing.
  std::function<std::string()> members = {};
  std::string content_type = {};  // of `members`, where that is the whole body and no JSON; empty: JSON
  std::string link = {};          // of the next page; empty for none
  std::string_view problem = {};  // a kind of problem.h that is answered in its place, once the look is durable; empty: none
};

struct ViewQuestion {
  std::string verb;                       // as the access book names it, and as the command line does
  std::string at = {}, happened_by = {};  // as they were given
  CycleId cycle = {};                     // of whose zone a day is; may be empty
  bool reads_record = false;              // it takes long: it is drafted from a copy of the state, so that nobody waits for it
  std::function<Result<Draft>(const Inquiry&)> draft = {};
};

// A view that tells of somebody: wants a sign-in, a role and a purpose.
Response answer_view(const ViewParts& parts, const Request& request, const Caller& caller, const ViewQuestion& question);

// A view that tells of nobody: `draft` gets the newest state. For everybody, and nothing is written down.
Response answer_open_view(const ViewParts& parts, const Request& request, const std::function<Result<Draft>(const Newest&)>& draft);

}  // namespace daybook
