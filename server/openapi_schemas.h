// Schemas of the OpenAPI document that are made from tables of the ledger and the projections: rows of lists, keys of commands, figures, problems.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace daybook {

// "mark-session-done" as a schema is named: "MarkSessionDone".
std::string schema_name(std::string_view name);

// {"$ref": "#/components/KIND/NAME"}
boost::json::object component(std::string_view kind, std::string_view name);

// An object with these members and no others, each of them there but for those that `optional` names (one, or none: empty).
boost::json::object closed_object(boost::json::object members, std::string_view optional = {});

// The names of its columns, as `sort` takes them, are in sort_schema.
boost::json::object row_schema(std::string_view list);
boost::json::object sort_schema(std::string_view list);

// The keys that the action takes.
boost::json::object command_schema(std::string_view action);

boost::json::object role_schema();
boost::json::object sheet_schema();
boost::json::object figures_schema();

// A problem of that status, its `type` one of those kinds that have it; and the response that it is.
boost::json::object problem_schema(unsigned status);
boost::json::object problem_response(unsigned status);

}  // namespace daybook
