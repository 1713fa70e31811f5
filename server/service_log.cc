#include "server/service_log.h"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "ledger/civil_time.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

void append_value(std::string& line, const LogField& field) {
  struct {
    std::string& line;
    void operator()(std::string_view text) const { line += json_string(text); }
    void operator()(int64_t number) const { line += std::to_string(number); }
    void operator()(double number) const { fmt::format_to(std::back_inserter(line), "{:.6g}", number); }
    void operator()(bool truth) const { line += truth ? "true" : "false"; }
  } append{line};
  std::visit(append, field.value);
}

// Standard error. Lines wait until they are flushed, or are many: each write is a call of the system.
class StandardError final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  static constexpr size_t kBytesMax = 64 * 1024;
  void sink_it_(const spdlog::details::log_msg& message) override {
    waiting_.append(message.payload.begin(), message.payload.end());
    waiting_ += '\n';
    if (waiting_.size() >= kBytesMax) flush_();
  }
  void flush_() override {
    std::fwrite(waiting_.data(), 1, waiting_.size(), stderr);
    std::fflush(stderr);
    waiting_.clear();
  }
  std::string waiting_;
};

}  // namespace

std::string log_line(Instant now, Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  line.reserve(512);
  fmt::format_to(std::back_inserter(line), R"({{"time":"{}","level":"{}","event":{})", to_text(now), kNames[static_cast<size_t>(severity)],
                 json_string(event));
  for (const auto& field : fields) {
    line += ',';
    line += json_string(field.name);
    line += ':';
    append_value(line, field);
  }
  return line += '}';
}

ServiceLog::ServiceLog(const Clock& clock, Severity least)
    : ServiceLog(clock, least, std::make_shared<spdlog::logger>("daybookd", std::make_shared<StandardError>())) {
  flushing_ = std::jthread([this](std::stop_token stop) { flush_what_waits(std::move(stop)); });
}

ServiceLog::ServiceLog(const Clock& clock, Severity least, std::shared_ptr<spdlog::logger> logger)
    : clock_(clock), least_(least), logger_(std::move(logger)) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::trace);
}

ServiceLog::~ServiceLog() {
  flushing_ = {};
  logger_->flush();
}

bool ServiceLog::put(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (severity < least_) return false;
  const auto line = log_line(clock_.now(), severity, event, fields);
  logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  return true;
}

void ServiceLog::write(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (put(severity, event, fields)) logger_->flush();
}

void ServiceLog::write_soon(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (severity == Severity::kError) return write(severity, event, fields);
  if (!put(severity, event, fields) || waits_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void ServiceLog::flush_what_waits(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return waits_.load(); })) {
    wake_.wait_for(lock, stop, kWait, [] { return false; });
    waits_ = false;
    logger_->flush();
  }
}

}  // namespace daybook
