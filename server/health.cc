#include "server/health.h"

#include <fmt/format.h>

#include "server/strict_json.h"

namespace daybook {

void Health::look(Moment now) {
  if (looked_ && now < *looked_ + std::chrono::seconds(1)) return;
  looked_ = now;
  for (auto& [check, wrong] : checks_) {
    auto found = check.wrong();
    if (found && !wrong) log_.write(Severity::kError, "unwell", {{"check", check.name}, {"found", *found}});
    if (!found && wrong) log_.write(Severity::kInfo, "well-again", {{"check", check.name}});
    wrong = std::move(found);
  }
}

Response Health::ready(Moment now) {
  const std::lock_guard lock(mutex_);
  look(now);
  bool good = !draining_;
  std::string list;
  for (const auto& [check, wrong] : checks_) {
    good = good && !wrong;
    list += fmt::format("{}{}:\"{}\"", list.empty() ? "" : ",", json_string(check.name), wrong ? "wrong" : "good");
  }
  Response response;
  response.status = good ? 200 : 503;
  response.content_type = "application/json";
  response.body = fmt::format("{{\"ready\":{},\"draining\":{},\"checks\":{{{}}}}}\n", good, draining_.load(), list);
  if (!good) response.with("retry-after", "5");
  return response;
}

void add_health_routes(Router& router, Health& health) {
  router.add({Method::kGet, "/healthz", {}, {}, [](const Request&, const Found&) { return text_response("ok\n", Caching::kNever); }});
  router.add({Method::kGet, "/readyz", {}, {}, [&health](const Request&, const Found&) { return health.ready(std::chrono::steady_clock::now()); }});
}

}  // namespace daybook
