// Which handler a request is for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http.h"
#include "server/query.h"

namespace daybook {

// What a handler gets beside the request.
struct Found {
  Parameters path;   // by the names in the template, decoded
  Parameters query;  // only those that the route names
};

inline constexpr std::string_view kAnyQuery = "*";

using Handler = std::function<Response(const Request&, const Found&)>;
using QuickHandler = std::function<std::optional<Response>(const Request&, const Found&)>;

inline constexpr unsigned kGoOn = 100;  // the status that nobody is sent: nothing is against the request

struct Route {
  Method method = Method::kGet;  // kGet answers HEAD too
  // "/v1/tile/{level}/{index*}": literals, {name} for one segment, {name*} at the end for one or more. This text is all that log and metrics say.
  std::string path;
  // The parameters that it knows: any other is refused. {kAnyQuery}: whatever comes, which the handler reads from the request.
  std::vector<std::string_view> query;
  std::string_view content_type;  // of the body; empty: it takes none
  Handler handler;
  uint64_t body_bytes_max = 0;  // of the body; 0: as of every other
  // Asked with the head alone, before a body is read that is larger than others may be: kGoOn, or the answer that spares it. Empty: kGoOn.
  Handler judge_head = {};
  // What the handler would say, from memory and without waiting for anybody: it is asked on a thread that serves sockets. Nullopt: ask the handler.
  QuickHandler quick = {};
};

// The route, for a handler that always answers from memory and without waiting.
Route always_quick(Route route);

class Router {
 public:
  // Stops the process if a route is like another, or its template has no proper form: routes are ours.
  void add(Route route);

  // The route and its values; or the response that says why there is none: 404, 405 with Allow, OPTIONS with Allow, 400 for the query.
  struct Match {
    const Route* route;
    Found found;
  };
  struct Miss {
    std::string path;  // the template, if the path at least is known
    Response response;
  };
  std::variant<Match, Miss> find(const Request& request) const;

  // How large the body of a request may be that find() would give this route; 0: nothing of its own.
  uint64_t body_limit(Method method, std::string_view path) const;

  // Every route, in the order they were added: the catalogue is checked against it.
  std::span<const Route> routes() const { return routes_; }

 private:
  using Segments = std::vector<std::string>;
  std::optional<size_t> fit(std::string_view path) const;
  const Route* route_at(size_t fitting, Method method) const;
  std::string allowed(std::string_view path) const;
  std::vector<Route> routes_;
  std::vector<Segments> forms_;  // of the templates, one for each route
};

}  // namespace daybook
