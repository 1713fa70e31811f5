// Behind a proxy: of whom the log tells.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <sstream>

#include "server/listener.h"
#include "tests/server/raw_client.h"

namespace daybook::test {

TEST_CASE("the log names the client that a proxy speaks for, also where it is refused before it is handled", "[server][wire][log]") {
  const SystemClock clock;
  std::ostringstream lines;
  std::optional<ServiceLog> log(std::in_place, clock, Severity::kInfo,
                                std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)));
  Metrics metrics;
  Router router;
  router.add({Method::kGet, "/hello", {}, {}, [](const Request&, const Found&) { return text_response("hello\n", Caching::kNever); }});
  const Service service("public", router, metrics, *log);
  ConnectionCaps connections(0);
  RateCaps requests(0.001, 1);
  DoorRules rules;
  rules.proxies = {"127.0.0.1"};
  auto server = HttpServer::start(rules, {{{"127.0.0.1", 0}, &service, "", ""}}, {&connections, &requests}, metrics, *log).value();

  for (const unsigned status : {200U, 429U}) {
    RawClient proxy(server->endpoints().front().port);
    proxy.send("GET /hello HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 203.0.113.9\r\n\r\n");
    CHECK(status_of(proxy.answer()) == status);
  }
  server.reset();
  log.reset();

  CHECK(lines.str().find("\"status\":429") != std::string::npos);
  CHECK(lines.str().find("127.0.0.1") == std::string::npos);
}

}  // namespace daybook::test
