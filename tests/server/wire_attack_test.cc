// The doors, over real sockets, with clients that vanish, do not read, or are too many: nobody holds one longer than the deadlines say.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <thread>

#include "tests/server/wire_home.h"

namespace daybook::test {

using std::chrono::milliseconds;

namespace {

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

}  // namespace

TEST_CASE("a client that sends no more after its request gets its answer", "[server][wire][attack]") {
  WireHome home;
  RawClient client(home.port);
  client.send(get("/hello"));
  client.send_no_more();

  CHECK(body_of(client.rest()) == "hello\n");
}

TEST_CASE("clients that vanish leave nothing behind, whether they asked or not", "[server][wire][attack]") {
  WireHome home;
  RawClient idle(home.port), half(home.port), asked(home.port);
  half.send("GET /hel");
  home.keep_busy(asked);

  for (auto* client : {&idle, &half, &asked}) client->vanish();
  home.open.set_value();

  home.await("daybook_connections 0");
  CHECK(status_of(home.ask(get("/hello"))) == 200);
}

TEST_CASE("who does not read an answer, or reads it by the drop, is cut at the deadline, and nobody waits for them", "[server][wire][attack]") {
  WireHome home(hasty());

  const auto came = home.read_until_cut("/large", GENERATE(false, true));

  CHECK(came.size() < kLarge);
}

TEST_CASE("2,000 connections that do nothing keep nobody from being answered, and end when the service does", "[server][wire][attack]") {
  const FileLimit limit(8192);
  const size_t many = std::min<size_t>(2000, (limit.files - 200) / 2);
  WireHome home;
  std::vector<std::unique_ptr<RawClient>> idle;
  while (idle.size() < many) {
    idle.push_back(std::make_unique<RawClient>(home.port));
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
  WireHome home;
  RawClient within(home.port);
  within.send(get("/hello"));
  CHECK(status_of(within.answer()) == 200);
  auto hoard = std::make_unique<Hoard>();
  hoard->leave_one();
  RawClient outside(home.port);  // has the last one
  outside.send(get("/hello"));

  wait_until([&] { return !home.has("daybook_accept_failures_total 0"); });
  within.send(get("/hello"));
  CHECK(status_of(within.answer()) == 200);
  hoard.reset();
  CHECK(status_of(outside.answer()) == 200);
}

TEST_CASE("a stop that waited long enough ends while a request runs, and begins none of those that wait", "[server][wire][attack]") {
  DoorRules rules;
  rules.workers = 1;
  WireHome home(rules);
  RawClient running(home.port), waits(home.port);
  home.keep_busy(running);
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
  WireHome home(rules);
  RawClient running(home.port), waits(home.port);
  home.keep_busy(running);
  waits.send(get("/waits"));

  CHECK(status_of(running.answer()) == 503);
  CHECK(status_of(waits.answer()) == 503);
  home.open.set_value();
  CHECK(status_of(home.ask(get("/hello"))) == 200);
  CHECK(home.waiting == 1);
}

TEST_CASE("two bodies larger than others may be are read at once, and a third is told to come again", "[server][wire][attack]") {
  WireHome home;
  const std::string body(900'000, 'a');
  const auto head = [](std::string_view fields) {
    return fmt::format("POST /long HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nauthorization: x\r\n{}\r\n", fields);
  };
  const auto large = head(fmt::format("expect: 100-continue\r\ncontent-length: {}\r\n", body.size()));
  RawClient first(home.port), second(home.port);
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
  WireHome home;
  const std::string fields = "host: x\r\ncontent-type: text/plain\r\ncontent-length: 900000\r\n";
  const auto large = fmt::format("POST /long HTTP/1.1\r\n{}\r\n", fields);
  const auto known = fmt::format("POST /long HTTP/1.1\r\n{}authorization: x\r\nexpect: 100-continue\r\n\r\n", fields);
  std::vector<std::unique_ptr<RawClient>> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.push_back(std::make_unique<RawClient>(home.port));
    strangers.back()->send(large + "a");

    const auto told = strangers.back()->answer();

    CHECK(status_of(told) == 401);
    CHECK(closes(told));
  }
  RawClient first(home.port), second(home.port);
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
  WireHome home(rules);
  const std::string body(900'000, 'a');
  const std::string fields = "host: x\r\ncontent-type: text/plain\r\nexpect: 100-continue\r\n";
  const auto large = fmt::format("POST /keeps HTTP/1.1\r\n{}content-length: {}\r\n\r\n", fields, body.size());
  for (int i = 0; i < 2; ++i) {
    RawClient client(home.port);
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

}  // namespace daybook::test
