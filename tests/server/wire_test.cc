// The doors, over real sockets: what goes through is answered, what does not ends the connection, and nobody holds one longer than the deadlines say.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "server/listener.h"
#include "server/problem.h"

using namespace daybook;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kPatience{10'000};  // of a test that would hang
constexpr size_t kLarge = 32 << 20;        // more than the system holds of what nobody reads
constexpr size_t kPartBytes = 1 << 20;
constexpr uint64_t kLongBody = 1'000'000;  // a larger one than others may have

// One end of a connection to the service.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) { CHECK(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())); }
  // What came until the other side ended.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(text_, {});
  }
  // One answer, by its content-length.
  std::string answer() {
    for (;;) {
      const auto end = text_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto length = text_.find("content-length: ");
        const size_t body = length < end ? std::stoul(text_.substr(length + 16)) : 0;
        if (text_.size() >= end + 4 + body) {
          auto whole = text_.substr(0, end + 4 + body);
          text_.erase(0, whole.size());
          return whole;
        }
      }
      if (!more()) return std::exchange(text_, {});
    }
  }
  // What came up to the end of `last`; all there was, if it did not come.
  std::string until(std::string_view last) {
    while (text_.find(last) == std::string::npos) {
      if (!more()) return std::exchange(text_, {});
    }
    auto found = text_.substr(0, text_.find(last) + last.size());
    text_.erase(0, found.size());
    return found;
  }
  bool ended() { return !more() && text_.empty(); }
  void send_no_more() { ::shutdown(socket_, SHUT_WR); }
  // What is sent to it from now on is answered with a reset.
  void vanish() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
  }
  // Reads a little of what came.
  void sip() {
    std::array<char, 1000> part;
    const auto size = ::recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
    if (size > 0) text_.append(part.data(), static_cast<size_t>(size));
  }
  void drip(char byte) { ::send(socket_, &byte, 1, MSG_NOSIGNAL); }

 private:
  bool more() {
    pollfd wait{socket_, POLLIN, 0};
    REQUIRE(::poll(&wait, 1, static_cast<int>(kPatience.count())) == 1);
    std::array<char, 4096> part;
    const auto size = ::recv(socket_, part.data(), part.size(), 0);
    if (size > 0) text_.append(part.data(), static_cast<size_t>(size));
    return size > 0;
  }
  int socket_;
  std::string text_;
};

// Another limit of open files for this process, until it goes.
class FileLimit {
 public:
  explicit FileLimit(rlim_t wanted) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit now{std::min(wanted, before_.rlim_max), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
    files = now.rlim_cur;
  }
  ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  rlim_t files;

 private:
  rlimit before_{};
};

// All open files that the process may still have.
class Hoard {
 public:
  Hoard() {
    for (int file; (file = ::dup(STDERR_FILENO)) >= 0;) files_.push_back(file);
  }
  ~Hoard() {
    for (const int file : files_) ::close(file);
  }
  Hoard(const Hoard&) = delete;
  Hoard& operator=(const Hoard&) = delete;
  void leave_one() {
    ::close(files_.back());
    files_.pop_back();
  }

 private:
  std::vector<int> files_;
};

// A body that comes part after part: the n-th as `part` says, where `can` says that there is one.
class Script final : public BodyParts {
 public:
  using Part = Result<std::optional<std::string>>;
  Script(std::function<bool(int)> can, std::function<Part(int)> part) : can_(std::move(can)), part_(std::move(part)) {}
  bool ready() const override { return can_(given_); }
  Part next() override { return part_(given_++); }

 private:
  const std::function<bool(int)> can_;
  const std::function<Part(int)> part_;
  int given_ = 0;
};

