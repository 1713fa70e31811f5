// The OpenAPI 3.1 document: every route of the service, made from the routes themselves, the catalogue and the tables that say what they take and
// tell. What is said of them beside that stands in openapi/operations.json and openapi/components.json.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <vector>

#include "server/router.h"

namespace daybook {

// An operation of each route that is described. One of the lists, or the actions, is an operation of its own for each. The same routes give the same
// document, byte for byte.
boost::json::object openapi_document(std::span<const Route> routes);

// "GET /v1/programmes": the routes that operations.json describes, be they there or not; and one as it is named there.
std::vector<std::string> described_routes();
std::string route_name(const Route& route);

// GET /v1/openapi.json: to be added last, as it tells of the routes that are there, itself among them.
void add_openapi_route(Router& router);

}  // namespace daybook
