#include "server/identity/https_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
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
#include <vector>

#include "ledger/printable.h"
#include "ledger/tls_client.h"
#include "server/address.h"

namespace daybook {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr uint32_t kHeadBytesMax = 16 * 1024;

struct Client {
  HttpsClientOptions options;
  asio::ssl::context tls{asio::ssl::context::tls_client};
};

bool may_reach(const Url& url, const HttpsClientOptions& options, const std::string& address) {
  if (url.scheme == "http") return options.private_addresses && is_loopback_address(address);
  return options.private_addresses || is_public_address(address);
}

// A connection to one of the host's addresses: the very address that was checked, so that a second look-up cannot give another.
asio::awaitable<tcp::socket> connected(const Url& url, const HttpsClientOptions& options) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto found = co_await resolver.async_resolve(url.host, std::to_string(url.port), tcp::resolver::numeric_service, asio::use_awaitable);
  std::vector<tcp::endpoint> allowed;
  for (const auto& entry : found) {
    if (may_reach(url, options, entry.endpoint().address().to_string())) allowed.push_back(entry.endpoint());
  }
  if (allowed.empty()) throw std::runtime_error("leads to this machine or a private network, which is not configured");
  tcp::socket socket(executor);
  co_await asio::async_connect(socket, allowed, asio::use_awaitable);
  co_return socket;
}

http::request<http::string_body> message_of(const FetchRequest& request) {
  http::request<http::string_body> message(request.form.empty() ? http::verb::get : http::verb::post, request.url.target, 11);
  message.set(http::field::host, request.url.authority());
  message.set(http::field::user_agent, "daybookd");
  message.set(http::field::accept, "application/json");
  message.set(http::field::connection, "close");
  if (!request.authorization.empty()) message.set(http::field::authorization, request.authorization);
  if (!request.trace.empty()) message.set("traceparent", request.trace);
  if (!request.form.empty()) message.set(http::field::content_type, "application/x-www-form-urlencoded");
  message.body() = request.form;
  message.prepare_payload();
  return message;
}

template <class Stream>
asio::awaitable<FetchAnswer> exchange(Stream& stream, const FetchRequest& request, size_t body_bytes_max) {
  const auto message = message_of(request);
  co_await http::async_write(stream, message, asio::use_awaitable);
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeadBytesMax);
  parser.body_limit(body_bytes_max);
  boost::beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  auto answer = parser.release();
  co_return FetchAnswer{answer.result_int(), std::string(answer[http::field::content_type]), std::move(answer.body())};
}

asio::awaitable<FetchAnswer> ask(Client& client, const FetchRequest& request) {
  tcp::socket socket = co_await connected(request.url, client.options);
  if (request.url.scheme == "http") co_return co_await exchange(socket, request, client.options.body_bytes_max);
  asio::ssl::stream<tcp::socket> stream(std::move(socket), client.tls);
  if (!expect_host(stream.native_handle(), request.url.host)) throw std::runtime_error("the host cannot be checked");
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await exchange(stream, request, client.options.body_bytes_max);
}

std::string words_of(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const std::exception& error) {
    return printable(error.what());
  }
}

Result<FetchAnswer> fetch(Client& client, const FetchRequest& request) {
  const auto busy = [&](std::string_view words) { return Error{Fault::kBusy, fmt::format("{}: {}", request.url.origin(), words)}; };
  std::optional<FetchAnswer> answer;
  std::exception_ptr trouble;
  asio::io_context context(1);  // one for the exchange: what is not over in time ends with it
  const auto finished = [&](std::exception_ptr error, FetchAnswer got) {
    trouble = error;
    if (!error) answer = std::move(got);
  };
  asio::co_spawn(context, ask(client, request), finished);
  context.run_for(client.options.time_max);
  if (answer) return *std::move(answer);
  return busy(trouble ? words_of(trouble) : fmt::format("no answer within {} ms", client.options.time_max.count()));
}

}  // namespace

Result<Fetch> make_https_client(const HttpsClientOptions& options) {
  const auto client = std::make_shared<Client>();
  client->options = options;
  DAYBOOK_TRY(trust_issuers(client->tls.native_handle(), options.trust_file));
  return Fetch([client](const FetchRequest& request) -> Result<FetchAnswer> {
    try {
      return fetch(*client, request);
    } catch (const std::exception& error) {
      return Error{Fault::kBusy, fmt::format("{}: {}", request.url.origin(), printable(error.what()))};
    }
  });
}

}  // namespace daybook
