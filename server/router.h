// Which handler a request is for.
#pragma once

#include <functional>
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

struct Route {
  Method method = Method::kGet;  // kGet answers HEAD too
  // "/v1/tile/{level}/{index*}": literals, {name} for one segment, {name*} at the end for one or more. This text is all that log and metrics say.
  std::string path;
  // The parameters that it knows: any other is refused. {kAnyQuery}: whatever comes, which the handler reads from the request.
  std::vector<std::string_view> query;
  std::string_view content_type;  // of the body; empty: it takes none
  Handler handler;
};

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

  // Every route, in the order they were added: the catalogue is checked against it.
  std::span<const Route> routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace daybook
