#include "server/worker_pool.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <string>

using namespace daybook;

namespace {

// A job that is begun, and goes on when it is let.
struct Held {
  std::promise<void> began, let;
  std::function<void()> job() {
    return [this] {
      began.set_value();
      let.get_future().wait();
    };
  }
};

}  // namespace

TEST_CASE("patient jobs have as many threads as they may, and the others are done beside them", "[server][workers][attack]") {
  std::atomic<int> patient{0};
  Held first;
  {
    WorkerPool pool(4, 64, 1);
    pool.submit_patient(first.job());
    first.began.get_future().wait();
    for (int i = 0; i < 8; ++i) CHECK(pool.submit_patient([&] { ++patient; }));
    std::promise<void> done;

    pool.submit([&] { done.set_value(); });

    done.get_future().wait();
    CHECK(patient == 0);
    CHECK(pool.waiting() == 8);
    first.let.set_value();
  }
  CHECK(patient == 8);  // a pool that stops does what waits
}

TEST_CASE("where threads are fewer than processors, patient jobs leave half of the threads to the others", "[server][workers][attack]") {
  Held first, second;
  std::promise<void> done;
  {
    WorkerPool pool(2, 64);
    pool.submit_patient(first.job());
    first.began.get_future().wait();
    pool.submit_patient(second.job());

    pool.submit([&] { done.set_value(); });

    CHECK(done.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    first.let.set_value();
    second.let.set_value();
  }
}

TEST_CASE("a patient job waits for no more than one of the others, however many there are", "[server][workers]") {
  Held first;
  std::string order;  // of one thread
  {
    WorkerPool pool(1, 64, 1);
    pool.submit(first.job());
    first.began.get_future().wait();
    for (int i = 0; i < 4; ++i) pool.submit([&] { order += 'j'; });
    for (int i = 0; i < 4; ++i) pool.submit_patient([&] { order += 'p'; });

    first.let.set_value();
  }
  CHECK(order == "pjpjpjpj");
}

TEST_CASE("patient jobs leave half of the places to the others", "[server][workers][attack]") {
  Held first;
  {
    WorkerPool pool(1, 4, 1);
    pool.submit(first.job());
    first.began.get_future().wait();

    CHECK(pool.submit_patient([] {}));
    CHECK(pool.submit_patient([] {}));
    CHECK_FALSE(pool.submit_patient([] {}));
    CHECK(pool.submit([] {}));
    CHECK(pool.submit([] {}));
    CHECK_FALSE(pool.submit([] {}));
    first.let.set_value();
  }
}

TEST_CASE("what was begun finds a place where others find none", "[server][workers]") {
  Held first;
  int done = 0;
  {
    WorkerPool pool(1, 1);
    pool.submit(first.job());
    first.began.get_future().wait();
    CHECK(pool.submit([&] { ++done; }));
    CHECK_FALSE(pool.submit([&] { ++done; }));

    pool.submit_begun([&] { ++done; });

    CHECK(pool.waiting() == 2);
    first.let.set_value();
  }
  CHECK(done == 2);
}
