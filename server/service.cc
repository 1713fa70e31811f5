#include "server/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

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
  response.fields.reserve(response.fields.size() + 6);
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

// What `make` returns, or the answer to what it throws.
template <class Make>
Response Service::made(Make make, const std::string& route, const Request& request) const {
  try {
    return make();
  } catch (const std::exception& e) {  // of a library: ours are values
    log_.write(Severity::kError, "exception", {{"route", route}, {"what", std::string(e.what())}, {"trace", request.trace.trace_id}});
  }
  return problem("internal", "", request.trace);
}

Service::Handling Service::begin(const Request& request, Handler Route::* asked) const {
  const auto began = std::chrono::steady_clock::now();
  for (const auto& gate : gates_) {
    if (const auto seconds = gate.wait(request)) {
      return {"", problem(gate.problem, "", request.trace).with("retry-after", std::to_string(seconds->count())), began};
    }
  }
  auto found = router_.find(request);
  if (auto* miss = std::get_if<Router::Miss>(&found)) return {miss->path, std::move(miss->response), began};
  const auto& match = std::get<Router::Match>(found);
  const auto& route = *match.route;
  if (auto refused = refuse_body(route, request)) return {route.path, std::move(*refused), began};
  const auto& handler = route.*asked;
  if (!handler) return {route.path, Response{.status = kGoOn}, began};
  const auto make = [&] { return handler(request, match.found); };
  return {route.path, made(make, route.path, request), began};
}

void Service::watch_parts(Handling& handling, const Request& request) const {
  auto& response = handling.response;
  if (!response.parts) return;
  if (streams_ && !streams_->enter()) {
    response = problem("busy", "", request.trace).with("retry-after", "5");
    return;
  }
  response.parts = std::make_shared<WatchedParts>(std::move(response.parts), streams_, log_, handling.route, request.trace.trace_id);
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

Response Service::finish(Handling handling, const Request& request) const {
  if (handling.response.status == kGoOn) return std::move(handling.response);
  if (const auto later = std::move(handling.response.later)) {
    const auto make = [&] { return later->response(); };
    handling.response = made(make, handling.route, request);
  }
  watch_parts(handling, request);
  auto response = finished(std::move(handling.response), request);
  account(method_name(request.method), handling.route, response, request.peer, request.trace, std::chrono::steady_clock::now() - handling.began);
  return response;
}

Response Service::handle(const Request& request, Handler Route::* asked) const {
  auto handling = begin(request, asked);
  if (const auto& later = handling.response.later) {
    std::promise<void> ready;
    later->begin([&] { ready.set_value(); });
    ready.get_future().wait();
  }
  return finish(std::move(handling), request);
}

std::optional<Response> Service::handle_at_once(const Request& request) const {
  const auto began = std::chrono::steady_clock::now();
  if (takes_body(request.method)) return std::nullopt;
  const auto found = router_.find(request);
  const auto* match = std::get_if<Router::Match>(&found);
  if (!match || !match->route->quick) return std::nullopt;
  if (std::any_of(gates_.begin(), gates_.end(), [&](const Gate& gate) { return gate.wait(request).has_value(); })) return std::nullopt;
  try {
    auto response = match->route->quick(request, match->found);
    if (response) return finish({match->route->path, std::move(*response), began}, request);
  } catch (const std::exception&) {  // of a library: the handler tells of it
  }
  return std::nullopt;
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

Histogram& Service::times_of(const std::string& route, unsigned status) const {
  const std::lock_guard lock(mutex_);
  auto& times = times_[route][status / 100 % 6];
  if (!times) {
    times = &metrics_.histogram("daybook_request_seconds", "Time from a whole request to its answer, by route and class of status.",
                                {{"service", name_}, {"route", route}, {"status", fmt::format("{}xx", status / 100)}});
  }
  return *times;
}

void Service::account(std::string_view method, const std::string& route, const Response& response, const Peer& peer, const Trace& trace,
                      std::chrono::nanoseconds took) const {
  times_of(route, response.status).observe(took);
  log_.write_soon(response.status >= 500 ? Severity::kWarning : Severity::kInfo, "request",
                  {{"service", name_},
                   {"method", method},
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
  const auto list = [](const Request&, const Found&) { return text_response(problem_list(), Caching::kRevalidate); };
  const auto page = [](const Request& request, const Found& found) {
    auto text = problem_page(found.path.at("name"));
    return text ? text_response(std::move(*text), Caching::kRevalidate) : problem("not-found", "", request.trace);
  };
  router.add(always_quick({Method::kGet, "/problems", {}, {}, list}));
  router.add(always_quick({Method::kGet, "/problems/{name}", {}, {}, page}));
}

void add_metrics_route(Router& router, const Metrics& metrics) {
  router.add({Method::kGet, "/metrics", {}, {}, [&metrics](const Request&, const Found&) {
                Response response{.content_type = "text/plain; version=0.0.4; charset=utf-8"};
                response.body = metrics.text();
                return response;
              }});
}

}  // namespace daybook
