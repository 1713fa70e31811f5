// The OpenAPI document against the routes, the catalogue and the tables that it is made from.
#include "server/openapi.h"

#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include "ledger/action_keys.h"
#include "projections/glasses.h"
#include "projections/inquiry.h"
#include "projections/lists.h"
#include "server/catalogue.h"
#include "server/feed.h"
#include "server/health.h"
#include "server/openapi_schemas.h"
#include "server/problem.h"
#include "server/proof_routes.h"
#include "server/session_routes.h"
#include "server/sign_in_routes.h"
#include "server/view_routes.h"
#include "tests/server/names.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

using boost::json::object;
using boost::json::value;

// Described, and served where a provider is configured alone.
const Names kNotEverywhere = {"GET /v1/sign-in", "GET /v1/sign-in/callback", "POST /v1/sign-in/back-channel-logout"};

// Every route that daybookd serves to the public.
struct WholeService {
  WholeService() {
    add_health_routes(served.router, health);
    add_problem_routes(served.router);
    add_proof_routes(served.router, published);
    add_sign_in_routes(served.router, {served.callers, served.sessions, codes.get(), served.home.clock, served.log});
    add_session_routes(served.router, {served.callers, *served.live, served.home.clock}, {});
    add_feed_routes(served.router, {*served.ledger, *served.live, served.look_book, served.callers, served.table, feed_events, feeds,
                                    served.home.clock, served.log});
    add_openapi_route(served.router);
    document = openapi_document(served.router.routes());
  }
  const object& paths() const { return document.at("paths").as_object(); }
  const object& schemas() const { return document.at("components").at("schemas").as_object(); }

  ServedLedger served;
  Health health{served.log};
  Published published{served.ledger->programme(), []() -> Result<std::optional<SignedCheckpoint>> { return std::nullopt; }};
  FeedEvents feed_events{served.ledger->programme()};
  ConnectionCaps feeds{1};
  SeededRandomness for_codes{5};
  std::unique_ptr<DemoCodes> codes = DemoCodes::make("127.0.0.1", served.home.clock, for_codes).value();
  object document;
};

// All that operations.json describes, whether the service has it or not.
object whole_description() {
  Router router;
  for (const auto& name : described_routes()) {
    const auto space = name.find(' ');
    const bool get = name.starts_with("GET");
    Route route{get ? Method::kGet : Method::kPost, name.substr(space + 1), {}, {}, [](const Request&, const Found&) { return Response{}; }};
    if (get) route.query = {"at", "happened-by", "limit", "cursor"};
    if (!get) route.content_type = "application/json";
    router.add(std::move(route));
  }
  return openapi_document(router.routes());
}

Names names_of(const object& members) {
  Names names;
  for (const auto& member : members) names.emplace(member.key());
  return names;
}

Names described() {
  const auto all = described_routes();
  return {all.begin(), all.end()};
}

// Calls `visit` with each object in a value, and where it is.
template <class Visit>
void walk(const value& of, const std::string& where, const Visit& visit) {
  if (const auto* list = of.if_array()) {
    for (size_t i = 0; i < list->size(); ++i) walk(list->at(i), where + "/" + std::to_string(i), visit);
  }
  if (const auto* members = of.if_object()) {
    visit(*members, where);
    for (const auto& member : *members) walk(member.value(), where + "/" + std::string(member.key()), visit);
  }
}

bool is_of_type(const object& schema, std::string_view type) {
  const auto* found = schema.if_contains("type");
  if (!found) return false;
  if (const auto* text = found->if_string()) return std::string_view(*text) == type;
  const auto* list = found->if_array();
  return list &&
         std::any_of(list->begin(), list->end(), [&](const value& one) { return one.is_string() && std::string_view(one.as_string()) == type; });
}

// What is not bounded of a schema; empty: all is.
std::string unbounded(const object& schema) {
  const bool fixed = schema.contains("enum") || schema.contains("const");
  if (is_of_type(schema, "object") && !schema.contains("additionalProperties")) return "additionalProperties";
  if (is_of_type(schema, "array") && (!schema.contains("maxItems") || !schema.contains("items"))) return "maxItems, items";
  if (is_of_type(schema, "string") && !fixed && !schema.contains("maxLength")) return "maxLength";
  const bool number = is_of_type(schema, "integer") || is_of_type(schema, "number");
  if (number && !fixed && (!schema.contains("maximum") || !schema.contains("minimum"))) return "minimum, maximum";
  return {};
}

}  // namespace

TEST_CASE("every route of the service is described, and what is described is a route", "[server][openapi]") {
  const WholeService whole;
  Names routes;
  for (const auto& route : whole.served.router.routes()) routes.insert(route_name(route));

  const auto undescribed = missing(routes, described()), idle = missing(missing(described(), routes), kNotEverywhere);

  INFO("not in server/openapi/operations.json: " << joined(undescribed));
  INFO("described there, and no route: " << joined(idle));
  CHECK(undescribed.empty());
  CHECK(idle.empty());
}

TEST_CASE("a route that is not there is not in the document", "[server][openapi]") {
  const Router none;

  CHECK(openapi_document(none.routes()).at("paths").as_object().empty());
}

