// The doors, over real sockets: what goes through is answered, what does not ends the connection, and all is bounded.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <future>
#include <thread>

#include "tests/server/wire_home.h"

namespace daybook::test {

using std::chrono::milliseconds;

TEST_CASE("requests are answered one after the other on one connection, whole or byte by byte", "[server][wire]") {
  WireHome home;
  RawClient client(home.port);

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
  WireHome home;
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
  RawClient client(home.port);

  client.send(bytes);
  const auto all = client.rest();

  CHECK(status_of(all) == 400);
  CHECK(closes(all));
  CHECK(all.find("HTTP/1.1 ", 1) == std::string::npos);  // one answer
  CHECK(all.find("application/problem+json") != std::string::npos);
}

TEST_CASE("too much is refused as such before it is held", "[server][wire]") {
  WireHome home;

  CHECK(status_of(home.ask("GET /" + std::string(5000, 'a'))) == 414);
  CHECK(status_of(home.ask(get("/hello", "a: " + std::string(9000, 'a')))) == 431);
  CHECK(status_of(home.ask(post("content-length: 262145\r\n", ""))) == 413);
  CHECK(status_of(home.ask(post("transfer-encoding: chunked\r\n", "40001\r\n"))) == 413);
  CHECK(status_of(home.ask(post("content-length: 3\r\nexpect: 100-continue\r\n", ""))) == 100);
  CHECK(status_of(home.ask(post("content-length: 262145\r\nexpect: 100-continue\r\n", ""))) == 413);
}

TEST_CASE("a slow client is cut at the deadline of the phase, however it drips", "[server][wire]") {
  WireHome home(hasty());
  const auto bytes = GENERATE(values<std::string>(
      {"", "GET /hello HTTP/1.1\r\nhost: x\r\n", post("content-length: 5000\r\n", "a"), post("transfer-encoding: chunked\r\n", "fff\r\na")}));
  CAPTURE(bytes);
  RawClient client(home.port);
  if (!bytes.empty()) client.send(bytes);
  const auto start = std::chrono::steady_clock::now();
  const std::jthread dripping([&](const std::stop_token& stop) {
    while (!bytes.empty() && !stop.stop_requested()) client.drip('a'), std::this_thread::sleep_for(milliseconds(20));
  });

  CHECK(client.ended());
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(5000));
}

TEST_CASE("an address has so many connections, and so many requests", "[server][wire]") {
  WireHome few({}, 2);
  RawClient first(few.port), second(few.port);
  first.send(get("/hello"));
  second.send(get("/hello"));
  CHECK(status_of(first.answer()) == 200);
  CHECK(status_of(second.answer()) == 200);

  CHECK(RawClient(few.port).ended());

  WireHome slow({}, 0, 0.001);
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
  WireHome home(rules);
  RawClient first(home.port), second(home.port);
  home.keep_busy(first);
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
  WireHome home(rules);
  RawClient first(home.port), second(home.port);
  home.keep_busy(first);

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
  WireHome home;
  Metrics metrics;
  std::vector<Door> doors = {{{"127.0.0.1", 0}, &home.service, {}, {}}, {{"127.0.0.1", 0}, &home.service, {}, {}, 1}};
  const auto started = HttpServer::start(rules, std::move(doors), HttpServer::Caps{&home.connections, &home.requests}, metrics, home.log);
  REQUIRE(started.has_value());
  const auto& server = started.value();
  RawClient busy(server->endpoints().front().port), waits(server->endpoints().front().port), apart(server->endpoints().back().port);
  home.keep_busy(busy);
  waits.send(get("/hello"));

  apart.send(get("/hello"));
  CHECK(status_of(apart.answer()) == 200);
  home.open.set_value();
  CHECK(status_of(busy.answer()) == 200);
  CHECK(status_of(waits.answer()) == 200);
  CHECK(server->drain(kPatience));
}

TEST_CASE("a drain ends idle connections at once, and others when they were answered", "[server][wire]") {
  WireHome home;
  RawClient idle(home.port), busy(home.port);
  idle.send(get("/hello"));
  CHECK(status_of(idle.answer()) == 200);
  home.keep_busy(busy);

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
  WireHome home(rules);
  RawClient client(home.port);

  client.send(get("/hello"));
  CHECK_FALSE(closes(client.answer()));
  client.send(get("/hello"));
  CHECK(closes(client.rest()));
}

TEST_CASE("X-Forwarded-For is believed from a proxy alone", "[server][wire]") {
  DoorRules rules;
  WireHome direct(rules);
  rules.proxies = {"127.0.0.1"};
  WireHome behind(rules);
  const auto asked = get("/peer", "x-forwarded-for: 198.51.100.1\r\nx-forwarded-for: 203.0.113.9\r\n");

  CHECK(body_of(direct.ask(asked)) == "127.0.0.1");
  CHECK(body_of(behind.ask(asked)) == "203.0.113.9");
}

TEST_CASE("where IPv6 and IPv4 come in by one door, an address is the same text as by its own", "[server][wire]") {
  DoorRules rules;
  rules.proxies = {"127.0.0.1"};
  WireHome home(rules, 0, 0, "::");

  CHECK(body_of(home.ask(get("/peer"))) == "127.0.0.1");
  CHECK(body_of(home.ask(get("/peer", "x-forwarded-for: 203.0.113.9\r\n"))) == "203.0.113.9");
}

TEST_CASE("an answer that says no comes on a step of time, whatever it took", "[server][wire][S0-06]") {
  WireHome home;
  RawClient client(home.port);

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
  WireHome home;
  RawClient client(home.port);
  client.send(post("content-length: 4\r\nexpect: 100-continue\r\n", ""));
  CHECK(status_of(client.answer()) == 100);

  auto drained = std::async(std::launch::async, [&] { return home.server->drain(kPatience); });
  client.send("body");
  const auto answer = client.rest();

  CHECK(body_of(answer) == "body");
  CHECK(drained.get());
}

TEST_CASE("a route may have a larger body than others", "[server][wire]") {
  WireHome home;
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

}  // namespace daybook::test
