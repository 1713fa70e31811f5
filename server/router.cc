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

// Whether a path of those segments is of the form.
bool fits(const std::vector<std::string>& form, const std::vector<std::string_view>& found) {
  for (size_t i = 0; i < form.size(); ++i) {
    if (i == found.size()) return false;
    if (is_tail(form[i])) return true;
    if (!is_parameter(form[i]) && form[i] != found[i]) return false;
  }
  return found.size() == form.size();
}

// The values of the parameters of a form that fits. Segments went through admission, so they decode.
Parameters values_of(const std::vector<std::string>& form, std::string_view path) {
  Parameters values;
  const auto found = segments_of(path);
  for (size_t i = 0; i < form.size(); ++i) {
    if (!is_parameter(form[i])) continue;
    const auto text = is_tail(form[i]) ? path.substr(static_cast<size_t>(found[i].data() - path.data())) : found[i];
    values.emplace(name_of(form[i]), percent_decoded(text).value_or(""));
  }
  return values;
}

bool answers(const Route& route, Method method) { return route.method == method || (route.method == Method::kGet && method == Method::kHead); }

bool has_form(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2) return path == "/";
  const auto segments = segments_of(path);
  return std::all_of(segments.begin(), segments.end(),
                     [&](auto segment) { return !segment.empty() && (!is_tail(segment) || segment.data() == segments.back().data()); });
}

}  // namespace

Route always_quick(Route route) {
  route.quick = [handler = route.handler](const Request& request, const Found& found) { return std::optional(handler(request, found)); };
  return route;
}

void Router::add(Route route) {
  require(has_form(route.path) && route.handler, "a route's path is literals and {name}s, a {name*} only at its end");
  for (const auto& other : routes_) require(other.path != route.path || other.method != route.method, "no two routes have one path and method");
  const auto segments = segments_of(route.path);
  forms_.emplace_back(segments.begin(), segments.end());
  routes_.push_back(std::move(route));
}

// Of the templates that fit, the one whose first difference is a literal: "{" comes after every letter, so it is the least.
std::optional<size_t> Router::fit(std::string_view path) const {
  const auto segments = segments_of(path);
  std::optional<size_t> best;
  for (size_t i = 0; i < routes_.size(); ++i) {
    if (fits(forms_[i], segments) && (!best || routes_[i].path < routes_[*best].path)) best = i;
  }
  return best;
}

const Route* Router::route_at(size_t fitting, Method method) const {
  if (answers(routes_[fitting], method)) return &routes_[fitting];
  const auto is_it = [&](const Route& route) { return route.path == routes_[fitting].path && answers(route, method); };
  const auto it = std::find_if(routes_.begin(), routes_.end(), is_it);
  return it == routes_.end() ? nullptr : &*it;
}

uint64_t Router::body_limit(Method method, std::string_view path) const {
  const auto best = fit(path);
  const auto* route = best ? route_at(*best, method) : nullptr;
  return route ? route->body_bytes_max : 0;
}

std::string Router::allowed(std::string_view path) const {
  std::string allow = "OPTIONS";
  for (const auto& route : routes_) {
    if (route.path == path) allow += ", " + std::string(method_name(route.method)) + (route.method == Method::kGet ? ", HEAD" : "");
  }
  return allow;
}

std::variant<Router::Match, Router::Miss> Router::find(const Request& request) const {
  const auto best = fit(request.path);
  if (!best) return Miss{"", problem("not-found", "", request.trace)};
  const auto& path = routes_[*best].path;
  if (request.method == Method::kOptions) return Miss{path, Response{.status = 204}.with("allow", allowed(path))};
  const auto* chosen = route_at(*best, request.method);
  if (!chosen) return Miss{path, problem("method-not-allowed", "", request.trace).with("allow", allowed(path))};
  auto values = values_of(forms_[*best], request.path);
  if (!chosen->query.empty() && chosen->query.front() == kAnyQuery) return Match{chosen, {std::move(values), {}}};
  auto query = parse_query(request.query, chosen->query);
  if (!query) return Miss{path, problem("wrong-parameter", query.error().message, request.trace)};
  return Match{chosen, {std::move(values), std::move(query.value())}};
}

}  // namespace daybook