TEST_CASE("every action that is served is an operation, whose body has the keys that the action takes", "[server][openapi]") {
  const WholeService whole;

  for (const auto& entry : action_entries()) {
    if (!find_served_action(entry.name)) continue;
    CAPTURE(entry.name);
    const auto keys = action_keys(entry.name);
    REQUIRE_FALSE(keys.empty());  // else: name the keys of the new action in ledger/action_keys.cc
    REQUIRE(whole.paths().contains("/v1/commands/" + std::string(entry.name)));
    const auto& schema = whole.schemas().at(schema_name(entry.name)).as_object();
    Names wanted;
    for (const auto& key : keys) wanted.emplace(key.name);
    CHECK(missing(wanted, names_of(schema.at("properties").as_object())).empty());
    CHECK_FALSE(schema.at("additionalProperties").as_bool());
  }
}

TEST_CASE("a proposal is closed with the keys that the table has for it", "[server][openapi]") {
  ServedLedger served;

  for (const std::string action : {"second", "decline", "withdraw"}) {
    CAPTURE(action);
    const auto ask = [&](const std::string& body) { return problem_in(served.post("/v1/commands/" + action, body)); };
    CHECK(ask(R"({"proposal": "1", "reason": "x"})") != "malformed-body");
    CHECK(ask(R"({"proposal": "1"})") != "malformed-body");
    CHECK(ask(R"({"reason": "x"})") == "malformed-body");
    CHECK(ask(R"({"proposal": "1", "nothing": "x"})") == "malformed-body");
  }
}

TEST_CASE("every list is an operation, whose rows have the list's columns", "[server][openapi]") {
  const WholeService whole;

  for (const auto name : list_names()) {
    CAPTURE(name);
    const auto columns = list_columns(name);
    REQUIRE_FALSE(columns.empty());  // else: name the columns of the new list in projections/lists.cc
    REQUIRE(whole.paths().contains("/v1/programmes/{programme}/cycles/{cycle}/" + std::string(name)));
    const auto& row = whole.schemas().at("Row" + schema_name(name)).as_object();
    CHECK(row.at("properties").as_object().size() == columns.size());
    CHECK(row.at("required").as_array().size() == columns.size());
  }
}

TEST_CASE("the columns that a list is said to have are those that it has", "[server][openapi]") {
  ServedLedger served;
  const auto newest = served.live->read().value();
  const auto inquiry = Inquiry::now(*served.ledger, *newest, {"test@host", "test", "administrator", "a test"}, served.table, served.home.clock.now());
  REQUIRE(inquiry.has_value());
  const auto& asked = *inquiry.value();
  const auto& cycle = *asked.state().cycle({"iom-coaching", "2024"});
  const auto same = [](const Table& table, std::string_view name) {
    const auto said = list_columns(name);
    return std::equal(table.columns.begin(), table.columns.end(), said.begin(), said.end(),
                      [](const Column& a, const Column& b) { return a.name == b.name && a.cells == b.cells; });
  };

  for (const auto& info : lists()) {
    CAPTURE(info.name);
    CHECK(same(list(info.name, asked.state(), cycle, Day{}, *asked.desk).value(), info.name));
  }
  CHECK(same(refused({}, *asked.desk), "refused"));
  CHECK(same(imports(asked.state(), {}, *asked.desk), "imports"));
  CHECK(same(roles(asked.state(), *asked.desk), "roles"));
  CHECK(same(proposals(asked.state(), *asked.desk), "proposals"));
  CHECK(same(glasses(asked.state(), *asked.desk), "glasses"));
  CHECK(same(people({"nobody"}, *asked.desk), "people"));
}

TEST_CASE("every kind of problem is one that some answer may be", "[server][openapi]") {
  WholeService whole;
  const Names of_no_operation = {"method-not-allowed", "unknown-method"};  // what was asked for is none
  const auto text = boost::json::serialize(whole.document);

  for (const auto& kind : problem_kinds()) {
    CAPTURE(kind.name);
    const bool said = text.find("\"/problems/" + std::string(kind.name) + "\"") != std::string::npos;
    CHECK(said != of_no_operation.contains(std::string(kind.name)));
    CHECK(whole.served.get("/problems/" + std::string(kind.name), kNobody).status == 200);
  }
}

TEST_CASE("every schema is closed and bounded, and every reference leads somewhere", "[server][openapi]") {
  const auto document = whole_description();
  const auto& components = document.at("components");

  walk(document, "", [&](const object& one, const std::string& where) {
    if (where.find("/Document/") != std::string::npos) return;  // of what stands in an OpenAPI document that specification is the schema
    const auto open = unbounded(one);
    if (!open.empty()) FAIL_CHECK(where << ": want " << open);
    const auto* ref = one.if_contains("$ref");
    if (!ref) return;
    const std::string to(ref->as_string());
    const auto kind = to.substr(13, to.find('/', 13) - 13), name = to.substr(to.rfind('/') + 1);
    if (!components.as_object().contains(kind) || !components.at(kind).as_object().contains(name)) FAIL_CHECK(where << ": " << to << " is not there");
  });
}

TEST_CASE("the document is served, and kept by its entity tag", "[server][openapi]") {
  WholeService whole;

  const auto first = whole.served.get("/v1/openapi.json", kNobody);
  const auto again = whole.served.get("/v1/openapi.json", kNobody, "", {{"if-none-match", std::string(field_of(first, "etag"))}});

  CHECK(first.status == 200);
  CHECK(first.content_type == "application/json");
  CHECK(member(first, "openapi") == "3.1.0");
  CHECK(boost::json::parse(first.body) == value(whole.document));
  CHECK(again.status == 304);
}

}  // namespace daybook::test
