// What becomes of a request: gates, route, handler, the fields that every answer has, a line in the log, figures. It knows no socket; any number of
// threads may call it at once.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/admission.h"
#include "server/metrics.h"
#include "server/router.h"
#include "server/service_log.h"

namespace daybook {

// Asked before a request is handled: for how many seconds whoever sent it should stay away; nullopt: come in.
struct Gate {
  std::string_view problem;  // the kind of problem.h that the others are told: "busy"
  // It waits for nobody, and takes nothing: it may be asked twice about one request, the first time on a thread that serves sockets.
  std::function<std::optional<std::chrono::seconds>(const Request&)> wait;
};

// How many answers are being sent as they come, of all services that share it. Any thread.
class StreamCount {
 public:
  explicit StreamCount(size_t most) : most_(most) {}
  // False: as many are open as may be. True: one more is until leave().
  bool enter();
  void leave() { open_.fetch_sub(1); }
  size_t open() const { return open_.load(); }

 private:
  const size_t most_;
  std::atomic<size_t> open_{0};
};

class Service {
 public:
  // `name` tells the figures of one service from another's: "public". All are borrowed and must outlive it.
  Service(std::string name, const Router& router, Metrics& metrics, ServiceLog& log);

  // They are asked in the order in which they were added.
  void add_gate(Gate gate) { gates_.push_back(std::move(gate)); }

  // What answers with Response::parts count among, for as long as they are sent; one too many is an answer that says so. Borrowed. Without it there
  // may be any number.
  void count_streams(StreamCount& streams) { streams_ = &streams; }

  // How large the body of a request may be, for the connection that reads it; 0: as of every other.
  uint64_t body_limit(Method method, std::string_view path) const { return router_.body_limit(method, path); }

  // The answer, whole but for its parts: what goes wrong with them later is in the log. It throws nothing: what a handler throws is an answer too
  // (500). It waits for what comes later.
  Response handle(const Request& request, Handler Route::* asked = &Route::handler) const;

  // The same in two steps, for whoever has something else to do while an answer waits: between the two, Response::later is begun and ready.
  // Route::judge_head instead of Route::handler: of a request whose body is still to be read, and may be larger than others. Then kGoOn, or an answer
  // after which the connection is to be closed.
  struct Handling {
    std::string route;  // the template; empty if there is none
    Response response;
    std::chrono::steady_clock::time_point began;
  };
  Handling begin(const Request& request, Handler Route::* asked = &Route::handler) const;
  Response finish(Handling handling, const Request& request) const;

  // The same answer where it can be given from memory and without waiting for anybody, on a thread that serves sockets: by Route::quick. Nullopt:
  // nothing was done, and handle() answers.
  std::optional<Response> handle_at_once(const Request& request) const;

  // The answer to what never became a request: bytes that were not admitted, a body that did not come, a queue that is full. Quick: it may be
  // called where nothing may block. The connection is to be closed after it where nobody knows where the next request begins.
  Response refuse(const Rejection& refusal, const Peer& peer, const Trace& trace) const;

 private:
  template <class Make>
  Response made(Make make, const std::string& route, const Request& request) const;
  void watch_parts(Handling& handling, const Request& request) const;
  Response finished(Response response, const Request& request) const;
  Histogram& times_of(const std::string& route, unsigned status) const;
  void account(std::string_view method, const std::string& route, const Response& response, const Peer& peer, const Trace& trace,
               std::chrono::nanoseconds took) const;
  const std::string name_;
  const Router& router_;
  Metrics& metrics_;
  ServiceLog& log_;
  std::vector<Gate> gates_;
  StreamCount* streams_ = nullptr;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::array<Histogram*, 6>> times_;  // of each route, by class of status: those of `metrics_` that were asked for
};

// /problems and /problems/{name}.
void add_problem_routes(Router& router);
// /metrics
void add_metrics_route(Router& router, const Metrics& metrics);

}  // namespace daybook
