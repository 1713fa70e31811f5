#include "server/router.h"

#include <algorithm>
#include <optional>

#include "ledger/require.h"
#include "server/problem.h"

namespace daybook {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  for (size_t begin = 1; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    out.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }
bool is_tail(std::string_view segment) { return is_parameter(segment) && segment[segment.size() - 2] == '*'; }
std::string_view name_of(std::string_view segment) { return segment.substr(1, segment.size() - (is_tail(segment) ? 3 : 2)); }

// The values of the template's parameters; nullopt if the path is not of that form. Segments went through admission, so they decode.
std::optional<Parameters> match(std::string_view form, std::string_view path) {
  const auto wanted = segments_of(form), found = segments_of(path);
  Parameters values;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i == found.size()) return std::nullopt;
    if (is_tail(wanted[i])) {
      values.emplace(name_of(wanted[i]), percent_decoded(path.substr(static_cast<size_t>(found[i].data() - path.data()))).value_or(""));
      return values;
    }
    if (is_parameter(wanted[i])) {
      values.emplace(name_of(wanted[i]), percent_decoded(found[i]).value_or(""));
    } else if (wanted[i] != found[i]) {
      return std::nullopt;
    }
  }
  return found.size() == wanted.size() ? std::optional(values) : std::nullopt;
}

bool answers(const Route& route, Method method) { return route.method == method || (route.method == Method::kGet && method == Method::kHead); }

bool has_form(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2) return path == "/";
  const auto segments = segments_of(path);
  return std::all_of(segments.begin(), segments.end(),
                     [&](auto segment) { return !segment.empty() && (!is_tail(segment) || segment.data() == segments.back().data()); });
}

}  // namespace

void Router::add(Route route) {
  require(has_form(route.path) && route.handler, "a route's path is literals and {name}s, a {name*} only at its end");
  for (const auto& other : routes_) require(other.path != route.path || other.method != route.method, "no two routes have one path and method");
  routes_.push_back(std::move(route));
}

// Of the templates that fit, the one whose first difference is a literal: "{" comes after every letter, so it is the least.
std::optional<Router::Fit> Router::fit(std::string_view path) const {
  std::optional<Fit> best;
  for (const auto& route : routes_) {
    if (best && best->path <= route.path) continue;
    if (auto values = match(route.path, path)) best = Fit{route.path, std::move(*values)};
  }
  return best;
}

const Route* Router::route_at(std::string_view path, Method method) const {
  const auto it = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) { return route.path == path && answers(route, method); });
  return it == routes_.end() ? nullptr : &*it;
}

uint64_t Router::body_limit(Method method, std::string_view path) const {
  const auto best = fit(path);
  const auto* route = best ? route_at(best->path, method) : nullptr;
  return route ? route->body_bytes_max : 0;
}

std::variant<Router::Match, Router::Miss> Router::find(const Request& request) const {
  auto best = fit(request.path);
  if (!best) return Miss{"", problem("not-found", "", request.trace)};
  const std::string path(best->path);
  std::string allow = "OPTIONS";
  for (const auto& route : routes_) {
    if (route.path == path) allow += ", " + std::string(method_name(route.method)) + (route.method == Method::kGet ? ", HEAD" : "");
  }
  if (request.method == Method::kOptions) return Miss{path, Response{.status = 204}.with("allow", allow)};
  const auto* chosen = route_at(path, request.method);
  if (!chosen) return Miss{path, problem("method-not-allowed", "", request.trace).with("allow", allow)};
  if (!chosen->query.empty() && chosen->query.front() == kAnyQuery) return Match{chosen, {std::move(best->values), {}}};
  auto query = parse_query(request.query, chosen->query);
  if (!query) return Miss{path, problem("wrong-parameter", query.error().message, request.trace)};
  return Match{chosen, {std::move(best->values), std::move(query.value())}};
}

}  // namespace daybook
