// The doors of the service: who connects, over TLS or plain, and how it ends. No type of Asio or Beast shows here.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "ledger/result.h"
#include "server/admission.h"
#include "server/caps.h"
#include "server/service.h"
#include "server/service_config.h"
#include "server/worker_pool.h"

namespace daybook {

// How long each phase of a request may take, all of it: not from byte to byte, so that no drip holds a connection open.
struct Deadlines {
  std::chrono::milliseconds handshake{5'000}, head{5'000}, body{15'000}, handling{30'000}, write{30'000}, idle{30'000};
};

struct DoorRules {
  AdmissionRules admission;
  Deadlines deadlines;
  int64_t requests_per_connection = 1000;
  int64_t connections = 8192;  // of all doors together
  std::vector<std::string> proxies;
  unsigned threads = 1, workers = 4;
  size_t waiting = 512;  // requests that wait for a worker; parts of answers have half of the places
};

struct Door {
  Endpoint endpoint;
  const Service* service = nullptr;          // borrowed, as all that it borrows
  std::string certificate, certificate_key;  // PEM files; empty: plain
  unsigned workers = 0;                      // of its own, so that it answers while all others are busy; 0: it shares DoorRules::workers
};

class HttpServer {
 public:
  struct Caps {  // of each address; borrowed
    ConnectionCaps* connections;
    RateCaps* requests;
  };
  // Opens the doors and answers, on threads of its own. kStorage: an address cannot be listened on; kRejected: a certificate cannot be used.
  static Result<std::unique_ptr<HttpServer>> start(DoorRules rules, std::vector<Door> doors, Caps caps, Metrics& metrics, ServiceLog& log);
  ~HttpServer();  // cuts what drain() left

  // Where the doors are, with the ports that were free.
  std::vector<Endpoint> endpoints() const;

  // From now on connections get what the certificates' files hold. kRejected: one cannot be used, and all stay as they were.
  Result<void> reload_certificates();

  // No new connection; idle ones are closed; what was asked is answered, for so long at most, and its connection closed. Returns when none is left,
  // or the time has passed: then false, and the rest is cut.
  bool drain(std::chrono::milliseconds at_most);

  struct Shared;  // what connections have in common: connection.h

 private:
  explicit HttpServer(std::unique_ptr<Shared> shared);
  const std::unique_ptr<Shared> shared_;
};

}  // namespace daybook
