// A service with a few routes behind a door, for tests that are at it with sockets of their own.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "server/listener.h"
#include "server/problem.h"
#include "tests/server/raw_client.h"

namespace daybook::test {

inline constexpr size_t kLarge = 32 << 20;        // more than the system holds of what nobody reads
inline constexpr size_t kPartBytes = 1 << 20;     // of /endless
inline constexpr uint64_t kLongBody = 1'000'000;  // a larger one than others may have

inline std::string get(std::string_view path, std::string_view fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nhost: x\r\n{}\r\n", path, fields);
}
inline std::string post(std::string_view fields, std::string_view body) {
  return fmt::format("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n{}\r\n{}", fields, body);
}

// Until it is so, for as long as a test has patience.
template <class So>
void wait_until(const So& so) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!so() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  REQUIRE(so());
}

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
struct WireHome {
  explicit WireHome(const DoorRules& rules = {}, unsigned connections_each = 0, double requests_a_second = 0,
                    const std::string& address = "127.0.0.1")
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
    RawClient client(port);
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
    CAPTURE(figure);
    wait_until([&] { return has(figure); });
  }
  // Asks for what waits, and returns when a worker has it.
  void keep_busy(RawClient& client) const {
    client.send(get("/waits"));
    wait_until([&] { return waiting > 0; });
  }
  // Somebody asks for `path` and does not read it, or reads it by the drop, until they are cut, and nobody waits for them. What of it came.
  std::string read_until_cut(std::string_view path, bool drop_by_drop) {
    RawClient slow(port);
    slow.send(get(path));
    std::jthread reading([&](const std::stop_token& stop) {
      while (drop_by_drop && !stop.stop_requested()) slow.sip(), std::this_thread::sleep_for(std::chrono::milliseconds(20));
    });
    CHECK(status_of(ask(get("/hello"))) == 200);
    await("daybook_connections 1");
    await("daybook_connections 0");
    reading.request_stop();
    reading.join();
    return slow.rest();
  }

  std::promise<void> open;  // lets /waits go on
  std::shared_future<void> opened = open.get_future().share();
  std::atomic<int> waiting{0}, asked{0};  // who waits; parts that were asked for
  std::atomic<bool> go_on{false};         // lets /quiet go on
  StreamCount streams{3};
  uint16_t port = 0;
  std::unique_ptr<HttpServer> server;
};

// Deadlines that a test can wait for.
inline DoorRules hasty() {
  DoorRules rules;
  rules.deadlines.head = rules.deadlines.body = rules.deadlines.idle = rules.deadlines.write = std::chrono::milliseconds(200);
  return rules;
}

}  // namespace daybook::test