// A service with a few routes, behind a door on a port that was free.
struct Home {
  explicit Home(const DoorRules& rules = {}, unsigned connections_each = 0, double requests_a_second = 0, const std::string& address = "127.0.0.1")
      : connections(connections_each), requests(requests_a_second, 2) {
    router.add({Method::kGet, "/hello", {}, {}, [](const Request&, const Found&) { return text_response("hello\n", Caching::kNever); }});
    const auto quick = [](const Request&, const Found&) { return text_response("quick\n", Caching::kNever); };
    router.add(always_quick({Method::kGet, "/quick", {}, {}, quick}));
    router.add({Method::kPost, "/echo", {}, "text/plain", [](const Request& r, const Found&) { return text_response(r.body, Caching::kNever); }});
    router.add({Method::kGet, "/peer", {}, {}, [](const Request& r, const Found&) { return text_response(r.peer.address, Caching::kNever); }});
    router.add({Method::kGet, "/in-vain", {}, {}, [](const Request&, const Found&) {
                  auto response = text_response("no rows\n", Caching::kNever);
                  response.in_vain = true;
                  return response;
                }});
    router.add({Method::kGet, "/waits", {}, {}, [this](const Request&, const Found&) {
                  ++waiting;
                  opened.wait_for(kPatience);
                  return text_response("waited\n", Caching::kNever);
                }});
    router.add(
        {Method::kGet, "/large", {}, {}, [](const Request&, const Found&) { return text_response(std::string(kLarge, 'a'), Caching::kNever); }});
    add_streams();
    const Door door{{address, 0}, &service, {}, {}};
    auto started = HttpServer::start(rules, std::vector<Door>{door}, HttpServer::Caps{&connections, &requests}, metrics, log);
    REQUIRE(started.has_value());
    server = std::move(started.value());
    port = server->endpoints().front().port;
  }
  void add_stream(const std::string& path, const std::function<bool(int)>& can, const std::function<Script::Part(int)>& part) {
    router.add({Method::kGet, path, {}, {}, [this, can, part](const Request&, const Found&) {
                  Response response{.content_type = "text/plain"};
                  response.parts = std::make_shared<Script>(can, [this, part](int n) { return ++asked, part(n); });
                  return response;
                }});
  }
  void add_streams() {
    using Part = Script::Part;
    const auto always = [](int) { return true; };
    add_stream("/parts", always, [](int n) -> Part { return n == 3 ? std::nullopt : std::optional<std::string>(n == 1 ? "" : "a part\n"); });
    add_stream("/endless", always, [](int) -> Part { return std::optional(std::string(kPartBytes, 'a')); });
    add_stream("/breaks", always, [](int n) -> Part {
      if (n > 0) return Error{Fault::kStorage, "the disk failed"};
      return std::optional<std::string>("begun\n");
    });
    add_stream("/throws", always, [](int) -> Part { throw std::runtime_error("a library"); });
    add_stream(
        "/quiet", [this](int n) { return n == 0 || go_on; },
        [](int n) -> Part { return n == 2 ? std::nullopt : std::optional<std::string>(n == 0 ? "begun\n" : "goes on\n"); });
    service.count_streams(streams);
    router.add({Method::kPost,
                "/long",
                {},
                "text/plain",
                [](const Request& r, const Found&) { return text_response(std::to_string(r.body.size()), Caching::kNever); },
                kLongBody,
                [](const Request& r, const Found&) {
                  return r.field("authorization").empty() ? problem("sign-in-wanted", "", r.trace) : Response{.status = kGoOn};
                }});
    router.add({Method::kPost,
                "/keeps",
                {},
                "text/plain",
                [this](const Request& r, const Found&) {
                  ++waiting;
                  opened.wait_for(kPatience);
                  return text_response(std::to_string(r.body.size()), Caching::kNever);
                },
                kLongBody});
  }
  std::string ask(std::string_view bytes) {
    Client client(port);
    client.send(bytes);
    return client.answer();
  }

  SystemClock clock;
  ServiceLog log{clock, static_cast<Severity>(9)};  // says nothing
  Metrics metrics;
  Router router;
  Service service{"public", router, metrics, log};
  ConnectionCaps connections;
  RateCaps requests;
  bool has(std::string_view figure) const { return metrics.text().find(fmt::format("\n{}\n", figure)) != std::string::npos; }
  // Until the figure is so.
  void await(std::string_view figure) const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!has(figure) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CAPTURE(figure);
    REQUIRE(has(figure));
  }

  std::promise<void> open;  // lets /waits go on
  std::shared_future<void> opened = open.get_future().share();
  std::atomic<int> waiting{0}, asked{0};  // who waits; parts that were asked for
  std::atomic<bool> go_on{false};         // lets /quiet go on
  StreamCount streams{3};
  uint16_t port = 0;
  std::unique_ptr<HttpServer> server;
};

