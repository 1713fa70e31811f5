#include "tests/server/alike_pairs.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/require.h"

namespace daybook::test {
namespace {

// Of the same length, and of nobody.
std::string no_id(const std::string& id) { return std::string(id.size(), 'z'); }

Pair pair_of(const std::string& route, const std::string& before, const std::string& there, const std::string& not_there,
             const std::string& after = "") {
  return {{route, "", before + there + after}, {route, "", before + not_there + after}};
}
Pair query_pair(const std::string& path, const std::string& name, const std::string& there, const std::string& not_there) {
  return {{path, "", path, name + "=" + there}, {path, "", path, name + "=" + not_there}};
}
Pair body_pair(const std::string& route, const std::string& path, const std::string& before, const std::string& there, const std::string& not_there,
               const std::string& after = "}") {
  return {{route, "", path, "", before + "\"" + there + "\"" + after, Method::kPost},
          {route, "", path, "", before + "\"" + not_there + "\"" + after, Method::kPost}};
}
Pair command_pair(const std::string& action, const std::string& before, const std::string& there, const std::string& not_there) {
  return body_pair("/v1/commands/{action}", "/v1/commands/" + action, before, there, not_there);
}

// Where the first event of a stream stands.
std::string position_of(ServedHouse& served, const std::string& stream) {
  const auto events = served.events({});
  const auto it = std::find_if(events.begin(), events.end(), [&](const Event& event) { return event.envelope.stream == stream; });
  require(it != events.end(), "the house has such a stream");
  return std::to_string(it->envelope.position.value);
}

void add_events(ServedHouse& served, const std::string& id, std::vector<Pair>& all) {
  const auto position = position_of(served, "pairing/P-U2");
  all.push_back(query_pair("/v1/history", "stream", "pairing/P-U2", "pairing/P-XX"));
  all.push_back(query_pair("/v1/history", "actor", id, no_id(id)));
  for (const auto* name : {"position", "chain"}) all.push_back(query_pair("/v1/history", name, position, "999999"));
  all.push_back(query_pair("/v1/access-log", "about", id, no_id(id)));
  all.push_back(query_pair("/v1/access-log", "by", "id-of-looker", "id-of-nobody"));
}

}  // namespace

std::vector<Pair> questions(ServedHouse& served) {
  const auto id = served.id("U2"), none = no_id(id), coach = served.id("K3");
  const std::string things = "/v1/things/", people = "/v1/people/", coaches = "/v1/programmes/iom-coaching/coaches/";
  std::vector<Pair> all;
  for (const auto& [there, not_there] : {std::pair{std::string("A-U2"), std::string("A-XX")}, {"P-U2", "P-XX"}, {id, none}}) {
    all.push_back(pair_of("/v1/things/{id}", things, there, not_there));
    all.push_back(pair_of("/v1/things/{id}/explain", things, there, not_there, "/explain"));
    all.push_back(query_pair("/v1/history", "subject", there, not_there));
  }
  for (const auto* name : {"subject", "actor"}) all.push_back(body_pair("/v1/history", "/v1/history", fmt::format(R"({{"{}": )", name), "U2", "XX"));
  for (const auto* name : {"about", "by"}) all.push_back(body_pair("/v1/access-log", "/v1/access-log", fmt::format(R"({{"{}": )", name), "U2", "XX"));
  for (const auto* path : {"/v1/show", "/v1/explain"}) all.push_back(body_pair(path, path, R"({"id": )", "U2", "XX"));
  all.push_back(body_pair("/v1/find", "/v1/find", R"({"words": [)", "EntityCanaryU2", "EntityCanaryXX", "]}"));
  all.push_back(pair_of("/v1/programmes/{programme}/coaches/{person}", coaches, coach, no_id(coach)));
  all.push_back(pair_of("/v1/people/{person}/export", people, id, none, "/export"));
  add_events(served, id, all);
  all.push_back(pair_of("/v1/jobs/{id}", "/v1/jobs/", served.job, no_id(served.job)));
  all.push_back(pair_of("/v1/jobs/{id}/report", "/v1/jobs/", served.job, no_id(served.job), "/report"));
  return all;
}

std::vector<Pair> orders(ServedHouse& served) {
  const auto batch = served.state().imports.begin()->first;
  return {command_pair("accept-pairing", R"({"ref": )", "P-U2", "P-XX"),
          command_pair("end-pairing", R"({"reason": "why", "ref": )", "P-U2", "P-XX"),
          command_pair("mark-session-done", R"({"session": 3, "held_on": "2024-05-30", "ref": )", "P-U2", "P-XX"),
          command_pair("give-feedback", R"({"session": 1, "rating": 3, "ref": )", "P-U2", "P-XX"),
          command_pair("accept-offer", R"({"application": )", "A-U2", "A-XX"),
          command_pair("decline-offer", R"({"reason": "why", "application": )", "A-U2", "A-XX"),
          command_pair("rectify-form", R"({"reason": "why", "commitment": "no", "application": )", "A-U2", "A-XX"),
          command_pair("rectify-staff", R"({"reason": "why", "grade": "P9", "staff_number": )", "U2", "XX"),
          command_pair("place-hold", R"({"reason": "why", "person": )", "U2", "XX"),
          command_pair("lift-hold", R"({"reason": "why", "person": )", "U2", "XX"),
          command_pair("erase", R"({"reason": "why", "person": )", "U2", "XX"),
          command_pair("break-glass", R"({"reason": "why", "classes": "contact", "minutes": 5, "told": "CO", "about": )", "U2", "XX"),
          command_pair("review-glass", R"({"reason": "why", "finding": "proper", "glass": )", "glass1", "glassX"),
          command_pair("undo-import", R"({"reason": "why", "batch": )", batch, no_id(batch)),
          command_pair("second", R"({"proposal": )", served.proposal, "99999")};
}

const std::vector<As>& strangers() {
  static const std::vector<As> all = {{"AX", "administrator"}, {"U3", "client"},        {"K1", "coach"},         {"SP", "sponsor"},
                                      {"LM", "line-manager"},  {"AF", "administrator"}, {"AE", "administrator"}, {"UA", "administrator"},
                                      {"nobody", "client"},    {"nobody", "public"}};
  return all;
}

const std::vector<std::pair<std::string_view, std::string_view>>& routes_without_pair() {
  constexpr std::string_view kKnown = "GET /v1/programmes tells everybody which cycles and charters there are",
                             kSame = "everybody is told the same there", kNothing = "it names nothing that the record holds";
  static const std::vector<std::pair<std::string_view, std::string_view>> all = {
      {"/v1/programmes/{programme}/cycles/{cycle}", kKnown},
      {"/v1/programmes/{programme}/cycles/{cycle}/stats", kKnown},
      {"/v1/programmes/{programme}/cycles/{cycle}/{list}", kKnown},
      {"/v1/export/programmes/{programme}/cycles/{cycle}/{list}", kKnown},
      {"/v1/programmes/{programme}/charters/{version}", kKnown},
      {"/v1/tile/{level}/{index*}", kSame},
      {"/v1/tile/entries/{index*}", "how many entries there are says the checkpoint, which everybody may have"},
      {"/v1/proof/inclusion/{size}/{position}", kSame},
      {"/v1/proof/consistency/{old}/{size}", kSame},
      {"/problems/{name}", kSame},
      {"/v1/imports/{kind}", "who may not import is refused before a row is read"},
      {"/v1/sign-in/demo", kNothing},
      {"/v1/sign-in/back-channel-logout", kNothing},
      {"/v1/sign-out", kNothing}};
  return all;
}

}  // namespace daybook::test
