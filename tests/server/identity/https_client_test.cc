#include "server/identity/https_client.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "ledger/require.h"

namespace daybook {
namespace {

using namespace std::chrono_literals;

// A certificate that signs itself, for `names` as X.509 writes them: DNS:localhost, IP:127.0.0.1.
struct Certificate {
  std::shared_ptr<EVP_PKEY> key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
  std::shared_ptr<X509> certificate{X509_new(), X509_free};

  explicit Certificate(const std::string& names, long lifetime_seconds = 3600) {
    X509* made = certificate.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made), lifetime_seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, reinterpret_cast<const uint8_t*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    X509_set_pubkey(made, key.get());
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    require(X509_sign(made, key.get(), EVP_sha256()) > 0, "a certificate is made");
  }

  std::string pem_file() const {
    std::string path = std::filesystem::temp_directory_path() / "daybook-certificate-XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    FILE* file = ::fdopen(descriptor, "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    return path;
  }
};

// A server on 127.0.0.1 that says the same to everybody: over TLS where it has a certificate. `drip`: a byte each so often.
class Server {
 public:
  Server(std::string answer, const Certificate* certificate = nullptr, std::chrono::milliseconds drip = 0ms)
      : answer_(std::move(answer)), drip_(drip) {
    std::signal(SIGPIPE, SIG_IGN);  // a client that goes away is no reason to stop
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 8) == 0, "a server listens");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (certificate != nullptr) {
      tls_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
      SSL_CTX_use_certificate(tls_.get(), certificate->certificate.get());
      SSL_CTX_use_PrivateKey(tls_.get(), certificate->key.get());
    }
    thread_ = std::jthread([this] { serve(); });
  }
  ~Server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& scheme, const std::string& host, const std::string& path = "/keys") const {
    return scheme + "://" + host + ":" + std::to_string(port_) + path;
  }
  const std::string& heard() const { return heard_; }  // once it has answered
  void only_offer(int version) { SSL_CTX_set_max_proto_version(tls_.get(), version); }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::shared_ptr<SSL> tls(tls_ ? SSL_new(tls_.get()) : nullptr, [](SSL* ssl) { SSL_free(ssl); });
      if (tls) SSL_set_fd(tls.get(), connection);
      if (!tls || SSL_accept(tls.get()) == 1) talk(connection, tls.get());
      ::close(connection);
    }
  }
  void talk(int connection, SSL* tls) {
    char buffer[4096];
    const auto got = tls != nullptr ? SSL_read(tls, buffer, sizeof buffer) : static_cast<int>(::recv(connection, buffer, sizeof buffer, 0));
    heard_.assign(buffer, got > 0 ? static_cast<size_t>(got) : 0);
    const size_t step = drip_ > 0ms ? 1 : 65'536;
    for (size_t at = 0; at < answer_.size() && !stopping_; at += step) {
      const auto part = std::string_view(answer_).substr(at, step);
      const auto sent = tls != nullptr ? SSL_write(tls, part.data(), static_cast<int>(part.size()))
                                       : static_cast<int>(::send(connection, part.data(), part.size(), MSG_NOSIGNAL));
      if (sent <= 0) return;
      if (drip_ > 0ms) std::this_thread::sleep_for(drip_);
    }
  }

  std::string answer_, heard_;
  std::chrono::milliseconds drip_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::shared_ptr<SSL_CTX> tls_;
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

