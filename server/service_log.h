// The service's own log: lines of JSON, through spdlog. It tells what the service did, never what was asked about: no target, no query, no field, no
// body. Every text is escaped, so that one event is one line and no terminal acts on it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "ledger/clock.h"

namespace spdlog {
class logger;
}

namespace daybook {

enum class Severity { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;                                        // ours
  std::variant<std::string_view, int64_t, double, bool> value;  // borrowed for the call that it is given to
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

  // The same for a line of each request: up to kError it may wait so long for others to go with, and is lost if the process is killed meanwhile.
  static constexpr std::chrono::milliseconds kWait{50};
  void write_soon(Severity severity, std::string_view event, std::initializer_list<LogField> fields);

 private:
  bool put(Severity severity, std::string_view event, std::initializer_list<LogField> fields);
  void flush_what_waits(std::stop_token stop);
  const Clock& clock_;
  const Severity least_;
  std::shared_ptr<spdlog::logger> logger_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::atomic<bool> waits_{false};  // a line, for flushing_, which is told under mutex_
  std::jthread flushing_;
};

}  // namespace daybook
