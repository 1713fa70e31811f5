// The process: reads its configuration, opens the ledger as its one writer, opens the doors, and waits to be told to stop.
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ledger/disk_space.h"
#include "ledger/ledger_folder.h"
#include "ledger/printable.h"
#include "ledger/private_process.h"
#include "server/health.h"
#include "server/listener.h"
#include "server/openapi.h"
#include "server/proof_routes.h"
#include "server/signed_in.h"
#include "server/ticker.h"

using namespace daybook;

namespace {

enum Exit { kDone = 0, kWrongUse = 2, kDamaged = 3, kFailed = 4 };
constexpr size_t kConfigBytesMax = 1 << 20;
constexpr unsigned kOperationsWorkers = 2;
constexpr int64_t kConnectionsLeast = 32;  // with fewer, a handful of clients would shut everybody else out

struct Arguments {
  std::string config, ledger;
  bool check = false, page = false;
};

Exit complain(const Error& error) {
  std::istringstream lines(error.message);
  for (std::string line; std::getline(lines, line);) std::fprintf(stderr, "daybookd: %s\n", printable(line).c_str());
  if (error.fault == Fault::kCorrupt) return kDamaged;
  return error.fault == Fault::kRejected || error.fault == Fault::kNotFound ? kWrongUse : kFailed;
}

Result<ServiceConfig> read_config_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kConfigBytesMax + 1, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof())
    return Error{Fault::kRejected, fmt::format("{}: found no file that can be read, of {} bytes at most", path, kConfigBytesMax)};
  text.resize(static_cast<size_t>(file.gcount()));
  return parse_service_config(text, path);
}

Result<ServiceConfig> read_service_config(const Arguments& arguments) {
  ServiceConfig config;
  if (!arguments.config.empty()) {
    DAYBOOK_TRY(config, read_config_file(arguments.config));
  }
  const char* named = std::getenv("DAYBOOK_LEDGER");
  if (!arguments.ledger.empty()) config.ledger = arguments.ledger;
  if (config.ledger.empty() && named) config.ledger = named;
  if (config.ledger.empty())
    return Error{Fault::kRejected, "which ledger? ledger.folder in the configuration, --ledger DIR or DAYBOOK_LEDGER names it"};
  return config;
}

// How many connections there may be, so that files are left for the ledger. As many open files are asked of the system as it gives.
Result<int64_t> connections_within_files(const ServiceConfig& config) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return config.connections;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto files = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 30));
  const auto connections = std::min(config.connections, files - config.reserved_files);
  const auto least = std::min(config.connections, kConnectionsLeast);
  if (connections >= least) return connections;
  return Error{Fault::kRejected, fmt::format("the system allows {} open files, want {}: limits.reserved_files for the ledger and {} connections",
                                             files, config.reserved_files + least, least)};
}

DoorRules rules_of(const ServiceConfig& config, int64_t connections) {
  using std::chrono::seconds;
  DoorRules rules;
  rules.admission = {static_cast<size_t>(config.line_bytes), static_cast<size_t>(config.head_bytes), static_cast<size_t>(config.fields),
                     static_cast<uint64_t>(config.body_bytes), config.names};
  rules.deadlines = {seconds(config.handshake_seconds), seconds(config.head_seconds),  seconds(config.body_seconds),
                     seconds(config.handling_seconds),  seconds(config.write_seconds), seconds(config.idle_seconds)};
  rules.requests_per_connection = config.requests_per_connection;
  rules.connections = connections;
  rules.proxies = config.proxies;
  rules.threads = static_cast<unsigned>(config.socket_threads);
  rules.workers = static_cast<unsigned>(config.workers);
  rules.waiting = static_cast<size_t>(config.waiting);
  return rules;
}

Severity severity_of(const std::string& level) {
  return level == "debug" ? Severity::kDebug : level == "warning" ? Severity::kWarning : level == "error" ? Severity::kError : Severity::kInfo;
}

// The record is in doubt: not one more answer.
std::function<void(const Error&)> end_on_damage(ServiceLog& log) {
  return [&log](const Error& error) {
    log.write(Severity::kError, "damaged", {{"found", error.message}});
    std::_Exit(complain(error));
  };
}

OpenOptions open_options(const ServiceConfig& config, ServiceLog& log) {
  OpenOptions options;
  options.mode = OpenMode::kReadWrite;
  options.root_key_file = config.root_key;
  const auto* user = ::getpwuid(::getuid());
  options.holder = fmt::format("pid {} (daybookd) of {}", ::getpid(), user ? user->pw_name : std::to_string(::getuid()));
  options.say = [&log](const std::string& line) { log.write(Severity::kInfo, "ledger", {{"says", line}}); };
  options.on_damage = end_on_damage(log);
  return options;
}

// On standard output, for whoever started the demo: a code is no matter for a log.
Result<void> print_codes(const ServiceConfig& config, SignedIn& signed_in) {
  DAYBOOK_TRY(const auto codes, signed_in.issue_codes(config.demo_people));
  for (const auto& [name, code] : codes) std::printf("sign-in code of %s, good once within ten minutes: %s\n", printable(name).c_str(), code.c_str());
  std::fflush(stdout);
  return success();
}

// What the next command would be told: without its ballast a book wants that much more.
std::optional<std::string> without_room(const Ledger& ledger) {
  const auto& rule = ledger.config().disk;
  const auto ballast = ballast_file(ledger.folder(), "programme");
  const auto room = DiskSpace(ballast, rule).holds(has_ballast(ballast, rule) ? 0 : rule.ballast_bytes);
  return room ? std::nullopt : std::optional(room.error().message);
}

