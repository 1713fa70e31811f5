// Whom a client of ours believes over TLS. It knows OpenSSL alone: the socket is the caller's.
#pragma once

#include <string>

#include "ledger/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace daybook {

// TLS 1.2 or 1.3, with a server whose certificate leads to one of the system's, or to one in `trust_file` (PEM; empty: no more). kRejected: that file
// has none that can be read.
Result<void> trust_issuers(ssl_ctx_st* context, const std::string& trust_file);

// The certificate must be of `host`, a name or an address; a name is told to the server, so that it can choose its certificate. False: it cannot be
// asked for.
bool expect_host(ssl_st* tls, const std::string& host);

}  // namespace daybook
