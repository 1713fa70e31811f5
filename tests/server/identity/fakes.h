// Time, chance and issuers that a test decides about.
#pragma once

#include <atomic>
#include <latch>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ledger/clock.h"
#include "ledger/digest.h"
#include "server/identity/fetch.h"

namespace daybook {

class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  std::chrono::microseconds running() const override { return running_; }
  void pass(std::chrono::seconds time) { now_ += time, running_ += time; }
  void set_back(std::chrono::seconds time) { now_ -= time; }  // what somebody does to the wall clock

 private:
  Instant now_{std::chrono::seconds(1'800'000'000)};
  std::chrono::microseconds running_{std::chrono::seconds(5)};
};

class SeededRandomness final : public Randomness {
 public:
  void fill(std::span<uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937 engine_{7};
};

// Answers by address, and remembers what was asked. An address that it does not know does not answer.
class FakeNetwork {
 public:
  void serve(const std::string& url, std::string body, unsigned status = 200, std::string type = "application/json") {
    const std::lock_guard lock(mutex_);
    answers_[url] = {status, std::move(type), std::move(body)};
  }
  void silence(const std::string& url) {
    const std::lock_guard lock(mutex_);
    answers_.erase(url);
  }
  std::vector<FetchRequest> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  Fetch fetch() {
    return [this](const FetchRequest& request) -> Result<FetchAnswer> {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      const auto found = answers_.find(request.url.text());
      if (found == answers_.end()) return Error{Fault::kBusy, request.url.text() + ": no answer"};
      return found->second;
    };
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, FetchAnswer> answers_;
  std::vector<FetchRequest> asked_;
};

// An issuer that answers nobody until it is let.
class SilentIssuer {
 public:
  explicit SilentIssuer(std::string body) : body_(std::move(body)) {}
  Fetch fetch() {
    return [this](const FetchRequest&) -> Result<FetchAnswer> {
      asking_.count_down();
      answer_.wait();
      return FetchAnswer{200, "application/json", body_};
    };
  }

  struct Fared {
    int told_at_once = 0;  // that there is no answer, while the issuer was silent
    int answered = 0;
  };
  // How eleven fare: one who makes somebody ask, and ten who come while it is silent. It answers when eight of them were told that there is no
  // answer. `ask`: whether there was one.
  template <class Ask>
  Fared ask_eleven(const Ask& ask) {
    std::atomic<int> answered = 0, busy = 0;
    const auto look = [&] { ++(ask() ? answered : busy); };
    std::vector<std::jthread> threads;
    threads.emplace_back(look);
    asking_.wait();
    for (int i = 0; i < 10; ++i) threads.emplace_back(look);
    for (int i = 0; i < 5000 && busy < 8; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    Fared fared{.told_at_once = busy};
    answer_.count_down();
    threads.clear();
    fared.answered = answered;
    return fared;
  }

 private:
  const std::string body_;
  std::latch asking_{1}, answer_{1};
};

}  // namespace daybook
