// Requests that wait for what a thread of somebody else's ends, over real sockets: they hold no worker, and each gets its own answer.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/server/wire_home.h"

namespace daybook::test {
namespace {

using std::chrono::milliseconds;

// What has been begun and waits, of all requests.
class Waiting {
 public:
  void add(std::function<void()> ready) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(ready));
  }
  // Returns when so many wait.
  void await(size_t count) {
    wait_until([&] { return size() == count; });
  }
  void end_all() {
    std::vector<std::function<void()>> ready;
    {
      const std::lock_guard lock(mutex_);
      ready.swap(ready_);
    }
    for (auto& one : ready) one();
  }
  std::atomic<int> answered{0};

 private:
  size_t size() {
    const std::lock_guard lock(mutex_);
    return ready_.size();
  }
  std::mutex mutex_;
  std::vector<std::function<void()>> ready_;
};

class Slow final : public Later {
 public:
  Slow(Waiting& waiting, std::string body, bool quick) : waiting_(waiting), body_(std::move(body)), quick_(quick) {}
  void begin(std::function<void()> ready) override { waiting_.add(std::move(ready)); }
  bool quick() const override { return quick_; }
  Response response() override { return ++waiting_.answered, text_response(body_, Caching::kNever); }

 private:
  Waiting& waiting_;
  const std::string body_;
  const bool quick_;
};

// /slow/{name} answers its name when it is told to; /slow/{name}/long does it on a worker.
struct SlowHome {
  explicit SlowHome(const DoorRules& rules) : home(rules) {
    for (const bool quick : {true, false}) {
      home.router.add({Method::kGet, quick ? "/slow/{name}" : "/slow/{name}/long", {}, {}, [this, quick](const Request&, const Found& found) {
                         return Response{.later = std::make_shared<Slow>(waiting, found.path.at("name"), quick)};
                       }});
    }
  }
  ~SlowHome() { waiting.end_all(); }  // the service waits for them
  Waiting waiting;
  WireHome home;
};

DoorRules one_worker() {
  DoorRules rules;
  rules.workers = 1;
  rules.waiting = 4;
  return rules;
}

}  // namespace

TEST_CASE("requests that wait hold no worker and no place before one, and each gets its own answer", "[server][wire][later]") {
  SlowHome slow(one_worker());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (size_t i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(slow.home.port));
    clients.back()->send(get("/slow/" + std::to_string(i) + (i < 3 ? "/long" : "")));
    slow.waiting.await(i + 1);
  }

  const auto meanwhile = slow.home.ask(get("/hello"));
  slow.waiting.end_all();

  CHECK(status_of(meanwhile) == 200);
  for (size_t i = 0; i < clients.size(); ++i) {
    const auto answer = clients[i]->answer();
    CHECK(status_of(answer) == 200);
    CHECK(body_of(answer) == std::to_string(i));
  }
}

TEST_CASE("what waits for the ledger does so without the body that it came with", "[server][wire][later]") {
  SlowHome slow(one_worker());
  std::atomic<const Request*> asked{nullptr};
  std::atomic<size_t> bytes{0};
  slow.home.router.add({Method::kPost, "/slow", {}, "text/plain", [&](const Request& request, const Found&) {
                          asked = &request;
                          bytes = request.body.size();
                          return Response{.later = std::make_shared<Slow>(slow.waiting, "done", true)};
                        }});
  RawClient client(slow.home.port);

  client.send("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n" + std::string(1000, 'a'));
  slow.waiting.await(1);

  CHECK(bytes == 1000);
  CHECK(asked.load()->body.capacity() < 1000);
  slow.waiting.end_all();
  CHECK(body_of(client.answer()) == "done");
}

TEST_CASE("what a worker is to answer is never answered on the socket's thread, however many wait for a worker", "[server][wire][later]") {
  auto rules = one_worker();
  rules.waiting = 1;
  SlowHome slow(rules);
  RawClient client(slow.home.port), busy(slow.home.port), next(slow.home.port);
  client.send(get("/slow/begun/long"));
  slow.waiting.await(1);
  slow.home.keep_busy(busy);
  next.send(get("/hello"));
  slow.home.await("daybook_requests_waiting 1");

  slow.waiting.end_all();
  slow.home.await("daybook_requests_waiting 2");
  const auto meanwhile = slow.home.ask(get("/quick"));

  CHECK(status_of(meanwhile) == 200);
  CHECK(slow.waiting.answered == 0);
  slow.home.open.set_value();
  CHECK(body_of(client.answer()) == "begun");
  CHECK(status_of(next.answer()) == 200);
}

TEST_CASE("who waits past the deadline is told so, and what comes then is nobody's", "[server][wire][later]") {
  DoorRules rules;
  rules.deadlines.handling = milliseconds(500);
  SlowHome slow(rules);
  RawClient client(slow.home.port);
  client.send(get("/slow/late"));
  slow.waiting.await(1);

  const auto answer = client.answer();
  slow.waiting.end_all();

  CHECK(status_of(answer) == 503);
  CHECK(status_of(slow.home.ask(get("/hello"))) == 200);
}

TEST_CASE("a service ends when all that it began has come back, not before", "[server][wire][later]") {
  SlowHome slow(one_worker());
  RawClient client(slow.home.port);
  client.send(get("/slow/last"));
  slow.waiting.await(1);
  std::atomic<bool> ended{false};
  std::jthread ending([&] {
    slow.home.server.reset();
    ended = true;
  });

  CHECK(client.ended());
  std::this_thread::sleep_for(milliseconds(50));
  CHECK_FALSE(ended);
  slow.waiting.end_all();
  ending.join();
  CHECK(ended);
}

}  // namespace daybook::test
