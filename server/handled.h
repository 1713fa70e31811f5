// A request on its way to its answer: a worker begins it, what it then waits for holds no thread, and the answer comes back to the thread of its
// socket. Included by the files that know Asio, and by no other.
#pragma once

#include <memory>

#include "server/pending.h"
#include "server/service.h"
#include "server/worker_pool.h"

namespace daybook {

// Who answers. All is borrowed, and there until `laters`, the requests that wait for what only the ledger ends, has none.
struct Answerers {
  const Service& service;
  WorkerPool& workers;
  Outstanding& laters;
  Handler Route::* asked;
};

// Has the request handled, until its deadline; `executor` is its socket's. `held` goes with the body, before the answer is given. Null: too many wait
// for a worker already.
std::shared_ptr<Pending<Response>> handle_later(const Answerers& by, Request request, std::shared_ptr<const void> held,
                                                const boost::asio::any_io_executor& executor);

}  // namespace daybook
