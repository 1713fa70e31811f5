// Time, chance and issuers that a test decides about.
#pragma once

#include <map>
#include <mutex>
#include <random>
#include <string>
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

}  // namespace daybook
