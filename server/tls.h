// TLS as the service speaks it. Included by the files that know Asio, and by no other.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "ledger/result.h"

namespace daybook {

// TLS 1.3 and 1.2 with forward secrecy and authenticated ciphers alone; no renegotiation, no tickets; ALPN is http/1.1 or absent. kRejected: the
// files hold no certificate and its key, or others can read the key.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& certificate, const std::string& key);

}  // namespace daybook
