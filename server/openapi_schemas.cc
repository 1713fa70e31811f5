#include "server/openapi_schemas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "ledger/action_keys.h"
#include "ledger/charter.h"
#include "ledger/relation.h"
#include "ledger/sheet.h"
#include "projections/lists.h"
#include "projections/statistics.h"
#include "server/problem.h"

namespace daybook {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr int64_t kExact = 9007199254740991;  // the greatest whole number that every reader of JSON has exactly
constexpr int64_t kTextMax = 65'535;          // letters of a cell, and of a key's value

// Those that a rule stands behind.
constexpr std::array<std::string_view, 4> kOfRules = {"key-reused", "moved-on", "not-allowed", "refused"};

value text(std::string_view of) { return value(boost::json::string(of)); }

object member_of(const Column& column) {
  if (column.cells == Cells::kNumber) return {{"type", array{"integer", "null"}}, {"minimum", 0}, {"maximum", kExact}};
  if (column.cells == Cells::kPerson) return {{"type", "string"}, {"maxLength", 26}, {"description", "A random id, or nothing."}};
  return {{"type", "string"}, {"maxLength", kTextMax}};
}

object words(std::initializer_list<std::string_view> all) {
  array list;
  for (const auto word : all) list.push_back(text(word));
  return {{"type", "string"}, {"enum", std::move(list)}};
}

object key_schema(const ActionKey& key) {
  switch (key.form) {
    case KeyForm::kText:
      break;
    case KeyForm::kRef:
      return component("schemas", "Word");
    case KeyForm::kDay:
      return component("schemas", "Day");
    case KeyForm::kNumber:
      return {{"type", "integer"}, {"minimum", 0}, {"maximum", 999'999'999}};
    case KeyForm::kRole:
      return component("schemas", "Role");
    case KeyForm::kReferral:
      return words({"eligible", "not-eligible"});
    case KeyForm::kFinding:
      return words({"proper", "improper", "unclear"});
    case KeyForm::kYes:
      return words({"yes"});
    case KeyForm::kRating:
      return {{"type", "integer"}, {"minimum", 1}, {"maximum", 5}};
  }
  const bool charter = key.name == "text";
  return {{"type", "string"}, {"maxLength", charter ? static_cast<int64_t>(kCharterBytesMax) : kTextMax}};
}

bool is_of_rule(const ProblemKind& kind) { return std::find(kOfRules.begin(), kOfRules.end(), kind.name) != kOfRules.end(); }

// What a rule says, beside the members of every problem.
void add_ruling(object& members) {
  members["rule"] = component("schemas", "ProblemRule");
  members["saw"] = component("schemas", "Text");
  members["wants"] = component("schemas", "Text");
  auto because = component("schemas", "Position");
  because["description"] = "The event that stands in the way, for those who may be told of it.";
  members["because"] = std::move(because);
}

}  // namespace

std::string schema_name(std::string_view name) {
  std::string out;
  bool begins = true;
  for (const char c : name) {
    if (c != '-') out += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins = c == '-';
  }
  return out;
}

object component(std::string_view kind, std::string_view name) { return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}}; }

object closed_object(object members, std::string_view optional) {
  array required;
  for (const auto& member : members) {
    if (member.key() != optional) required.push_back(text(member.key()));
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"required", std::move(required)}, {"properties", std::move(members)}};
}

object row_schema(std::string_view list) {
  object members;
  for (const auto& column : list_columns(list)) members[column.name] = member_of(column);
  return closed_object(std::move(members));
}

object sort_schema(std::string_view list) {
  array names;
  for (const auto& column : list_columns(list)) {
    names.push_back(text(column.name));
    names.push_back(text("-" + column.name));
  }
  return {{"type", "string"}, {"enum", std::move(names)}};
}

object command_schema(std::string_view action) {
  object members;
  array required;
  for (const auto& key : action_keys(action)) {
    members[key.name] = key_schema(key);
    const bool filled_in = action == "erase" && key.name == "known_until";  // the service does, with five years from now
    if (key.needed && !filled_in) required.push_back(text(key.name));
  }
  if (action != "rotate-keys") {  // which changes no event
    members["at"] = component("schemas", "Time");
    members["at"].as_object()["description"] = "When it happened, if not now: a time with seconds and offset.";
  }
  object schema = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["properties"] = std::move(members);
  return schema;
}

object role_schema() {
  array names;
  for (const auto name : kRoleNames) names.push_back(text(name));
  return {{"type", "string"}, {"enum", std::move(names)}};
}

object sheet_schema() {
  array names;
  for (const auto& sheet : sheets()) names.push_back(text(sheet.name));
  return {{"type", "string"}, {"enum", std::move(names)}};
}

object figures_schema() {
  object members;
  for (const auto& [name, unused] : named_figures(Statistics{})) members[name] = component("schemas", "Count");
  members["rating_mean"] =
      object{{"description", "Null where too few stand behind it."}, {"type", array{"number", "null"}}, {"minimum", 1}, {"maximum", 5}};
  return closed_object(std::move(members));
}

object problem_schema(unsigned status) {
  array types, titles;
  bool of_rule = false, always = true;
  for (const auto& kind : problem_kinds()) {
    if (kind.status != status) continue;
    types.push_back(text(fmt::format("/problems/{}", kind.name)));
    titles.push_back(text(kind.title));
    of_rule = of_rule || is_of_rule(kind);
    always = always && is_of_rule(kind);
  }
  object members = {{"type", object{{"description", "Where a page says what to do."}, {"type", "string"}, {"enum", std::move(types)}}},
                    {"title", object{{"type", "string"}, {"enum", std::move(titles)}}},
                    {"status", object{{"type", "integer"}, {"const", status}}},
                    {"detail", object{{"type", "string"}, {"maxLength", 2000}}}};
  if (of_rule) add_ruling(members);
  members["trace"] = component("schemas", "Trace");
  auto schema = closed_object(std::move(members));
  schema["required"] =
      of_rule && always ? array{"type", "title", "status", "rule", "saw", "wants", "trace"} : array{"type", "title", "status", "trace"};
  return schema;
}

object problem_response(unsigned status) {
  std::string kinds;
  for (const auto& kind : problem_kinds()) {
    if (kind.status == status) kinds += fmt::format("{}`{}`", kinds.empty() ? "" : ", ", kind.name);
  }
  object response = {{"description", kinds}};
  if (status == 401) response["headers"] = object{{"WWW-Authenticate", component("headers", "WwwAuthenticate")}};
  if (status == 429 || status == 503) response["headers"] = object{{"Retry-After", component("headers", "RetryAfter")}};
  response["content"] = object{{"application/problem+json", object{{"schema", component("schemas", fmt::format("Problem{}", status))}}}};
  return response;
}

}  // namespace daybook
