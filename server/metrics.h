// Figures for operators, in the text form of Prometheus (0.0.4). Names and labels are ours: nothing that a stranger sends becomes one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace daybook {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// How often a measure was up to each bound.
class Histogram {
 public:
  using Bounds = std::array<double, 12>;
  static constexpr Bounds kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};
  static constexpr Bounds kNumbers{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096};
  explicit Histogram(const Bounds& bounds) : bounds_(bounds) {}
  void observe(double measure);
  void observe(std::chrono::nanoseconds time) { observe(std::chrono::duration<double>(time).count()); }

 private:
  friend class Metrics;
  const Bounds bounds_;
  std::array<std::atomic<uint64_t>, std::tuple_size_v<Bounds> + 1> counts_{};
  std::atomic<double> sum_{0};
};

// Any thread may ask for a figure or change one. What is handed out lives as long as this.
class Metrics {
 public:
  // The figure with that name and those labels; the first call makes it.
  Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const MetricLabels& labels = {},
                       const Histogram::Bounds& bounds = Histogram::kSeconds);
  // Asked when the figures are written; it must be quick, and may be called from any thread.
  void gauge(const std::string& name, const std::string& help, std::function<double()> value);

  std::string text() const;

 private:
  struct Family {  // what has one name
    std::string help;
    std::map<MetricLabels, Counter> counters;
    std::map<MetricLabels, Histogram> histograms;
    std::function<double()> gauge;
  };
  Family& family(const std::string& name, const std::string& help);
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

}  // namespace daybook
