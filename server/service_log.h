// The service's own log: lines of JSON, through spdlog. It tells what the service did, never what was asked about: no target, no query, no field, no
// body. Every text is escaped, so that one event is one line and no terminal acts on it.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "ledger/clock.h"

namespace spdlog {
class logger;
}

namespace daybook {

enum class Severity { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;  // ours
  std::variant<std::string, int64_t, double, bool> value;
};

// {"time":"...","level":"info","event":"request","status":200,...}
std::string log_line(Instant now, Severity severity, std::string_view event, std::initializer_list<LogField> fields);

class ServiceLog {
 public:
  // Writes to standard error, from any thread. The clock is borrowed.
  ServiceLog(const Clock& clock, Severity least);
  // Or where the logger does.
  ServiceLog(const Clock& clock, Severity least, std::shared_ptr<spdlog::logger> logger);
  ~ServiceLog();

  void write(Severity severity, std::string_view event, std::initializer_list<LogField> fields);

 private:
  const Clock& clock_;
  const Severity least_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace daybook
