// The doors, over real sockets: answers that are sent as they come, and those who read them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <thread>

#include "tests/server/wire_home.h"

namespace daybook::test {

using std::chrono::milliseconds;

TEST_CASE("a body that is sent as it comes goes in chunks, and the connection goes on after the last", "[server][wire][streams]") {
  WireHome home;
  RawClient client(home.port);

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
  WireHome home;

  const auto answer = home.ask("HEAD /endless HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");

  CHECK(status_of(answer) == 200);
  CHECK(answer.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(body_of(answer).empty());
  CHECK(home.asked == 0);
}

TEST_CASE("a client sees that a body which broke off is not whole", "[server][wire][streams]") {
  WireHome home;
  RawClient client(home.port), other(home.port);

  client.send(get("/breaks"));
  other.send(get("/throws"));
  const auto broken = client.rest(), thrown = other.rest();

  CHECK(status_of(broken) == 200);
  CHECK(body_of(broken) == "6\r\nbegun\n\r\n");
  CHECK(status_of(thrown) == 200);
  CHECK(body_of(thrown).empty());
}

TEST_CASE("of a body that nobody reads no more is made than fits on the way, and the reader is cut", "[server][wire][streams][attack]") {
  WireHome home(hasty());

  home.read_until_cut("/endless", GENERATE(false, true));

  CHECK(static_cast<size_t>(home.asked) * kPartBytes < kLarge);
  CHECK(home.streams.open() == 0);
}

TEST_CASE("a drain ends a body that has nothing to give at present, in order", "[server][wire][streams]") {
  WireHome home;
  RawClient client(home.port);
  client.send(get("/quiet"));
  CHECK(status_of(client.until("begun\n\r\n")) == 200);

  CHECK(home.server->drain(kPatience));
  CHECK(client.rest() == "0\r\n\r\n");
}

TEST_CASE("a stop does not wait for a reader of what has no end", "[server][wire][streams][attack]") {
  WireHome home;
  RawClient client(home.port);
  client.send(get("/endless"));
  CHECK(status_of(client.until("aaa")) == 200);

  CHECK_FALSE(home.server->drain(milliseconds(50)));
  const auto rest = client.rest();
  CHECK_FALSE(rest.ends_with("\r\n0\r\n\r\n"));
}

TEST_CASE("a reader who went while there was nothing to read leaves nothing behind", "[server][wire][streams][attack]") {
  WireHome home;
  RawClient client(home.port);
  client.send(get("/quiet"));
  CHECK(status_of(client.until("begun\n\r\n")) == 200);

  client.vanish();

  home.await("daybook_connections 0");
  CHECK(home.streams.open() == 0);
}

TEST_CASE("there are so many bodies at once that are sent as they come; one more is told to come again", "[server][wire][streams][attack]") {
  WireHome home;
  std::vector<std::unique_ptr<RawClient>> clients;
  while (clients.size() < 3) {
    clients.push_back(std::make_unique<RawClient>(home.port));
    clients.back()->send(get("/quiet"));
    CHECK(status_of(clients.back()->until("begun\n\r\n")) == 200);
  }

  const auto refused = home.ask(get("/quiet"));
  clients.front()->vanish();
  home.await("daybook_connections 2");

  CHECK(status_of(refused) == 503);
  CHECK(refused.find("retry-after: ") != std::string::npos);
  RawClient next(home.port);
  next.send(get("/quiet"));
  CHECK(status_of(next.until("begun\n\r\n")) == 200);
}

TEST_CASE("while all workers are busy a part waits, and is not lost", "[server][wire][streams]") {
  DoorRules rules;
  rules.workers = 1;
  rules.waiting = 1;
  WireHome home(rules);
  RawClient reader(home.port), first(home.port), second(home.port);
  reader.send(get("/quiet"));
  CHECK(status_of(reader.until("begun\n\r\n")) == 200);
  home.keep_busy(first);
  second.send(get("/hello"));
  home.await("daybook_requests_waiting 1");

  home.go_on = true;
  std::this_thread::sleep_for(milliseconds(250));  // in which it is tried, in vain
  CHECK(home.asked == 1);
  home.open.set_value();

  CHECK(reader.until("0\r\n\r\n") == "8\r\ngoes on\n\r\n0\r\n\r\n");
  CHECK(status_of(second.answer()) == 200);
}

}  // namespace daybook::test
