#include "tools/wire_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include "ledger/printable.h"
#include "ledger/tls_client.h"

namespace daybook {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr uint32_t kHeadBytesMax = 32 * 1024;

struct Client {
  WireOptions options;
  asio::ssl::context tls{asio::ssl::context::tls_client};
};

// How far an exchange has come.
struct Stage {
  bool connected = false, asked = false;
};

asio::awaitable<tcp::socket> connect(const WebAddress& to) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto found = co_await resolver.async_resolve(to.host, std::to_string(to.port), tcp::resolver::numeric_service, asio::use_awaitable);
  std::vector<tcp::endpoint> allowed;
  for (const auto& entry : found) {
    if (to.scheme == "https" || entry.endpoint().address().is_loopback()) allowed.push_back(entry.endpoint());
  }
  if (allowed.empty()) throw std::runtime_error("the name leads to another machine, want https");
  tcp::socket socket(executor);
  co_await asio::async_connect(socket, allowed, asio::use_awaitable);
  co_return socket;
}

http::request<http::string_body> message_of(const WireRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.to.target);
  message.set(http::field::host, request.to.authority());
  message.set(http::field::user_agent, "daybook");
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : request.fields) message.set(name, value);
  message.body() = request.body;
  if (request.method != "GET") message.content_length(request.body.size());
  return message;
}

WireAnswer answer_of(http::response<http::string_body> message) {
  WireAnswer answer{message.result_int(), {}, {}};
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    answer.fields.emplace_back(std::move(name), std::string(field.value()));
  }
  answer.body = std::move(message.body());
  return answer;
}

template <class Stream>
asio::awaitable<WireAnswer> exchange(Stream& stream, const WireRequest& request, size_t body_bytes_max, Stage& stage) {
  const auto message = message_of(request);
  stage.asked = true;
  boost::system::error_code refused;  // an answer may come before everything is sent, and then the rest is not wanted
  auto writing = asio::redirect_error(asio::use_awaitable, refused);
  co_await http::async_write(stream, message, writing);
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeadBytesMax);
  parser.body_limit(body_bytes_max);
  boost::beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return answer_of(parser.release());
}

// What did not hold of the certificate, if that was it.
std::string words_of_handshake(SSL* tls, const boost::system::error_code& error) {
  const long held = SSL_get_verify_result(tls);
  return held == X509_V_OK
             ? fmt::format("TLS: {}", error.message())
             : fmt::format("its certificate is not trusted: {} (--trust-file FILE trusts another issuer)", X509_verify_cert_error_string(held));
}

asio::awaitable<WireAnswer> ask(Client& client, const WireRequest& request, Stage& stage) {
  tcp::socket socket = co_await connect(request.to);
  const auto bytes_max = client.options.body_bytes_max;
  if (request.to.scheme == "http") {
    stage.connected = true;
    co_return co_await exchange(socket, request, bytes_max, stage);
  }
  asio::ssl::stream<tcp::socket> stream(std::move(socket), client.tls);
  if (!expect_host(stream.native_handle(), request.to.host)) throw std::runtime_error("the host cannot be checked");
  boost::system::error_code error;
  auto shaking = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::client, shaking);
  if (error) throw std::runtime_error(words_of_handshake(stream.native_handle(), error));
  stage.connected = true;
  co_return co_await exchange(stream, request, bytes_max, stage);
}

std::string words_of(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const boost::system::system_error& error) {
    return error.code().message();
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Gives a connection its time, and then the rest to the answer.
void run(asio::io_context& context, const WireOptions& options, const Stage& stage) {
  const auto end = std::chrono::steady_clock::now() + options.time_max;
  const auto connected_by = std::chrono::steady_clock::now() + options.connect_time_max;
  while (!stage.connected && std::chrono::steady_clock::now() < connected_by) {
    if (context.run_one_until(connected_by) == 0) return;
  }
  if (stage.connected) context.run_until(end);
}

Result<WireAnswer> exchange_in_time(Client& client, const WireRequest& request) {
  std::optional<WireAnswer> answer;
  std::exception_ptr trouble;
  Stage stage;
  asio::io_context context(1);  // one for the exchange: what is not over in time ends with it
  const auto finished = [&](std::exception_ptr error, WireAnswer got) {
    trouble = error;
    if (!error) answer = std::move(got);
  };
  asio::co_spawn(context, ask(client, request, stage), finished);
  run(context, client.options, stage);
  if (answer) return *std::move(answer);
  const auto words = trouble ? printable(words_of(trouble)) : std::string("no answer in time");
  if (!stage.asked) return Error{Fault::kBusy, fmt::format("{} cannot be asked: {}", request.to.origin(), words)};
  return Error{Fault::kStorage, fmt::format("{} was asked, and its answer did not come whole: {}", request.to.origin(), words)};
}

}  // namespace

std::string_view WireAnswer::field(std::string_view name) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return it == fields.end() ? std::string_view() : std::string_view(it->second);
}

Result<Wire> make_wire(const WireOptions& options) {
  const auto client = std::make_shared<Client>();
  client->options = options;
  const auto set = trust_issuers(client->tls.native_handle(), options.trust_file);
  if (!set) return Error{Fault::kRejected, "--trust-file: " + set.error().message};
  return Wire([client](const WireRequest& request) -> Result<WireAnswer> {
    try {
      return exchange_in_time(*client, request);
    } catch (const std::exception& error) {
      return Error{Fault::kBusy, fmt::format("{} cannot be asked: {}", request.to.origin(), printable(error.what()))};
    }
  });
}

}  // namespace daybook
