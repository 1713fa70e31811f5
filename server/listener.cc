#include "server/listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <exception>

#include "server/address.h"
#include "server/connection.h"
#include "server/tls.h"

namespace daybook {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kFullPause{10};  // until we look again whether somebody went

Result<void> open(OpenDoor& open) {
  const auto& where = open.door.endpoint;
  const tcp::endpoint endpoint(asio::ip::make_address(where.address), where.port);
  boost::system::error_code error;
  open.acceptor.open(endpoint.protocol(), error);
  if (!error) open.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) open.acceptor.bind(endpoint, error);
  if (!error) open.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Error{Fault::kStorage, fmt::format("{}:{} cannot be listened on: {}", where.address, where.port, error.message())};
  return success();
}

bool is_full(HttpServer::Shared& shared) {
  const std::lock_guard lock(shared.mutex);
  return static_cast<int64_t>(shared.talks.size()) >= shared.rules.connections;
}

std::shared_ptr<asio::ssl::context> tls_of(HttpServer::Shared& shared, const OpenDoor& door) {
  const std::lock_guard lock(shared.mutex);
  return door.tls;
}

// Lets somebody in, or not.
void welcome(tcp::socket socket, const OpenDoor& open, HttpServer::Shared& shared) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  socket.set_option(tcp::no_delay(true), error);
  auto tls = tls_of(shared, open);
  const auto text = remote.address().to_string();  // where IPv6 and IPv4 come in by one door, the latter is mapped
  const Peer peer{canonical_address(text).value_or(text), tls != nullptr};
  const bool proxy = std::find(shared.rules.proxies.begin(), shared.rules.proxies.end(), peer.address) != shared.rules.proxies.end();
  const auto capped = proxy ? std::string() : network_of(peer.address);
  if (!capped.empty() && !shared.caps.connections->enter(capped)) {
    shared.metrics.counter("daybook_connections_refused_total", "Connections that were closed at once: their address has as many as it may.").add();
    return;
  }
  serve(std::move(socket), peer, capped, std::move(tls), *open.door.service, open.workers ? *open.workers : *shared.workers, shared);
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(kTuple);
}

asio::awaitable<void> keep_door(OpenDoor& open, HttpServer::Shared& shared) {
  auto& accepted = shared.metrics.counter("daybook_connections_total", "Connections that were made.");
  auto& failed =
      shared.metrics.counter("daybook_accept_failures_total", "Connections that the system could not hand over, for want of open files or memory.");
  while (!shared.draining) {
    if (is_full(shared)) {  // who comes waits with the system, and has no file of ours
      co_await pause(kFullPause);
      continue;
    }
    const auto strand = asio::make_strand(shared.io);
    auto [error, socket] = co_await open.acceptor.async_accept(strand, kTuple);
    if (error == asio::error::operation_aborted || shared.draining) co_return;
    if (error) {
      failed.add();
      co_await pause(kFullPause);
      continue;
    }
    accepted.add();
    try {
      welcome(tcp::socket(std::move(socket)), open, shared);
    } catch (const std::exception&) {  // of a library, for want of memory: the door stays open
      failed.add();
    }
  }
}

std::vector<std::shared_ptr<Talk>> open_talks(HttpServer::Shared& shared) {
  std::vector<std::shared_ptr<Talk>> talks;  // outlives the lock: the last owner of one takes it too
  const std::lock_guard lock(shared.mutex);
  for (auto* talk : shared.talks) {
    if (auto owned = talk->weak_from_this().lock()) talks.push_back(std::move(owned));
  }
  return talks;
}

bool wait_for_none(HttpServer::Shared& shared, std::chrono::milliseconds at_most) {
  std::unique_lock lock(shared.mutex);
  return shared.fewer.wait_for(lock, at_most, [&] { return shared.talks.empty(); });
}

}  // namespace

HttpServer::HttpServer(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(DoorRules rules, std::vector<Door> doors, Caps caps, Metrics& metrics, ServiceLog& log) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::make_unique<Shared>(std::move(rules), caps, metrics, log)));
  auto& shared = *server->shared_;
  for (auto& door : doors) {
    auto& opened = *shared.doors.emplace_back(std::make_unique<OpenDoor>(shared.io, std::move(door)));
    DAYBOOK_TRY(open(opened));
  }
  DAYBOOK_TRY(server->reload_certificates());
  shared.workers = std::make_unique<WorkerPool>(shared.rules.workers, shared.rules.waiting);
  for (auto& door : shared.doors) {
    if (door->door.workers > 0) door->workers = std::make_unique<WorkerPool>(door->door.workers, shared.rules.waiting);
  }
  metrics.gauge("daybook_connections", "Connections that are open.", [&shared] {
    const std::lock_guard lock(shared.mutex);
    return static_cast<double>(shared.talks.size());
  });
  metrics.gauge("daybook_requests_waiting", "Requests that wait for a worker.", [&shared] { return static_cast<double>(shared.workers->waiting()); });
  for (auto& door : shared.doors) asio::co_spawn(door->acceptor.get_executor(), keep_door(*door, shared), asio::detached);
  for (unsigned i = 0; i < shared.rules.threads; ++i) shared.threads.emplace_back([&shared] { shared.io.run(); });
  return server;
}

HttpServer::~HttpServer() {
  if (!shared_->threads.empty()) drain(std::chrono::milliseconds(0));
  shared_->io.stop();
  for (auto& thread : shared_->threads) thread.join();
  for (auto& door : shared_->doors) door->workers.reset();
  shared_->workers.reset();
  shared_->laters.wait_for_none();
}

std::vector<Endpoint> HttpServer::endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const auto& door : shared_->doors) endpoints.push_back({door->door.endpoint.address, door->acceptor.local_endpoint().port()});
  return endpoints;
}

Result<void> HttpServer::reload_certificates() {
  std::vector<std::shared_ptr<asio::ssl::context>> contexts;
  for (const auto& door : shared_->doors) {
    contexts.emplace_back();
    if (door->door.certificate.empty()) continue;
    DAYBOOK_TRY(contexts.back(), make_tls_context(door->door.certificate, door->door.certificate_key));
  }
  const std::lock_guard lock(shared_->mutex);
  for (size_t i = 0; i < contexts.size(); ++i) shared_->doors[i]->tls = std::move(contexts[i]);
  return success();
}

bool HttpServer::drain(std::chrono::milliseconds at_most) {
  auto& shared = *shared_;
  shared.draining = true;
  for (auto& door : shared.doors) {
    asio::post(door->acceptor.get_executor(), [&acceptor = door->acceptor] {
      boost::system::error_code ignored;
      acceptor.close(ignored);
    });
  }
  for (const auto& talk : open_talks(shared)) talk->drain();
  const bool all = wait_for_none(shared, at_most);
  for (const auto& talk : open_talks(shared)) talk->cut();
  wait_for_none(shared, std::chrono::milliseconds(1000));
  return all;
}

}  // namespace daybook
