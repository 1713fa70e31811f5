// Whether the service is well, for whoever watches it: /healthz says that it answers, /readyz whether it should be sent requests.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/router.h"
#include "server/service_log.h"

namespace daybook {

struct HealthCheck {
  std::string name;
  // What is wrong, for the log; nullopt: nothing. It must be quick, and it is asked once a second at most.
  std::function<std::optional<std::string>()> wrong;
};

class Health {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  explicit Health(ServiceLog& log) : log_(log) {}

  void add(HealthCheck check) { checks_.push_back({std::move(check), {}}); }  // before the first question
  // From now on it is not ready: no new requests, please.
  void drain() { draining_ = true; }

  // {"ready":false,"checks":{"disk":"good","checkpoint":"wrong"}} and 503, or 200. Names alone: what is wrong stands in the log, when it begins and
  // when it ends.
  Response ready(Moment now);

 private:
  struct Checked {
    HealthCheck check;
    std::optional<std::string> wrong;
  };
  void look(Moment now);
  ServiceLog& log_;
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::vector<Checked> checks_;
  std::optional<Moment> looked_;
};

// /healthz and /readyz. `health` is borrowed and must outlive the router.
void add_health_routes(Router& router, Health& health);

}  // namespace daybook
