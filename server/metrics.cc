#include "server/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/require.h"

namespace daybook {
namespace {

std::string label_text(const MetricLabels& labels, std::string_view more = "") {
  std::string text;
  for (const auto& [name, value] : labels) text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, value);
  if (!more.empty()) text += (text.empty() ? "" : ",") + std::string(more);
  return text.empty() ? "" : "{" + text + "}";
}

bool is_plain(const MetricLabels& labels) {
  return std::all_of(labels.begin(), labels.end(), [](const auto& label) { return label.second.find_first_of("\"\\\n") == std::string::npos; });
}

}  // namespace

void Histogram::observe(double measure) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), measure);
  counts_[static_cast<size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(measure, std::memory_order_relaxed);
}

Metrics::Family& Metrics::family(const std::string& name, const std::string& help) {
  auto& family = families_[name];
  family.help = help;
  return family;
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  require(is_plain(labels), "labels are words of ours");
  const std::lock_guard lock(mutex_);
  return family(name, help).counters[labels];
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const MetricLabels& labels, const Histogram::Bounds& bounds) {
  require(is_plain(labels), "labels are words of ours");
  const std::lock_guard lock(mutex_);
  return family(name, help).histograms.try_emplace(labels, bounds).first->second;
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> value) {
  const std::lock_guard lock(mutex_);
  family(name, help).gauge = std::move(value);
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name,
                        family.gauge              ? "gauge"
                        : family.counters.empty() ? "histogram"
                                                  : "counter");
    if (family.gauge) text += fmt::format("{} {}\n", name, family.gauge());
    for (const auto& [labels, counter] : family.counters) text += fmt::format("{}{} {}\n", name, label_text(labels), counter.value());
    for (const auto& [labels, histogram] : family.histograms) {
      uint64_t sum = 0;
      for (size_t i = 0; i < histogram.counts_.size(); ++i) {
        sum += histogram.counts_[i].load(std::memory_order_relaxed);
        const auto bound = i < histogram.bounds_.size() ? fmt::format("le=\"{}\"", histogram.bounds_[i]) : std::string("le=\"+Inf\"");
        text += fmt::format("{}_bucket{} {}\n", name, label_text(labels, bound), sum);
      }
      text += fmt::format("{}_sum{} {}\n", name, label_text(labels), histogram.sum_.load(std::memory_order_relaxed));
      text += fmt::format("{}_count{} {}\n", name, label_text(labels), sum);
    }
  }
  return text;
}

}  // namespace daybook
