#include "server/service_log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "ledger/civil_time.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

std::string value_text(const LogField& field) {
  struct {
    std::string operator()(const std::string& text) const { return json_string(text); }
    std::string operator()(int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  } text;
  return std::visit(text, field.value);
}

}  // namespace

std::string log_line(Instant now, Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", to_text(now), kNames[static_cast<size_t>(severity)], json_string(event));
  for (const auto& field : fields) line += fmt::format(",{}:{}", json_string(field.name), value_text(field));
  return line + "}";
}

ServiceLog::ServiceLog(const Clock& clock, Severity least)
    : ServiceLog(clock, least, std::make_shared<spdlog::logger>("daybookd", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

ServiceLog::ServiceLog(const Clock& clock, Severity least, std::shared_ptr<spdlog::logger> logger)
    : clock_(clock), least_(least), logger_(std::move(logger)) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::trace);
}

ServiceLog::~ServiceLog() { logger_->flush(); }

void ServiceLog::write(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (severity < least_) return;
  logger_->info("{}", log_line(clock_.now(), severity, event, fields));
}

}  // namespace daybook
