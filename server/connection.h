// One connection: requests come, one after the other, and answers go. Included by the files that know Asio, and by no other.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "server/listener.h"
#include "server/pending.h"

namespace daybook {

// Bodies larger than limits.body_bytes that are read or handled at once.
inline constexpr size_t kLargeBodiesMax = 2;

// A connection that is open, for whoever wants it to end.
class Talk : public std::enable_shared_from_this<Talk> {
 public:
  // `capped`: what its address counts as among the caps; empty: it is not counted.
  Talk(HttpServer::Shared& shared, std::string capped);
  virtual ~Talk();
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
  virtual void drain() = 0;  // any thread: it ends when what was asked is answered
  virtual void cut() = 0;    // any thread: it ends

 protected:
  HttpServer::Shared& shared_;

 private:
  const std::string capped_;
};

// A door that was opened.
struct OpenDoor {
  OpenDoor(boost::asio::io_context& io, Door opened) : door(std::move(opened)), acceptor(boost::asio::make_strand(io)) {}
  const Door door;
  boost::asio::ip::tcp::acceptor acceptor;         // touched on its own strand alone
  std::shared_ptr<boost::asio::ssl::context> tls;  // null: plain; under HttpServer::Shared's mutex
  std::unique_ptr<WorkerPool> workers;             // null: those that doors share. It goes before the io_context, as they do
};

struct HttpServer::Shared {
  Shared(DoorRules the_rules, Caps the_caps, Metrics& the_metrics, ServiceLog& the_log)
      : rules(std::move(the_rules)), caps(the_caps), metrics(the_metrics), log(the_log), io(static_cast<int>(rules.threads)) {}

  Trace trace(std::string_view traceparent) {
    const std::lock_guard lock(mutex);
    return continue_trace(traceparent, randomness);
  }

  const DoorRules rules;
  const Caps caps;
  Metrics& metrics;
  ServiceLog& log;
  std::atomic<bool> draining{false};
  std::mutex mutex;
  std::condition_variable fewer;  // talks
  StreamCount large_bodies{kLargeBodiesMax};
  std::set<Talk*> talks;
  SystemRandomness randomness;
  Outstanding laters;          // requests that wait for the ledger, which answers to `io`
  boost::asio::io_context io;  // what runs on it knows all above, and goes with it
  std::vector<std::unique_ptr<OpenDoor>> doors;
  std::unique_ptr<WorkerPool> workers;  // goes before `io`, which its jobs answer to
  std::vector<std::thread> threads;
};

// Serves a connection, on the socket's executor, until it ends; `workers` handle its requests. `tls` null: plain. `capped`: as for Talk.
void serve(boost::asio::ip::tcp::socket socket, const Peer& peer, const std::string& capped, std::shared_ptr<boost::asio::ssl::context> tls,
           const Service& service, WorkerPool& workers, HttpServer::Shared& shared);

}  // namespace daybook
