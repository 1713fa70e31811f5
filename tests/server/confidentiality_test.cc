// The sentences of tests/projections/sentences.h over every route: each is tried on whatever the service says, to whoever asks whatever way.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "tests/projections/sentences.h"
#include "tests/server/served_house.h"

namespace daybook::test {
namespace {

using ByRoute = std::map<std::string, std::string>;  // what is told there

ByRoute told_to(ServedHouse& served, const std::vector<Asking>& all, const As& as) {
  ByRoute told;
  for (const auto& asking : all) told[asking.route] += as_in_house(ask(served, asking, as), asking.title);
  return told;
}

// Everybody that a sentence is about.
std::set<std::pair<std::string, Role>> readers() {
  std::set<std::pair<std::string, Role>> all;
  for (const auto& sentence : disclosure_sentences()) all.emplace(sentence.who, sentence.role);
  return all;
}

std::string words_in(ServedHouse& served, const std::string& words) {
  return with_ids(words, [&](const std::string& name) { return served.id_of(name); });
}

// How many times something was looked for that is not there.
size_t check_sentences(ServedHouse& served, const std::pair<std::string, Role>& reader, const ByRoute& told) {
  size_t tried = 0;
  for (const auto& sentence : disclosure_sentences()) {
    if (std::pair(sentence.who, sentence.role) != reader) continue;
    for (const auto& each : sentence.told) {
      const auto words = words_in(served, each);
      for (const auto& [route, text] : told) {
        const auto at = text.find(words);
        INFO(sentence.says << ": " << words << " on " << route << ": " << (at == std::string::npos ? "" : text.substr(at < 200 ? 0 : at - 200, 400)));
        CHECK(at == std::string::npos);
        ++tried;
      }
    }
  }
  return tried;
}

// Words that stand for values of somebody: none of them is for a log, a figure, or the state of a job.
const std::vector<std::string> kValues = {"Motivation",       "FormTongue",  "FormVersion", "FormZone",  "mail-canary", "GradeCanary",
                                          "EntityCanary",     "StaffTongue", "Name of",     "Comment",   "ReasonU",     "ReasonOf",
                                          "Certificate",      "AreaK",       "MinutesU",    "WhyOf",     "WhyRole",     "WhyProposed",
                                          "EarlierProgramme", "HoldReason",  "LiftReason",  "PurposeOf", "NameOfLook",  "OperatorOf"};

std::string first_value_in(const std::string& text) {
  const auto it = std::find_if(kValues.begin(), kValues.end(), [&](const std::string& value) { return text.find(value) != std::string::npos; });
  return it == kValues.end() ? "" : *it;
}

}  // namespace

TEST_CASE("every route of the service is asked", "[server][disclosure]") {
  ServedHouse served;
  std::set<std::pair<Method, std::string>> asked;
  for (const auto& all : {askings(served), commands(served)}) {
    for (const auto& asking : all) asked.emplace(asking.method, asking.route);
  }

  for (const auto& route : served.router.routes()) {
    INFO(method_name(route.method) << " " << route.path);
    CHECK(asked.contains({route.method, route.path}));
  }
  for (const auto& asking : askings(served)) {
    Request request;
    request.method = asking.method;
    request.path = asking.path;
    request.query = asking.query;
    const auto found = served.router.find(request);
    const auto* match = std::get_if<Router::Match>(&found);
    INFO(asking.path << "?" << asking.query);
    REQUIRE(match);
    CHECK(match->route->path == asking.route);
  }
}

TEST_CASE("what the requirements keep from somebody, no route tells them", "[server][disclosure][S0-06]") {
  ServedHouse served;
  const auto all = askings(served);
  size_t tried = 0;

  for (const auto& reader : readers()) tried += check_sentences(served, reader, told_to(served, all, served.as(reader.first, reader.second)));
  for (const auto& reader : readers()) {
    tried += check_sentences(served, reader, told_to(served, commands(served), served.as(reader.first, reader.second)));
  }

  CHECK(tried > 4000);
  INFO(first_value_in(served.lines.str() + served.metrics.text()));
  CHECK(first_value_in(served.lines.str()).empty());
  CHECK(first_value_in(served.metrics.text()).empty());
  for (const auto* name : {"U1", "U2", "K1"}) CHECK(served.lines.str().find(served.id(name)) == std::string::npos);
  for (const auto* ref : {"A-U1", "P-U1"}) CHECK(served.lines.str().find(ref) == std::string::npos);
}

TEST_CASE("the words that the sentences are about are told to somebody over the wire", "[server][disclosure]") {
  ServedHouse served;
  const auto all = askings(served);
  std::string told;
  for (const auto& [who, role] :
       {std::pair{"AD", Role::kAdministrator}, std::pair{"CO", Role::kComplianceOfficer}, std::pair{"U1", Role::kClient},
        std::pair{"U2", Role::kClient}, std::pair{"K1", Role::kCoach}, std::pair{"K2", Role::kCoach}, std::pair{"SL", Role::kSupervisionLead}}) {
    for (const auto& [route, text] : told_to(served, all, served.as(who, role))) told += text;
  }

  for (const auto& sentence : disclosure_sentences()) {
    for (const auto& words : sentence.told) {
      INFO(sentence.says << ": " << words);
      CHECK(told.find(words_in(served, words)) != std::string::npos);
    }
  }
}

TEST_CASE("who is not signed in, or gives no role or no reason, is told of nobody by any route", "[server][disclosure][S0-06]") {
  ServedHouse served;
  const auto id = served.id("U1");

  for (const auto& as : {As{}, As{"AD", ""}, As{"AD", "administrator", ""}}) {
    for (const auto& asking : askings(served)) {
      const auto text = whole_of(ask(served, asking, as));
      INFO(asking.path << " as " << as.name << " " << as.role << ": " << first_value_in(text));
      CHECK(first_value_in(text).empty());
      CHECK(text.find(id) == std::string::npos);
    }
  }
}

TEST_CASE("a HEAD has the fields of the answer, and OPTIONS does not say what is there", "[server][disclosure]") {
  ServedHouse served;
  const auto head_fields = [](const Response& response) {
    std::set<std::string> names;
    for (const auto& field : response.fields) names.insert(field.name);
    return names;
  };
  const auto send = [&](Method method, const Asking& asking, const As& as) {
    Request request;
    request.method = method;
    request.path = asking.path;
    request.query = asking.query;
    return served.ask(std::move(request), as);
  };
  const As stranger = served.as("U3", Role::kClient);
  std::set<std::string> seen;

  for (const auto& asking : askings(served)) {
    if (asking.method != Method::kGet || !seen.insert(asking.route).second) continue;
    INFO(asking.path);
    const auto got = send(Method::kGet, asking, stranger), head = send(Method::kHead, asking, stranger);
    CHECK(head.status == got.status);
    CHECK(head_fields(head) == head_fields(got));
    CHECK(whole_of(send(Method::kOptions, asking, stranger)) == whole_of(send(Method::kOptions, asking, kNobody)));
  }
}

TEST_CASE("a job and its report say which row and why not, and no value of anybody", "[server][disclosure][import]") {
  ServedHouse served;

  for (const std::string more : {"", "/report", "/report?raw"}) {
    const auto question = more.find('?');
    const auto answer = served.get("/v1/jobs/" + served.job + more.substr(0, question), kAdmin, question == std::string::npos ? "" : "raw");
    const auto text = whole_of(answer);
    INFO(text);
    CHECK(answer.status == 200);
    CHECK(first_value_in(text).empty());
  }
}

}  // namespace daybook::test
