// What is recorded, as it becomes durable: Server-Sent Events by position, to whoever may be told of each. They hold references and open fields
// alone, so that following is no look: what a broken glass would show, and every value, is for the views.
#pragma once

#include "server/asker.h"
#include "server/caps.h"
#include "server/feed_events.h"
#include "server/live_state.h"
#include "server/look_book.h"
#include "server/router.h"

namespace daybook {

// What the feed is answered from. All is borrowed.
struct FeedSources {
  Ledger& ledger;
  LiveState& live;
  LookBook& looks;
  const Callers& callers;
  const SeeTable& table;
  FeedEvents& events;
  ConnectionCaps& feeds;  // of each account
  const Clock& clock;
  ServiceLog& log;
};

// GET /v1/feed
void add_feed_routes(Router& router, const FeedSources& sources);

}  // namespace daybook
