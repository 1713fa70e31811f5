#include "server/caps.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <thread>

#include "server/worker_pool.h"

using namespace daybook;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("an address counts by its network", "[server][caps]") {
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(network_of("2001:db8:1:2::9") == network_of("2001:db8:1:2:ffff::"));
  CHECK(network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9"));
}

TEST_CASE("X-Forwarded-For is believed as far as trusted proxies wrote it", "[server][caps]") {
  const std::vector<std::string> proxies = {"10.0.0.1", "10.0.0.2"};

  CHECK(client_address("192.0.2.7", "203.0.113.9", proxies) == "192.0.2.7");
  CHECK(client_address("10.0.0.1", "", proxies) == "10.0.0.1");
  CHECK(client_address("10.0.0.1", "203.0.113.9", proxies) == "203.0.113.9");
  CHECK(client_address("10.0.0.1", "198.51.100.1, 203.0.113.9", proxies) == "203.0.113.9");
  CHECK(client_address("10.0.0.1", "203.0.113.9,10.0.0.2", proxies) == "203.0.113.9");
  CHECK(client_address("10.0.0.1", "203.0.113.9, unknown", proxies) == "10.0.0.1");
  CHECK(client_address("10.0.0.1", "203.0.113.9, nobody, 10.0.0.2", proxies) == "10.0.0.2");
  CHECK(client_address("10.0.0.1", "10.0.0.2, 10.0.0.2", proxies) == "10.0.0.2");
  CHECK(client_address("10.0.0.1", "2001:db8::1", proxies) == "2001:db8::1");
  CHECK(client_address("10.0.0.1", "203.0.113.9, ::ffff:10.0.0.2", proxies) == "203.0.113.9");
}

TEST_CASE("an address has so many connections and no more, and those that leave make room", "[server][caps]") {
  ConnectionCaps caps(2);

  CHECK(caps.enter("a"));
  CHECK(caps.enter("a"));
  CHECK_FALSE(caps.enter("a"));
  CHECK(caps.enter("b"));
  caps.leave("a");
  CHECK(caps.enter("a"));
  CHECK_FALSE(caps.enter("a"));
  ConnectionCaps none(0);
  for (int i = 0; i < 1000; ++i) CHECK(none.enter("a"));
}

TEST_CASE("a rate holds in the long run, with a burst for who was quiet, and says when to come again", "[server][caps]") {
  RateCaps caps(2, 5);
  const RateCaps::Moment start{};

  for (int i = 0; i < 5; ++i) CHECK_FALSE(caps.take("a", start));
  CHECK(caps.take("a", start) == seconds(1));
  CHECK_FALSE(caps.take("b", start));
  CHECK(caps.take("a", start + milliseconds(499)) == seconds(1));
  CHECK_FALSE(caps.take("a", start + milliseconds(500)));
  CHECK(caps.take("a", start + milliseconds(500)) == seconds(1));
  for (int i = 0; i < 5; ++i) CHECK_FALSE(caps.take("a", start + seconds(60)));
  CHECK(caps.take("a", start + seconds(60)).has_value());
  RateCaps slow(0.1, 1);
  CHECK_FALSE(slow.take("a", start));
  CHECK(slow.take("a", start) == seconds(10));
}

TEST_CASE("whoever comes from very many addresses shares one allowance with the others of that kind", "[server][caps]") {
  RateCaps caps(1, 2);
  const RateCaps::Moment start{};
  size_t let_in = 0;
  for (size_t i = 0; i < RateCaps::kKeysMax + 10'000; ++i) let_in += caps.take(std::to_string(i), start) ? 0 : 1;

  CHECK(let_in <= RateCaps::kKeysMax + 2);
  CHECK_FALSE(caps.take("late", start + seconds(3)).has_value());
}

TEST_CASE("a user has so many requests handled at once, and so many a second, and is not charged for what is refused", "[server][caps]") {
  UserCaps caps(2, 1, 3);
  const RateCaps::Moment start{};
  const auto place_of = [&](const std::string& user, RateCaps::Moment now) {
    auto entered = caps.enter(user, now);
    const auto* place = std::get_if<UserCaps::Place>(&entered);
    return place ? *place : UserCaps::Place();
  };
  auto first = place_of("a", start), second = place_of("a", start);

  CHECK((first && second));
  CHECK_FALSE(place_of("a", start));
  CHECK(place_of("b", start));
  first.reset();
  CHECK(place_of("a", start));        // the third of the burst: what found no place took none
  CHECK_FALSE(place_of("a", start));  // a place, but the burst is over
  CHECK(std::get<seconds>(caps.enter("a", start)) == seconds(1));
  CHECK(place_of("a", start + seconds(1)));
}

TEST_CASE("of slow work so much is done at once, a few wait for their turn, and the next is sent away at once", "[server][caps]") {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  Turns turns(1, 1);
  auto first = turns.take(now());
  REQUIRE(first.has_value());
  CHECK(turns.take(now()).error().fault == Fault::kBusy);  // it was nobody's turn in time, and nobody waits any more
  std::atomic<bool> given{false};
  std::jthread waits([&] {
    while (!given) given = turns.take(now() + seconds(60)).has_value();  // while we look below, we are the one who waits
  });
  while (turns.take(now()).error().message.find("too many wait") == std::string::npos) std::this_thread::yield();

  const auto before = now();
  CHECK(turns.take(before + seconds(60)).error().fault == Fault::kBusy);
  CHECK(now() < before + seconds(30));
  first.value().reset();
  waits.join();

  CHECK(given);
  CHECK(turns.take(now()).has_value());
}

TEST_CASE("no more jobs wait than may, each that was taken is done, also those that wait at the end", "[server][workers]") {
  std::atomic<int> done{0};
  std::mutex gate;
  int taken = 0;
  {
    gate.lock();
    WorkerPool pool(1, 3);
    while (pool.submit([&] {
      const std::lock_guard wait(gate);
      ++done;
    })) {
      ++taken;
      REQUIRE(taken <= 4);
    }
    CHECK(taken >= 3);
    CHECK(pool.waiting() == 3);
    gate.unlock();
  }
  CHECK(done == taken);
}
