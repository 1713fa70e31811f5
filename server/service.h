// What becomes of a request: gates, route, handler, the fields that every answer has, a line in the log, figures. It knows no socket; any number of
// threads may call it at once.
#pragma once

#include <chrono>
#include <functional>
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
  std::string_view problem;  // the kind of problem.h that the others are told: "too-many-requests", "busy"
  std::function<std::optional<std::chrono::seconds>(const Request&)> wait;
};

class Service {
 public:
  // `name` tells the figures of one service from another's: "public". All are borrowed and must outlive it.
  Service(std::string name, const Router& router, Metrics& metrics, ServiceLog& log);

  // In the order they are asked. Caps per user, back-pressure of the writer.
  void add_gate(Gate gate) { gates_.push_back(std::move(gate)); }

  // The answer, whole. It throws nothing: what a handler throws is an answer too (500).
  Response handle(const Request& request) const;

  // The answer to what never became a request: bytes that were not admitted, a body that did not come, a queue that is full. Quick: it may be
  // called where nothing may block. The connection is to be closed after it where nobody knows where the next request begins.
  Response refuse(const Rejection& refusal, const Peer& peer, const Trace& trace) const;

 private:
  struct Answered {
    std::string route;  // the template; empty if there is none
    Response response;
  };
  Answered answer(const Request& request) const;
  Response finished(Response response, const Request& request) const;
  void account(std::string_view method, const std::string& route, const Response& response, const Peer& peer, const Trace& trace,
               std::chrono::nanoseconds took) const;
  const std::string name_;
  const Router& router_;
  Metrics& metrics_;
  ServiceLog& log_;
  std::vector<Gate> gates_;
};

// /problems and /problems/{name}.
void add_problem_routes(Router& router);
// /metrics
void add_metrics_route(Router& router, const Metrics& metrics);

}  // namespace daybook
