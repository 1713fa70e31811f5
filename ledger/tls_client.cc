#include "ledger/tls_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "ledger/printable.h"

namespace daybook {

Result<void> trust_issuers(SSL_CTX* context, const std::string& trust_file) {
  ERR_clear_error();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 || SSL_CTX_set_default_verify_paths(context) != 1) {
    return Error{Fault::kRejected, "found no TLS 1.2 and certificates of the system"};
  }
  if (trust_file.empty() || SSL_CTX_load_verify_file(context, trust_file.c_str()) == 1) return success();
  std::array<char, 256> why{};
  ERR_error_string_n(ERR_get_error(), why.data(), why.size());
  ERR_clear_error();
  return Error{Fault::kRejected, fmt::format("{}: found no certificates in PEM that can be read: {}", printable(trust_file), printable(why.data()))};
}

bool expect_host(SSL* tls, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(tls);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return true;
  return SSL_set1_host(tls, host.c_str()) == 1 && SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

}  // namespace daybook