void add_checks(Health& health, const Ledger& ledger, const Ticker& ticker, Published& published, const ServiceConfig& config) {
  health.add({"writer", [&ticker] { return ticker.wrong(); }});
  health.add({"disk", [&ledger] { return without_room(ledger); }});
  health.add({"checkpoint", [&published, most = std::chrono::seconds(config.checkpoint_lag_seconds)]() -> std::optional<std::string> {
                const auto lag = published.lag(std::chrono::steady_clock::now());
                if (!lag) return lag.error().message;
                if (lag.value() <= most) return std::nullopt;
                return fmt::format("events have been without a signed checkpoint for {} ms", lag.value().count());
              }});
}

std::vector<Door> doors_of(const ServiceConfig& config, const Service& open, const Service& operations) {
  std::vector<Door> doors = {{*parse_endpoint(config.listen), &open, config.certificate, config.certificate_key}};
  if (const auto own = parse_endpoint(config.operations)) doors.push_back({*own, &operations, {}, {}, kOperationsWorkers});
  return doors;
}

// The signals that we wait for; blocked here, and in every thread that is made later.
sigset_t held_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Until somebody ends the process.
void wait_to_stop(const sigset_t& signals, HttpServer& server, ServiceLog& log) {
  for (int signal = 0; ::sigwait(&signals, &signal) == 0 && signal == SIGHUP;) {
    const auto reloaded = server.reload_certificates();
    if (reloaded) log.write(Severity::kInfo, "certificates-reloaded", {});
    if (!reloaded) log.write(Severity::kError, "certificates-kept", {{"found", reloaded.error().message}});
  }
}

// From the first connection to the last answer.
void serve(const sigset_t& signals, HttpServer& server, Health& health, SignedIn& signed_in, const ServiceConfig& config, ServiceLog& log) {
  for (const auto& where : server.endpoints()) log.write(Severity::kInfo, "listening", {{"address", where.address}, {"port", int64_t{where.port}}});
  wait_to_stop(signals, server, log);
  health.drain();
  signed_in.drain();
  const bool all = server.drain(std::chrono::seconds(config.drain_seconds));
  log.write(all ? Severity::kInfo : Severity::kWarning, "drained", {{"all", all}});
}

Result<void> run(const ServiceConfig& config) {
  const auto signals = held_signals();
  DAYBOOK_TRY(const auto most, connections_within_files(config));
  const SystemClock clock;
  SystemRandomness randomness;
  ServiceLog log(clock, severity_of(config.log_level));
  Metrics metrics;
  const auto options = open_options(config, log);
  DAYBOOK_TRY(const auto ledger, Ledger::open(config.ledger, options, clock, randomness));
  DAYBOOK_TRY(auto signed_in, SignedIn::start(config, *ledger, options.holder, clock, log, end_on_damage(log)));
  DAYBOOK_TRY(print_codes(config, *signed_in));
  std::optional<Ticker> ticker(std::in_place, ledger->sequencer(), "daybookd", std::chrono::seconds(config.tick_seconds), log);
  Published published(ledger->programme(),
                      [&] { return read_watermark(watermark_file(config.ledger, "programme"), ledger->config().programme_key); });
  signed_in->add_figures(metrics);
  Health health(log);
  add_checks(health, *ledger, *ticker, published, config);
  signed_in->add_checks(health);
  Router open_routes, operations_routes;
  for (auto* router : {&open_routes, &operations_routes}) add_health_routes(*router, health);
  add_problem_routes(open_routes);
  add_proof_routes(open_routes, published);
  signed_in->add_routes(open_routes);
  add_openapi_route(open_routes);  // the last: it tells of those before it
  add_metrics_route(operations_routes, metrics);
  StreamCount streams(static_cast<size_t>(config.streams));
  metrics.gauge("daybook_streams", "Answers that are being sent as they come.", [&streams] { return static_cast<double>(streams.open()); });
  Service open_service("public", open_routes, metrics, log);
  open_service.count_streams(streams);
  signed_in->add_gates(open_service);
  const Service operations_service("operations", operations_routes, metrics, log);

  ConnectionCaps connections(static_cast<unsigned>(config.connections_per_address));
  RateCaps requests(static_cast<double>(config.requests_a_second), static_cast<double>(config.requests_at_once));
  DAYBOOK_TRY(auto server,
              HttpServer::start(rules_of(config, most), doors_of(config, open_service, operations_service), {&connections, &requests}, metrics, log));
  if (most < config.connections) log.write(Severity::kWarning, "fewer-connections", {{"found", most}, {"want", config.connections}});
  serve(signals, *server, health, *signed_in, config, log);
  server.reset();
  ticker.reset();
  signed_in.reset();  // nothing reads the ledger any more
  return ledger->close();
}

}  // namespace

int main(int argc, char** argv) {
  keep_process_private();
  Arguments arguments;
  CLI::App app("The ledger as a service.\nExample: daybookd --config /etc/daybook/daybookd.toml", "daybookd");
  app.add_option("--config", arguments.config, "the configuration; CONFIG.md has every key");
  app.add_option("--ledger", arguments.ledger, "the ledger's folder, whatever the configuration says");
  app.add_flag("--check-config", arguments.check, "says what is wrong with the configuration, and serves nothing");
  app.add_flag("--config-page", arguments.page, "prints CONFIG.md");
  app.set_version_flag("--version", DAYBOOK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kDone : kWrongUse;
  }
  if (arguments.page) {
    std::fputs(config_page().c_str(), stdout);
    return kDone;
  }
  const auto config = read_service_config(arguments);
  if (!config) return complain(config.error());
  if (arguments.check) {
    std::puts("the configuration is good");
    return kDone;
  }
  const auto ran = run(config.value());
  return ran ? kDone : complain(ran.error());
}
