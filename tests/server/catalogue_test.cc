#include "server/catalogue.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include "ledger/command.h"
#include "ledger/do_table.h"
#include "projections/lists.h"
#include "projections/whole_lists.h"
#include "server/proof_routes.h"
#include "server/view_routes.h"
#include "tests/server/names.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

template <class Entries, class Entry>
Names all(const Entries& entries, std::string_view Entry::* member) {
  Names names;
  for (const auto& entry : entries) names.emplace(entry.*member);
  names.erase("");
  return names;
}

// The verbs of the command line, as its source declares them: "list", "role grant". A verb that only leads to others is none.
Names verbs_of_command_line() {
  std::ifstream file(std::string(DAYBOOK_SOURCE_DIR) + "/tools/main.cc");
  const std::string source{std::istreambuf_iterator<char>(file), {}};
  const std::regex declaration(R"re((?:auto\* (\w+) =[^;]*?)?verb\((\*?\w+),\s*"([a-z-]+)")re"), closing(R"re(closes\("([a-z]+)")re");
  std::map<std::string, std::string> parents;  // variable -> verb
  Names verbs, groups;
  for (std::sregex_iterator it(source.begin(), source.end(), declaration), end; it != end; ++it) {
    const std::string variable = (*it)[1], of = (*it)[2], name = (*it)[3];
    const auto parent = of.front() == '*' ? parents[of.substr(1)] : "";
    if (!parent.empty() && parent != "backup") groups.insert(parent);
    if (!variable.empty()) parents[variable] = name;
    verbs.insert(parent.empty() ? name : parent + " " + name);
  }
  for (std::sregex_iterator it(source.begin(), source.end(), closing), end; it != end; ++it) verbs.insert((*it)[1]);
  return missing(verbs, groups);
}

// A verb as the command line declares it: without what is asked of it.
std::string declared(const std::string& verb) {
  for (const std::string word : {"list", "do", "show", "explain"}) {
    if (verb.starts_with(word + " ")) return word;
  }
  return verb;
}

}  // namespace

TEST_CASE("every action of the ledger and every row of the table of rights is in the catalogue", "[server][catalogue]") {
  const auto names = all(action_entries(), &ActionEntry::name), deeds = all(action_entries(), &ActionEntry::deed);
  Names actions(std::begin(kActionNames), std::end(kActionNames));
  actions.insert(std::begin(kOtherActionNames), std::end(kOtherActionNames));

  INFO("missing: " << joined(missing(actions, names)) << "; " << joined(missing(Names(kDeeds.begin(), kDeeds.end()), deeds)));
  CHECK(missing(actions, names).empty());
  CHECK(Names(kDeeds.begin(), kDeeds.end()) == deeds);
  CHECK(names.size() == action_entries().size());
}

TEST_CASE("every verb of the command line is in the catalogue, and no other", "[server][catalogue]") {
  Names catalogued;
  for (const auto& verbs : {all(action_entries(), &ActionEntry::verb), all(view_entries(), &ViewEntry::verb), all(local_verbs(), &LocalVerb::verb)}) {
    for (const auto& verb : verbs) catalogued.insert(declared(verb));
  }
  const auto verbs = verbs_of_command_line();

  INFO("not in the catalogue: " << joined(missing(verbs, catalogued)) << "; no verb: " << joined(missing(catalogued, verbs)));
  CHECK(verbs.size() > 30);
  CHECK(verbs == catalogued);
}

TEST_CASE("every list is in the catalogue, and every row that it names is one of who may see what", "[server][catalogue]") {
  const auto verbs = all(view_entries(), &ViewEntry::verb), rows = all(view_entries(), &ViewEntry::row);
  const auto table = shipped_see_table();

  auto names = list_names();
  for (const auto name : whole_list_names()) names.push_back(name);
  for (const auto name : names) {
    CAPTURE(name);
    const auto entries = view_entries();
    const auto verb = "list " + std::string(name);
    const auto it = std::find_if(entries.begin(), entries.end(), [&](const ViewEntry& entry) { return entry.verb == verb; });
    REQUIRE(it != entries.end());
    CHECK_FALSE(it->route.empty());
  }
  CHECK(missing(rows, Names(table.rows().begin(), table.rows().end())).empty());
  CHECK(verbs.size() == view_entries().size());
}

TEST_CASE("a view has a route or a reason, and every route of the service is in the catalogue", "[server][catalogue]") {
  ServedLedger served;
  Published published(served.ledger->programme(), []() -> Result<std::optional<SignedCheckpoint>> { return std::nullopt; });
  add_proof_routes(served.router, published);
  Names views, commands;
  for (const auto& route : served.router.routes()) (route.path.starts_with("/v1/commands/") ? commands : views).insert(route.path);
  auto wanted = all(view_entries(), &ViewEntry::route);
  wanted.merge(all(other_routes(), &OtherRoute::route));
  wanted.merge(all(action_entries(), &ActionEntry::route));

  CHECK(views == wanted);
  CHECK(commands == Names{"/v1/commands/{action}"});
  for (const auto& entry : view_entries()) {
    CAPTURE(entry.verb);
    CHECK(entry.route.empty() != entry.no_route.empty());
  }
}

TEST_CASE("an action is carried out over the wire or kept from it, as the catalogue says", "[server][catalogue]") {
  ServedLedger served;

  for (const auto& entry : action_entries()) {
    CAPTURE(entry.name);
    const auto answer = served.post("/v1/commands/" + std::string(entry.name), "[]");
    CHECK(problem_in(answer) == (find_served_action(entry.name) ? "malformed-body" : "not-found"));
  }
}

TEST_CASE("what wants a second person can be agreed to over the wire", "[server][catalogue][S0-07]") {
  const auto table = shipped_do_table();
  for (const auto& entry : action_entries()) {
    if (entry.deed.empty()) continue;
    CAPTURE(entry.name);
    const auto all = standings();
    const bool wants_two = std::any_of(all.begin(), all.end(), [&](const Standing& one) { return table.at(entry.deed, one) == Verdict::kSecond; });
    CHECK((!wants_two || entry.no_route.empty()));
  }
}

TEST_CASE("what the wire does not have yet is this, and shrinks", "[server][catalogue]") {
  Names actions, views;
  for (const auto& entry : action_entries()) {
    if (!entry.no_route.empty()) actions.emplace(entry.name);
  }
  for (const auto& entry : view_entries()) {
    if (!entry.no_route.empty()) views.emplace(entry.verb);
  }

  CHECK(actions == Names{"backup", "role-begin", "tick"});
  CHECK(views == Names{"diff"});
}

}  // namespace daybook::test
