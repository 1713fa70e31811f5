// daybook_hello BYTES: a bare Beast server that gives every request the same answer of so many bytes, head and all, on one thread: what
// tools/bench_http holds daybookd beside. It prints its port, and runs until it is killed.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kBytesMax = 1 << 20;
using Answer = http::response<http::string_body>;

Answer answer_of(const std::string& body, bool keep_alive) {
  Answer answer{http::status::ok, 11};
  answer.set(http::field::content_type, "text/plain");
  answer.body() = body;
  answer.keep_alive(keep_alive);
  answer.prepare_payload();
  return answer;
}

// So long that the whole answer has `bytes`.
std::string body_for(size_t bytes) {
  std::ostringstream head;
  head << answer_of(std::string(bytes, 'a'), true).base();
  return std::string(bytes > head.str().size() ? bytes - head.str().size() : 0, 'a');
}

asio::awaitable<void> talk(beast::tcp_stream stream, const std::string& body) {
  for (beast::flat_buffer buffer;;) {
    http::request<http::string_body> request;
    const auto [error, read] = co_await http::async_read(stream, buffer, request, kTuple);
    if (error) co_return;
    auto answer = answer_of(body, request.keep_alive());
    const auto [failed, written] = co_await http::async_write(stream, answer, kTuple);
    if (failed || !answer.keep_alive()) co_return;
  }
}

asio::awaitable<void> keep_door(tcp::acceptor& acceptor, const std::string& body) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error) co_return;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(acceptor.get_executor(), talk(beast::tcp_stream(std::move(socket)), body), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const size_t bytes = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (bytes == 0 || bytes > kBytesMax) return std::fprintf(stderr, "usage: daybook_hello BYTES\n"), 2;
  const auto body = body_for(bytes);
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::printf("port %u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  asio::co_spawn(io, keep_door(acceptor, body), asio::detached);
  io.run();
}