std::string get(std::string_view path, std::string_view fields = "") { return fmt::format("GET {} HTTP/1.1\r\nhost: x\r\n{}\r\n", path, fields); }
std::string post(std::string_view fields, std::string_view body) {
  return fmt::format("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n{}\r\n{}", fields, body);
}
unsigned status_of(const std::string& answer) { return answer.size() > 12 ? static_cast<unsigned>(std::stoul(answer.substr(9, 3))) : 0; }
std::string body_of(const std::string& answer) { return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4)); }
bool closes(const std::string& answer) { return answer.find("connection: close\r\n") != std::string::npos; }

DoorRules hasty() {
  DoorRules rules;
  rules.deadlines.head = rules.deadlines.body = rules.deadlines.idle = rules.deadlines.write = milliseconds(200);
  return rules;
}

}  // namespace

TEST_CASE("requests are answered one after the other on one connection, whole or byte by byte", "[server][wire]") {
  Home home;
  Client client(home.port);

  client.send(get("/hello"));
  const auto first = client.answer();
  for (const char c : post("content-length: 5\r\n", "a\r\nbc")) client.send({&c, 1});
  const auto second = client.answer();
  client.send(post("transfer-encoding: chunked\r\n", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"));
  const auto third = client.answer();
  client.send("HEAD /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  const auto last = client.rest();

  CHECK(status_of(first) == 200);
  CHECK(body_of(first) == "hello\n");
  CHECK_FALSE(closes(first));
  CHECK(first.find("\r\ndate: ") != std::string::npos);
  CHECK(body_of(second) == "a\r\nbc");
  CHECK(body_of(third) == "abc0123456789");
  CHECK(status_of(last) == 200);
  CHECK(last.find("content-length: 6\r\n") != std::string::npos);
  CHECK(body_of(last).empty());
  CHECK(closes(last));
}

TEST_CASE("whatever could be read in two ways is answered with 400 and the end of the connection, and nothing behind it is a request",
          "[server][wire][smuggling]") {
  Home home;
  const std::string hidden = get("/hello");
  const auto bytes = GENERATE_COPY(values<std::string>({
      post("content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", "0\r\n\r\n" + hidden),
      post("transfer-encoding: xchunked\r\n", hidden),
      post("transfer-encoding: chunked, identity\r\n", hidden),
      post("content-length: 0\r\ncontent-length: 50\r\n", hidden),
      post("content-length: 0, 50\r\n", hidden),
      get("/hello", "content-length: 50\r\n") + hidden,
      get("/hello", " folded: x\r\n") + hidden,
      get("/hello") + hidden,  // not asked for: the answer was not waited for
      post("content-length: 3\r\n", "abc" + hidden),
      post("transfer-encoding: chunked\r\n", "3;x=y\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3;\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3\r\nabc\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "+3\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "-1\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "10000000000000003\r\nabc\r\n0\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\ncontent-length: 5\r\n\r\n" + hidden),
      post("transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\nx: y\r\n\r\n" + hidden),
      "GET /hello HTTP/1.1\nhost: x\n\n" + hidden,
      "\r\n" + hidden,
  }));
  CAPTURE(bytes);
  Client client(home.port);

  client.send(bytes);
  const auto all = client.rest();

  CHECK(status_of(all) == 400);
  CHECK(closes(all));
  CHECK(all.find("HTTP/1.1 ", 1) == std::string::npos);  // one answer
  CHECK(all.find("application/problem+json") != std::string::npos);
}

TEST_CASE("too much is refused as such before it is held", "[server][wire]") {
  Home home;

  CHECK(status_of(home.ask("GET /" + std::string(5000, 'a'))) == 414);
  CHECK(status_of(home.ask(get("/hello", "a: " + std::string(9000, 'a')))) == 431);
  CHECK(status_of(home.ask(post("content-length: 262145\r\n", ""))) == 413);
  CHECK(status_of(home.ask(post("transfer-encoding: chunked\r\n", "40001\r\n"))) == 413);
  CHECK(status_of(home.ask(post("content-length: 3\r\nexpect: 100-continue\r\n", ""))) == 100);
  CHECK(status_of(home.ask(post("content-length: 262145\r\nexpect: 100-continue\r\n", ""))) == 413);
}

TEST_CASE("a slow client is cut at the deadline of the phase, however it drips", "[server][wire]") {
  Home home(hasty());
  const auto bytes = GENERATE(values<std::string>(
      {"", "GET /hello HTTP/1.1\r\nhost: x\r\n", post("content-length: 5000\r\n", "a"), post("transfer-encoding: chunked\r\n", "fff\r\na")}));
  CAPTURE(bytes);
  Client client(home.port);
  if (!bytes.empty()) client.send(bytes);
  std::atomic<bool> over{false};
  const auto start = std::chrono::steady_clock::now();
  auto dripping = std::async(std::launch::async, [&] {
    while (!bytes.empty() && !over) client.drip('a'), std::this_thread::sleep_for(milliseconds(20));
  });

  CHECK(client.ended());
  over = true;
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(5000));
}

TEST_CASE("an address has so many connections, and so many requests", "[server][wire]") {
  Home few({}, 2);
  Client first(few.port), second(few.port);
  first.send(get("/hello"));
  second.send(get("/hello"));
  CHECK(status_of(first.answer()) == 200);
  CHECK(status_of(second.answer()) == 200);

  CHECK(Client(few.port).ended());

  Home slow({}, 0, 0.001);
  CHECK(status_of(slow.ask(get("/hello"))) == 200);
  CHECK(status_of(slow.ask(get("/hello"))) == 200);
  const auto third = slow.ask(get("/hello"));
  CHECK(status_of(third) == 429);
  CHECK(third.find("retry-after: ") != std::string::npos);
}

TEST_CASE("when all workers are busy and enough requests wait, the next is told to come again", "[server][wire]") {
  DoorRules rules;
  rules.workers = 1;
  rules.waiting = 1;
  Home home(rules);
  Client first(home.port), second(home.port);
  first.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();
  second.send(get("/hello"));
  home.await("daybook_requests_waiting 1");

  const auto busy = home.ask(get("/hello"));
  home.open.set_value();

  CHECK(status_of(busy) == 503);
  CHECK(busy.find("retry-after: 1\r\n") != std::string::npos);
  CHECK_FALSE(closes(busy));
  CHECK(status_of(first.answer()) == 200);
  CHECK(status_of(second.answer()) == 200);
}

TEST_CASE("what is answered from memory waits for no worker, and a body's bytes are none of it", "[server][wire]") {
  DoorRules rules;
  rules.workers = 1;
  rules.waiting = 1;
  Home home(rules);
  Client first(home.port), second(home.port);
  first.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();

  for (const auto* fields : {"", "content-length: 0\r\n"}) {
    second.send(get("/quick", fields));
    CHECK(body_of(second.answer()) == "quick\n");
  }
  second.send("HEAD /quick HTTP/1.1\r\nhost: x\r\n\r\n" + get("/quick"));
  const auto last = second.rest();
  home.open.set_value();
  const auto posted = home.ask("POST /quick HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");

  CHECK(status_of(last) == 400);
  CHECK(last.find("HTTP/1.1 ", 1) == std::string::npos);
  CHECK(status_of(posted) == 405);
  CHECK(status_of(first.answer()) == 200);
}

TEST_CASE("a door with workers of its own answers while all others are busy, and stops with them", "[server][wire]") {
  DoorRules rules;
  rules.workers = 1;
  Home home;
  Metrics metrics;
  std::vector<Door> doors = {{{"127.0.0.1", 0}, &home.service, {}, {}}, {{"127.0.0.1", 0}, &home.service, {}, {}, 1}};
  const auto started = HttpServer::start(rules, std::move(doors), HttpServer::Caps{&home.connections, &home.requests}, metrics, home.log);
  REQUIRE(started.has_value());
  const auto& server = started.value();
  Client busy(server->endpoints().front().port), waits(server->endpoints().front().port), apart(server->endpoints().back().port);
  busy.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();
  waits.send(get("/hello"));

  apart.send(get("/hello"));
  CHECK(status_of(apart.answer()) == 200);
  home.open.set_value();
  CHECK(status_of(busy.answer()) == 200);
  CHECK(status_of(waits.answer()) == 200);
  CHECK(server->drain(kPatience));
}

TEST_CASE("a drain ends idle connections at once, and others when they were answered", "[server][wire]") {
  Home home;
  Client idle(home.port), busy(home.port);
  idle.send(get("/hello"));
  CHECK(status_of(idle.answer()) == 200);
  busy.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();

  auto drained = std::async(std::launch::async, [&] { return home.server->drain(kPatience); });
  CHECK(idle.ended());
  home.open.set_value();
  const auto answer = busy.rest();

  CHECK(status_of(answer) == 200);
  CHECK(body_of(answer) == "waited\n");
  CHECK(closes(answer));
  CHECK(drained.get());
}

TEST_CASE("a connection ends after as many requests as it may have", "[server][wire]") {
  DoorRules rules;
  rules.requests_per_connection = 2;
  Home home(rules);
  Client client(home.port);

  client.send(get("/hello"));
  CHECK_FALSE(closes(client.answer()));
  client.send(get("/hello"));
  CHECK(closes(client.rest()));
}

TEST_CASE("X-Forwarded-For is believed from a proxy alone", "[server][wire]") {
  DoorRules rules;
  Home direct(rules);
  rules.proxies = {"127.0.0.1"};
  Home behind(rules);
  const auto asked = get("/peer", "x-forwarded-for: 198.51.100.1\r\nx-forwarded-for: 203.0.113.9\r\n");

  CHECK(body_of(direct.ask(asked)) == "127.0.0.1");
  CHECK(body_of(behind.ask(asked)) == "203.0.113.9");
}

TEST_CASE("where IPv6 and IPv4 come in by one door, an address is the same text as by its own", "[server][wire]") {
  DoorRules rules;
  rules.proxies = {"127.0.0.1"};
  Home home(rules, 0, 0, "::");

  CHECK(body_of(home.ask(get("/peer"))) == "127.0.0.1");
  CHECK(body_of(home.ask(get("/peer", "x-forwarded-for: 203.0.113.9\r\n"))) == "203.0.113.9");
}

TEST_CASE("a client that sends no more after its request gets its answer", "[server][wire][attack]") {
  Home home;
  Client client(home.port);
  client.send(get("/hello"));
  client.send_no_more();

  CHECK(body_of(client.rest()) == "hello\n");
}

TEST_CASE("clients that vanish leave nothing behind, whether they asked or not", "[server][wire][attack]") {
  Home home;
  Client idle(home.port), half(home.port), asked(home.port);
  half.send("GET /hel");
  asked.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();

  for (auto* client : {&idle, &half, &asked}) client->vanish();
  home.open.set_value();

  home.await("daybook_connections 0");
  CHECK(status_of(home.ask(get("/hello"))) == 200);
}

TEST_CASE("who does not read an answer, or reads it by the drop, is cut at the deadline, and nobody waits for them", "[server][wire][attack]") {
  Home home(hasty());
  const bool drop_by_drop = GENERATE(false, true);
  Client slow(home.port);
  slow.send(get("/large"));
  std::atomic<bool> over{false};
  auto reading = std::async(std::launch::async, [&] {
    while (drop_by_drop && !over) slow.sip(), std::this_thread::sleep_for(milliseconds(20));
  });

  CHECK(status_of(home.ask(get("/hello"))) == 200);
  home.await("daybook_connections 1");
  home.await("daybook_connections 0");

  over = true;
  reading.get();
  CHECK(slow.rest().size() < kLarge);
}

TEST_CASE("2,000 connections that do nothing keep nobody from being answered, and end when the service does", "[server][wire][attack]") {
  const FileLimit limit(8192);
  const size_t many = std::min<size_t>(2000, (limit.files - 200) / 2);
  Home home;
  std::vector<std::unique_ptr<Client>> idle;
  while (idle.size() < many) {
    idle.push_back(std::make_unique<Client>(home.port));
    idle.back()->send(get("/hello"));
  }
  for (const auto& client : idle) REQUIRE(status_of(client->answer()) == 200);

  CHECK(status_of(home.ask(get("/hello"))) == 200);
  CHECK(home.server->drain(kPatience));
  CHECK(std::all_of(idle.begin(), idle.end(), [](const auto& client) { return client->ended(); }));
}

TEST_CASE("without open files nobody new is let in, those who are go on, and when there are some again who waited is answered",
          "[server][wire][attack]") {
  const FileLimit limit(512);
  Home home;
  Client within(home.port);
  within.send(get("/hello"));
  CHECK(status_of(within.answer()) == 200);
  auto hoard = std::make_unique<Hoard>();
  hoard->leave_one();
  Client outside(home.port);  // has the last one
  outside.send(get("/hello"));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (home.has("daybook_accept_failures_total 0") && std::chrono::steady_clock::now() < end) std::this_thread::yield();

  CHECK_FALSE(home.has("daybook_accept_failures_total 0"));
  within.send(get("/hello"));
  CHECK(status_of(within.answer()) == 200);
  hoard.reset();
  CHECK(status_of(outside.answer()) == 200);
}

TEST_CASE("a stop that waited long enough ends while a request runs, and begins none of those that wait", "[server][wire][attack]") {
  DoorRules rules;
  rules.workers = 1;
  Home home(rules);
  Client running(home.port), waits(home.port);
  running.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();
  waits.send(get("/waits"));
  home.await("daybook_requests_waiting 1");

  CHECK_FALSE(home.server->drain(milliseconds(50)));
  CHECK(running.ended());
  CHECK(waits.ended());
  home.await("daybook_connections 0");
  home.open.set_value();
  home.server.reset();
  CHECK(home.waiting == 1);
}

TEST_CASE("a request that waited for longer than its answer may take is not begun", "[server][wire][attack]") {
  DoorRules rules;
  rules.workers = 1;
  rules.deadlines.handling = milliseconds(50);
  Home home(rules);
  Client running(home.port), waits(home.port);
  running.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();
  waits.send(get("/waits"));

  CHECK(status_of(running.answer()) == 503);
  CHECK(status_of(waits.answer()) == 503);
  home.open.set_value();
  CHECK(status_of(home.ask(get("/hello"))) == 200);
  CHECK(home.waiting == 1);
}

TEST_CASE("an answer that says no comes on a step of time, whatever it took", "[server][wire][S0-06]") {
  Home home;
  Client client(home.port);

  for (const auto& [path, status] : {std::pair{"/nothing", 404U}, {"/hello?unknown=1", 400U}, {"/in-vain", 200U}}) {
    for (int i = 0; i < 10; ++i) {
      const auto began = std::chrono::steady_clock::now();
      client.send(get(path));
      CHECK(status_of(client.answer()) == status);
      CHECK(std::chrono::steady_clock::now() - began >= milliseconds(4));
    }
  }
}

TEST_CASE("a drain waits for a body that comes, and answers it", "[server][wire]") {
  Home home;
  Client client(home.port);
  client.send(post("content-length: 4\r\nexpect: 100-continue\r\n", ""));
  CHECK(status_of(client.answer()) == 100);

  auto drained = std::async(std::launch::async, [&] { return home.server->drain(kPatience); });
  client.send("body");
  const auto answer = client.rest();

  CHECK(body_of(answer) == "body");
  CHECK(drained.get());
}

TEST_CASE("a body that is sent as it comes goes in chunks, and the connection goes on after the last", "[server][wire][streams]") {
  Home home;
  Client client(home.port);

  client.send(get("/parts"));
  const auto answer = client.until("0\r\n\r\n");
  client.send(get("/hello"));

  CHECK(status_of(answer) == 200);
  CHECK(answer.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(answer.find("content-length") == std::string::npos);
  CHECK(body_of(answer) == "7\r\na part\n\r\n7\r\na part\n\r\n0\r\n\r\n");  // a part of nothing is no chunk
  CHECK(body_of(client.answer()) == "hello\n");
  CHECK(home.streams.open() == 0);
}

TEST_CASE("HEAD of a body that is sent as it comes asks for no part", "[server][wire][streams]") {
  Home home;

  const auto answer = home.ask("HEAD /endless HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");

  CHECK(status_of(answer) == 200);
  CHECK(answer.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(body_of(answer).empty());
  CHECK(home.asked == 0);
}

TEST_CASE("a client sees that a body which broke off is not whole", "[server][wire][streams]") {
  Home home;
  Client client(home.port), other(home.port);

  client.send(get("/breaks"));
  other.send(get("/throws"));
  const auto broken = client.rest(), thrown = other.rest();

  CHECK(status_of(broken) == 200);
  CHECK(body_of(broken) == "6\r\nbegun\n\r\n");
  CHECK(status_of(thrown) == 200);
  CHECK(body_of(thrown).empty());
}

TEST_CASE("of a body that nobody reads no more is made than fits on the way, and the reader is cut", "[server][wire][streams][attack]") {
  Home home(hasty());
  const bool drop_by_drop = GENERATE(false, true);
  Client slow(home.port);
  slow.send(get("/endless"));
  std::atomic<bool> over{false};
  auto reading = std::async(std::launch::async, [&] {
    while (drop_by_drop && !over) slow.sip(), std::this_thread::sleep_for(milliseconds(20));
  });

  CHECK(status_of(home.ask(get("/hello"))) == 200);
  home.await("daybook_connections 1");
  home.await("daybook_connections 0");

  over = true;
  reading.get();
  CHECK(static_cast<size_t>(home.asked) * kPartBytes < kLarge);
  CHECK(home.streams.open() == 0);
}

TEST_CASE("a drain ends a body that has nothing to give at present, in order", "[server][wire][streams]") {
  Home home;
  Client client(home.port);
  client.send(get("/quiet"));
  CHECK(status_of(client.until("begun\n\r\n")) == 200);

  CHECK(home.server->drain(kPatience));
  CHECK(client.rest() == "0\r\n\r\n");
}

TEST_CASE("a stop does not wait for a reader of what has no end", "[server][wire][streams][attack]") {
  Home home;
  Client client(home.port);
  client.send(get("/endless"));
  CHECK(status_of(client.until("aaa")) == 200);

  CHECK_FALSE(home.server->drain(milliseconds(50)));
  const auto rest = client.rest();
  CHECK_FALSE(rest.ends_with("\r\n0\r\n\r\n"));
}

TEST_CASE("a reader who went while there was nothing to read leaves nothing behind", "[server][wire][streams][attack]") {
  Home home;
  Client client(home.port);
  client.send(get("/quiet"));
  CHECK(status_of(client.until("begun\n\r\n")) == 200);

  client.vanish();

  home.await("daybook_connections 0");
  CHECK(home.streams.open() == 0);
}

TEST_CASE("there are so many bodies at once that are sent as they come; one more is told to come again", "[server][wire][streams][attack]") {
  Home home;
  std::vector<std::unique_ptr<Client>> clients;
  while (clients.size() < 3) {
    clients.push_back(std::make_unique<Client>(home.port));
    clients.back()->send(get("/quiet"));
    CHECK(status_of(clients.back()->until("begun\n\r\n")) == 200);
  }

  const auto refused = home.ask(get("/quiet"));
  clients.front()->vanish();
  home.await("daybook_connections 2");

  CHECK(status_of(refused) == 503);
  CHECK(refused.find("retry-after: ") != std::string::npos);
  Client next(home.port);
  next.send(get("/quiet"));
  CHECK(status_of(next.until("begun\n\r\n")) == 200);
}

TEST_CASE("while all workers are busy a part waits, and is not lost", "[server][wire][streams]") {
  DoorRules rules;
  rules.workers = 1;
  rules.waiting = 1;
  Home home(rules);
  Client reader(home.port), first(home.port), second(home.port);
  reader.send(get("/quiet"));
  CHECK(status_of(reader.until("begun\n\r\n")) == 200);
  first.send(get("/waits"));
  while (home.waiting == 0) std::this_thread::yield();
  second.send(get("/hello"));
  home.await("daybook_requests_waiting 1");

  home.go_on = true;
  std::this_thread::sleep_for(milliseconds(250));  // in which it is tried, in vain
  CHECK(home.asked == 1);
  home.open.set_value();

  CHECK(reader.until("0\r\n\r\n") == "8\r\ngoes on\n\r\n0\r\n\r\n");
  CHECK(status_of(second.answer()) == 200);
}

TEST_CASE("a route may have a larger body than others", "[server][wire]") {
  Home home;
  const auto long_post = [](std::string_view fields, std::string_view body) {
    return fmt::format("POST /long HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nauthorization: x\r\n{}\r\n{}", fields, body);
  };
  const std::string body(900'000, 'a');

  CHECK(body_of(home.ask(long_post(fmt::format("content-length: {}\r\n", body.size()), body))) == "900000");
  CHECK(body_of(home.ask(long_post("transfer-encoding: chunked\r\n", fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body)))) == "900000");
  CHECK(status_of(home.ask(long_post("content-length: 1000001\r\n", ""))) == 413);
  CHECK(status_of(home.ask(long_post("transfer-encoding: chunked\r\n", "f4241\r\n"))) == 413);
  CHECK(status_of(home.ask(post("content-length: 262145\r\n", ""))) == 413);
  CHECK(status_of(home.ask("GET /long HTTP/1.1\r\nhost: x\r\n\r\n")) == 405);
}

TEST_CASE("two bodies larger than others may be are read at once, and a third is told to come again", "[server][wire][attack]") {
  Home home;
  const std::string body(900'000, 'a');
  const auto head = [](std::string_view fields) {
    return fmt::format("POST /long HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nauthorization: x\r\n{}\r\n", fields);
  };
  const auto large = head(fmt::format("expect: 100-continue\r\ncontent-length: {}\r\n", body.size()));
  Client first(home.port), second(home.port);
  for (auto* client : {&first, &second}) {
    client->send(large);
    CHECK(status_of(client->until("\r\n\r\n")) == 100);
  }

  const auto third = home.ask(large);

  CHECK(status_of(third) == 503);
  CHECK(third.find("retry-after: ") != std::string::npos);
  CHECK(status_of(home.ask(head("content-length: 2\r\n") + "aa")) == 200);
  for (auto* client : {&first, &second}) {
    client->send(body);
    CHECK(body_of(client->answer()) == "900000");
  }
}

TEST_CASE("who may not send a large body is told so before it is read, and takes no place of those who may", "[server][wire][attack]") {
  Home home;
  const std::string fields = "host: x\r\ncontent-type: text/plain\r\ncontent-length: 900000\r\n";
  const auto large = fmt::format("POST /long HTTP/1.1\r\n{}\r\n", fields);
  const auto known = fmt::format("POST /long HTTP/1.1\r\n{}authorization: x\r\nexpect: 100-continue\r\n\r\n", fields);
  std::vector<std::unique_ptr<Client>> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.push_back(std::make_unique<Client>(home.port));
    strangers.back()->send(large + "a");

    const auto told = strangers.back()->answer();

    CHECK(status_of(told) == 401);
    CHECK(closes(told));
  }
  Client first(home.port), second(home.port);
  for (auto* client : {&first, &second}) {
    client->send(known);
    CHECK(status_of(client->until("\r\n\r\n")) == 100);
  }
  CHECK(home.ask("POST /long HTTP/1.1\r\nhost: x\r\ncontent-type: text/html\r\nauthorization: x\r\ncontent-length: 900000\r\n\r\n").find("415") == 9);
}

TEST_CASE("a large body counts for as long as it is held, though nobody waits for its answer any more", "[server][wire][attack]") {
  DoorRules rules;
  rules.workers = 2;
  rules.deadlines.handling = milliseconds(50);
  Home home(rules);
  const std::string body(900'000, 'a');
  const std::string fields = "host: x\r\ncontent-type: text/plain\r\nexpect: 100-continue\r\n";
  const auto large = fmt::format("POST /keeps HTTP/1.1\r\n{}content-length: {}\r\n\r\n", fields, body.size());
  for (int i = 0; i < 2; ++i) {
    Client client(home.port);
    client.send(large);
    CHECK(status_of(client.until("\r\n\r\n")) == 100);
    client.send(body);
    CHECK(status_of(client.answer()) == 503);
  }

  CHECK(status_of(home.ask(large)) == 503);
  home.open.set_value();
  home.server->drain(kPatience);
  CHECK(home.waiting == 2);
}
