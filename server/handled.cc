#include "server/handled.h"

#include <boost/asio/post.hpp>

namespace daybook {
namespace asio = boost::asio;
namespace {

struct Handled {
  Answerers by;
  Request request;
  std::shared_ptr<const void> held;
  asio::any_io_executor executor;
  std::shared_ptr<Pending<Response>> answer;
  Service::Handling handling;
};
using Shared = std::shared_ptr<Handled>;

void finish_on_worker(const Shared& handled) {
  auto whole = handled->by.service.finish(std::move(handled->handling), handled->request);
  asio::post(handled->executor, [answer = handled->answer, whole = std::move(whole)]() mutable { answer->give(std::move(whole)); });
}

// On the socket's thread, when all is there that it waited for.
void finish(const Shared& handled) {
  if (!handled->answer->awaited) return;
  const auto& [service, workers, laters, asked] = handled->by;
  if (!handled->handling.response.later->quick()) return workers.submit_begun([handled] { finish_on_worker(handled); });
  handled->answer->give(service.finish(std::move(handled->handling), handled->request));
}

// From the ledger's thread. When it returns, nobody but the socket's thread holds the request.
void come_back(Shared handled) {
  const auto executor = handled->executor;
  asio::post(executor, [handled = std::move(handled)] { finish(handled); });
}

void begin_on_worker(const Shared& handled) {
  if (!handled->answer->awaited) return;
  handled->handling = handled->by.service.begin(handled->request, handled->by.asked);
  std::string().swap(handled->request.body);  // nobody reads it again, and what waits for the ledger may wait with a thousand others
  handled->held = nullptr;
  const auto later = handled->handling.response.later;
  if (!later) return finish_on_worker(handled);
  handled->by.laters.enter();
  later->begin([&laters = handled->by.laters, handled]() mutable {
    come_back(std::move(handled));
    laters.leave();
  });
}

}  // namespace

std::shared_ptr<Pending<Response>> handle_later(const Answerers& by, Request request, std::shared_ptr<const void> held,
                                                const asio::any_io_executor& executor) {
  auto answer = std::make_shared<Pending<Response>>(executor, request.deadline);
  auto handled = std::make_shared<Handled>(Handled{by, std::move(request), std::move(held), executor, answer, {}});
  if (!by.workers.submit([handled] { begin_on_worker(handled); })) return nullptr;
  return answer;
}

}  // namespace daybook
