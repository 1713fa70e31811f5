// The one thing here that opens a connection: asks issuers, and nobody else. Its source is the only file of identity that knows a socket.
#pragma once

#include <chrono>
#include <string>

#include "server/identity/fetch.h"

namespace daybook {

struct HttpsClientOptions {
  std::chrono::milliseconds time_max{5000};  // for the whole exchange; a look-up of a name may take as long as the system lets it beside it
  size_t body_bytes_max = 256 * 1024;
  // Whether issuers may be on this machine or in a private network. Otherwise a name that leads there is refused, whoever says so.
  bool private_addresses = false;
  std::string trust_file;  // certificates in PEM that are trusted beside the system's; empty: none
};

// TLS 1.2 or 1.3, the certificate checked against the system's store and the host; http only to this machine. One exchange on a connection of
// its own, to an address that was checked; no redirect is followed, nothing is decompressed. kRejected: the trust file cannot be read.
Result<Fetch> make_https_client(const HttpsClientOptions& options);

}  // namespace daybook
