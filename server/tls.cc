#include "server/tls.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <string_view>

namespace daybook {
namespace ssl = boost::asio::ssl;
namespace {

constexpr std::string_view kProtocol("\x08http/1.1", 9);

// A client that offers protocols must offer ours; one that offers none speaks HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(kProtocol.data()),
                                          static_cast<unsigned>(kProtocol.size()), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void harden(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds little
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; those of 1.3 are all fit
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const std::string& certificate, const std::string& key) {
  const auto rejected = [](const std::string& file, std::string_view found) { return Error{Fault::kRejected, fmt::format("{}: {}", file, found)}; };
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  harden(context->native_handle());
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate, error);
  if (error) return rejected(certificate, "found no certificate in PEM that can be used: " + error.message());
  struct stat mode{};
  if (::stat(key.c_str(), &mode) == 0 && (mode.st_mode & 077) != 0)
    return rejected(key, fmt::format("found mode {:04o}, want 0600: others can read the key", mode.st_mode & 07777));
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error) return rejected(key, "found no key in PEM that fits the certificate: " + error.message());
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) return rejected(key, "found a key of another certificate");
  return context;
}

}  // namespace daybook