std::string answer_of(const std::string& body, const std::string& status = "200 OK", const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Result<FetchAnswer> asked(const std::string& url, HttpsClientOptions options = {}, const std::string& form = "") {
  return make_https_client(options).value()(
      {.url = read_url(url).value(), .form = form, .authorization = form.empty() ? "" : "Basic eDp5", .trace = form.empty() ? "" : kTrace});
}

HttpsClientOptions local(std::string trust_file = "") {
  HttpsClientOptions options;
  options.private_addresses = true;
  options.time_max = 2000ms;
  options.trust_file = std::move(trust_file);
  return options;
}

void check_busy(const Result<FetchAnswer>& answer, const std::string& words) {
  REQUIRE(answer.has_error());
  CAPTURE(answer.error().message);
  CHECK(answer.error().fault == Fault::kBusy);
  CHECK(answer.error().message.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("an issuer with a certificate of its host is asked and answers", "[identity][https]") {
  const Certificate certificate("DNS:localhost,IP:127.0.0.1");
  const std::string trust = certificate.pem_file();
  {
    const Server server(answer_of("{\"keys\":1}"), &certificate);

    const auto answer = asked(server.url("https", "localhost"), local(trust));
    const auto posted = asked(server.url("https", "127.0.0.1"), local(trust), "code=c");

    REQUIRE(answer.has_value());
    CHECK(answer.value().status == 200);
    CHECK(answer.value().content_type == "application/json");
    CHECK(answer.value().body == "{\"keys\":1}");
    REQUIRE(posted.has_value());
    CHECK(server.heard().starts_with("POST /keys HTTP/1.1\r\n"));
    CHECK(server.heard().find("Authorization: Basic eDp5\r\n") != std::string::npos);
    CHECK(server.heard().find("traceparent: " + kTrace + "\r\n") != std::string::npos);
    CHECK(server.heard().ends_with("\r\n\r\ncode=c"));
  }
  std::filesystem::remove(trust);
}

TEST_CASE("a certificate that is another's, unknown, or over is refused", "[identity][https]") {
  const Certificate other("DNS:other.example.org,DNS:*.localhost"), unknown("DNS:localhost"), over("DNS:localhost", -3600);
  for (const auto* certificate : {&other, &unknown, &over}) {
    const std::string trust = certificate->pem_file();
    const Server server(answer_of("{}"), certificate);

    check_busy(asked(server.url("https", "localhost"), local(certificate == &unknown ? "" : trust)), "certificate verify failed");
    check_busy(asked(server.url("https", "127.0.0.1"), local(certificate == &unknown ? "" : trust)), "certificate verify failed");
    CHECK(server.heard().empty());
    std::filesystem::remove(trust);
  }
}

TEST_CASE("an issuer that speaks no newer TLS than 1.1 is not asked", "[identity][https]") {
  const Certificate certificate("DNS:localhost");
  const std::string trust = certificate.pem_file();
  {
    Server server(answer_of("{}"), &certificate);
    server.only_offer(TLS1_1_VERSION);

    CHECK(asked(server.url("https", "localhost"), local(trust)).has_error());
  }
  std::filesystem::remove(trust);
}

TEST_CASE("this machine and private networks are asked only where that is configured, whatever name leads there", "[identity][https]") {
  const Server server(answer_of("{}"));
  HttpsClientOptions options = local();
  options.private_addresses = false;

  check_busy(asked(server.url("http", "127.0.0.1"), options), "private network");
  check_busy(asked(server.url("https", "localhost"), options), "private network");
  check_busy(asked(server.url("https", "[::ffff:127.0.0.1]"), options), "private network");
  check_busy(asked("https://169.254.169.254/latest/meta-data", options), "private network");
  check_busy(asked("http://10.0.0.1/", local()), "private network");  // without TLS only this machine
  CHECK(server.heard().empty());
  CHECK(asked(server.url("http", "127.0.0.1"), local()).has_value());
}

TEST_CASE("a redirect is an answer, and leads nowhere", "[identity][https]") {
  const Server elsewhere(answer_of("{}"));
  const Server server(answer_of("", "302 Found", "Location: " + elsewhere.url("http", "127.0.0.1") + "\r\n"));

  const auto answer = asked(server.url("http", "127.0.0.1"), local());

  REQUIRE(answer.has_value());
  CHECK(answer.value().status == 302);
  CHECK(elsewhere.heard().empty());
}

TEST_CASE("an answer that is too large, too slow or broken off is none", "[identity][https]") {
  HttpsClientOptions options = local();
  options.body_bytes_max = 1000;
  options.time_max = 300ms;
  const Server fits(answer_of(std::string(1000, 'x'))), large(answer_of(std::string(1001, 'x'))), cut(answer_of("{}").substr(0, 40));
  const Server endless("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x')),
      long_head("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  const Server dripping(answer_of("{}"), nullptr, 50ms), other("SSH-2.0-OpenSSH\r\n\r\n");

  CHECK(asked(fits.url("http", "127.0.0.1"), options).has_value());
  for (const auto* server : {&large, &cut, &endless, &long_head, &other})
    check_busy(asked(server->url("http", "127.0.0.1"), options), "http://127.0.0.1");
  check_busy(asked(dripping.url("http", "127.0.0.1"), options), "no answer within 300 ms");
  check_busy(asked("http://127.0.0.1:1/", options), "refused");
}

TEST_CASE("a trust file that is none is said before anybody is asked", "[identity][https]") {
  HttpsClientOptions options;
  options.trust_file = "/no/such/file";

  const auto client = make_https_client(options);

  REQUIRE(client.has_error());
  CHECK(client.error().message.find("/no/such/file") != std::string::npos);
}

}  // namespace daybook
