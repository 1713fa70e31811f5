#include "server/service.h"

#include <fmt/format.h>

#include "server/entity_tag.h"
#include "server/problem.h"

namespace daybook {
namespace {

std::string_view caching_text(Caching caching) {
  switch (caching) {
    case Caching::kNever:
      return "no-store";
    case Caching::kRevalidate:
      return "no-cache";
    case Caching::kBriefly:
      return "public, max-age=1";
    case Caching::kForever:
      return "public, max-age=31536000, immutable";
  }
  return "no-store";
}

Response with_common_fields(Response response, const Peer& peer) {
  response.with("cache-control", std::string(caching_text(response.caching)));
  response.with("x-content-type-options", "nosniff");
  response.with("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  response.with("referrer-policy", "no-referrer");
  response.with("cross-origin-resource-policy", "same-origin");
  if (peer.encrypted) response.with("strict-transport-security", "max-age=31536000");
  return response;
}

bool takes_body(Method method) { return method == Method::kPost || method == Method::kPut || method == Method::kPatch; }

// "application/json" fits "application/json" and "application/json; charset=utf-8", whatever the case.
bool fits_type(std::string_view found, std::string_view wanted) {
  const auto type = found.substr(0, found.find(';'));
  const auto trimmed = type.substr(0, type.find_last_not_of(' ') + 1);
  return std::equal(trimmed.begin(), trimmed.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::optional<Response> refuse_body(const Route& route, const Request& request) {
  if (!takes_body(request.method)) return std::nullopt;
  if (route.content_type.empty()) {
    if (request.body.empty()) return std::nullopt;
    return problem("unsupported-media-type", "found a body, want none", request.trace);
  }
  if (fits_type(request.field("content-type"), route.content_type)) return std::nullopt;
  return problem("unsupported-media-type", fmt::format("content-type: want {}", route.content_type), request.trace);
}

// Parts that are counted as long as they live, throw nothing, and whose faults are in the log.
class WatchedParts final : public BodyParts {
 public:
  WatchedParts(std::shared_ptr<BodyParts> parts, StreamCount* counted, ServiceLog& log, std::string route, std::string trace)
      : parts_(std::move(parts)), counted_(counted), log_(log), route_(std::move(route)), trace_(std::move(trace)) {}
  ~WatchedParts() override {
    if (counted_) counted_->leave();
  }
  WatchedParts(const WatchedParts&) = delete;
  WatchedParts& operator=(const WatchedParts&) = delete;

  bool ready() const override { return parts_->ready(); }
  Result<std::optional<std::string>> next() override {
    auto part = next_or_error();
    if (!part) log_.write(Severity::kError, "stream", {{"route", route_}, {"found", part.error().message}, {"trace", trace_}});
    return part;
  }

 private:
  Result<std::optional<std::string>> next_or_error() {
    try {
      return parts_->next();
    } catch (const std::exception& e) {  // of a library: ours are values
      return Error{Fault::kStorage, std::string("an exception: ") + e.what()};
    }
  }
  const std::shared_ptr<BodyParts> parts_;
  StreamCount* const counted_;
  ServiceLog& log_;
  const std::string route_, trace_;
};

}  // namespace

bool StreamCount::enter() {
  if (open_.fetch_add(1) < most_) return true;
  open_.fetch_sub(1);
  return false;
}

Service::Service(std::string name, const Router& router, Metrics& metrics, ServiceLog& log)
    : name_(std::move(name)), router_(router), metrics_(metrics), log_(log) {}

Service::Answered Service::answer(const Request& request, Handler Route::*asked) const {
  for (const auto& gate : gates_) {
    if (const auto seconds = gate.wait(request)) {
      return {"", problem(gate.problem, "", request.trace).with("retry-after", std::to_string(seconds->count()))};
    }
  }
  auto found = router_.find(request);
  if (auto* miss = std::get_if<Router::Miss>(&found)) return {miss->path, std::move(miss->response)};
  const auto& match = std::get<Router::Match>(found);
  if (auto refused = refuse_body(*match.route, request)) return {match.route->path, std::move(*refused)};
  const auto& handler = match.route->*asked;
  if (!handler) return {match.route->path, Response{.status = kGoOn}};
  try {
    return {match.route->path, handler(request, match.found)};
  } catch (const std::exception& e) {  // of a library: ours are values
    log_.write(Severity::kError, "exception", {{"route", match.route->path}, {"what", std::string(e.what())}, {"trace", request.trace.trace_id}});
  }
  return {match.route->path, problem("internal", "", request.trace)};
}

void Service::watch_parts(Answered& answered, const Request& request) const {
  auto& response = answered.response;
  if (!response.parts) return;
  if (streams_ && !streams_->enter()) {
    response = problem("busy", "", request.trace).with("retry-after", "5");
    return;
  }
  response.parts = std::make_shared<WatchedParts>(std::move(response.parts), streams_, log_, answered.route, request.trace.trace_id);
}

// Entity tag and what follows from it, then the fields of every answer.
Response Service::finished(Response response, const Request& request) const {
  const bool reads = request.method == Method::kGet || request.method == Method::kHead;
  if (reads && response.status == 200 && !response.parts && response.caching != Caching::kNever) {
    const auto tag = entity_tag(response.body);
    response.with("etag", tag);
    if (names_tag(request.field("if-none-match"), tag)) {
      response.status = 304;
      response.content_type.clear();
      response.body.clear();
    }
  }
  return with_common_fields(std::move(response), request.peer);
}

Response Service::handle(const Request& request) const { return respond(request, &Route::handler); }

Response Service::judge_head(const Request& request) const { return respond(request, &Route::judge_head); }

Response Service::respond(const Request& request, Handler Route::*asked) const {
  const auto start = std::chrono::steady_clock::now();
  auto answered = answer(request, asked);
  if (answered.response.status == kGoOn) return std::move(answered.response);
  watch_parts(answered, request);
  auto response = finished(std::move(answered.response), request);
  account(method_name(request.method), answered.route, response, request.peer, request.trace, std::chrono::steady_clock::now() - start);
  return response;
}

Response Service::refuse(const Rejection& refusal, const Peer& peer, const Trace& trace) const {
  auto response = with_common_fields(problem(refusal.problem, refusal.detail, trace), peer);
  response.close = true;
  metrics_
      .counter("daybook_refused_total", "Requests that were refused before they were handled, by kind of problem.",
               {{"service", name_}, {"problem", std::string(refusal.problem)}})
      .add();
  account("", "", response, peer, trace, std::chrono::nanoseconds(0));
  return response;
}

void Service::account(std::string_view method, const std::string& route, const Response& response, const Peer& peer, const Trace& trace,
                      std::chrono::nanoseconds took) const {
  metrics_
      .histogram("daybook_request_seconds", "Time from a whole request to its answer, by route and class of status.",
                 {{"service", name_}, {"route", route}, {"status", fmt::format("{}xx", response.status / 100)}})
      .observe(took);
  log_.write(response.status >= 500 ? Severity::kWarning : Severity::kInfo, "request",
             {{"service", name_},
              {"method", std::string(method)},
              {"route", route},
              {"status", int64_t{response.status}},
              {"milliseconds", std::chrono::duration<double, std::milli>(took).count()},
              {"bytes", static_cast<int64_t>(response.body.size())},
              {"peer", peer.address},
              {"trace", trace.trace_id},
              {"span", trace.span_id},
              {"parent", trace.parent_id}});
}

void add_problem_routes(Router& router) {
  router.add({Method::kGet, "/problems", {}, {}, [](const Request&, const Found&) { return text_response(problem_list(), Caching::kRevalidate); }});
  router.add({Method::kGet, "/problems/{name}", {}, {}, [](const Request& request, const Found& found) {
                auto page = problem_page(found.path.at("name"));
                return page ? text_response(std::move(*page), Caching::kRevalidate) : problem("not-found", "", request.trace);
              }});
}

void add_metrics_route(Router& router, const Metrics& metrics) {
  router.add({Method::kGet, "/metrics", {}, {}, [&metrics](const Request&, const Found&) {
                Response response{.content_type = "text/plain; version=0.0.4; charset=utf-8"};
                response.body = metrics.text();
                return response;
              }});
}

}  // namespace daybook
