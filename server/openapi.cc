#include "server/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <set>

#include "ledger/require.h"
#include "projections/lists.h"
#include "server/catalogue.h"
#include "server/identity/fresh_sign_in.h"
#include "server/openapi_schemas.h"
#include "server/strict_json.h"

namespace daybook {

std::string_view openapi_components();  // the pages of openapi/, which are built in
std::string_view openapi_operations();

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// What any request may be answered with, before there is anybody to ask; and one with a body, or with none where it could have one.
constexpr unsigned kOfAll[] = {400, 414, 417, 421, 429, 431, 500, 503, 505}, kOfBodies[] = {411, 413, 415};

object read_page(std::string_view page) {
  auto json = read_json(page, {.bytes_max = page.size(), .depth_max = 64, .values_max = page.size()});
  require(json && json.value().is_object(), "the pages of openapi/ are JSON objects");
  return std::move(json.value().as_object());
}

object object_at(const object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found ? found->as_object() : object();
}
std::string text_at(const object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found ? std::string(found->as_string()) : std::string();
}
bool is_set(const object& of, std::string_view name) { return of.contains(name) && of.at(name).as_bool(); }

void append(array& list, const object& of, std::string_view name) {
  if (const auto* more = of.if_contains(name)) list.insert(list.end(), more->as_array().begin(), more->as_array().end());
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

// The names of the parameters in a path.
std::vector<std::string> names_in(std::string_view path) {
  std::vector<std::string> names;
  for (auto begin = path.find('{'); begin != std::string_view::npos; begin = path.find('{', begin + 1)) {
    names.emplace_back(path.substr(begin + 1, path.find('}', begin) - begin - 1));
  }
  return names;
}

// ---- one operation ----

class Document {
 public:
  explicit Document(std::span<const Route> routes);
  object whole() &&;

 private:
  void add(const Route& route, const object& entry);
  void add_each(const Route& route, const object& entry, std::string_view parameter, std::string_view name, std::string_view what);
  void add_operation(const Route& route, const std::string& path, const object& entry);
  array parameters(const Route& route, const std::string& path, const object& entry, const object& profile) const;
  object parameter(const std::string& name, std::string_view in, const object& entry) const;
  object body(const Route& route, const object& entry);
  object responses(const Route& route, const object& entry, const object& profile);
  object told(const Route& route, const object& entry);
  object standing(const object& entry, object members) const;
  void add_problem(object& responses, unsigned status);
  object& schemas() { return document_["components"].as_object()["schemas"].as_object(); }

  object document_ = read_page(openapi_components());
  const object page_ = read_page(openapi_operations());
  object paths_;
};

// A response that may be kept, by its entity tag.
void add_keeping(object& responses) {
  auto& response = responses["200"].as_object();
  if (!response.contains("headers")) response["headers"] = object();
  auto& headers = response["headers"].as_object();
  headers["ETag"] = component("headers", "ETag");
  headers["Cache-Control"] = component("headers", "CacheControl");
  responses["304"] = object{{"description", "The client has the newest."}, {"headers", headers}};
}

// Of a list: the members of its answer, a row of which is one of the schemas.
object list_members(const std::string& list, int64_t rows) {
  return {{"list", object{{"type", "string"}, {"const", list}}},
          {"total", object{{"description", "Rows of all pages."}, {"type", "integer"}, {"minimum", 0}, {"maximum", 100'000'000}}},
          {"rows", object{{"type", "array"}, {"maxItems", rows}, {"items", component("schemas", "Row" + schema_name(list))}}}};
}

bool asks_for(const Route& route, std::string_view name) { return std::find(route.query.begin(), route.query.end(), name) != route.query.end(); }

object Document::standing(const object& entry, object members) const {
  object all = {{"position", component("schemas", "Position")},
                {"checkpoint", component("schemas", "Checkpoint")},
                {"state_version", component("schemas", "StateVersion")}};
  if (text_at(entry, "as") != "open view") all["looks"] = component("schemas", "Looks");
  for (const auto& member : members) all[member.key()] = member.value();
  return closed_object(std::move(all), "looks");
}

// The schema of what a view tells.
object Document::told(const Route& route, const object& entry) {
  if (const auto list = text_at(entry, "list"); !list.empty()) {
    schemas()["Row" + schema_name(list)] = row_schema(list);
    return standing(entry, list_members(list, asks_for(route, "limit") ? 5000 : 500));
  }
  if (const auto name = text_at(entry, "cards"); !name.empty()) {
    return standing(entry, {{name, object{{"type", "array"}, {"maxItems", 10'000}, {"items", component("schemas", "Card")}}}});
  }
  if (entry.contains("told")) return standing(entry, object_at(entry, "told"));
  array either;
  for (const auto& [name, members] : object_at(entry, "told either")) {
    schemas()[name] = standing(entry, members.as_object());
    either.push_back(component("schemas", name));
  }
  return {{"oneOf", std::move(either)}};
}

void Document::add_problem(object& responses, unsigned status) {
  const auto name = fmt::format("Problem{}", status);
  auto& known = document_["components"].as_object()["responses"];
  if (known.is_null()) known = object();
  known.as_object()[name] = problem_response(status);
  schemas()[name] = problem_schema(status);
  auto& response = responses[std::to_string(status)];
  if (response.is_null()) {
    response = component("responses", name);
  } else {
    const auto problem = object_at(problem_response(status), "content");
    response.as_object()["content"].as_object().insert(problem.begin(), problem.end());
  }
}

object Document::responses(const Route& route, const object& entry, const object& profile) {
  auto all = object_at(entry, "responses");
  if (!entry.contains("responses")) {
    object headers = {{"ETag", component("headers", "PositionTag")}};
    if (is_set(entry, "link") || asks_for(route, "cursor")) headers["Link"] = component("headers", "Link");
    all["200"] = object{{"description", "What is told, and where it stands in the record."},
                        {"headers", std::move(headers)},
                        {"content", object{{"application/json", object{{"schema", told(route, entry)}}}}}};
  }
  if (is_set(entry, "kept")) add_keeping(all);
  std::set<unsigned> statuses(std::begin(kOfAll), std::end(kOfAll));
  if (route.method == Method::kPost) statuses.insert(std::begin(kOfBodies), std::end(kOfBodies));
  array more;
  append(more, profile, "problems");
  append(more, entry, "problems");
  for (const auto& status : more) statuses.insert(status.to_number<unsigned>());
  for (const auto status : statuses) add_problem(all, status);
  return all;
}

// One that the page has, or else a text.
object Document::parameter(const std::string& name, std::string_view in, const object& entry) const {
  const auto other = text_at(object_at(entry, "instead"), name);
  const auto& known = document_.at("components").at("parameters").as_object();
  const auto& wanted = other.empty() ? name : other;
  if (const auto* page = known.if_contains(wanted); page && text_at(page->as_object(), "in") == in) return component("parameters", wanted);
  object made = {{"name", name}, {"in", value(boost::json::string(in))}};
  if (in == "path") made["required"] = true;
  made["schema"] = object{{"type", "string"}, {"minLength", 1}, {"maxLength", 2000}};
  if (name != "sort") return made;
  const auto list = text_at(entry, "list");
  made["description"] = "The column, with - before it for the greatest first.";
  made["schema"] = list.empty() ? object_at(entry, "sort") : sort_schema(list);
  return made;
}

array Document::parameters(const Route& route, const std::string& path, const object& entry, const object& profile) const {
  array all;
  for (const auto& name : names_in(path)) all.push_back(parameter(name, "path", entry));
  for (const auto name : route.query) {
    if (name != "*") all.push_back(parameter(std::string(name), "query", entry));  // any: those of somebody else's protocol
  }
  array fields;
  append(fields, profile, "parameters");
  append(fields, entry, "parameters");
  if (is_set(entry, "kept")) fields.emplace_back("IfNoneMatch");
  for (const auto& field : fields) all.push_back(parameter(std::string(field.as_string()), "header", entry));
  return all;
}

object Document::body(const Route& route, const object& entry) {
  const auto name = text_at(entry, "body");
  const auto schema = name.empty() ? object_at(entry, "form") : component("schemas", name);
  return {{"required", true}, {"content", object{{route.content_type, object{{"schema", schema}}}}}};
}

void Document::add_operation(const Route& route, const std::string& path, const object& entry) {
  const auto profile = object_at(object_at(page_, "profiles"), text_at(entry, "as"));
  object operation;
  for (const auto* name : {"operationId", "tags", "summary", "description"}) {
    if (entry.contains(name)) operation[name] = entry.at(name);
  }
  operation["security"] = entry.contains("security") ? entry.at("security") : profile.at("security");
  if (auto all = parameters(route, path, entry, profile); !all.empty()) operation["parameters"] = std::move(all);
  if (!route.content_type.empty()) operation["requestBody"] = body(route, entry);
  operation["responses"] = responses(route, entry, profile);
  auto method = std::string(method_name(route.method));
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  auto& item = paths_[path];
  if (item.is_null()) item = object();
  item.as_object()[method] = std::move(operation);
}

// The entry for one value of a parameter of the path, which is then a word of it.
void Document::add_each(const Route& route, const object& entry, std::string_view parameter, std::string_view name, std::string_view what) {
  const auto title = schema_name(parameter);
  auto text = replaced(boost::json::serialize(entry), fmt::format("{{{}}}", parameter), name);
  text = replaced(replaced(std::move(text), fmt::format("{{{}}}", title), schema_name(name)), "{what}", what);
  add_operation(route, replaced(route.path, fmt::format("{{{}}}", parameter), name), read_page(text));
}

void Document::add(const Route& route, const object& entry) {
  if (route.path.ends_with("/{list}")) {
    for (const auto& info : lists()) add_each(route, entry, "list", info.name, info.what);
    return add_each(route, entry, "list", "refused", "rows that a rule refused, and what each would take");
  }
  if (route.path.ends_with("/{action}")) {
    for (const auto& action : action_entries()) {
      if (!find_served_action(action.name)) continue;
      schemas()[schema_name(action.name)] = command_schema(action.name);
      auto told_of = entry;
      if (wants_fresh_sign_in(action.name)) told_of["description"] = "Wants a sign-in of the last ten minutes.";
      add_each(route, told_of, "action", action.name, "");
    }
    return;
  }
  if (!entry.contains("paths")) return add_operation(route, route.path, entry);
  for (const auto& [path, more] : object_at(entry, "paths")) {
    auto one = entry;
    for (const auto& member : more.as_object()) one[member.key()] = member.value();
    add_operation(route, path, one);
  }
}

Document::Document(std::span<const Route> routes) {
  schemas()["Role"] = role_schema();
  schemas()["Figures"] = figures_schema();
  schemas()["Sheet"] = sheet_schema();
  const auto& entries = page_.at("operations").as_object();
  for (const auto& route : routes) {
    if (const auto* entry = entries.if_contains(route_name(route))) add(route, entry->as_object());
  }
}

// Components that nothing leads to are those of routes that are not there.
object Document::whole() && {
  document_["paths"] = std::move(paths_);
  auto& components = document_["components"].as_object();
  for (bool again = true; again;) {
    again = false;
    const auto text = boost::json::serialize(document_);
    for (auto& [kind, all] : components) {
      if (kind == "securitySchemes") continue;
      std::vector<std::string> unused;
      for (const auto& one : all.as_object()) {
        if (text.find(fmt::format("\"#/components/{}/{}\"", std::string_view(kind), std::string_view(one.key()))) == std::string::npos)
          unused.emplace_back(one.key());
      }
      for (const auto& name : unused) all.as_object().stable_erase(name);
      again = again || !unused.empty();
    }
  }
  return std::move(document_);
}

}  // namespace

object openapi_document(std::span<const Route> routes) { return Document(routes).whole(); }

std::vector<std::string> described_routes() {
  std::vector<std::string> names;
  const auto page = read_page(openapi_operations());
  for (const auto& entry : page.at("operations").as_object()) names.emplace_back(entry.key());
  return names;
}

std::string route_name(const Route& route) { return fmt::format("{} {}", method_name(route.method), route.path); }

void add_openapi_route(Router& router) {
  const auto text = std::make_shared<std::string>();
  router.add({Method::kGet, "/v1/openapi.json", {}, {}, [text](const Request&, const Found&) {
                return Response{.content_type = "application/json", .body = *text, .caching = Caching::kRevalidate};
              }});
  *text = boost::json::serialize(openapi_document(router.routes())) + "\n";
}

}  // namespace daybook
