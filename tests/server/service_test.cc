#include "server/service.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <sstream>
#include <stdexcept>

#include "ledger/proof.h"
#include "server/entity_tag.h"
#include "server/health.h"
#include "server/problem.h"
#include "server/proof_routes.h"
#include "server/strict_json.h"

using namespace daybook;

namespace {

class FixedClock final : public Clock {
 public:
  Instant now() const override { return Instant(std::chrono::seconds(1'700'000'000)); }
  std::chrono::microseconds running() const override { return {}; }
};

class Dice final : public Randomness {
 public:
  void fill(std::span<uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<uint8_t>(7 * ++next_);
  }

 private:
  uint32_t next_ = 0;
};

// A service over a log in memory with a checkpoint that the test signs.
struct Home {
  explicit Home(size_t events) {
    append(events);
    sign();
    add_proof_routes(router, published);
    add_health_routes(router, health);
    add_problem_routes(router);
    add_metrics_route(router, metrics);
    router.add({Method::kGet, "/throws", {}, {}, [](const Request&, const Found&) -> Response { throw std::runtime_error("secret"); }});
    router.add(
        {Method::kPost, "/takes", {}, "application/json", [](const Request& r, const Found&) { return text_response(r.body, Caching::kNever); }});
  }
  void append(size_t events) {
    for (size_t i = 0; i < events; ++i) REQUIRE(log->append(Batch{{}, {}, {"entry " + std::to_string(log->end().value)}, {}}).has_value());
  }
  void sign() {
    const Checkpoint checkpoint{key.verifier().name, log->head()};
    newest = SignedCheckpoint{checkpoint, sign_checkpoint(checkpoint, key)};
  }
  Response get(std::string path, std::vector<HeaderField> fields = {}, Method method = Method::kGet) {
    Request request;
    request.method = method;
    request.path = std::move(path);
    request.fields = std::move(fields);
    request.trace.trace_id = "4bf9";
    return service.handle(request);
  }

  Dice dice;
  FixedClock clock;
  SignerKey key = SignerKey::make("ledger.example/log", dice).value();
  std::unique_ptr<EventLog> log = make_memory_log();
  std::optional<SignedCheckpoint> newest;
  Published published{*log, [this]() -> Result<std::optional<SignedCheckpoint>> { return newest; }};
  std::ostringstream lines;
  ServiceLog service_log{clock, Severity::kInfo, std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines))};
  Metrics metrics;
  Router router;
  Health health{service_log};
  Service service{"public", router, metrics, service_log};
};

Hash hash_of(std::string_view bytes) {
  Hash hash{};
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

TEST_CASE("what is served is enough to prove an entry, and that a later checkpoint grew from an earlier one", "[server][proof]") {
  Home home(300);
  const auto old_note = home.get("/v1/checkpoint");
  const auto old_head = open_checkpoint(old_note.body, home.key.verifier()).value().head;
  home.append(500);
  home.sign();
  Published later(*home.log, [&]() -> Result<std::optional<SignedCheckpoint>> { return home.newest; });
  Router router;
  add_proof_routes(router, later);
  const Service service("public", router, home.metrics, home.service_log);
  const auto get = [&](std::string path) {
    Request request;
    request.path = std::move(path);
    return service.handle(request);
  };

  const auto head = open_checkpoint(get("/v1/checkpoint").body, home.key.verifier()).value().head;
  const auto inclusion = parse_inclusion(get("/v1/proof/inclusion/800/299").body);
  const auto consistency = get("/v1/proof/consistency/300/800");

  CHECK(old_head.size == 300);
  CHECK(head.size == 800);
  REQUIRE(inclusion.has_value());
  const std::string entry = "entry 299";
  const Hash leaf = leaf_hash(as_bytes(entry));
  CHECK(check_inclusion(inclusion.value().proof, 299, leaf, head).empty());
  CHECK(open_checkpoint(inclusion.value().checkpoint_note, home.key.verifier()).value().head.size == 800);
  const auto proof = prove_consistency(*home.log, 300, 800).value();
  CHECK(consistency.body == consistency_text(proof, 300, home.newest->note));
  CHECK(check_consistency(proof, old_head, head).empty());
  const auto tile = get("/v1/tile/0/001.p/44");
  REQUIRE(tile.status == 200);
  CHECK(tile.body.size() == 44 * 32);
  CHECK(hash_of(std::string_view(tile.body).substr(43 * 32)) == leaf);
  CHECK(field_of(tile, "cache-control") == "public, max-age=31536000, immutable");
  CHECK(field_of(get("/v1/checkpoint"), "cache-control") == "public, max-age=1");
}

TEST_CASE("tiles and proofs have one address each, and what no checkpoint covers is not there", "[server][proof]") {
  Home home(300);
  home.append(10);  // not under a checkpoint

  for (const auto* path : {"/v1/tile/0/000", "/v1/tile/0/001.p/44", "/v1/tile/0/001.p/1", "/v1/tile/1/000.p/1", "/v1/proof/inclusion/300/0",
                           "/v1/proof/consistency/0/300", "/v1/proof/consistency/300/300"}) {
    CAPTURE(path);
    CHECK(home.get(path).status == 200);
  }
  for (const auto* path : {"/v1/tile/0/001.p/45",
                           "/v1/tile/0/001",
                           "/v1/tile/0/002.p/1",
                           "/v1/tile/1/000",
                           "/v1/tile/1/000.p/2",
                           "/v1/tile/2/000.p/1",
                           "/v1/tile/0/1",
                           "/v1/tile/0/0000",
                           "/v1/tile/0/x000/000",
                           "/v1/tile/0/001.p/044",
                           "/v1/tile/0/001.p/0",
                           "/v1/tile/0/000.p/256",
                           "/v1/tile/0/001.p/",
                           "/v1/tile/0/001.p/44/1",
                           "/v1/tile/00/000",
                           "/v1/tile/64/000",
                           "/v1/tile/-1/000",
                           "/v1/tile/entries/000",
                           "/v1/tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                           "/v1/proof/inclusion/300/300",
                           "/v1/proof/inclusion/310/0",
                           "/v1/proof/inclusion/299/0",
                           "/v1/proof/inclusion/0300/0",
                           "/v1/proof/inclusion/300/+1",
                           "/v1/proof/consistency/301/300",
                           "/v1/proof/consistency/0/18446744073709551615"}) {
    CAPTURE(path);
    const auto response = home.get(path);
    CHECK(response.status == 404);
    CHECK(field_of(response, "cache-control") == "no-store");
  }
}

TEST_CASE("whoever has it already is told so, without the body", "[server]") {
  Home home(3);
  const auto first = home.get("/v1/checkpoint");
  const std::string tag(field_of(first, "etag"));

  const auto same = home.get("/v1/checkpoint", {{"if-none-match", tag}});
  const auto other = home.get("/v1/checkpoint", {{"if-none-match", "\"other\""}});

  CHECK(tag == entity_tag(first.body));
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(field_of(same, "etag") == tag);
  CHECK(other.status == 200);
}

TEST_CASE("every answer has the fields that keep a browser from guessing or keeping it", "[server]") {
  Home home(3);
  for (const auto* path : {"/v1/checkpoint", "/healthz", "/none", "/throws", "/v1/checkpoint/x"}) {
    const auto response = home.get(path);
    CHECK(field_of(response, "x-content-type-options") == "nosniff");
    CHECK(field_of(response, "content-security-policy") == "default-src 'none'; frame-ancestors 'none'");
    CHECK_FALSE(field_of(response, "cache-control").empty());
    CHECK(field_of(response, "strict-transport-security").empty());
  }
}

TEST_CASE("what a handler throws is an answer that says nothing of it, and a line in the log that does", "[server]") {
  Home home(1);

  const auto response = home.get("/throws");

  CHECK(response.status == 500);
  CHECK(response.body.find("secret") == std::string::npos);
  CHECK(home.lines.str().find("secret") != std::string::npos);
}

TEST_CASE("a body has the type that the route takes", "[server]") {
  Home home(1);
  const auto post = [&](std::string path, std::string type, std::string body) {
    Request request;
    request.method = Method::kPost;
    request.path = std::move(path);
    request.body = std::move(body);
    if (!type.empty()) request.fields.push_back({"content-type", std::move(type)});
    return home.service.handle(request).status;
  };

  CHECK(post("/takes", "application/json", "{}") == 200);
  CHECK(post("/takes", "Application/JSON ; charset=utf-8", "{}") == 200);
  CHECK(post("/takes", "", "{}") == 415);
  CHECK(post("/takes", "text/plain", "{}") == 415);
  CHECK(post("/takes", "application/jsonx", "{}") == 415);
  CHECK(post("/takes", "text/plain; x=application/json", "{}") == 415);
  CHECK(post("/healthz", "", "") == 405);
}

TEST_CASE("a gate that is shut answers with when to come again", "[server]") {
  Home home(1);
  std::optional<std::chrono::seconds> wait;
  home.service.add_gate({"busy", [&](const Request&) { return wait; }});

  CHECK(home.get("/healthz").status == 200);
  wait = std::chrono::seconds(3);
  const auto shut = home.get("/healthz");

  CHECK(shut.status == 503);
  CHECK(field_of(shut, "retry-after") == "3");
}

TEST_CASE("an answer from memory is the one that a worker gives, and everything else is left to one", "[server][service]") {
  Home home(1);
  std::optional<std::chrono::seconds> wait;
  home.service.add_gate({"busy", [&](const Request&) { return wait; }});
  Route throws{Method::kGet, "/quick", {}, {}, [](const Request&, const Found&) { return Response{.status = 204}; }};
  throws.quick = [](const Request&, const Found&) -> std::optional<Response> { throw std::runtime_error("a library"); };
  home.router.add(std::move(throws));
  const auto at_once = [&](std::string path, Method method = Method::kGet, std::string query = "") {
    Request request;
    request.method = method;
    request.path = std::move(path);
    request.query = std::move(query);
    return home.service.handle_at_once(request);
  };

  const auto handled = home.get("/problems");
  const auto quick = at_once("/problems");

  REQUIRE(quick.has_value());
  CHECK(quick->status == 200);
  CHECK(quick->body == handled.body);
  CHECK(quick->fields == handled.fields);
  CHECK(at_once("/problems/busy", Method::kHead).value().body == home.get("/problems/busy").body);
  CHECK(at_once("/problems/none").value().status == 404);
  for (const auto* path : {"/none", "/throws", "/quick", "/metrics", "/v1/checkpoint"}) {  // which nobody has read yet
    CAPTURE(path);
    CHECK_FALSE(at_once(path).has_value());
  }
  CHECK(home.get("/quick").status == 204);
  CHECK_FALSE(at_once("/problems", Method::kPost).has_value());
  CHECK_FALSE(at_once("/problems", Method::kGet, "x=1").has_value());
  wait = std::chrono::seconds(3);
  CHECK_FALSE(at_once("/problems").has_value());
  CHECK(home.metrics.text().find("daybook_request_seconds_count{route=\"/problems\",service=\"public\",status=\"2xx\"} 2\n") != std::string::npos);
}

TEST_CASE("the newest checkpoint is told without reading it, until it must be read again", "[server][proof]") {
  Home home(1);
  const Published::Moment start{};

  CHECK_FALSE(home.published.kept(start).has_value());
  REQUIRE(home.published.newest(start).has_value());
  home.append(1);
  home.sign();

  const auto kept = home.published.kept(start + Published::kReadEvery - std::chrono::milliseconds(1));
  REQUIRE(kept.has_value());
  CHECK(kept->checkpoint.head.size == 1);
  CHECK_FALSE(home.published.kept(start + Published::kReadEvery).has_value());
  CHECK(home.published.newest(start + Published::kReadEvery).value()->checkpoint.head.size == 2);
}

TEST_CASE("a line of a request may wait, and goes before the next that may not, or when the log does", "[server][log]") {
  class StandardErrorInFile {  // until it goes
   public:
    StandardErrorInFile() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) { ::dup2(::fileno(file_), STDERR_FILENO); }
    ~StandardErrorInFile() {
      ::dup2(before_, STDERR_FILENO);
      ::close(before_);
      std::fclose(file_);
    }
    StandardErrorInFile(const StandardErrorInFile&) = delete;
    StandardErrorInFile& operator=(const StandardErrorInFile&) = delete;
    std::string text() const {
      std::array<char, 4096> text{};
      const auto size = ::pread(::fileno(file_), text.data(), text.size(), 0);
      return {text.data(), size > 0 ? static_cast<size_t>(size) : 0};
    }

   private:
    std::FILE* const file_;
    const int before_;
  };
  FixedClock clock;
  const auto line = [&](Severity severity, std::string_view event) { return log_line(clock.now(), severity, event, {}) + "\n"; };
  std::string at_error, whole;

  {
    const StandardErrorInFile file;
    {
      ServiceLog log(clock, Severity::kInfo);
      log.write_soon(Severity::kDebug, "never", {});
      log.write_soon(Severity::kInfo, "first", {});
      log.write(Severity::kInfo, "second", {});
      log.write_soon(Severity::kWarning, "third", {});
      log.write_soon(Severity::kError, "fourth", {});
      at_error = file.text();
      log.write_soon(Severity::kInfo, "fifth", {});
    }
    whole = file.text();
  }

  const auto to_error =
      line(Severity::kInfo, "first") + line(Severity::kInfo, "second") + line(Severity::kWarning, "third") + line(Severity::kError, "fourth");
  CHECK(at_error == to_error);
  CHECK(whole == to_error + line(Severity::kInfo, "fifth"));
}

TEST_CASE("log and metrics tell the route and nothing that a stranger sent", "[server][log]") {
  Home home(1);
  Request request;
  request.path = "/v1/proof/inclusion/1/canary-path";
  request.query = "canary-query=1";
  request.fields = {{"user-agent", "canary-field"}, {"authorization", "canary-token"}};
  request.peer.address = "192.0.2.7";
  request.trace.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  home.service.handle(request);
  request.path = "/canary-path";
  home.service.handle(request);
  request.query.clear();
  home.service.handle(request);
  home.service.refuse({"malformed-request", "found byte 0x00"}, request.peer, request.trace);

  const auto log = home.lines.str(), metrics = home.metrics.text();

  CHECK(log.find("canary") == std::string::npos);
  CHECK(metrics.find("canary") == std::string::npos);
  CHECK(log.find("\"route\":\"/v1/proof/inclusion/{size}/{position}\",\"status\":400") != std::string::npos);
  CHECK(log.find("4bf92f3577b34da6a3ce929d0e0e4736") != std::string::npos);
  CHECK(metrics.find("daybook_refused_total{problem=\"malformed-request\",service=\"public\"} 1\n") != std::string::npos);
  CHECK(metrics.find("daybook_request_seconds_count{route=\"/v1/proof/inclusion/{size}/{position}\",service=\"public\",status=\"4xx\"} 1\n") !=
        std::string::npos);
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) CHECK(read_json(line).has_value());
}

TEST_CASE("a log line is one line of JSON whatever its fields hold", "[server][log]") {
  const auto line = log_line(Instant(std::chrono::seconds(1'700'000'000)), Severity::kError, "x",
                             {{"found", std::string("a\r\n\x1b[2J\"\xff")}, {"n", int64_t{5}}});

  CHECK(line == R"({"time":"2023-11-14T22:13:20Z","level":"error","event":"x","found":"a\u000d\u000a\u001b[2J\"\ufffd","n":5})");
}

TEST_CASE("readiness follows its checks, and the log says when they turn", "[server][health]") {
  Home home(1);
  std::optional<std::string> wrong;
  Health health(home.service_log);
  health.add({"disk", [&] { return wrong; }});
  const Health::Moment start{};

  const auto good = health.ready(start);
  wrong = "12 MiB left";
  const auto kept = health.ready(start + std::chrono::milliseconds(500));
  const auto bad = health.ready(start + std::chrono::seconds(1));
  wrong.reset();
  const auto again = health.ready(start + std::chrono::seconds(3));
  health.drain();
  const auto draining = health.ready(start + std::chrono::seconds(4));

  CHECK(good.status == 200);
  CHECK(kept.status == 200);
  CHECK(bad.status == 503);
  CHECK(bad.body == "{\"ready\":false,\"draining\":false,\"checks\":{\"disk\":\"wrong\"}}\n");
  CHECK(again.status == 200);
  CHECK(draining.status == 503);
  CHECK(home.lines.str().find("\"event\":\"unwell\",\"check\":\"disk\",\"found\":\"12 MiB left\"") != std::string::npos);
  CHECK(home.lines.str().find("well-again") != std::string::npos);
}

TEST_CASE("events that no checkpoint covers are counted from when they were first seen", "[server][health]") {
  Home home(5);
  const Published::Moment start{};
  Published published(*home.log, [&]() -> Result<std::optional<SignedCheckpoint>> { return home.newest; });
  using std::chrono::seconds;

  CHECK(published.lag(start).value() == seconds(0));
  home.append(1);
  CHECK(published.lag(start + seconds(1)).value() == seconds(0));
  CHECK(published.lag(start + seconds(4)).value() == seconds(3));
  home.sign();
  CHECK(published.lag(start + seconds(5)).value() == seconds(0));
}

TEST_CASE("a histogram counts each time in its own bound and all above", "[server][metrics]") {
  Metrics metrics;
  auto& histogram = metrics.histogram("t_seconds", "T.");
  histogram.observe(std::chrono::microseconds(400));
  histogram.observe(std::chrono::milliseconds(2));
  histogram.observe(std::chrono::minutes(2));
  metrics.gauge("g", "G.", [] { return 1.5; });
  metrics.counter("c_total", "C.").add(2);

  const auto text = metrics.text();

  CHECK(text.find("t_seconds_bucket{le=\"0.0005\"} 1\n") != std::string::npos);
  CHECK(text.find("t_seconds_bucket{le=\"0.001\"} 1\n") != std::string::npos);
  CHECK(text.find("t_seconds_bucket{le=\"0.0025\"} 2\n") != std::string::npos);
  CHECK(text.find("t_seconds_bucket{le=\"30\"} 2\n") != std::string::npos);
  CHECK(text.find("t_seconds_bucket{le=\"+Inf\"} 3\nt_seconds_sum 120.0024\nt_seconds_count 3\n") != std::string::npos);
  CHECK(text.find("# HELP g G.\n# TYPE g gauge\ng 1.5\n") != std::string::npos);
  CHECK(text.find("# TYPE c_total counter\nc_total 2\n") != std::string::npos);
}

TEST_CASE("what goes wrong with a part is in the log, without what was asked, and the error is passed on", "[server][service][streams]") {
  class Broken final : public BodyParts {
   public:
    explicit Broken(bool throws) : throws_(throws) {}
    bool ready() const override { return true; }
    Result<std::optional<std::string>> next() override {
      if (throws_) throw std::runtime_error("a library");
      return Error{Fault::kStorage, "a disk"};
    }

   private:
    const bool throws_;
  };
  Home home(0);
  StreamCount streams(1);
  home.service.count_streams(streams);
  home.router.add({Method::kGet, "/broken/{which}", {}, {}, [](const Request&, const Found& found) {
                     Response response{.content_type = "text/plain"};
                     response.parts = std::make_shared<Broken>(found.path.at("which") == "throws");
                     return response;
                   }});
  for (const auto* which : {"throws", "fails"}) {
    auto response = home.get(std::string("/broken/") + which);
    REQUIRE(response.parts);
    CHECK(streams.open() == 1);
    CHECK(home.get("/broken/too").status == 503);
    CHECK(response.parts->next().has_error());
    CHECK(home.lines.str().find(R"("event":"stream","route":"/broken/{which}","found":")") != std::string::npos);
    home.lines.str("");
  }
  CHECK(streams.open() == 0);
}
