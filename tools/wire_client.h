// One question over HTTP and its answer. Its source is the only file of the command line that knows a socket.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/result.h"
#include "tools/web_address.h"

namespace daybook {

struct WireRequest {
  std::string method = "GET";
  WebAddress to;
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string body = {};
};

struct WireAnswer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields = {};  // names in small letters
  std::string body = {};

  std::string_view field(std::string_view name) const;  // the first of that name; empty for none
};

// Whatever status it has is an answer. kBusy: nobody there, or not whom the certificate says; nothing was asked. kStorage: it was asked, and the
// answer did not come, or not whole: the outcome is unknown.
using Wire = std::function<Result<WireAnswer>(const WireRequest& request)>;

struct WireOptions {
  std::chrono::milliseconds time_max{90'000};  // for the whole exchange
  std::chrono::milliseconds connect_time_max{15'000};
  size_t body_bytes_max = 256 << 20;  // of an answer
  std::string trust_file;             // certificates in PEM that are trusted beside the system's; empty: none
};

// TLS 1.2 or 1.3, the certificate held against the system's store and the host; http only to this machine, whatever its name leads to. A
// connection for each question; follows no redirect. kRejected: the trust file cannot be read.
Result<Wire> make_wire(const WireOptions& options);

}  // namespace daybook
